"""Changes of average precision, by a Poisson bootstrap of rows sorted once. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.statistics.arrays import Bools, Floats, compact
from bot.statistics.change import CannotTell, Change
from bot.statistics.noise import group_sums, too_few, too_few_groups, too_rare
from bot.statistics.ordering import Order, order_of
from bot.statistics.ranking import average_precision

DRAWS = 200
MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Which rows are positive (n,), and their scores by both models (n,)."""

    positive: Bools
    base: Floats
    candidate: Floats
    group: NDArray[np.integer] | None

    def at(self, rows: NDArray[np.integer]) -> Ranked:
        """Some of the rows, in the order given."""
        group = None if self.group is None else self.group[rows]
        return Ranked(self.positive[rows], self.base[rows], self.candidate[rows], group)

    def in_own_order(self) -> Ranked:
        """The rows sorted by what they hold, so that the order they came in decides nothing."""
        keys = (self.candidate, self.base, self.positive)
        return self.at(np.lexsort(keys if self.group is None else (*keys, self.group)))


def paired_average_precision(orders: tuple[Order, Order], ranked: Ranked, seed: int) -> Change | CannotTell:
    """The change of average precision: every row (or group) counts a Poisson(1) number of times, 200 times.

    Source: Chamandy, Muralidharan, Najmi and Naidu, "Estimating uncertainty for massive data streams",
    Google (2012). Of more than 200,000 rows so many are drawn once, whole groups together: the values
    are those of all rows, the draws are moved to their difference, and the interval is as wide as the
    drawn rows make it, wider than need be.
    """
    base, candidate = (average_precision(order, ranked.positive) for order in orders)
    rows = len(ranked.positive)
    few = _too_few(ranked)
    if few is not None:
        return replace(few, base=base, candidate=candidate, rows=rows)
    generator = np.random.Generator(np.random.PCG64(seed))
    kept = _kept(ranked.in_own_order(), generator)
    found = _differences(kept, generator)
    known = np.sort(found[1:][~np.isnan(found[1:])]) + (candidate - base - found[0])
    used = len(kept.positive)
    method = f"Poisson bootstrap, {DRAWS} draws" + (f", {used:,} of {rows:,} rows" if used < rows else "")
    error, draws = float(known.std(ddof=1)), tuple(known.tolist())
    return Change(base, candidate, used, method, candidate - base, error, draws=draws, seed=seed)


def _too_few(ranked: Ranked) -> CannotTell | None:
    different = ranked.base != ranked.candidate
    few = too_rare(ranked.positive, ranked.group) or too_few(
        int(np.count_nonzero(different)), len(different), "rows are"
    )
    if few is not None or ranked.group is None:
        return few
    return too_few_groups(group_sums(different.astype(np.float64), ranked.group))


def _kept(ranked: Ranked, generator: np.random.Generator) -> Ranked:
    """At most 200,000 rows, drawn without replacement; whole groups where there are groups."""
    rows = len(ranked.positive)
    if rows <= MOST_ROWS:
        return ranked
    if ranked.group is None:
        return ranked.at(np.sort(generator.choice(rows, MOST_ROWS, replace=False, shuffle=False)))
    codes, groups = compact(ranked.group)
    shuffled = generator.permutation(groups)
    sizes = np.bincount(codes, minlength=groups)[shuffled]
    chosen = np.zeros(groups, dtype=np.bool_)
    chosen[shuffled[np.cumsum(sizes) <= MOST_ROWS]] = True
    return ranked.at(np.flatnonzero(chosen[codes]))


def _differences(ranked: Ranked, generator: np.random.Generator) -> Floats:
    """Candidate minus base: of the rows as they are, then of every draw (1 + draws,)."""
    orders = order_of(ranked.base), order_of(ranked.candidate)
    codes, units = (None, len(ranked.positive)) if ranked.group is None else compact(ranked.group)
    found = np.empty(1 + DRAWS)
    for draw in range(1 + DRAWS):
        times = generator.poisson(1.0, units) if draw else np.ones(units, dtype=np.int64)
        weights = times if codes is None else times[codes]
        before, after = (average_precision(order, ranked.positive, weights) for order in orders)
        found[draw] = after - before
    return found
