"""Plots: which files they are, what each holds, what of it differs, and every way in which one can be wrong."""

# ruff: noqa: E501 -- tables of exact messages

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidFileError
from bot.evidence.facts import Unreadable
from bot.evidence.plot_changes import LARGEST, TOGETHER, PlotChange, PlotData, changed_plots, parse_plot
from bot.evidence.plots import Plot, read_plots
from bot.lineage.parse import parse_pipeline
from bot.lineage.tree import MemoryTree


def problems_of(data: bytes | None, file: str, declared: str = "") -> list[str]:
    (plot,) = plots(declared or f"plots: [{file}]", {} if data is None else {file: data})
    with pytest.raises(InvalidFileError) as caught:
        parse_plot(plot)
    return [str(problem).splitlines()[0] for problem in caught.value.problems]


def plots(dvc_yaml: str, files: dict[str, bytes]) -> tuple[Plot, ...]:
    tree = MemoryTree({**files, "dvc.yaml": dvc_yaml.encode()})
    return read_plots(tree, parse_pipeline(tree))


def points_in(data: bytes, file: str, declared: str = "") -> int | None:
    (plot,) = plots(declared or f"plots: [{file}]", {file: data})
    return parse_plot(plot).points


@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        ("p.json", None, "p.json: the file is missing"),
        ("p.png", None, "p.png: the file is missing"),
        ("p.json", b"", "p.json: the file is empty"),
        ("p.csv", b"\n", "p.csv: the file is empty"),
        ("p.csv", b"a\n\xff\n", "p.csv:2:1: the file is not UTF-8 text: byte 0xff cannot be read; save it as UTF-8"),
        ("p.html", b"<p>", "p.html: only .json, .csv and .tsv plots and images are read"),
        ("p.csv", b"a,b\n1,2\n3\n", "p.csv:3:1: this row has 1 values, and the first has 2"),
        ("p.csv", b"a,b\n1,2,3\n", "p.csv:2:1: this row has 3 values, and the first has 2"),
        ("p.csv", b"a,b,a\n1,2,3\n", "p.csv:1:1: the column 'a' is here 2 times"),
        ("p.csv", b'a\n"1"2\n', "p.csv:2:1: broken table: ',' expected after '\"'"),
        ("p.csv", b'a\n"1', "p.csv:2:1: broken table: unexpected end of data"),
        ("p.json", b"[1", "p.json:1:3: broken JSON: ',' or ']' is expected here"),
        ("p.json", b'[{"a": 1, "a": 2}]', "p.json:1:11: [0].a: this key is here twice; the first is at 1:3"),
        ("p.json", b"3", "p.json:1:1: no list of points is in it; the top level is a number"),
        ("p.json", b'{"a": {"b": [1, 2]}}', "p.json:1:1: no list of points is in it; the top level is a mapping"),
        ("p.json", b"[1, 2]", "p.json:1:1: no list of points is in it; the top level is a list"),
        ("p.json", b'[{"a": 1}, 2]', "p.json:1:12: a point must be an object, and this is a number"),
        ("p.json", b'[{"a": 1}, {"b": 2}]', "p.json:1:12: this point has 'b', which the first has not"),
    ],
)  # fmt: skip
def test_a_file_that_nothing_can_be_drawn_from_is_refused_at_its_line(file, data, said):
    assert problems_of(data, file) == [said]


@pytest.mark.parametrize("axes", ["x: gone, y: a", "x: a, y: gone", "y: {p.csv: [a, gone]}"])
def test_a_column_that_is_drawn_and_not_there_is_refused(axes):
    said = problems_of(b"a,b\n1,2\n", "p.csv", f"plots: [p.csv: {{{axes}}}]")
    assert said == ["p.csv: the column 'gone' is drawn and is not in it"]


def test_a_file_too_large_to_read_says_so():
    said = problems_of(b"a" * (LARGEST + 1), "p.csv")
    assert said == ["p.csv: the file has 4,194,305 bytes, and at most 4,194,304 are read; make it smaller"]


@pytest.mark.parametrize(
    ("file", "data", "points"),
    [
        ("p.csv", b"a,b\r\n1,2\r\n\r\n3,4", 2),
        ("p.csv", b'\xef\xbb\xbfa,b\n"1,\n2",x\n', 1),
        ("p.csv", b"a,b\n", 0),
        ("p.tsv", b"a\tb\n1,5\t2\n", 1),
        ("p.json", b"[]", 0),
        ("p.json", b'[{"a": 1, "b": null}, {"a": "x"}]', 2),
        ("p.json", b'{"roc": [{"x": NaN}, {"x": 1}], "thresholds": [1, 2, 3], "n": 4}', 2),
        ("p.json", b'{"roc": [{"x": 1}], "deep": {"prc": [{"y": 1}, {"y": 2}, {"y": 3}]}}', 3),
        ("p.png", b"\x89PNG", None),
        ("p.SVG", b"<svg", None),
    ],
)  # fmt: skip
def test_the_points_of_a_file_are_counted(file, data, points):
    assert points_in(data, file) == points


