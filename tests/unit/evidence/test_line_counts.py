"""Lines added and removed, against the definition: the fewest that turn one text into the other."""

from __future__ import annotations

import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evidence.line_counts import MOST_BYTES, MOST_EDITS, LineCounts, count_lines

texts = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n"]), max_size=12).map(b"".join)


def fewest(old: list[bytes], new: list[bytes]) -> int:
    """By the definition, every way tried."""

    @cache
    def left(i: int, j: int) -> int:
        if i == len(old) or j == len(new):
            return len(old) - i + len(new) - j
        if old[i] == new[j]:
            return left(i + 1, j + 1)
        return 1 + min(left(i + 1, j), left(i, j + 1))

    return left(0, 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\0", b"b"),
        (b"a", b"b\0"),
        (b"a" * (MOST_BYTES + 1), b"a"),
        (b"a", b"a" * (MOST_BYTES + 1)),
        (b"a\n" * 20_001 + b"b", b"c\n"),
        (b"".join(b"%d\n" % n for n in range(MOST_EDITS)), b"x\n"),
    ],
    ids=["binary before", "binary after", "large before", "large after", "many lines", "many edits"],
)
def test_what_is_no_text_or_too_large_is_not_counted(before, after):
    assert count_lines(before, after) is None


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        (None, b"a\nb\n", LineCounts(2, 0)),
        (b"a\nb", None, LineCounts(0, 2)),
        (None, b"", LineCounts(0, 0)),
        (b"a\n", b"a", LineCounts(1, 1)),
        (b"a\nb\nc\n", b"a\nx\ny\nc\n", LineCounts(2, 1)),
        (b"\xff\n", b"\xfe\n", LineCounts(1, 1)),
        (None, b"a\n" * 100_000, LineCounts(100_000, 0)),
    ],
)
def test_a_line_that_differs_is_one_added_and_one_removed(before, after, counts):
    assert count_lines(before, after) == counts


@given(texts, texts)
def test_no_fewer_lines_turn_one_text_into_the_other(before, after):
    counts = count_lines(before, after)
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert counts.added + counts.removed == fewest(old, new)
    assert counts.added - counts.removed == len(new) - len(old)


def test_a_text_made_to_be_slow_is_counted_or_given_up_in_seconds():
    before = b"".join(b"a\n" if n % 2 else b"b\n" for n in range(9_900))
    after = b"x\n" + b"".join(b"b\n" if n % 3 else b"a\n" for n in range(9_900)) + b"y\n"
    start = time.perf_counter()
    count_lines(before, after)
    assert time.perf_counter() - start < 30
