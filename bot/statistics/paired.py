"""How much a metric changed between two models on the same rows, and how sure that is. Performs no I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from bot.statistics.change import CannotTell, Change
from bot.statistics.spec import Kind, Spec
from bot.statistics.values import NO_ROWS, value

if TYPE_CHECKING:
    from bot.statistics.rows import PairedRows

IDENTICAL = "identical predictions"
NO_INTERVAL = CannotTell("no interval is known for this metric")


def paired_change(spec: Spec, rows: PairedRows, seed: int) -> Change | CannotTell:
    """The change of a metric from base to candidate, with the method that suits its kind.

    `seed` decides the draws of a bootstrap: the same rows in any order and the same seed give the same
    change. Identical predictions change nothing, with certainty. Raises ValueError for NaN or infinity.
    """
    import numpy as np

    from bot.statistics.arrays import require_finite

    if not len(rows):
        return NO_ROWS
    require_finite(rows.label, rows.base, rows.candidate)
    if np.array_equal(rows.base, rows.candidate):
        return _identical(spec, rows)
    found = _change(spec, rows, seed)
    return found if isinstance(found, Change) else _with_values(found, spec, rows)


def _identical(spec: Spec, rows: PairedRows) -> Change | CannotTell:
    same = value(spec, rows.label, rows.base, rows.classes)
    if isinstance(same, CannotTell):
        return replace(same, rows=len(rows))
    return Change(same, same, len(rows), IDENTICAL, 0.0, 0.0)


def _with_values(found: CannotTell, spec: Spec, rows: PairedRows) -> CannotTell:
    """A refusal with the values of both sides, where they are defined."""
    if found.rows:
        return found
    known = [value(spec, rows.label, side, rows.classes) for side in (rows.base, rows.candidate)]
    base, candidate = (None if isinstance(one, CannotTell) else one for one in known)
    return replace(found, base=base, candidate=candidate, rows=len(rows))


def _change(spec: Spec, rows: PairedRows, seed: int) -> Change | CannotTell:
    match spec.kind:
        case Kind.ROC_AUC | Kind.AVERAGE_PRECISION:
            return _ranking(spec, rows, seed)
        case Kind.ACCURACY:
            return _accuracy(spec, rows)
        case Kind.F1 | Kind.PRECISION | Kind.RECALL | Kind.SPECIFICITY:
            return _decisions(spec, rows, seed)
        case Kind.BALANCED_ACCURACY | Kind.KAPPA | Kind.MCC:
            return _decisions(spec, rows, seed)
        case Kind.LOG_LOSS | Kind.BRIER | Kind.MAE | Kind.MSE | Kind.RMSE | Kind.R2 | Kind.MEAN:
            return _mean(spec, rows)
        case Kind.ECE:
            return NO_INTERVAL
        case _:
            assert_never(spec.kind)


def _ranking(spec: Spec, rows: PairedRows, seed: int) -> Change | CannotTell:
    from bot.statistics.delong import paired_areas
    from bot.statistics.labels import is_averaged, ranking_of
    from bot.statistics.resampled_ranking import Ranked, paired_average_precision

    if is_averaged(spec, rows.base):
        return _mean_area(spec, rows)
    base = ranking_of(spec, rows.label, rows.base, rows.classes)
    candidate = ranking_of(spec, rows.label, rows.candidate, rows.classes)
    if isinstance(base, CannotTell):
        return base
    if isinstance(candidate, CannotTell):
        return candidate
    orders = rows.order("base", base.column), rows.order("candidate", candidate.column)
    if spec.kind is Kind.ROC_AUC:
        return paired_areas(orders, base.positive, rows.group)
    ranked = Ranked(base.positive, base.score, candidate.score, rows.group)
    return paired_average_precision(orders, ranked, seed)


def _mean_area(spec: Spec, rows: PairedRows) -> Change | CannotTell:
    from bot.statistics.labels import class_codes
    from bot.statistics.one_against_rest import paired_mean_areas, refused

    codes, classes = class_codes(rows.label, rows.classes), range(len(rows.classes))
    if isinstance(codes, CannotTell):
        return codes
    no = refused(spec, codes, len(classes))
    if no is not None:
        return no
    base = tuple(rows.order("base", place) for place in classes)
    candidate = tuple(rows.order("candidate", place) for place in classes)
    return paired_mean_areas(spec.average, (base, candidate), codes, rows.group)


def _accuracy(spec: Spec, rows: PairedRows) -> Change | CannotTell:
    from bot.statistics.decisions import correct
    from bot.statistics.means import paired_shares

    base = correct(spec, rows.label, rows.base, rows.classes)
    candidate = correct(spec, rows.label, rows.candidate, rows.classes)
    if isinstance(base, CannotTell):
        return base
    return candidate if isinstance(candidate, CannotTell) else paired_shares(base, candidate, rows.group)


def _decisions(spec: Spec, rows: PairedRows, seed: int) -> Change | CannotTell:
    from bot.statistics.decisions import decide
    from bot.statistics.joint_table import paired_decisions, question

    decided = decide(spec, rows.label, (rows.base, rows.candidate), rows.classes)
    asked = decided if isinstance(decided, CannotTell) else question(spec, decided)
    return asked if isinstance(asked, CannotTell) else paired_decisions(spec, asked, rows.group, seed)


def _mean(spec: Spec, rows: PairedRows) -> Change | CannotTell:
    from bot.statistics.arrays import as_floats
    from bot.statistics.delta import paired_determinations, paired_roots
    from bot.statistics.losses import row_losses
    from bot.statistics.means import paired_means, paired_shares

    base = row_losses(spec, rows.label, rows.base, rows.classes)
    candidate = row_losses(spec, rows.label, rows.candidate, rows.classes)
    if isinstance(base, CannotTell):
        return base
    if isinstance(candidate, CannotTell):
        return candidate
    if spec.kind is Kind.RMSE:
        return paired_roots(base, candidate, rows.group)
    if spec.kind is Kind.R2:
        return paired_determinations(as_floats(rows.label), base, candidate, rows.group)
    if spec.kind is Kind.MEAN and all(((side == 0) | (side == 1)).all() for side in (base, candidate)):
        return paired_shares(base > 0, candidate > 0, rows.group)
    return paired_means(base, candidate, rows.group)
