"""A figure as a specification: a stranger's words are values in it, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evidence.figures import LINES, TABLES, Figure, ImagePair
from bot.ports.pictures import Drawn
from bot.report.pictures import alt_of, spec_of
from bot.usecases.pictures import drawn


def figure(template: str = "linear", **changes: object) -> Figure:
    table = template in TABLES
    rows = (("a", "a", "3"), ("b", "a", "1")) if table else ((0.0, 0.5, ""), (1.0, 0.75, ""))
    values: dict[str, object] = {
        "path": "eval/p.json", "title": "ROC", "template": template, "x_label": "fpr", "y_label": "tpr",
        "main": rows, "candidate": rows,
    }  # fmt: skip
    return Figure(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("tone", ["light", "dark"])
@pytest.mark.parametrize("template", [*LINES, *TABLES])
def test_every_template_has_both_sides_as_values(template, tone):
    spec = json.loads(spec_of(figure(template), tone))
    assert {value["side"] for value in spec["data"]["values"]} == {"main", "this PR"}


def test_a_normalized_matrix_adds_up_to_one_for_each_actual_class():
    spec = json.loads(spec_of(figure("confusion_normalized"), "light"))
    shares = [one["n"] for one in spec["data"]["values"] if one["side"] == "main"]
    assert shares == [0.75, 0.25]


def test_words_on_the_axis_are_not_numbers():
    bars = figure("simple", main=(("JFK", 1.0, ""),), candidate=(("JFK", 2.0, ""),))
    assert json.loads(spec_of(bars, "light"))["encoding"]["x"]["type"] == "nominal"


@given(st.text(), st.text())
def test_a_title_is_one_text_without_what_a_renderer_could_obey(title, word):
    hostile = figure(title=title, x_label=word, main=((word, 1.0, word),))
    spec = json.loads(spec_of(hostile, "light"))
    axis = spec["encoding"]["x"]["title"]
    assert isinstance(axis, str)
    assert len(axis) <= 80
    ours = {"$schema", "background", "config", "data", "encoding", "layer", "width", "height"}
    assert set(spec) == ours
    assert set(spec["data"]) == {"values"}
    assert "\n" not in alt_of(hostile)


class Pen:
    """A drawer that cannot draw what has no candidate."""

    def draw(self, specs: tuple[str, ...]) -> tuple[Drawn, ...]:
        return tuple(self._one(spec) for spec in specs)

    def _one(self, spec: str) -> Drawn:
        bad = '"this PR", "x"' not in spec
        return Drawn(why="no ink") if bad else Drawn(b"<svg/>", b"PNG")


class Frame:
    """Frames what has bytes of a new image."""

    def frame(self, pairs: tuple[ImagePair, ...]) -> tuple[Drawn, ...]:
        return tuple(
            Drawn(png=b"PNG" + one.candidate) if one.candidate else Drawn(why="torn") for one in pairs
        )


def test_an_image_is_one_picture_for_light_and_dark_and_a_torn_one_says_so():
    whole, torn = ImagePair("a.png", "Trees\n", b"1", b"2"), ImagePair("b.png", "b.png", b"1", None)
    one, other = drawn((whole, torn), Pen(), Frame())
    assert (one.png, one.svg, one.why) == ((b"PNG2", b"PNG2"), (b"", b""), "")
    assert one.alt == "Trees : image of main and this PR"
    assert (other.why, other.alt) == ("torn", "b.png: image of main")


def test_one_that_cannot_be_drawn_says_why_and_the_others_are():
    made = drawn((figure(), figure(candidate=())), Pen(), Frame())
    assert [one.why for one in made] == ["", "no ink"]
    assert made[0].svg == (b"<svg/>", b"<svg/>")
