"""One change drawn on one line: where it is, how sure that is, and where its limit lies. Performs no I/O."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bot.policy.verdict import RuleResult, Severity, Status
from bot.report.page.scale import Scale

WIDTH = 240.0
Tone = Literal["good", "bad", "unsure", "quiet"]


@dataclass(frozen=True, slots=True)
class Strip:
    """Places from 0 to 240 from left (worse) to right (better); None for what there is not."""

    tone: Tone
    zero: float
    point: float | None
    low: float | None = None
    high: float | None = None
    limit: float | None = None


def tone_of(result: RuleResult) -> Tone:
    """Which of four tones a result has."""
    if result.status in (Status.FAIL, Status.ERROR):
        return "bad" if result.severity is Severity.BLOCK else "unsure"
    if result.status in (Status.INCONCLUSIVE, Status.WAIVED):
        return "unsure"
    return "good" if result.status is Status.PASS else "quiet"


def strip_of(result: RuleResult, scale: Scale) -> Strip:
    """A change rule's result, drawn."""
    return Strip(
        tone_of(result),
        scale.at(0.0),
        _place(result.improvement, scale),
        _place(result.low, scale),
        _place(result.high, scale),
        _place(margin_of(result), scale),
    )


def drawn_values(result: RuleResult) -> tuple[float | None, ...]:
    """What has to lie on the scale."""
    return (0.0, result.improvement, result.low, result.high, margin_of(result))


def margin_of(result: RuleResult) -> float | None:
    """The improvement at which the rule's limit lies: below zero where some loss is allowed."""
    if result.limit is None or result.improvement is None:
        return None
    return result.limit if result.kind == "must_improve" else -result.limit


def _place(value: float | None, scale: Scale) -> float | None:
    return None if value is None or not math.isfinite(value) else scale.at(value)
