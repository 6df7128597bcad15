"""How far predicted chances are from observed shares. Performs no I/O."""

from __future__ import annotations

import numpy as np

from bot.statistics.arrays import Bools, Column, Floats, as_floats, is_number
from bot.statistics.change import CannotTell
from bot.statistics.labels import NOT_SCORES, class_codes, positive_column, positive_scores, positives
from bot.statistics.losses import NOT_CHANCES
from bot.statistics.spec import Spec


def calibration_error(chance: Floats, happened: Bools, bins: int) -> float:
    """The expected calibration error of chances (n,), over bins of equal width.

    Σ over bins of |mean chance - observed share| · rows in the bin, over all rows. A chance on an edge
    belongs to the bin below, as in scikit-learn's `calibration_curve`. Source: Naeini, Cooper and
    Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI (2015).
    """
    inner = np.linspace(0.0, 1.0, bins + 1)[1:-1]
    gaps = np.bincount(np.searchsorted(inner, chance), weights=chance - happened, minlength=bins)
    return float(np.abs(gaps).sum()) / len(chance)


def chances(
    spec: Spec, label: Column, score: Column, classes: tuple[object, ...]
) -> tuple[Floats, Bools] | CannotTell:
    """A chance for each row (n,), and whether what it was for happened.

    Of the positive class, where that is known; else of the most probable class of many.
    """
    if not is_number(score):
        return NOT_SCORES
    if score.min() < 0 or score.max() > 1:
        return NOT_CHANCES
    if score.ndim > 1 and isinstance(positive_column(spec, classes), CannotTell):
        return _most_probable(label, as_floats(score), classes)
    positive, chance = positives(spec, label), positive_scores(spec, score, classes)
    if isinstance(positive, CannotTell):
        return positive
    return chance if isinstance(chance, CannotTell) else (chance, positive)


def _most_probable(
    label: Column, score: Floats, classes: tuple[object, ...]
) -> tuple[Floats, Bools] | CannotTell:
    codes = class_codes(label, classes)
    if isinstance(codes, CannotTell):
        return codes
    chosen = np.argmax(score, axis=1)
    return score[np.arange(len(codes)), chosen], chosen == codes
