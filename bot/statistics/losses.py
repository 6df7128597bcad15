"""What each row adds to a metric that is a mean. Performs no I/O."""

from __future__ import annotations

import numpy as np

from bot.statistics.arrays import Bools, Codes, Column, Floats, as_floats, is_number
from bot.statistics.change import CannotTell
from bot.statistics.labels import NOT_SCORES, class_codes, positive_scores, positives
from bot.statistics.spec import Kind, Spec

NOT_CHANCES = CannotTell("the scores are not probabilities: some lie outside 0 to 1", unfit=True)
NOT_NUMBERS = CannotTell("the labels are not numbers", unfit=True)
SEVERAL = CannotTell("the predictions are several numbers for each row, and this kind needs one", unfit=True)


def row_losses(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> Floats | CannotTell:
    """The loss of each row (n,): log loss, Brier score, absolute or squared error, or the score itself."""
    if not is_number(score):
        return NOT_SCORES
    if spec.kind is Kind.MEAN:
        return as_floats(score) if score.ndim == 1 else SEVERAL
    if spec.kind in {Kind.LOG_LOSS, Kind.BRIER}:
        return _of_chances(spec, label, score, classes)
    return _of_errors(spec, label, score)


def _of_errors(spec: Spec, label: Column, score: Column) -> Floats | CannotTell:
    """Absolute errors for `mae`, squared ones for `mse`, `rmse` and `r2`."""
    if not is_number(label):
        return NOT_NUMBERS
    if score.ndim != 1:
        return SEVERAL
    errors = as_floats(score) - as_floats(label)
    return np.abs(errors) if spec.kind is Kind.MAE else errors * errors


def _of_chances(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> Floats | CannotTell:
    if score.min() < 0 or score.max() > 1:
        return NOT_CHANCES
    if score.ndim == 1:
        positive = positives(spec, label)
        if isinstance(positive, CannotTell):
            return positive
        chance = positive_scores(spec, score, classes)
        return (
            chance if isinstance(chance, CannotTell) else _of_two(spec.kind, positive, chance, _least(score))
        )
    codes = class_codes(label, classes)
    if isinstance(codes, CannotTell):
        return codes
    if spec.kind is Kind.LOG_LOSS:
        chance = as_floats(score[np.arange(len(label)), codes])
        return -np.log(np.maximum(chance, _least(score)))
    return _brier_of_many(codes, as_floats(score))


def _of_two(kind: Kind, positive: Bools, chance: Floats, least: float) -> Floats:
    if kind is Kind.BRIER:
        return (chance - positive) ** 2
    clipped = np.clip(chance, least, 1 - least)
    return -np.log(np.where(positive, clipped, 1 - clipped))


def _brier_of_many(codes: Codes, score: Floats) -> Floats:
    """Σ over classes of (chance - truth)², halved for two classes: scikit-learn's `scale_by_half="auto"`."""
    squares: Floats = (score * score).sum(axis=1) + 1 - 2 * score[np.arange(len(codes)), codes]
    return squares / 2 if score.shape[1] == 2 else squares  # noqa: PLR2004


def _least(score: Column) -> float:
    """The chance that log loss clips at: the machine's precision for the type, as scikit-learn does."""
    kind = score.dtype.type
    return float(np.finfo(kind if issubclass(kind, np.floating) else np.float64).eps)