def test_without_a_header_the_first_row_is_a_point_and_columns_are_numbered():
    declared = "stages: {s: {cmd: x, plots: [p.csv: {cache: false, header: false, x: '0', y: '1'}]}}"
    assert points_in(b"1,2\n3,4\n", "p.csv", declared) == 2


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)


@given(st.lists(st.tuples(cells, cells), max_size=6))
def test_a_table_that_python_writes_has_as_many_points_as_rows(rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("a", "b"), *rows])
    assert points_in(text.getvalue().encode(), "p.csv") == len(rows)


@given(st.lists(st.fixed_dictionaries({"x": st.floats(), "y": cells}), max_size=6))
def test_a_list_that_python_writes_has_as_many_points_as_items(items):
    assert points_in(json.dumps(items).encode(), "p.json") == len(items)


class TestWhichFiles:
    def test_a_stage_s_plots_and_the_top_level_s_are_found_once(self):
        declared = (
            "stages: {s: {cmd: x, plots: [a.json: {cache: false}]}}\n"
            "plots: [b.csv, a.json, Both: {x: {a.json: n}, y: {c.csv: m}}]"
        )
        found = plots(declared, dict.fromkeys(("a.json", "b.csv", "c.csv", "d.csv"), b"[]"))
        assert [(plot.path, len(plot.declarations)) for plot in found] == [
            ("a.json", 3),
            ("b.csv", 1),
            ("c.csv", 1),
        ]

    def test_every_file_of_a_directory_is_a_plot_and_the_closer_declaration_counts(self):
        declared = "plots: [plots: {title: all}, plots/raw: {title: raw}]"
        found = plots(declared, {"plots/a.csv": b"1", "plots/raw/b.csv": b"1", "plotsx.csv": b"1"})
        assert [(plot.path, plot.declarations[0].title) for plot in found] == [
            ("plots/a.csv", "all"),
            ("plots/raw/b.csv", "raw"),
        ]

    def test_what_dvc_keeps_is_not_in_git_and_no_plot_here(self):
        declared = "stages: {s: {cmd: x, plots: [a.json], outs: [dir]}}\nplots: [dir/b.csv, data, c.csv]"
        kept = {"data.dvc": b"outs: [{path: data, md5: 0123456789abcdef0123456789abcdef.dir}]"}
        assert [(plot.path, plot.data) for plot in plots(declared, kept)] == [("c.csv", None)]

    def test_a_path_outside_the_repository_is_not_looked_for(self):
        assert plots("plots: [../a.csv, /b.csv, 's3://c/d.csv']", {}) == ()


class TestWhatDiffers:
    def change(
        self, before: bytes | None, after: bytes | None, file: str = "p.csv"
    ) -> tuple[PlotChange, ...]:
        sides = (plots(f"plots: [{file}]", {} if data is None else {file: data}) for data in (before, after))
        return changed_plots(*sides)

    def test_equal_bytes_are_no_change_however_broken(self):
        assert self.change(b"a,b\n1\n", b"a,b\n1\n") == ()
        assert self.change(None, None) == ()

    def test_both_sides_say_what_they_hold(self):
        assert self.change(b"a\n1\n", b"a\n1\n2\n") == (PlotChange("p.csv", PlotData(4, 1), PlotData(6, 2)),)

    def test_a_plot_of_one_side_is_new_or_removed(self):
        found = plots("plots: [p.csv]", {"p.csv": b"a\n1\n"})
        assert changed_plots((), found) == (PlotChange("p.csv", None, PlotData(4, 1)),)
        assert changed_plots(found, ()) == (PlotChange("p.csv", PlotData(4, 1), None),)

    def test_a_side_that_cannot_be_read_says_why_and_the_other_is_read(self):
        assert self.change(b"a,b\n1\n2\n", b"a\n1\n") == (
            PlotChange(
                "p.csv",
                Unreadable("p.csv", "line 2, column 1: this row has 1 values, and the first has 2 (and 1 more)"),
                PlotData(4, 1),
            ),
        )  # fmt: skip
        assert self.change(b"a\n1\n", None)[0].after == Unreadable("p.csv", "the file is missing")

    def test_no_more_is_read_once_too_many_bytes_of_points_differ_but_images_cost_nothing(self):
        count = TOGETHER // LARGEST
        large = (b"1" * 65_535 + b"\n") * 64
        names = [f"{number:02}.csv" for number in range(count + 1)]
        files = dict.fromkeys(names, large) | {"z.png": large}
        found = changed_plots((), plots(f"plots: [{', '.join(files)}]", files))
        assert [change.after for change in found] == [
            *([PlotData(LARGEST, 63)] * count),
            Unreadable(names[-1], "more than 33,554,432 bytes of plots differ"),
            PlotData(LARGEST),
        ]
