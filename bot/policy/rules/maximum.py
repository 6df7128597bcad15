"""`max`: the value itself is at most a fixed limit, inclusive. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from bot.evidence.phrase import Phrase, Quoted
from bot.policy.limits import Bound
from bot.policy.measurement import Measurement
from bot.policy.rules.number_rule import Named, NumberRule
from bot.policy.rules.numbers import shown, shown_apart
from bot.policy.rules.subject import tolerance
from bot.policy.verdict import RuleKind, RuleResult, Status


@dataclass(frozen=True, slots=True)
class Maximum(NumberRule):
    """The candidate's value must be at most `limit`."""

    KEY: ClassVar[RuleKind] = "max"

    limit: float

    @classmethod
    def of(cls, limits: Bound, named: Named) -> Self | None:
        """The rule of the key `max`."""
        return None if limits.max is None else cls(named(cls.KEY), limits.max)

    def asks(self) -> Phrase:
        """The limit, which itself passes."""
        limit = shown(self.limit)
        return (Quoted(self.subject.metric), f" must be at most {limit}; {limit} itself passes.")

    def evaluate(self, asked: Measurement) -> RuleResult:
        """Passes when `c ≤ limit + tol`; a missing or non-finite value fails."""
        value, before = asked.candidate(self.subject), asked.before(self.subject)
        if isinstance(value, RuleResult):
            return replace(value, limit=self.limit, base=before)
        if value <= self.limit + tolerance(value):
            words = f" is {shown(value)} (at most {shown(self.limit)})"
            result = self.subject.result(Status.PASS, words)
        else:
            number, limit = shown_apart(value, self.limit)
            result = self.subject.result(Status.FAIL, f" is {number}, above the maximum {limit}")
        return replace(result, candidate=value, limit=self.limit, base=before)
