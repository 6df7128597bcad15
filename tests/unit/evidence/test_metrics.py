"""Metrics files: what is read, and every way in which one can be wrong."""

# ruff: noqa: E501 -- tables of exact messages

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidFileError
from bot.evidence.facts import Metric, MetricTable, Repeats, SliceMetrics, Unreadable
from bot.evidence.metrics import read_metrics
from bot.evidence.metrics_file import parse_metrics
from bot.lineage.tree import MemoryTree


def problems_of(data: bytes, file: str = "m.json") -> list[str]:
    with pytest.raises(InvalidFileError) as caught:
        parse_metrics(data, file)
    return [str(problem).splitlines()[0] for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "m.json: the file is empty"),
        (b" \n", "m.json: the file is empty"),
        (b"[0.7]", "m.json:1:1: the top level is a list; it must be a mapping of metrics"),
        (b"0.7", "m.json:1:1: the top level is a number; it must be a mapping of metrics"),
        (b'{"auc": \xff}', "m.json:1:9: the file is not UTF-8 text: byte 0xff cannot be read; save it as UTF-8"),
        (b'{"auc": 0.7,\n "auc": 0.8}', "m.json:2:2: auc: this key is here twice; the first is at 1:2"),
        (b'{"a": {"b": 1}, "a.b": 2}', "m.json:1:17: a.b: this metric is here twice; the first is at 1:8"),
        (b'{"auc": 1e999}', "m.json:1:9: auc: 1e999 is too large for a number"),
        (b'{"auc": -1e999}', "m.json:1:9: auc: -1e999 is too large for a number"),
        (b'{"auc": 1' + b"0" * 350 + b"}", "m.json:1:2: auc: this integer is too large for a number"),
        (b'{"auc": 1' + b"0" * 5000 + b"}", "m.json:1:9: auc: 10000000000000000000 is too large for a number"),
        (b'{"auc": "0.7"}', "m.json:1:2: auc: a metric must be a number, and this is text"),
        (b'{"auc": true}', "m.json:1:2: auc: a metric must be a number, and this is true/false"),
        (b'{"auc": null}', "m.json:1:2: auc: a metric must be a number, and this is nothing (null)"),
        (b'{"auc": []}', "m.json:1:2: auc: this list is empty; it must hold the metric of one run or more"),
        (b'{"auc": [0.7, true]}', "m.json:1:15: auc[1]: a metric must be a number, and this is true/false"),
        (b'{"auc": [[0.7]]}', "m.json:1:10: auc[0]: a metric must be a number, and this is a list"),
        (b'{"auc": [1e999]}', "m.json:1:10: auc[0]: 1e999 is too large for a number"),
        (b'{"a": {"b": [1]}, "a.b": 2}', "m.json:1:19: a.b: this metric is here twice; the first is at 1:8"),
        (b'{"slices": {"o": {"J": {"auc": [1]}}}}', "m.json:1:25: slices.o.J.auc: a metric must be a number, and this is a list"),
        (b'{"a": {"b": true}}', "m.json:1:8: a.b: a metric must be a number, and this is true/false"),
        (b'{"auc": 0.7,}', 'm.json:1:13: broken JSON: a key in "double quotes" is expected here'),
        (b"{'auc': 0.7}", 'm.json:1:2: broken JSON: a key in "double quotes" is expected here'),
        (b'{"auc" 0.7}', "m.json:1:8: auc: broken JSON: ':' is expected here"),
        (b'{"auc": 0.7', "m.json:1:12: broken JSON: ',' or '}' is expected here"),
        (b'{"auc": .7}', "m.json:1:9: auc: broken JSON: a value is expected here"),
        (b'{"auc": 07}', "m.json:1:10: broken JSON: ',' or '}' is expected here"),
        (b'{"auc": 0.7} x', "m.json:1:14: broken JSON: text after the end of the document"),
        (b'{"auc": nan}', "m.json:1:9: auc: broken JSON: a value is expected here"),
        (b'{"a\nb": 1}', "m.json:1:4: broken JSON: broken text: Invalid control character at"),
        (b'{"\\ud800": 1}', "m.json:1:2: this text holds half a surrogate pair; it is no Unicode text"),
        (b'{"a":' * 50, "m.json:1:206: broken JSON: nested deeper than 40 levels"),
        (b'{"slices": 3}', "m.json:1:2: slices: this must be a mapping of columns, and it is a number"),
        (b'{"slices": {"origin": 3}}', "m.json:1:13: slices.origin: this must be a mapping of this column's values, and it is a number"),
        (b'{"slices": {"o": {"J": 3}}}', "m.json:1:19: slices.o.J: this must be a mapping of metrics, and it is a number"),
        (b'{"slices": {"o": {"J": {"n": 1.5}}}}', "m.json:1:25: slices.o.J.n: n must be a whole number of rows, and this is a number"),
        (b'{"slices": {"o": {"J": {"n": true}}}}', "m.json:1:25: slices.o.J.n: n must be a whole number of rows, and this is true/false"),
        (b'{"slices": {"o": {"J": {"n": -1}}}}', "m.json:1:25: slices.o.J.n: a slice cannot have -1 rows"),
        (b'{"slices": {"o": {"J": {"auc": {"x": 1}}}}}', "m.json:1:25: slices.o.J.auc: a metric must be a number, and this is a mapping"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_of_numbers_is_refused_at_its_key(data, said):
    assert problems_of(data) == [said]


def test_every_problem_comes_at_once():
    data = b'{"a": 1,\n"a": 2,\n"b": 1e999,\n"c": true,\n"slices": {"o": []}}'
    assert [said.split(": ")[0] for said in problems_of(data)] == [
        "m.json:2:1",
        "m.json:3:6",
        "m.json:4:1",
        "m.json:5:12",
    ]


def test_another_kind_of_file_is_not_guessed_at():
    assert problems_of(b"auc: 0.7", "m.txt") == [
        "m.txt: only .json, .toml, .yaml, .yml metrics files are read; let the stage write JSON"
    ]


def test_a_list_of_numbers_is_one_metric_over_several_runs():
    data = b'{"auc": 0.7, "seeds": {"auc": [0.7, 1, NaN], "f1": [2]}}'
    table = parse_metrics(data, "m.json")
    assert table.metrics == (Metric("auc", 0.7),)
    assert repr(table.repeats) == repr(
        (Repeats("seeds.auc", (0.7, 1.0, math.nan)), Repeats("seeds.f1", (2.0,)))
    )


def test_nested_keys_are_joined_by_dots_and_slices_stand_apart():
    data = b'{"auc": 0.7, "test": {"f1": 1, "deep": {"x": -2e-1}}, "slices": {"origin": {"JFK": {"auc": 0.6, "n": 500}, "EWR": {"auc": 1}}}}'
    assert parse_metrics(data, "m.json") == MetricTable(
        (Metric("auc", 0.7), Metric("test.f1", 1.0), Metric("test.deep.x", -0.2)),
        (
            SliceMetrics("origin", "JFK", 500, (Metric("auc", 0.6),)),
            SliceMetrics("origin", "EWR", None, (Metric("auc", 1.0),)),
        ),
    )


def test_nan_and_infinity_are_values_for_the_gate_to_judge():
    table = parse_metrics(b'{"a": NaN, "b": Infinity, "c": -Infinity}', "m.json")
    assert math.isnan(table.value("a"))
    assert (table.value("b"), table.value("c")) == (math.inf, -math.inf)


keys = st.text(max_size=8).filter(lambda key: "." not in key and key != "slices")
values = st.recursive(
    st.floats() | st.integers(-(2**60), 2**60), lambda inner: st.dictionaries(keys, inner, max_size=3)
)


@given(st.dictionaries(keys, values, max_size=5), st.booleans())
def test_what_python_writes_is_read_back_as_it_was(document, ascii_only):
    text = json.dumps(document, ensure_ascii=ascii_only, indent=1)
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    assert repr(parse_metrics(data, "m.json").metrics) == repr(tuple(_flat(document, ())))


def _flat(value, path):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, (*path, key))
    else:
        yield Metric(".".join(path), float(value))


