"""`max`: the value itself is at most a fixed limit, inclusive. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.policy.measurement import Measurement
from bot.policy.rules.numbers import shown, shown_apart
from bot.policy.rules.subject import Subject, tolerance
from bot.policy.verdict import RuleResult, Status


@dataclass(frozen=True, slots=True)
class Maximum:
    """The candidate's value must be at most `limit`."""

    subject: Subject
    limit: float

    def evaluate(self, asked: Measurement) -> RuleResult:
        """Passes when `c ≤ limit + tol`; a missing or non-finite value fails."""
        value = asked.candidate(self.subject)
        if isinstance(value, RuleResult):
            return replace(value, limit=self.limit)
        if value <= self.limit + tolerance(value):
            words = f" is {shown(value)} (at most {shown(self.limit)})"
            result = self.subject.result(Status.PASS, words)
        else:
            number, limit = shown_apart(value, self.limit)
            result = self.subject.result(Status.FAIL, f" is {number}, above the maximum {limit}")
        return replace(result, candidate=value, limit=self.limit)
