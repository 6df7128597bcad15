"""The stand-ins of the actions: checkout, artifacts, set-up, and this repository's own action."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
UPLOAD = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f"
DOWNLOAD = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c"
PYTHON = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97"
UV = "astral-sh/setup-uv@20cfd1bf945f4377ade1205e4dbc17946fc9a30d"
APP = "actions/create-github-app-token@1b10c78c7865c340bc4f6099eb2f838309f1e8c3"


def workflow(*steps: str, permissions: str = "contents: read", job: str = "") -> str:
    lines = "\n".join(f"      - {step}" for step in steps)
    head = f"name: w\non: push\npermissions: {{{permissions}}}\njobs:\n  one:\n    runs-on: x\n"
    return f"{head}    steps:\n{lines}\n{job}"


def run(world, *steps: str, files: dict[str, str] | None = None, **options: str):
    world.push({".github/workflows/w.yml": workflow(*steps, **options), **(files or {})})
    return world.settle()["w/one"]


def members(world, result, name: str) -> list[str]:
    content = world.github.artifact(world.name, result.run_id, name)
    assert content is not None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sorted(archive.namelist())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("out", ["a.txt", "deep/b.txt"]),
        ("out/a.txt", ["a.txt"]),
        ("out/*.txt", ["a.txt"]),
        ("out/**/*.txt", ["a.txt", "deep/b.txt"]),
        ("|\n            out/deep\n            other.txt", ["other.txt", "out/deep/b.txt"]),
    ],
)
def test_an_artifact_has_the_root_that_its_paths_share_and_no_hidden_files(world, path, expected):
    make = "run: mkdir -p out/deep out/.git && touch other.txt out/{a.txt,deep/b.txt,.hidden,.git/config}"
    result = run(world, make, f"uses: {UPLOAD}\n        with:\n          name: n\n          path: {path}")
    assert result.conclusion == "success", result.log.text()
    assert members(world, result, "n") == expected


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ("{name: n, path: nothing, if-no-files-found: error}", "no files were found"),
        ("{name: n, path: nothing, if-no-files-found: maybe}", "must be warn, error or ignore"),
        ("{name: a/b, path: .}", "cannot be the name of an artifact"),
        ("{name: n, path: '!x'}", "are not supported on localhost"),
        ("{name: n, path: f, compression-level: much}", "must be a whole number"),
        ("{name: n, path: f, include-hidden-files: maybe}", "must be true or false"),
        ("{name: taken, path: f}", "already has an artifact"),
    ],
)
def test_an_upload_that_cannot_be_done_fails_its_step(world, inputs, words):
    first = f"uses: {UPLOAD}\n        with: {{name: taken, path: f}}"
    result = run(world, "run: touch f", first, f"uses: {UPLOAD}\n        with: {inputs}")
    assert result.conclusion == "failure"
    assert words in result.log.steps[-1].text


@pytest.mark.parametrize("word", ["ignore", "warn"])
def test_nothing_to_upload_can_be_fine(world, word):
    result = run(world, f"uses: {UPLOAD}\n        with: {{name: n, path: no, if-no-files-found: {word}}}")
    assert result.conclusion == "success"
    assert world.github.artifact(world.name, result.run_id, "n") is None


def test_the_next_job_downloads_what_the_first_one_left_and_a_wrong_name_fails(world):
    second = f"""\
  two:
    needs: one
    runs-on: x
    steps:
      - uses: {DOWNLOAD}
        with: {{name: n, path: got}}
      - run: cat got/f
      - uses: {DOWNLOAD}
        with: {{name: m}}
