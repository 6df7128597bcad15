"""Rows in the order of their score, sorted once and shared by every slice. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.statistics.arrays import Bools, Column


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Rows by rising score.

    `rows` (n,) are row numbers; `ties` (n,) number the distinct scores in the same order, possibly with
    gaps, so that rows of equal score carry equal numbers.
    """

    rows: NDArray[np.int32]
    ties: NDArray[np.int32]

    def within(self, mask: Bools) -> Order:
        """The order of the rows that a mask (n,) keeps, numbered as after the cut: one pass, no sorting."""
        kept = mask[self.rows]
        places = np.cumsum(mask, dtype=np.int32)
        places -= 1
        return Order(places[self.rows[kept]], self.ties[kept])

    def is_like(self, other: Order) -> bool:
        """Whether another order ranks the same rows alike, ties included."""
        ranks = np.empty_like(other.ties)
        ranks[other.rows] = other.ties
        steps = np.diff(ranks[self.rows])
        return bool(np.array_equal(np.sign(steps), np.sign(np.diff(self.ties))))

    def ends(self) -> NDArray[np.intp]:
        """The last place of each run of equal scores, in order."""
        last = np.flatnonzero(self.ties[1:] != self.ties[:-1])
        return np.append(last, len(self.ties) - 1)


def order_of(score: Column) -> Order:
    """Sort rows by score (n,), rising."""
    rows = np.argsort(score)
    ordered = score[rows]
    steps = np.zeros(len(ordered), dtype=np.int32)
    np.not_equal(ordered[1:], ordered[:-1], out=steps[1:], casting="unsafe")
    return Order(rows.astype(np.int32), np.cumsum(steps, out=steps))
