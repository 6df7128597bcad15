"""A metric listed without a limit: it must be there, and it is shown, not judged. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.policy.measurement import Measurement
from bot.policy.rules.numbers import shown
from bot.policy.rules.subject import Subject
from bot.policy.verdict import RuleResult, Status


@dataclass(frozen=True, slots=True)
class Required:
    """The candidate must have a finite value."""

    subject: Subject

    def evaluate(self, asked: Measurement) -> RuleResult:
        """Fails when the value is missing or not finite; never a pass, because nothing was asked of it."""
        value = asked.candidate(self.subject)
        if isinstance(value, RuleResult):
            return value
        result = self.subject.result(Status.SKIPPED, f" is {shown(value)} (no limit is set: not judged)")
        return replace(result, candidate=value)
