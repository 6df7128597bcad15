"""Parameters: which values are the same, and what a change sets."""

from __future__ import annotations

import pytest

from bot.errors import InvalidFileError
from bot.evidence.params import Param, ParamChange, Params, changed, parse_params, read_params
from bot.lineage.tree import MemoryTree


def yaml(text):
    return parse_params(text.encode(), "params.yaml")


def test_keys_are_joined_by_dots_and_values_keep_their_type():
    found = yaml('a: {b: 5e-3, c: "5", d: 5, e: true, f: null, g: no}\nlist: [x, 1]\nempty: {}\n')
    assert found.values == (
        Param("a.b", "0.005"),
        Param("a.c", '"5"'),
        Param("a.d", "5"),
        Param("a.e", "true"),
        Param("a.f", "null"),
        Param("a.g", '"no"'),
        Param("list", '["x", 1]'),
        Param("empty", "{}"),
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 5e-3", "a: 0.005"),
        ("{a: 1, b: 2}", "b: 2\na: 1"),
        ("a: x # old", "a: 'x'"),
        ("a: {b: 1}", "a:\n  b: 1"),
    ],
)
def test_another_way_to_write_the_same_value_is_no_change(before, after):
    assert changed(yaml(before), yaml(after)) == ()


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("a: 1", "a: 2", ("a", "1", "2")),
        ("a: 1", 'a: "1"', ("a", "1", '"1"')),
        ("a: 1", "a: true", ("a", "1", "true")),
        ("a: null", "{}", ("a", "null", None)),
        ("{}", "a: {b: 1}", ("a.b", None, "1")),
        ("a: [1, 2]", "a: [2, 1]", ("a", "[1, 2]", "[2, 1]")),
    ],
)
def test_a_change_names_the_key_and_both_values(before, after, change):
    assert changed(yaml(before), yaml(after)) == (ParamChange("params.yaml", *change),)


def test_json_and_toml_give_the_same_parameters_as_yaml():
    expected = (Param("train.rate", "0.1"), Param("train.deep", "true"))
    for file, data in (
        ("p.yaml", b"train: {rate: 0.1, deep: true}"),
        ("p.json", b'{"train": {"rate": 0.1, "deep": true}}'),
        ("p.toml", b"[train]\nrate = 0.1\ndeep = true\n"),
    ):
        assert parse_params(data, file) == Params(file, expected)


def test_a_file_that_one_side_does_not_have_has_no_parameters():
    tree = MemoryTree({"params.yaml": b"a: 1"})
    assert changed(read_params(MemoryTree({}), "params.yaml"), read_params(tree, "params.yaml")) == (
        ParamChange("params.yaml", "a", None, "1", 1),
    )


@pytest.mark.parametrize(
    ("file", "data", "line"),
    [
        ("params.yaml", b"# rates\ntrain:\n  deep: 1\n  rate: 0.2\n", 4),
        ("params.yml", b"train: {deep: 1, rate: 0.2}\n", 1),
        ("params.json", b'{"train": {"deep": 1,\n"rate": 0.2}}', 0),
        ("params.yaml", b"a: &a 1\ntrain: {rate: 0.2, deep: 1}\n", 2),
    ],
    ids=["nested", "in one line", "another format", "an anchor"],
)
def test_a_change_says_on_which_line_the_file_sets_it(file, data, line):
    before = MemoryTree({file: data.replace(b"0.2", b"0.1")})
    (change,) = changed(read_params(before, file), read_params(MemoryTree({file: data}), file))
    assert (change.key, change.before, change.after, change.line) == ("train.rate", "0.1", "0.2", line)


def test_a_broken_file_is_refused_by_name():
    with pytest.raises(InvalidFileError) as caught:
        yaml("a: 1\na: 2\n")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.col) == ("params.yaml", 2, 1)
