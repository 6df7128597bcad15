"""YAML and TOML metrics files: read as JSON is, and every way in which one can be wrong."""

# ruff: noqa: E501 -- tables of exact messages

from __future__ import annotations

import io
import json
import math
import time

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.errors import InvalidFileError
from bot.evidence.facts import Metric, MetricTable, Repeats, SliceMetrics
from bot.evidence.metrics import read_metrics
from bot.evidence.metrics_file import READERS, parse_metrics
from bot.lineage.tree import MemoryTree


def problems_of(text: str, file: str) -> list[str]:
    with pytest.raises(InvalidFileError) as caught:
        parse_metrics(text.encode(), file)
    return [str(problem).splitlines()[0] for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "m.yaml: the file is empty"),
        ("# only this\n", "m.yaml: the file is empty: it has only comments"),
        ("- 0.7\n", "m.yaml:1:1: the top level is a list; it must be a mapping of metrics"),
        ("auc: 0.7\nauc: 0.8\n", "m.yaml:2:1: auc: this key is here twice; the first is at 1:1"),
        ("a:\n  b: 1\na.b: 2\n", "m.yaml:3:1: a.b: this metric is here twice; the first is at 2:3"),
        ("auc: true\n", "m.yaml:1:1: auc: a metric must be a number, and this is true/false"),
        ("auc: yes\n", "m.yaml:1:1: auc: a metric must be a number, and this is text"),
        ("auc: '0.7'\n", "m.yaml:1:1: auc: a metric must be a number, and this is text"),
        ("auc: 1_000\n", "m.yaml:1:1: auc: a metric must be a number, and this is text"),
        ("auc: 2026-03-01\n", "m.yaml:1:1: auc: a metric must be a number, and this is text"),
        ("auc:\n", "m.yaml:1:1: auc: a metric must be a number, and this is nothing (null)"),
        ("auc: 1e999\n", "m.yaml:1:6: auc: 1e999 is too large for a number"),
        ("auc: []\n", "m.yaml:1:1: auc: this list is empty; it must hold the metric of one run or more"),
        ("auc:\n- 0.7\n- high\n", "m.yaml:3:3: auc[1]: a metric must be a number, and this is text"),
        ("a: &x 0.7\n", "m.yaml:1:4: a: anchors (&x) are not read here; write the value out"),
        ("a: !!float 1\n", "m.yaml:1:4: a: tags (tag:yaml.org,2002:float) are not read here; remove it"),
        ("a:\n\tb: 1\n", "m.yaml:2:1: broken YAML: a tab stands where YAML wants spaces; indent with spaces"),
        ("a: 1\n---\nb: 1\n", "m.yaml:2:1: a second document starts here; one file holds one document"),
        ("a: [1\n", "m.yaml:2:1: broken YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: " + "[" * 50, "m.yaml:1:44: nested deeper than 40 levels"),
        ("slices: {o: 3}\n", "m.yaml:1:10: slices.o: this must be a mapping of this column's values, and it is a number"),
        ("slices: {o: {J: {n: 1.5}}}\n", "m.yaml:1:18: slices.o.J.n: n must be a whole number of rows, and this is a number"),
    ],
)  # fmt: skip
def test_yaml_that_is_no_table_of_numbers_is_refused_at_its_key(text, said):
    assert problems_of(text, "m.yaml") == [said]


def test_every_problem_of_yaml_comes_at_once():
    assert problems_of("a: &x 1\nb: *x\nc: true\nd: []\n", "m.yml") == [
        "m.yml:1:4: a: anchors (&x) are not read here; write the value out",
        "m.yml:2:1: b: a metric must be a number, and this is text",
        "m.yml:2:4: b: aliases (*x) are not read here; write the value out",
        "m.yml:3:1: c: a metric must be a number, and this is true/false",
        "m.yml:4:1: d: this list is empty; it must hold the metric of one run or more",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "m.toml: the file is empty"),
        ("auc 0.7\n", "m.toml:1:5: broken TOML: Expected '=' after a key in a key/value pair"),
        ("auc = \n", "m.toml:1:7: broken TOML: Invalid value"),
        ("auc = 01\n", "m.toml:1:8: broken TOML: Expected newline or end of document after a statement"),
        ("a = [1\n", "m.toml:2:1: broken TOML: Unclosed array"),
        ("auc = 0.7\nauc = 0.8\n", "m.toml:2:10: broken TOML: a key is here twice"),
        ("[a]\nb = 1\n[a]\nc = 1\n", "m.toml:3:3: broken TOML: a key is here twice"),
        ('"a.b" = 1\n[a]\nb = 2\n', "m.toml: a.b: this metric is here twice"),
        ("auc = true\n", "m.toml: auc: a metric must be a number, and this is true/false"),
        ("auc = '0.7'\n", "m.toml: auc: a metric must be a number, and this is text"),
        ("auc = 2026-03-01\n", "m.toml: auc: a metric must be a number, and this is text"),
        ("auc = 1e999\n", "m.toml: auc: 1e999 is too large for a number"),
        ("auc = 1" + "0" * 350 + "\n", "m.toml: auc: this integer is too large for a number"),
        ("auc = 1" + "0" * 5000 + "\n", "m.toml: broken TOML: a whole number has too many digits"),
        ("auc = []\n", "m.toml: auc: this list is empty; it must hold the metric of one run or more"),
        ("auc = [0.7, 'high']\n", "m.toml: auc[1]: a metric must be a number, and this is text"),
        ("[[auc]]\nx = 1\n", "m.toml: auc[0]: a metric must be a number, and this is a mapping"),
        ("a = " + "[" * 50 + "]" * 50, "m.toml: broken TOML: nested deeper than 40 levels"),
        ("a = " + "[" * 5000, "m.toml: broken TOML: nested deeper than 40 levels"),
        ("[slices]\no = 3\n", "m.toml: slices.o: this must be a mapping of this column's values, and it is a number"),
        ("[slices.o.J]\nn = -1\n", "m.toml: slices.o.J.n: a slice cannot have -1 rows"),
    ],
)  # fmt: skip
def test_toml_that_is_no_table_of_numbers_is_refused_at_its_place_or_key(text, said):
    assert problems_of(text, "m.toml") == [said]


