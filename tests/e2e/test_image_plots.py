"""An image that a stage makes, from `plots:` in dvc.yaml to the page: real DVC, Git, and command line."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.checkout import Checkout, begun

DVC_YAML = """\
stages:
  draw:
    cmd: cp ${shade}.png importance.png && cp importance.png model
    params: [shade]
    deps: [dark.png, light.png, torn.png]
    outs:
      - model
      - importance.png: {cache: false}
  evaluate:
    cmd: 'echo "{\\"auc\\": 0.8}" > metrics.json'
    deps: [model]
    metrics:
      - metrics.json: {cache: false}
plots:
  - importance.png: {title: Importance}
artifacts:
  tiny: {path: model, type: model}
"""
POLICY = "version: 1\nmodel: tiny\nartifact: model\nmetrics:\n  auc: {better: higher, min: 0.7}\n"
DARK, LIGHT = (20, 40, 160), (150, 190, 250)


def png(colour: tuple[int, int, int]) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (300, 300), colour).save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def team(tmp_path: Path) -> Checkout:
    files = {"dvc.yaml": DVC_YAML, "params.yaml": "shade: dark\n", "policies/tiny.yaml": POLICY}
    torn = png(LIGHT)[:60]
    return begun(tmp_path, files | {"dark.png": png(DARK), "light.png": png(LIGHT), "torn.png": torn})


def test_main_stands_beside_the_work_tree_in_the_page(team: Checkout) -> None:
    team.write({"params.yaml": "shade: light\n"})
    code, said = team.typed("check", "--html", "../report.html", "--markdown", "../report.md")
    assert code == 0, said
    page = (team.root / "report.html").read_text()
    assert 'alt="Importance: image of main and this PR"' in page
    (data,) = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    image = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    left, right = (image.getpixel((image.width * part // 4, image.height // 2)) for part in (1, 3))
    assert (left, right) == (DARK, LIGHT)


def test_one_that_is_torn_is_a_line_and_the_report_is_whole(team: Checkout) -> None:
    team.write({"params.yaml": "shade: torn\n"})
    code, said = team.typed("check", "--html", "../report.html")
    assert code == 0, said
    assert "data:image/png" not in (team.root / "report.html").read_text()
    assert "importance.png" in said
