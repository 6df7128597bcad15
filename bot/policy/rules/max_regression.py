"""`max_regression`: not worse than the other side by more than a margin. Performs no I/O.

With improvement `D`, margin `M` and one-sided bounds `[L, U]` of `D`: passes when `L ≥ -M`, fails when
`U < -M`, else the data cannot tell. Without an interval: passes when `D ≥ -M`; the noise is unknown then.
Every comparison is given `tol` in favour of the pull request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from bot.evidence.phrase import Phrase, Quoted
from bot.policy.amounts import Margin
from bot.policy.limits import Bound, Limits
from bot.policy.measurement import Measurement
from bot.policy.noise import noise_of
from bot.policy.rules.change import Compared, against_each
from bot.policy.rules.number_rule import ChangeRule, Named
from bot.policy.rules.numbers import shown, shown_apart
from bot.policy.rules.subject import tolerance
from bot.policy.verdict import Noise, RuleKind, RuleResult, Status
from bot.statistics.change import CannotTell, Change
from bot.statistics.power import rows_needed_for

SENSIBLE = 20
"""A test set more than so many times as large is no advice."""


@dataclass(frozen=True, slots=True)
class MaxRegression(ChangeRule):
    """The candidate may be worse by at most `margin`."""

    KEY: ClassVar[RuleKind] = "max_regression"

    margin: Margin

    @classmethod
    def of(cls, limits: Bound, named: Named) -> Self | None:
        """The rule of the key `max_regression`."""
        if not isinstance(limits, Limits) or limits.max_regression is None:
            return None
        return cls(named(cls.KEY), limits.max_regression)

    def asks(self) -> Phrase:
        """The margin, and of what."""
        words = f" may be {self.way} than main's by at most {self.margin.told}."
        return (Quoted(self.subject.metric), words)

    def evaluate(self, asked: Measurement) -> RuleResult:
        """Against base and, where it is another model, the champion: the worse decides."""
        confidence = asked.policy.compare.confidence
        return against_each(self.subject, asked, asked.others, lambda it: self.decided(it, confidence))

    def decided(self, found: Compared, confidence: float) -> RuleResult:
        """The outcome for two values and what is known of their noise."""
        margin = self.margin.in_units(found.base)
        match found.change:
            case None:
                result = self._single(found, margin)
            case CannotTell(reason=reason):
                result = self.subject.result(Status.INCONCLUSIVE, f" cannot be compared: {reason}")
            case Change():
                result = self._interval(found, found.change, margin, confidence)
        return replace(result, limit=margin)

    def _single(self, found: Compared, margin: float) -> RuleResult:
        holds = found.improvement >= -margin - tolerance(found.base, found.candidate, margin)
        status = Status.PASS if holds else Status.FAIL
        return self.subject.result(status, *self._moved(found, margin, holds=holds))

    def _moved(self, found: Compared, margin: float, *, holds: bool) -> Phrase:
        """The change beside its limit; where it breaks it, with as many digits as it takes to see that."""
        distance = abs(found.improvement)
        moved, limit = (shown(distance), shown(margin)) if holds else shown_apart(distance, margin)
        return (*found.words(moved), f" (limit {self._limit(limit, found.base)})")

    def _interval(self, found: Compared, change: Change, margin: float, confidence: float) -> RuleResult:
        low, high = change.low(confidence), change.high(confidence)
        tol = tolerance(found.base, found.candidate, margin)
        noise = noise_of(change, margin)
        if low >= -margin - tol:
            result = self.subject.result(Status.PASS, *self._passed(found, change, margin))
        elif high < -margin - tol:
            result = self.subject.result(Status.FAIL, *self._moved(found, margin, holds=False))
        else:
            result = self.subject.result(Status.INCONCLUSIVE, *self._unclear(found, change, noise, margin))
        return replace(result, low=low, high=high, noise=noise)

    def _passed(self, found: Compared, change: Change, margin: float) -> Phrase:
        if change.standard_error == 0 and found.candidate == found.base:
            return (f" is unchanged: predictions identical (limit {self._limit(shown(margin), found.base)})",)
        return self._moved(found, margin, holds=True)

    def _unclear(self, found: Compared, change: Change, noise: Noise, margin: float) -> Phrase:
        words = f" may be worse by more than the limit {self._limit(shown(margin), found.base)}"
        visible = f"a change of about {shown(noise.smallest_visible, 2)}"
        if not noise.rows:
            return (words, f": only {visible} would be seen")
        if noise.rows_needed and noise.rows_needed <= noise.rows:
            close = f": {noise.rows:,} test rows show {visible}, and this one is too close to the limit"
            needed = rows_needed_for(change, abs(change.center + margin))
            sensible = needed is not None and needed <= SENSIBLE * noise.rows
            return (words, close, f"; if it stays as it is, about {needed:,} could tell" if sensible else "")
        can = f": {noise.rows:,} test rows can only show {visible}"
        return (words, can, f"; about {noise.rows_needed:,} could tell" if noise.rows_needed else "")

    def _limit(self, units: str, base: float) -> str:
        if not self.margin.percent:
            return units
        if base == 0:
            return f"{self.margin} of 0 is 0; an absolute margin says more"
        return f"{units}, {self.margin} of {shown(abs(base))}"