"""
    upload = f"uses: {UPLOAD}\n        with: {{name: n, path: f, compression-level: 0}}"
    world.push({".github/workflows/w.yml": workflow("run: echo content > f", upload, job=second)})
    two = world.settle()["w/two"]
    assert two.log.steps[2].text == "$ cat got/f\ncontent"
    assert "there is no artifact 'm'" in two.log.steps[3].text


def test_another_runs_artifact_needs_a_token_that_may_read_actions(world):
    first = run(world, "run: echo content > f", f"uses: {UPLOAD}\n        with: {{name: n, path: f}}")
    token = "github-token: '${{ github.token }}'"
    download = f"uses: {DOWNLOAD}\n        with: {{name: n, path: got, run-id: {first.run_id}, {token}}}"
    world.github._hub.repository(world.name).public = False
    refused = run(world, download)
    assert refused.conclusion == "failure"
    assert "403" in refused.log.text() or "404" in refused.log.text()
    allowed = run(world, download, "run: cat got/f", permissions="actions: read")
    assert allowed.conclusion == "success", allowed.log.text()


@pytest.mark.parametrize(
    ("inputs", "script"),
    [
        ("{}", 'test "$(git rev-parse HEAD)" = "$GITHUB_SHA" && test "$(git branch --show-current)" = main'),
        ("{}", 'test "$(git rev-list --count HEAD)" = 1'),
        (
            "{fetch-depth: 0}",
            'test "$(git rev-list --count HEAD)" = 2 && git rev-parse refs/remotes/origin/side',
        ),
        ("{ref: side, fetch-depth: 1}", 'test "$(git branch --show-current)" = side && cat side.txt'),
        ("{ref: refs/heads/side}", "cat side.txt"),
        ("{path: sub}", "cat sub/main.txt"),
        ("{}", "git fetch -q origin side"),
        ("{}", "git config --local --list | grep -q extraheader"),
        ("{persist-credentials: false}", 'test -z "$(git config --local --list | grep extraheader)"'),
        (
            "{persist-credentials: false}",
            "if GIT_TERMINAL_PROMPT=0 git fetch -q origin; then exit 1; fi",
        ),
    ],
)
def test_a_checkout_is_what_its_inputs_say(world, inputs, script):
    world.push({"main.txt": "1"})
    world.push({"side.txt": "2"}, branch="side")
    world.github._hub.repository(world.name).public = False
    result = run(world, f"uses: {CHECKOUT}\n        with: {inputs}", f"run: {script}")
    assert result.conclusion == "success", result.log.text()


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ("{ref: no-such-branch}", "git fetch failed"),
        ("{ref: '1111111111111111111111111111111111111111'}", "git fetch failed"),
        ("{repository: acme/nothing}", "git fetch failed"),
        ("{path: ../../out}", "outside the workspace"),
        ("{fetch-depth: all}", "must be a whole number"),
    ],
)
def test_a_checkout_that_cannot_be_done_fails_its_step(world, inputs, words):
    result = run(world, f"uses: {CHECKOUT}\n        with: {inputs}")
    assert result.conclusion == "failure"
    assert words in result.log.text()


def test_a_job_without_contents_read_cannot_check_out_a_private_repository(world):
    world.github._hub.repository(world.name).public = False
    result = run(world, f"uses: {CHECKOUT}", permissions="checks: write")
    assert result.conclusion == "failure"
    assert "git fetch failed" in result.log.text()


def test_set_up_actions_say_that_they_do_nothing_and_a_wrong_python_is_a_failure(world):
    good = run(
        world,
        f"id: python\n        uses: {PYTHON}\n        with: {{python-version: '3.11'}}",
        "run: '${{ steps.python.outputs.python-path }} --version'",
    )
    assert good.conclusion == "success", good.log.text()
    assert "nothing to install on localhost" in good.log.text()
    wrong = run(world, f"uses: {PYTHON}\n        with: {{python-version: '2.7'}}")
    assert "python-version 2.7 is wanted" in wrong.log.text()
    app = run(world, f"uses: {APP}")
    assert "GitHub Apps are not on localhost" in app.log.text()


def test_uv_is_the_one_beside_the_bot(world, tmp_path):
    uv = tmp_path / "bot" / "bin" / "uv"
    uv.touch()
    result = run(world, f"id: uv\n        uses: {UV}", "run: echo '${{ steps.uv.outputs.uv-path }}'")
    assert str(uv) in result.log.text()


@pytest.mark.parametrize("uses", ["$/", "./"])
def test_the_repositorys_own_action_is_read_and_puts_only_modelbot_on_path(world, tmp_path, uses):
    (tmp_path / "bot" / "bin" / "evil").touch()
    action = {"action.yml": (ROOT / "action.yml").read_text()}
    result = run(
        world,
        f"uses: {CHECKOUT}",
        f"uses: {uses}",
        "run: modelbot --version; ! command -v evil",
        files=action,
    )
    assert result.conclusion == "success", result.log.text()
    assert "modelbot --version" in result.log.steps[-1].text
    assert "the present environment stands in for it" in result.log.text()


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("", "action.yml"),
        (
            "name: Other\ndescription: d\nruns: {using: composite, steps: [{run: a, shell: bash}]}",
            "not 'Other'",
        ),
        ("name: Install modelbot\ndescription: d\nruns: {using: node24, main: x}", "only composite actions"),
    ],
)
def test_another_action_in_its_place_fails_the_step(world, action, words):
    files = {"action.yml": action} if action else {}
    result = run(world, "uses: $/", files=files)
    assert result.conclusion == "failure"
    assert words in result.log.text()
