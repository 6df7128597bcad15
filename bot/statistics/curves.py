"""The curves that show how a classifier ranks and how far its chances can be believed. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.statistics.arrays import Bools, Column, Floats
from bot.statistics.calibration import chances
from bot.statistics.change import CannotTell
from bot.statistics.labels import ranking_of
from bot.statistics.spec import Spec

MOST_POINTS = 200
BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows with like chances: their mean chance, the share for which it happened, and how many they are."""

    chance: float
    share: float
    rows: int


def roc_points(
    spec: Spec, label: Column, score: Column, classes: tuple[object, ...]
) -> tuple[tuple[float, float], ...] | CannotTell:
    """False and true positive rates at every distinct score from the highest down, at most 200 of them.

    From (0, 0) to (1, 1); rows of one score are one step, so that the area is the AUC with ties halved.
    """
    ranking = ranking_of(spec, label, score, classes)
    if isinstance(ranking, CannotTell):
        return ranking
    order = np.argsort(-ranking.score, kind="stable")
    ordered, positive = ranking.score[order], ranking.positive[order]
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    hits = np.cumsum(positive)[ends]
    rates = np.column_stack(((ends + 1 - hits) / (~positive).sum(), hits / positive.sum()))
    return ((0.0, 0.0), *((float(x), float(y)) for x, y in _thinned(rates)))


def _thinned(rates: Floats) -> Floats:
    if len(rates) <= MOST_POINTS:
        return rates
    kept = np.linspace(0, len(rates) - 1, MOST_POINTS).round().astype(np.int64)
    return rates[kept]


def calibration_bins(
    spec: Spec, label: Column, score: Column, classes: tuple[object, ...]
) -> tuple[Bin, ...] | CannotTell:
    """Ten bins of equally many rows by chance, from the lowest; equal chances are never parted."""
    found = chances(spec, label, score, classes)
    if isinstance(found, CannotTell):
        return found
    chance, happened = found
    order = np.argsort(chance, kind="stable")
    return tuple(_bin(chance[part], happened[part]) for part in _parts(chance[order], order))


def _parts(ordered: Floats, order: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[Column]:
    cuts = np.linspace(0, len(ordered), BINS + 1).round().astype(np.int64)[1:-1]
    moved = np.unique(np.searchsorted(ordered, ordered[np.minimum(cuts, len(ordered) - 1)], side="left"))
    return [part for part in np.split(order, moved) if len(part)]


def _bin(chance: Floats, happened: Bools) -> Bin:
    return Bin(float(chance.mean()), float(happened.mean()), len(chance))
