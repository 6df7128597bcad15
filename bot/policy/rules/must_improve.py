"""`must_improve`: really better than the other side, and by at least so much. Performs no I/O.

With improvement `D`, gain `g` and one-sided bounds `[L, U]` of `D`: passes when `L > 0` and `D ≥ g`; without
an interval when `D > 0` and `D ≥ g`. Equal values fail, and so does a gain that even `U` does not reach; what
may be noise is inconclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from bot.evidence.phrase import Phrase, Quoted
from bot.policy.definition import Policy
from bot.policy.limits import Bound, Limits
from bot.policy.measurement import Measurement
from bot.policy.noise import noise_of
from bot.policy.rules.change import Compared, against_each
from bot.policy.rules.number_rule import ChangeRule, Named
from bot.policy.rules.numbers import shown, shown_apart
from bot.policy.rules.subject import tolerance
from bot.policy.verdict import RuleKind, RuleResult, Status
from bot.statistics.change import CannotTell, Change


@dataclass(frozen=True, slots=True)
class MustImprove(ChangeRule):
    """The candidate must be better by at least `gain`, in metric units."""

    KEY: ClassVar[RuleKind] = "must_improve"

    gain: float

    @classmethod
    def of(cls, limits: Bound, named: Named) -> Self | None:
        """The rule of the key `must_improve`."""
        if not isinstance(limits, Limits) or limits.must_improve is None:
            return None
        return cls(named(cls.KEY), limits.must_improve)

    def asks(self) -> Phrase:
        """That it is really better, and by how much."""
        better = "higher" if self.subject.direction == "higher" else "lower"
        by = f", by at least {shown(self.gain)}" if self.gain else "; an equal value fails"
        return (Quoted(self.subject.metric), f" must be really {better} than main's{by}.")

    def passes_when(self, policy: Policy) -> Phrase:
        """What an improvement has to show."""
        sure = f"{100 * policy.compare.confidence:g}%"
        gain = f" and the gain is {shown(self.gain)} or more" if self.gain else ""
        return (f"It passes when the change is above zero with {sure} confidence{gain}.",)

    def evaluate(self, asked: Measurement) -> RuleResult:
        """Against base and, where it is another model, the champion: the worse decides."""
        confidence = asked.policy.compare.confidence
        return against_each(self.subject, asked, asked.others, lambda it: self._decided(it, confidence))

    def _decided(self, found: Compared, confidence: float) -> RuleResult:
        match found.change:
            case None:
                result = self._single(found)
            case CannotTell(reason=reason):
                result = self.subject.result(Status.INCONCLUSIVE, f" cannot be compared: {reason}")
            case Change():
                result = self._interval(found, found.change, confidence)
        return replace(result, limit=self.gain)

    def _gains(self, found: Compared) -> bool:
        return found.improvement > 0 and found.improvement >= self._enough(found)

    def _enough(self, found: Compared) -> float:
        """The gain that is asked, less the tolerance."""
        return self.gain - tolerance(found.base, found.candidate, self.gain)

    def _single(self, found: Compared) -> RuleResult:
        return self._told(Status.PASS if self._gains(found) else Status.FAIL, found)

    def _told(self, status: Status, found: Compared) -> RuleResult:
        if status is Status.PASS:
            return self.subject.result(
                status, *found.words(), f" (at least {shown(self.gain)} better is asked)"
            )
        _, gain = shown_apart(abs(found.improvement), self.gain)
        asked = f"at least {gain} better" if self.gain else "a real improvement"
        return self.subject.result(status, *found.words(), f", and {asked} is asked")

    def _interval(self, found: Compared, change: Change, confidence: float) -> RuleResult:
        low, high = change.low(confidence), change.high(confidence)
        if self._gains(found):
            status = Status.PASS if low > 0 else Status.INCONCLUSIVE
        else:
            hopeless = found.improvement <= 0 or high < self._enough(found)
            status = Status.FAIL if hopeless else Status.INCONCLUSIVE
        result = self._told(status, found)
        if status is Status.INCONCLUSIVE:
            unclear = (
                f"; with {change.rows:,} test rows that may be noise"
                if change.rows
                else "; that may be noise"
            )
            result = replace(result, reason=(*result.reason, unclear))
        return replace(result, low=low, high=high, noise=noise_of(change, self.gain))
