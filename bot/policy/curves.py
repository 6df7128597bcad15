"""The curves of the candidate and of what it is compared with, from their predictions. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.evidence.facts import Evidence, Side
from bot.evidence.predictions import Predictions
from bot.policy.definition import Policy
from bot.policy.rules.subject import measured_by
from bot.statistics.change import CannotTell
from bot.statistics.spec import Kind, Spec

if TYPE_CHECKING:
    from bot.statistics.curves import Bin

RANKS = (Kind.ROC_AUC, Kind.AVERAGE_PRECISION)
CHANCES = (Kind.LOG_LOSS, Kind.BRIER, Kind.ECE)


@dataclass(frozen=True, slots=True)
class SideCurves:
    """One model's curves; empty where its predictions are no scores of two classes."""

    name: str
    rows: int
    roc: tuple[tuple[float, float], ...]
    calibration: tuple[Bin, ...]


def curves_of(policy: Policy, evidence: Evidence) -> tuple[SideCurves, ...]:
    """Of main (or the champion in its place) and of the pull request, in this order.

    ROC where the policy has a metric that ranks, calibration where it has one of chances.
    """
    sides = (evidence.base or evidence.champion, evidence.head)
    return tuple(found for side in sides if side for found in _of_side(policy, side))


def _of_side(policy: Policy, side: Side) -> Iterator[SideCurves]:
    from bot.statistics.curves import calibration_bins, roc_points  # noqa: PLC0415 -- loads numpy

    found = side.predictions
    if not isinstance(found, Predictions):
        return
    given = found.label, found.score, found.classes
    roc, bins = _spec(policy, RANKS), _spec(policy, CHANCES)
    ranked = roc_points(roc, *given) if roc else ()
    believed = calibration_bins(bins, *given) if bins else ()
    yield SideCurves(
        side.name,
        found.rows,
        () if isinstance(ranked, CannotTell) else ranked,
        () if isinstance(believed, CannotTell) else believed,
    )


def _spec(policy: Policy, kinds: tuple[Kind, ...]) -> Spec | None:
    asked = (measured_by(limits) for limits in policy.metrics.values() if limits.kind in kinds)
    return next((how.spec for how in asked if how is not None), None)