@pytest.mark.parametrize("key", ["a.", "a . ", "'a'.", '"a" . ', r'"\"".', r"'\'.", '"".'])
def test_a_key_of_very_many_parts_is_refused_at_once(key):
    started = time.monotonic()
    said = problems_of(f"x = 1\n{key * 50_000}a = 1\n", "m.toml")
    assert said == ["m.toml:2:1: broken TOML: nested deeper than 40 levels"]
    assert time.monotonic() - started < 5, "the standard library takes a minute"


def test_a_long_word_is_no_deep_key_and_is_read_in_one_pass():
    started = time.monotonic()
    assert len(parse_metrics(f"{'a' * 400_000} = 1\n".encode(), "m.toml").metrics) == 1
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("suffix", READERS)
def test_a_file_that_is_too_large_is_not_read(suffix):
    largest = READERS[suffix][1]
    assert problems_of(" " * (largest + 1), f"m{suffix}") == [
        f"m{suffix}: the file has {largest + 1:,} bytes, and at most {largest:,} are read; make it smaller"
    ]


SAME = {
    "m.json": """{
        "auc": 0.7, "test": {"f1": 1, "deep": {"x": -2e-1}}, "runs": [0.5, 1, Infinity],
        "slices": {"origin": {"JFK": {"auc": 0.6, "n": 500}, "EWR": {"auc": 1}}}
    }""",
    "m.yaml": """\
auc: 0.7
test:
  f1: 1
  deep: {x: -2e-1}
runs: [0.5, 1, .inf]
slices:
  origin:
    JFK: {auc: 0.6, n: 500}
    EWR:
      auc: 1
""",
    "m.toml": """\
auc = 0.7
test.f1 = 1
test.deep.x = -2e-1
runs = [0.5, 1, inf]
[slices.origin]
JFK = {auc = 0.6, n = 500}
EWR.auc = 1
""",
}


@pytest.mark.parametrize("file", [*SAME, "m.yml", "M.TOML", "M.Json"])
def test_one_table_in_every_format_is_one_table(file):
    text = SAME[file.lower().replace("yml", "yaml")]
    assert parse_metrics(text.encode(), file) == MetricTable(
        (Metric("auc", 0.7), Metric("test.f1", 1.0), Metric("test.deep.x", -0.2)),
        (
            SliceMetrics("origin", "JFK", 500, (Metric("auc", 0.6),)),
            SliceMetrics("origin", "EWR", None, (Metric("auc", 1.0),)),
        ),
        (Repeats("runs", (0.5, 1.0, math.inf)),),
    )


def test_nan_is_a_value_for_the_gate_to_judge():
    for text, file in ((".nan", "m.yaml"), ("nan", "m.toml"), ("-nan", "m.toml")):
        data = f"auc{' =' if file.endswith('toml') else ':'} {text}\n".encode()
        assert math.isnan(parse_metrics(data, file).value("auc"))


def test_files_of_several_formats_are_one_table_and_say_each_name_once():
    files = {
        "a.json": b'{"auc": 1}',
        "b.yaml": b"f1: 2\n",
        "c.toml": b"runs = [1, 2]\n",
        "d.yml": b"auc: 1\n",
    }
    assert read_metrics(MemoryTree(files), ("a.json", "b.yaml", "c.toml")) == MetricTable(
        (Metric("auc", 1.0), Metric("f1", 2.0)), (), (Repeats("runs", (1.0, 2.0)),)
    )
    assert read_metrics(MemoryTree(files), tuple(files)).what == "auc is in a.json and in d.yml"


# What all three formats can write: TOML has no character of C0 in a key but as an escape, and each library's
# writer has its own mind about the last corners of Unicode.
keys = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=6)
keys = keys.filter(lambda key: "." not in key and key != "slices")
numbers = st.floats() | st.integers(-(2**60), 2**60)
values = st.recursive(
    numbers | st.lists(numbers, min_size=1, max_size=3),
    lambda inner: st.dictionaries(keys, inner, max_size=3),
)


@given(st.dictionaries(keys, values, min_size=1, max_size=4))
def test_what_each_library_writes_is_read_as_one_table(document):
    yaml = io.StringIO()
    YAML(typ="safe").dump(document, yaml)
    written = {"m.json": json.dumps(document), "m.yaml": yaml.getvalue(), "m.toml": tomlkit.dumps(document)}
    read = {
        repr(_sorted(parse_metrics(text.encode(), file))) if text.strip() else ""
        for file, text in written.items()
    }
    assert len(read) == 1


def _sorted(table: MetricTable):
    """TOML writes plain values before tables."""
    return sorted((*table.metrics, *table.repeats), key=lambda one: one.name)
