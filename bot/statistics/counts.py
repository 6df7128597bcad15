"""Metrics of decisions, from how often each class is hit, true and decided for. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.statistics.arrays import Floats
from bot.statistics.spec import Average, Kind, Spec


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Rows per class, (…, k) each: decided rightly, truly of the class, decided for the class."""

    hits: Floats
    actual: Floats
    predicted: Floats

    @property
    def total(self) -> Floats:
        """All rows (…,)."""
        return np.asarray(self.actual.sum(axis=-1), dtype=np.float64)


def metric_of(spec: Spec, counts: Counts, positive: int | None) -> Floats:
    """The metric (…,), equal to scikit-learn's; NaN where it is not defined.

    Of one class (`average` binary or not said) an undefined ratio is NaN; in an average over classes it
    counts as 0, scikit-learn's `zero_division=0`, and a class neither true nor decided for is left out.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if spec.kind is Kind.KAPPA:
            return _kappa(counts)
        if spec.kind is Kind.MCC:
            return _matthews(counts)
        if spec.kind is Kind.BALANCED_ACCURACY:
            return _balanced(counts)
        above, below = _ratio(spec.kind, counts)
        if positive is not None:
            return _share(above[..., positive], below[..., positive])
        return _averaged(spec.average or "macro", above, below, counts)


def _ratio(kind: Kind, counts: Counts) -> tuple[Floats, Floats]:
    """Numerator and denominator per class, (…, k) each."""
    if kind is Kind.PRECISION:
        return counts.hits, counts.predicted
    if kind is Kind.RECALL:
        return counts.hits, counts.actual
    if kind is Kind.F1:
        return 2 * counts.hits, counts.actual + counts.predicted
    if kind is Kind.SPECIFICITY:
        others = counts.total[..., np.newaxis] - counts.actual
        return others - counts.predicted + counts.hits, others
    raise ValueError(f"{kind} is no ratio of counts")


def _averaged(average: Average, above: Floats, below: Floats, counts: Counts) -> Floats:
    present = counts.actual + counts.predicted > 0
    if average == "micro":
        return _share(np.where(present, above, 0).sum(axis=-1), np.where(present, below, 0).sum(axis=-1))
    each = np.where(below > 0, above / below, 0)
    weights = counts.actual if average == "weighted" else present
    return _share((each * weights).sum(axis=-1), weights.sum(axis=-1))


def _balanced(counts: Counts) -> Floats:
    """The mean recall of the classes that are there; of one class it says nothing."""
    there = counts.actual > 0
    known = there.sum(axis=-1)
    mean = np.where(there, counts.hits / counts.actual, 0).sum(axis=-1) / known
    return np.where(known > 1, mean, np.nan)


def _kappa(counts: Counts) -> Floats:
    """Cohen's kappa, without weights: (agreement - chance agreement) / (1 - chance agreement)."""
    by_chance = (counts.actual * counts.predicted).sum(axis=-1) / counts.total**2
    return _share(counts.hits.sum(axis=-1) / counts.total - by_chance, 1 - by_chance)


def _matthews(counts: Counts) -> Floats:
    """Matthews' correlation for any number of classes; Gorodkin, Computational Biology 28 (2004)."""
    total = counts.total
    covariance = counts.hits.sum(axis=-1) * total - (counts.actual * counts.predicted).sum(axis=-1)
    spread = (total**2 - (counts.actual**2).sum(axis=-1)) * (total**2 - (counts.predicted**2).sum(axis=-1))
    return _share(covariance, np.sqrt(spread))


def _share(above: Floats, below: Floats) -> Floats:
    """A ratio (…,), NaN where the denominator is 0."""
    return np.where(below > 0, above / below, np.nan)
