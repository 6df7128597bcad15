"""Many slices, one metric: what may be chance is not called worse. Performs no I/O.

Twenty slices at 95 % call an equal model worse somewhere in two of three cases. So the claim "worse by more
than the margin" is corrected by Holm's method over all slices of a metric; a failure that it does not uphold
becomes inconclusive, never a pass. Passing needs no correction: every slice must pass. Nor does "did not
improve": it is no claim that chance could have made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from bot.policy.verdict import RuleResult, Status
from bot.statistics.multiplicity import holm

WORSE = ("max_regression", "max_regression_from_best")


def corrected(results: tuple[RuleResult, ...], confidence: float) -> tuple[RuleResult, ...]:
    """The results, with each slice's failure upheld or made inconclusive."""
    families: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for index, result in enumerate(results):
        if result.kind in WORSE and result.slice and result.noise and result.noise.p_worse is not None:
            families[(result.metric, result.kind)][index] = result.noise.p_worse
    changed = {
        index: _unclear(results[index], len(family))
        for family in families.values()
        for index in _not_upheld(results, family, confidence)
    }
    return tuple(changed.get(index, result) for index, result in enumerate(results))


def _not_upheld(
    results: tuple[RuleResult, ...], family: dict[int, float], confidence: float
) -> tuple[int, ...]:
    upheld = holm(tuple(family.values()), 1 - confidence)
    return tuple(
        index
        for index, kept in zip(family, upheld, strict=True)
        if not kept and results[index].status is Status.FAIL
    )


def _unclear(result: RuleResult, slices: int) -> RuleResult:
    words = f"; among {slices} slices that may be chance"
    return replace(result, status=Status.INCONCLUSIVE, reason=(*result.reason, words))
