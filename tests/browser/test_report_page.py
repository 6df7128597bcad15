"""The report's page as people meet it: with a screen reader, a keyboard, a phone, and strangers' names."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from bot.adapters.framing import PillowFramer
from bot.adapters.vega import VegaDrawer
from bot.evidence.figures import Figure, ImagePair
from bot.evidence.phrase import Quoted
from bot.report.model import Log, Report
from bot.report.pictures import Picture, alt_of, alt_of_pair, spec_of

GOLDEN = Path(__file__).parents[1] / "golden" / "test_golden.py"


def scenarios() -> dict[str, Callable[[], Report]]:
    """The reports that the golden files hold, by name."""
    if "golden_reports" not in sys.modules:
        spec = importlib.util.spec_from_file_location("golden_reports", GOLDEN)
        sys.modules["golden_reports"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["golden_reports"])
    return {build.__name__: build for build in sys.modules["golden_reports"].SCENARIOS}


NAMES = sorted(scenarios())
# Rows that repeat each other: axe takes two and a half minutes for the 91,000 elements of the largest page.
FEWER = """document.querySelectorAll('tbody, ul, svg')
    .forEach(one => [...one.children].slice(80).forEach(row => row.remove()))"""
PHONE = {"width": 360, "height": 740}
HOSTILE = (
    "<script>alert(1)</script>",
    "</style><script>alert(2)</script>",
    "</code></pre></svg></title><img src=x onerror=alert(3)>",
    "<svg onload=alert(4)>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(5)",
    "' onmouseover=alert(6) x='",
    '" autofocus onfocus=alert(7) "',
    "<a href=https://evil.example>here</a>",
    "<iframe srcdoc='<script>parent.alert(8)</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "\u202egnp.exe\u2066",
    "&lt;script&gt;alert(9)&lt;/script&gt;",
    "<!--", "-->", "]]>", "<![CDATA[", "\x00\x1b[31m",
    "@import url(https://evil.example/x.css);",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_that_keeps_people_out(opened, name, scheme):
    page = opened(scenarios()[name](), color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    if not os.environ.get("PROVE"):
        page.evaluate(FEWER)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


@pytest.mark.parametrize("name", NAMES)
def test_on_a_phone_nothing_but_the_wide_tables_moves_sideways(opened, name):
    page = opened(scenarios()[name](), viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", NAMES)
def test_it_asks_for_nothing_but_itself(opened, name):
    page = opened(scenarios()[name]())
    assert len(page.asked) == 1
    assert page.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_images_of_the_pipeline_are_shown_at_a_size_to_read_and_nothing_is_fetched(opened, scheme):
    written = io.BytesIO()
    Image.new("RGB", (900, 600), "#2563eb").save(written, "PNG")
    pair = ImagePair("importance.png", "Feature importance", written.getvalue(), written.getvalue())
    (made,) = PillowFramer().frame((pair,))
    shown = Picture(pair.path, pair.title, alt_of_pair(pair), png=(made.png, made.png))
    page = opened(scenarios()["passed"](), pictures=(shown,), color_scheme=scheme)
    image = page.get_by_role("img", name="Feature importance: image of main and this PR")
    assert image.evaluate("one => one.complete && one.naturalWidth > 1000 && one.width > 800")
    assert Axe().run(page).response["violations"] == []
    assert (len(page.asked), page.said) == (1, [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_plot_says_the_value_under_the_pointer_without_a_script(opened, scheme):
    curve = Figure(
        *("roc.json", "ROC", "linear", "fpr", "tpr"), ((0.0, 0.5, ""), (1.0, 0.5, "")), ((0.25, 0.75, ""),)
    )
    light, dark = VegaDrawer().draw((spec_of(curve, "light"), spec_of(curve, "dark")))
    shown = Picture("roc.json", "ROC", alt_of(curve), (light.svg, dark.svg), (light.png, dark.png))
    page = opened(scenarios()["passed"](), pictures=(shown,), color_scheme=scheme)
    drawn = page.get_by_role("img", name="ROC: tpr by fpr")
    assert drawn.count() == 1
    drawn.scroll_into_view_if_needed()
    point = drawn.locator("g:has(> title)", has_text="fpr: 0.25").last
    box = point.bounding_box()
    under = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('g:has(> title)').firstChild.textContent",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    assert under == "fpr: 0.25; tpr: 0.75; side: this PR"
    assert Axe().run(page).response["violations"] == []
    assert (len(page.asked), page.said) == (1, [])


def test_a_keyboard_reaches_the_report_and_every_folded_part(opened):
    page = opened(scenarios()["failed_with_intervals"]())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    folded = page.locator("summary")
    folded.first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('summary').parentElement.open")
    page.evaluate("document.body.focus()")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"SUMMARY", "A"} <= reached


def test_it_says_what_it_shows_without_its_colours(opened):
    page = opened(scenarios()["failed_slice"](), forced_colors="active")
    assert "fails" in page.inner_text("main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dark_and_light_are_two_pages_of_the_same_words(opened, scheme):
    page = opened(scenarios()["passed"](), color_scheme=scheme)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 247, 249)"
    assert light == (scheme == "light")


def hostile(text: str):
    """A report in which a stranger wrote everything that a stranger can write."""
    report = scenarios()["failed_with_intervals"]()
    (model,) = report.models
    quoted = Quoted(text)
    stages = tuple(replace(stage, stage=f"{text}{at}") for at, stage in enumerate(report.stages))
    rows = tuple((*row[:-1], (quoted,)) for row in model.headline.rows)
    columns = tuple(replace(column, title=(quoted,)) for column in model.headline.columns)
    model = replace(
        model,
        heading=(quoted,),
        lead=((quoted,),),
        log=Log((text, text)),
        headline=replace(model.headline, columns=columns, rows=rows),
        todo=((quoted,),),
    )
    return replace(
        report, models=(model,), stages=stages, footer=(quoted,), heading=(quoted,), log=Log((text,))
    )


@pytest.mark.parametrize("text", HOSTILE, ids=json.dumps)
def test_no_script_of_a_strangers_runs(opened, text):
    page = opened(hostile(text))
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.mouse.move(200, 200)
    page.keyboard.press("Tab")
    assert page.said == []
    assert len(page.asked) == 1
    inside = "script, img, iframe, object, embed, link, [onload], [onerror], [onfocus], [onmouseover]"
    assert page.locator(inside).count() == 0
    assert page.locator("meta[http-equiv=refresh]").count() == 0
    hosts = page.evaluate("[...document.querySelectorAll('a')].map(a => a.href)")
    assert all("evil.example" not in host for host in hosts)
