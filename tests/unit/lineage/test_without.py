"""Entries taken out of a `dvc.lock`, and every other byte left as it was."""

from __future__ import annotations

import pytest

from bot.errors import InvalidFileError, NotEvaluatedError
from bot.lineage.without import without_entries

ENTRY = """\
  {name}:
    cmd: python {name}.py
    deps:
    - path: {name}.py
      hash: md5
      md5: 0cc175b9c0f1b6a831c399e269772661
      size: 1
    outs:
    - path: {name}.out
      hash: md5
      md5: 92eb5ffee6ae2fec3ad71c777531578f
      size: 1
"""
HEAD = "schema: '2.0'\nstages:\n"


def lock(*names: str) -> bytes:
    return (HEAD + "".join(ENTRY.format(name=name) for name in names)).encode()


@pytest.mark.parametrize("gone", [("a",), ("b",), ("c",), ("a", "c"), ("a", "b"), ()])
def test_what_is_left_is_as_it_was(gone):
    kept = [name for name in ("a", "b", "c") if name not in gone]
    assert without_entries(lock("a", "b", "c"), "dvc.lock", gone) == lock(*kept)


def test_the_last_one_leaves_an_empty_lock():
    assert without_entries(lock("a"), "dvc.lock", {"a"}).decode() == HEAD


def test_a_name_that_is_not_there_takes_nothing():
    assert without_entries(lock("a"), "dvc.lock", {"b"}) == lock("a")


def test_the_names_of_a_lock_in_a_folder_have_its_address():
    assert without_entries(lock("a", "b"), "x/dvc.lock", {"x/dvc.yaml:a", "b"}) == lock("b")


def test_blank_lines_comments_and_line_ends_of_windows_are_kept():
    text = (HEAD + ENTRY.format(name="a") + "\n  # by hand\n" + ENTRY.format(name="b")).replace("\n", "\r\n")
    kept = without_entries(text.encode(), "dvc.lock", {"b"})
    assert kept == text[: text.index("  b:")].encode()


def test_one_that_dvc_did_not_write_like_this_is_refused_with_the_way_out():
    flow = b"schema: '2.0'\nstages: {a: {cmd: x, outs: [{path: p, md5: 92eb5ffee6ae2fec}]}, b: {cmd: y}}\n"
    with pytest.raises((NotEvaluatedError, InvalidFileError)):
        without_entries(flow, "dvc.lock", {"a"})


def test_no_lock_is_told_as_such():
    with pytest.raises(InvalidFileError):
        without_entries(b"<<<<<<< HEAD\n", "dvc.lock", {"a"})
