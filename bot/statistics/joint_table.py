"""Changes of metrics of decisions, by the joint table of label and both decisions. Performs no I/O."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bot.statistics.arrays import Bools, Codes, Floats, compact
from bot.statistics.change import CannotTell, Change
from bot.statistics.counts import Counts, metric_of
from bot.statistics.decisions import Decided
from bot.statistics.draws import resampled_totals
from bot.statistics.noise import LEAST, group_sums, too_few_groups
from bot.statistics.spec import Kind, Spec

MOST_UNDEFINED = 0.01
UNDEFINED = CannotTell("it is not defined: a class that it needs has no rows or no decisions")

OF_ALL_CLASSES = frozenset({Kind.KAPPA, Kind.MCC, Kind.BALANCED_ACCURACY})


def question(spec: Spec, decided: Decided) -> Decided | CannotTell:
    """The decisions as the metric sees them: of all classes, or of the positive one against the rest."""
    if spec.kind in OF_ALL_CLASSES or spec.average in {"macro", "micro", "weighted"}:
        return replace(decided, positive=None)
    return decided.why if decided.positive is None else decided.one_against_rest()


def value_of(spec: Spec, decided: Decided, side: int) -> float | CannotTell:
    """The metric of one model's decisions."""
    label, chosen = decided.label, decided.sides[side]
    every = (label[label == chosen], label, chosen)
    counts = (np.bincount(one, minlength=decided.classes).astype(np.float64) for one in every)
    found = float(metric_of(spec, Counts(*counts), decided.positive))
    return UNDEFINED if np.isnan(found) else found


def paired_decisions(
    spec: Spec, decided: Decided, group: NDArray[np.integer] | None, seed: int
) -> Change | CannotTell:
    """The change of a metric of decisions: rows (or whole groups) drawn again, label and decisions together.

    Rows of equal label and decisions are interchangeable, so drawing n rows with replacement is one
    multinomial draw over the occupied cells of the joint table: it costs the same for any number of rows.
    Percentiles of the differences; Efron and Tibshirani, "An Introduction to the Bootstrap" (1993),
    chapter 13.
    """
    base, candidate = (value_of(spec, decided, side) for side in (0, 1))
    different = _different(spec, decided)
    rows, discordant = len(decided.label), int(np.count_nonzero(different))
    if isinstance(base, CannotTell) or isinstance(candidate, CannotTell):
        return UNDEFINED
    few = _too_few(different, group)
    if few is not None:
        return replace(few, base=base, candidate=candidate, rows=rows, discordant=discordant)
    units, times = _units(decided, group)
    drawn = _differences(spec, decided, resampled_totals(units, times, seed))
    known = np.sort(drawn[~np.isnan(drawn)])
    if len(known) < len(drawn) * (1 - MOST_UNDEFINED):
        return replace(UNDEFINED, base=base, candidate=candidate, rows=rows, discordant=discordant)
    what = "the joint table" if group is None else f"{int(times.sum()):,} groups"
    method = f"bootstrap of {what}, {len(drawn):,} draws"
    error, draws = float(known.std(ddof=1)), tuple(known.tolist())
    center = candidate - base
    return Change(base, candidate, rows, method, center, error, draws=draws, discordant=discordant, seed=seed)


def _different(spec: Spec, decided: Decided) -> Bools:
    """Which rows (n,) are decided differently, of those that the metric counts."""
    different: Bools = decided.sides[0] != decided.sides[1]
    if decided.positive is not None and spec.kind is Kind.RECALL:
        different &= decided.label == decided.positive
    if decided.positive is not None and spec.kind is Kind.SPECIFICITY:
        different &= decided.label != decided.positive
    return different


def _too_few(different: Bools, group: NDArray[np.integer] | None) -> CannotTell | None:
    discordant = int(np.count_nonzero(different))
    if discordant < LEAST:
        return CannotTell(f"only {discordant} rows are decided differently; {LEAST} are needed")
    return None if group is None else too_few_groups(group_sums(different.astype(np.float64), group))


def _units(decided: Decided, group: NDArray[np.integer] | None) -> tuple[Floats, Floats]:
    """What is drawn: distinct tables of one row or one group (u, 5k), and how often each is there (u,)."""
    if group is None:
        cells, times = _cells(decided)
        return _tables(cells, np.arange(len(times))), times.astype(np.float64)
    distinct, times = np.unique(_tables(decided, compact(group)[0]), axis=0, return_counts=True)
    return distinct, times.astype(np.float64)


def _cells(decided: Decided) -> tuple[Decided, Codes]:
    """One row of each cell of the joint table that has rows, and how many it has (u,)."""
    k, (base, candidate) = decided.classes, decided.sides
    cells, count = compact((decided.label * k + base) * k + candidate)
    rows = np.empty(count, dtype=np.int64)
    rows[cells] = np.arange(len(cells))
    one = replace(decided, label=decided.label[rows], sides=(base[rows], candidate[rows]))
    return one, np.bincount(cells)


def _tables(decided: Decided, units: Codes) -> Floats:
    """What each unit adds to the rows per class (u, 5k): true, decided for by either model, hit by either."""
    k, label, sides = decided.classes, decided.label, decided.sides
    table = np.zeros((units.max() + 1, 5 * k))
    hits = [np.where(label == side, side, -1) for side in sides]
    for part, classes in enumerate((label, *sides, *hits)):
        seen = classes >= 0
        np.add.at(table, (units[seen], classes[seen] + part * k), 1)
    return table


def _differences(spec: Spec, decided: Decided, totals: Floats) -> Floats:
    """Candidate minus base for every draw: (draws, 5k) to (draws,)."""
    label, base, candidate, base_hits, hits = np.split(totals, 5, axis=1)
    before = metric_of(spec, Counts(base_hits, label, base), decided.positive)
    return metric_of(spec, Counts(hits, label, candidate), decided.positive) - before
