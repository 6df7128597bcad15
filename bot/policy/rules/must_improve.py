"""`must_improve`: really better than the other side, and by at least so much. Performs no I/O.

With improvement `D`, gain `g` and one-sided bounds `[L, U]` of `D`: passes when `L > 0` and `D ≥ g`; without
an interval when `D > 0` and `D ≥ g`. Equal values fail, and so does a gain that even `U` does not reach; what
may be noise is inconclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.policy.measurement import Measurement
from bot.policy.noise import noise_of
from bot.policy.rules.change import Compared, against_each
from bot.policy.rules.numbers import shown, shown_apart
from bot.policy.rules.subject import Subject, tolerance
from bot.policy.verdict import RuleResult, Status
from bot.statistics.change import CannotTell, Change


@dataclass(frozen=True, slots=True)
class MustImprove:
    """The candidate must be better by at least `gain`, in metric units."""

    subject: Subject
    gain: float

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
        better = found.candidate != found.base and found.improvement > 0
        return better and found.improvement >= self._enough(found)

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