class TestSeveralFiles:
    def test_they_are_one_table(self):
        tree = MemoryTree(
            {
                "a.json": b'{"auc": 1, "seeds": [1, 2], "slices": {"o": {"J": {"auc": 1, "n": 5}}}}',
                "b.json": b'{"f1": 2, "runs": [3], "slices": {"o": {"J": {"f1": 2}}}}',
            }
        )
        assert read_metrics(tree, ("a.json", "b.json")) == MetricTable(
            (Metric("auc", 1.0), Metric("f1", 2.0)),
            (SliceMetrics("o", "J", 5, (Metric("auc", 1.0), Metric("f1", 2.0))),),
            (Repeats("seeds", (1.0, 2.0)), Repeats("runs", (3.0,))),
        )

    @pytest.mark.parametrize(
        ("second", "name"),
        [
            (b'{"auc": 2}', "auc"),
            (b'{"auc": [2]}', "auc"),
            (b'{"seeds": [2]}', "seeds"),
            (b'{"seeds": 2}', "seeds"),
            (b'{"slices": {"o": {"J": {"auc": 1}}}}', "o / J / auc"),
            (b'{"slices": {"o": {"J": {"n": 6}}}}', "o=J / n"),
        ],
    )
    def test_one_number_in_two_files_cannot_be_read(self, second, name):
        first = b'{"auc": 1, "seeds": [1], "slices": {"o": {"J": {"auc": 1, "n": 5}}}}'
        found = read_metrics(MemoryTree({"a.json": first, "b.json": second}), ("a.json", "b.json"))
        assert isinstance(found, Unreadable)
        assert found.file == "b.json"
        assert found.what.startswith(f"{name} is in ")
        assert found.what.endswith("and in b.json")

    def test_a_missing_file_says_what_to_do(self):
        found = read_metrics(MemoryTree({"a.json": b'{"auc": 1}'}), ("a.json", "b.json"))
        assert found == Unreadable(
            "b.json",
            "the metrics file is missing",
            "Run the pipeline and commit b.json, declared with `cache: false` in dvc.yaml.",
        )

    def test_no_file_at_all_is_not_an_empty_table(self):
        found = read_metrics(MemoryTree({}), ())
        assert isinstance(found, Unreadable)
        assert (found.file, found.what) == ("dvc.yaml", "the pipeline names no metrics file")

    def test_a_broken_file_says_where_and_how_much_is_broken(self):
        found = read_metrics(MemoryTree({"a.json": b'{"auc": true, "f1": null}'}), ("a.json",))
        assert found == Unreadable(
            "a.json",
            "line 1, column 2: auc: a metric must be a number, and this is true/false (and 1 more)",
            "Correct the stage that writes a.json.",
        )
