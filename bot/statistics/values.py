"""A metric of one model's predictions. Performs no I/O."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, assert_never

from bot.statistics.change import CannotTell
from bot.statistics.spec import Kind, Spec

if TYPE_CHECKING:
    from bot.statistics.arrays import Column

NO_ROWS = CannotTell("there are no rows")


def value(
    spec: Spec, label: Column, score: Column, classes: tuple[object, ...] | None = None
) -> float | CannotTell:
    """The metric, equal to scikit-learn's; CannotTell where it is not defined on these rows.

    `label` is (n,); `score` (n,) scores or predicted classes, or (n, k) class probabilities whose columns
    `classes` names. For `mean` the labels play no part. Raises ValueError for shapes that do not fit,
    and for NaN or infinity.
    """
    from bot.statistics.arrays import require_finite
    from bot.statistics.rows import PairedRows

    rows = PairedRows(label, score, score, None, classes or ())
    if not len(rows):
        return NO_ROWS
    require_finite(rows.label, rows.base)
    return _value(spec, rows.label, rows.base, rows.classes)


def _value(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> float | CannotTell:
    match spec.kind:
        case Kind.ROC_AUC | Kind.AVERAGE_PRECISION:
            return _ranking(spec, label, score, classes)
        case Kind.ACCURACY:
            return _accuracy(spec, label, score, classes)
        case Kind.F1 | Kind.PRECISION | Kind.RECALL | Kind.SPECIFICITY:
            return _decisions(spec, label, score, classes)
        case Kind.BALANCED_ACCURACY | Kind.KAPPA | Kind.MCC:
            return _decisions(spec, label, score, classes)
        case Kind.LOG_LOSS | Kind.BRIER | Kind.MAE | Kind.MSE | Kind.RMSE | Kind.R2 | Kind.MEAN:
            return _mean(spec, label, score, classes)
        case Kind.ECE:
            return _calibration(spec, label, score, classes)
        case _:
            assert_never(spec.kind)


def _ranking(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> float | CannotTell:
    from bot.statistics.labels import is_averaged, ranking_of
    from bot.statistics.ordering import order_of
    from bot.statistics.ranking import area, average_precision

    if is_averaged(spec, score):
        return _mean_area(spec, label, score, classes)
    found = ranking_of(spec, label, score, classes)
    if isinstance(found, CannotTell):
        return found
    if spec.kind is Kind.ROC_AUC:
        return area(found.score, found.positive)
    return average_precision(order_of(found.score), found.positive)


def _mean_area(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> float | CannotTell:
    import numpy as np

    from bot.statistics.arrays import as_floats
    from bot.statistics.labels import class_codes
    from bot.statistics.one_against_rest import mean_area, refused
    from bot.statistics.ranking import area

    codes = class_codes(label, classes)
    if isinstance(codes, CannotTell):
        return codes
    areas = (area(as_floats(score[:, place]), codes == place) for place in range(len(classes)))
    return refused(spec, codes, len(classes)) or mean_area(spec.average, np.fromiter(areas, float), codes)


def _accuracy(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> float | CannotTell:
    from bot.statistics.decisions import correct

    right = correct(spec, label, score, classes)
    return right if isinstance(right, CannotTell) else float(right.mean())


def _decisions(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> float | CannotTell:
    from bot.statistics.decisions import decide
    from bot.statistics.joint_table import question, value_of

    decided = decide(spec, label, (score,), classes)
    asked = decided if isinstance(decided, CannotTell) else question(spec, decided)
    return asked if isinstance(asked, CannotTell) else value_of(spec, asked, 0)


def _mean(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> float | CannotTell:
    from bot.statistics.arrays import as_floats
    from bot.statistics.delta import determination
    from bot.statistics.losses import row_losses

    losses = row_losses(spec, label, score, classes)
    if isinstance(losses, CannotTell):
        return losses
    if spec.kind is Kind.R2:
        return determination(as_floats(label), losses)
    mean = float(losses.mean())
    return math.sqrt(mean) if spec.kind is Kind.RMSE else mean


def _calibration(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> float | CannotTell:
    from bot.statistics.calibration import calibration_error, chances

    found = chances(spec, label, score, classes)
    return found if isinstance(found, CannotTell) else calibration_error(*found, spec.bins)
