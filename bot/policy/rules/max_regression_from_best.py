"""`max_regression_from_best`: `max_regression` against the best version that was ever promoted.

Margins add up: each pull request may be a little worse than main, and sixty of them a lot. Performs no I/O.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from bot.evidence.facts import Side
from bot.evidence.phrase import Phrase, Quoted
from bot.policy.amounts import Margin
from bot.policy.definition import Policy
from bot.policy.limits import Bound, Limits
from bot.policy.measurement import Measurement
from bot.policy.measuring import single_values, told_from_noise
from bot.policy.rules.change import against_each
from bot.policy.rules.max_regression import MaxRegression
from bot.policy.rules.number_rule import ChangeRule, Named
from bot.policy.verdict import RuleKind, RuleResult, Status


@dataclass(frozen=True, slots=True)
class MaxRegressionFromBest(ChangeRule):
    """The candidate may be worse than the best promoted version by at most `margin`."""

    KEY: ClassVar[RuleKind] = "max_regression_from_best"

    margin: Margin

    @classmethod
    def of(cls, limits: Bound, named: Named) -> Self | None:
        """The rule of the key `max_regression_from_best`."""
        if not isinstance(limits, Limits) or limits.max_regression_from_best is None:
            return None
        return cls(named(cls.KEY), limits.max_regression_from_best)

    def asks(self) -> Phrase:
        """The margin, and of what."""
        than = f" may be {self.way} than that of the best version ever promoted"
        return (Quoted(self.subject.metric), f"{than} by at most {self.margin.told}.")

    def compared(self, policy: Policy) -> Iterator[Phrase]:
        """With numbers on record: predictions of former versions are not at hand."""
        yield ("The best begins anew when the test data or the evaluator change.",)
        if self.subject.how is not None:
            yield single_values()
            return
        yield from told_from_noise(self.subject, policy, self.passes_when(policy))

    def evaluate(self, asked: Measurement) -> RuleResult:
        """New where nothing that compares was promoted yet; says so when that is because the test changed."""
        best = self._best(asked)
        rule, confidence = MaxRegression(self.subject, self.margin), asked.policy.compare.confidence
        result = against_each(
            self.subject, asked, (best,) if best else (), lambda it: rule.decided(it, confidence)
        )
        if result.status is Status.NEW and not best:
            words: Phrase = (*self.subject.named, ": no version that compares was promoted yet")
            return replace(result, reason=words + self._reset(asked))
        return replace(
            result, reason=(*result.reason, f"; best promoted: {best.name}") if best else result.reason
        )

    def _reset(self, asked: Measurement) -> Phrase:
        return ("; ", *asked.evidence.best_reset) if asked.evidence.best_reset else ()

    def _best(self, asked: Measurement) -> Side | None:
        sides = asked.evidence.promoted
        found = [(value, side) for side in sides if (value := self._value(asked, side)) is not None]
        best = max if self.subject.direction == "higher" else min
        return best(found, key=lambda pair: pair[0])[1] if found else None

    def _value(self, asked: Measurement, side: Side) -> float | None:
        value = asked.value(self.subject, side)
        return value if value is not None and math.isfinite(value) else None
