"""The values of a plot, of both revisions; what cannot be drawn says why."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evidence.figures import MOST_POINTS, Figure, ImagePair, Shown, Undrawn, figures_of
from bot.evidence.plots import Plot
from bot.lineage.stages import PlotDeclaration, PlotSeries


def plot(data: bytes | None, path: str = "eval/roc.json", **asked: object) -> Plot:
    series = asked.pop("series", (PlotSeries(path, "tpr", path, "fpr"),))
    values: dict[str, object] = {"template": None, "title": "ROC", "x_label": None, "y_label": None}
    declaration = PlotDeclaration(path, series, file="dvc.yaml", line=1, **(values | asked))  # type: ignore[arg-type]
    return Plot(path, (declaration,), data)


def points(*pairs: tuple[object, object]) -> bytes:
    return json.dumps([{"fpr": x, "tpr": y} for x, y in pairs]).encode()


def only(before: Plot | None, after: Plot | None) -> Shown:
    (found,) = figures_of((before,) if before else (), (after,) if after else ())
    return found


def test_both_sides_are_drawn_with_the_columns_that_dvc_yaml_names():
    found = only(plot(points((0, 0), (1, 1))), plot(points((0, 0.5), (1, 1))))
    assert found == Figure(
        *("eval/roc.json", "ROC", "linear", "fpr", "tpr"),
        ((0.0, 0.0, ""), (1.0, 1.0, "")),
        ((0.0, 0.5, ""), (1.0, 1.0, "")),
    )


def test_a_plot_that_is_the_same_is_not_drawn():
    assert figures_of((plot(points((0, 0))),), (plot(points((0, 0))),)) == ()


def test_a_new_plot_has_one_side():
    found = only(None, plot(points((0, 1))))
    assert (found.main, found.candidate) == ((), ((0.0, 1.0, ""),))


def test_without_names_x_counts_the_points_and_y_is_the_last_column():
    bare = (PlotSeries("loss.csv"),)
    found = only(None, plot(b"step,loss\n7,0.5\n9,0.25\n", "loss.csv", series=bare))
    assert found.candidate == ((0.0, 0.5, ""), (1.0, 0.25, ""))
    assert found.x_label == "step"


def test_a_table_without_a_header_is_all_values():
    bare = (PlotSeries("loss.tsv"),)
    found = only(None, plot(b"7\t0.5\n9\t0.25\n", "loss.tsv", series=bare, header=False))
    assert found.candidate == ((0.0, 0.5, ""), (1.0, 0.25, ""))


def test_several_lines_have_their_names():
    two = (PlotSeries("l.json", "a", "l.json", "x"), PlotSeries("l.json", "b", "l.json", "x"))
    data = json.dumps({"inner": [{"x": 1, "a": 2, "b": 3}]}).encode()
    assert only(None, plot(data, "l.json", series=two)).candidate == ((1.0, 2.0, "a"), (1.0, 3.0, "b"))


def test_what_is_no_number_is_left_out_of_a_line_and_words_stay_words():
    found = only(None, plot(points(("a", "2"), (None, 1), (1, None), (True, 3))))
    assert found.candidate == (("a", 2.0, ""), ("true", 3.0, ""))


def test_a_long_line_keeps_its_ends_and_is_thinned_evenly():
    found = only(None, plot(points(*((n, n) for n in range(10_001)))))
    assert len(found.candidate) == MOST_POINTS
    assert (found.candidate[0][0], found.candidate[-1][0]) == (0.0, 10_000.0)


def test_a_confusion_matrix_counts_every_row():
    asked = {"series": (PlotSeries("c.csv", "actual", "c.csv", "predicted"),), "template": "confusion"}
    data = b"actual,predicted\n" + b"cat,cat\n" * 900 + b"cat,dog\n" * 100
    found = only(None, plot(data, "c.csv", **asked))
    assert found.candidate == (("cat", "cat", "900"), ("dog", "cat", "100"))


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (plot(b"{", "a.json"), "line 1, column 2: broken JSON"),
        (plot(points((0, 0)), template="fancy"), "its template 'fancy' is not one of those"),
        (plot(b"<svg/>", "a.svg"), "an SVG can hold code"),
        (plot(b"\x89PNG" + bytes(16 << 20), "a.png"), "more than 16 MiB"),
        (plot(points((0, 0)), series=(PlotSeries("eval/roc.json", "tpr", "b.json", "x"),)), "another file"),
        (plot(b"a,b\n1\n", "a.csv", series=(PlotSeries("a.csv"),)), "this row has 1 values"),
        (plot(b'[{"fpr": 1}]'), "'tpr' is drawn and is not in it"),
        (
            plot(
                b"a,p\n" + b"".join(b"c%d,c%d\n" % (n, n) for n in range(41)),
                "c.csv",
                series=(PlotSeries("c.csv", "a", "c.csv", "p"),),
                template="confusion",
            ),
            "it has 41 classes, and at most 40 are drawn",
        ),
    ],
)
def test_what_cannot_be_drawn_says_why(made, why):
    found = only(None, made)
    assert isinstance(found, Undrawn)
    assert why in found.why


def test_an_image_is_shown_as_it_is_on_both_sides():
    found = only(plot(b"old", "a.PNG"), plot(b"new", "a.PNG"))
    assert found == ImagePair("a.PNG", "ROC", b"old", b"new")
    assert only(None, plot(b"new", "a.jpg", title=None)) == ImagePair("a.jpg", "a.jpg", None, b"new")


def test_after_twelve_plots_the_rest_is_named():
    names = [f"p{n:02}.json" for n in range(14)]
    many = tuple(plot(points((0, 1)), name, series=(PlotSeries(name, "tpr"),)) for name in names)
    found = figures_of((), many)
    assert [type(one) for one in found] == [Figure] * 12 + [Undrawn] * 2
    assert found[-1].path == "p13.json"


@given(st.binary(max_size=200), st.sampled_from(["a.json", "a.csv", "a.tsv", "a.svg", "a.txt"]))
@settings(max_examples=100)
def test_whatever_is_in_the_file_nothing_is_raised(data, path):
    figures_of((), (plot(data, path, series=(PlotSeries(path),)),))
