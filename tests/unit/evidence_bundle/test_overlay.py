"""A revision's files with some of them replaced behave as one tree."""

import pytest

from bot.evidence.overlay import OverlayTree
from bot.lineage.tree import MemoryTree

UNDER = {"a/b": b"1", "a/c": b"2", "d": b"3"}
OVER = {"a/c": b"changed", "a/e/f": b"new", "ab": b"beside"}


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/e", "ab", "d", "nowhere"])
def test_an_overlay_is_the_tree_that_a_commit_of_its_files_would_be(prefix):
    overlay, committed = OverlayTree(MemoryTree(UNDER), OVER), MemoryTree(UNDER | OVER)
    assert overlay.paths(prefix) == committed.paths(prefix)
    for path in (*committed.paths(), "gone", "a"):
        assert overlay.read(path) == committed.read(path)
        assert overlay.md5(path) == committed.md5(path)
