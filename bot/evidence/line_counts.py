"""How many lines a change adds to a text and takes from it. Performs no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_BYTES = 2_000_000
MOST_LINES = 20_000
MOST_EDITS = 2_000
"""A change with more bytes, lines or edits is not counted: the time grows with lines times edits."""


@dataclass(frozen=True, slots=True)
class LineCounts:
    """Lines that the change adds and takes away; a line that differs is one of each."""

    added: int
    removed: int


def count_lines(before: bytes | None, after: bytes | None) -> LineCounts | None:
    """The fewest lines to add and take away, as Git counts them; None where that cannot be said.

    None is the side that has no such file. Nothing is said of what is no text (it holds a NUL byte) and of
    what is too large.
    """
    sides = (before or b"", after or b"")
    if any(len(side) > MOST_BYTES or b"\0" in side for side in sides):
        return None
    old, new = _without_common_ends(*(side.splitlines(keepends=True) for side in sides))
    if not old or not new:
        return LineCounts(len(new), len(old))
    if len(old) + len(new) > MOST_LINES:
        return None
    edits = _fewest_edits(old, new)
    if edits is None:
        return None
    added = (edits + len(new) - len(old)) // 2
    return LineCounts(added, edits - added)


def _without_common_ends(old: list[bytes], new: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    rest = shorter - start
    end = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    return old[start : len(old) - end], new[start : len(new) - end]


def _fewest_edits(old: Sequence[bytes], new: Sequence[bytes]) -> int | None:
    """Myers, An O(ND) Difference Algorithm (1986), figure 2; None beyond `MOST_EDITS`.

    `difflib` is not used because its time grows with the cube of what a stranger may write.
    """
    furthest = {1: 0}
    for edits in range(min(len(old) + len(new), MOST_EDITS) + 1):
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(furthest, diagonal, edits)
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            furthest[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return edits
    return None


def _step(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    """Where a path on this diagonal goes on from: a line added, or one taken away."""
    added = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
    return furthest[diagonal + 1] if added else furthest[diagonal - 1] + 1
