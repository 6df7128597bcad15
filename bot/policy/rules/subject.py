"""What a rule is about, and the result it gives. Performs no I/O."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from bot.evidence.facts import MetricTable
from bot.evidence.phrase import Phrase, Quoted
from bot.policy.definition import Policy
from bot.policy.limits import MetricLimits
from bot.policy.recomputed import Measured
from bot.policy.rules.numbers import shown
from bot.policy.verdict import Direction, Position, RuleKind, RuleResult, Severity, SliceKey, Status
from bot.statistics.spec import Spec

TOLERANCE = 1e-9
TRAINING = "training_seconds"
"""How long training took is known only of the run that trained."""
Scope = Literal["metrics", "slices", "resources", "data"]
HOME: dict[Scope, str] = {
    "metrics": "in the metrics files",
    "slices": "in the metrics files",
    "resources": "among the resources and in the metrics files",
    "data": "in the data report",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """One rule's identity: its path, its metric, where it stands, and the slice once there is one.

    `scope` says where the number comes from; `how` that it is computed from predictions; `stderr` and
    `repeats` name keys of the metrics file that say how noisy a reported number is.
    """

    rule: str
    kind: RuleKind
    metric: str
    severity: Severity
    position: Position
    direction: Direction | None = None
    optional: bool = False
    slice: SliceKey | None = None
    scope: Scope = "metrics"
    how: Measured | None = None
    stderr: str | None = None
    repeats: str | None = None

    def of(self, part: SliceKey) -> Subject:
        """The same rule for one slice."""
        return replace(self, rule=f"{self.rule}[{part.column}={part.value}]", slice=part)

    def reported(self, table: MetricTable) -> float | None:
        """This subject's number as a metrics file states it, None when it is not there."""
        if self.slice is None:
            return table.value(self.metric)
        return table.slice_value(self.slice.column, self.slice.value, self.metric)

    @property
    def named(self) -> Phrase:
        """The metric as a sentence begins with it."""
        if self.slice is None:
            return (Quoted(self.metric),)
        return (Quoted(self.metric), " for ", Quoted(f"{self.slice.column}={self.slice.value}"))

    def result(self, status: Status, *reason: str | Quoted) -> RuleResult:
        """This rule's outcome, its reason beginning with the metric's name."""
        return RuleResult(
            rule=self.rule,
            kind=self.kind,
            metric=self.metric,
            status=status,
            severity=self.severity,
            reason=(*self.named, *reason),
            position=self.position,
            direction=self.direction,
            slice=self.slice,
        )

    def unusable(self, candidate: float | None) -> RuleResult | None:
        """The outcome when the pull request has no finite value: missing or NaN is never a pass."""
        if candidate is None:
            if self.scope == "resources" and self.metric == TRAINING:
                return self.result(Status.SKIPPED, " is not known: nothing was trained here")
            if self.optional:
                return self.result(Status.SKIPPED, " is missing and optional")
            return self.result(Status.FAIL, f" is missing {HOME[self.scope]}")
        if not math.isfinite(candidate):
            return replace(self.result(Status.FAIL, f" is {shown(candidate)}"), candidate=candidate)
        return None


def capped(policy: Policy, mode: str | None, severity: Severity) -> Severity:
    """A rule's severity; `mode: report` on it or on the whole file makes it information."""
    return Severity.INFO if "report" in (policy.mode, mode) else severity


def measured_by(limits: MetricLimits) -> Measured | None:
    """How a metric with a `kind` is computed from predictions; None for a number that is only reported."""
    if limits.kind is None:
        return None
    spec = Spec(limits.kind, limits.positive, limits.threshold, limits.average)
    return Measured(spec, limits.column)


def tolerance(*magnitudes: float) -> float:
    """`1e-9 · max(1, |x|, …)`: what every comparison gives in favour of the pull request."""
    return TOLERANCE * max(1.0, *(abs(number) for number in magnitudes))
