"""How a metric went over the last promotions, up to this pull request. Performs no I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bot.evidence.facts import MetricTable, Side
from bot.policy.verdict import RuleResult, Verdict

FEWEST = 3
"""Fewer promotions than these are no trend."""

BARS = "▁▂▃▄▅▆▇█"
UNKNOWN = "·"


@dataclass(frozen=True, slots=True)
class Trend:
    """A metric's finite values, oldest first: of promoted versions ("v3"), and last of this pull request."""

    metric: str
    points: tuple[tuple[str, float], ...]


def trends_of(verdict: Verdict, history: tuple[Side, ...]) -> tuple[Trend, ...]:
    """One for every metric of the policy that enough of the promoted versions measured."""
    found: dict[str, Trend] = {}
    for result in verdict.results:
        # A data check asks for a number of the data, which a promoted version's record does not hold.
        named = bool(result.metric) and result.rule.startswith(("metrics.", "resources."))
        if named and result.slice is None and result.metric not in found:
            trend = _trend(result, history)
            found |= {result.metric: trend} if trend else {}
    return tuple(found.values())


def sparkline(values: Iterable[float]) -> str:
    """A bar for every value, the lowest for the smallest; all in the middle when they are equal.

    What is no finite number is a dot.
    """
    numbers = tuple(values)
    finite = [value / 2 for value in numbers if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    return "".join(_bar(value, low, high) for value in numbers)


def _bar(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return UNKNOWN
    if low == high:
        return BARS[len(BARS) // 2 - 1]
    # Halves, because the span of all floats is no float.
    share = (value / 2 - low) / (high - low)
    return BARS[min(int(share * len(BARS)), len(BARS) - 1)]


def _trend(result: RuleResult, history: tuple[Side, ...]) -> Trend | None:
    now = result.candidate
    values = ((side.name, _known(result, side)) for side in history)
    points = tuple((name, value) for name, value in values if value is not None and math.isfinite(value))
    if now is None or not math.isfinite(now) or len(points) < FEWEST:
        return None
    return Trend(result.metric, (*points, ("this PR", now)))


def _known(result: RuleResult, side: Side) -> float | None:
    if result.rule.startswith("resources."):
        found = next((one.value for one in side.resources if one.name == result.metric), None)
        if found is not None:
            return found
    return side.measured.value(result.metric) if isinstance(side.measured, MetricTable) else None
