"""A metric listed without a limit: it must be there, and it is shown, not judged. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from bot.evidence.phrase import Phrase, Quoted
from bot.policy.limits import Bound
from bot.policy.measurement import Measurement
from bot.policy.rules.number_rule import Named, NumberRule
from bot.policy.rules.numbers import shown
from bot.policy.verdict import RuleKind, RuleResult, Status


@dataclass(frozen=True, slots=True)
class Required(NumberRule):
    """The candidate must have a finite value."""

    KEY: ClassVar[RuleKind] = "required"

    @classmethod
    def of(cls, _limits: Bound, named: Named) -> Self:
        """What is asked of a number without a limit."""
        return cls(named(cls.KEY))

    def asks(self) -> Phrase:
        """That it is there."""
        return (
            Quoted(self.subject.metric),
            " must be there and be a number; it is shown, and no limit judges it.",
        )

    def evaluate(self, asked: Measurement) -> RuleResult:
        """Fails when the value is missing or not finite; never a pass, because nothing was asked of it."""
        value, before = asked.candidate(self.subject), asked.before(self.subject)
        if isinstance(value, RuleResult):
            return replace(value, base=before)
        result = self.subject.result(Status.SKIPPED, f" is {shown(value)} (no limit is set: not judged)")
        return replace(result, candidate=value, base=before)
