"""`max_regression`: not worse than the other side by more than a margin. Performs no I/O.

With `s` = +1 where higher is better and -1 where lower is, improvement `D = s·(c - b)`, margin `M`: passes
when `D ≥ -M - tol`. The values are single values: how noisy they are is unknown, so no interval is given.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace

from bot.evidence.facts import Evidence, MetricTable, Side, Unreadable
from bot.evidence.phrase import Quoted
from bot.policy.amounts import Margin
from bot.policy.rules.numbers import shown, shown_apart
from bot.policy.rules.subject import Subject, tolerance
from bot.policy.verdict import RuleResult, Status

WORST_FIRST = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.PASS, Status.NEW)


@dataclass(frozen=True, slots=True)
class MaxRegression:
    """The candidate may be worse by at most `margin`."""

    subject: Subject
    margin: Margin

    def evaluate(self, head: MetricTable, evidence: Evidence) -> RuleResult:
        """Against base and, where it is another model, the champion: the worse decides.

        A return skips the rule. NaN in the pull request fails first, whatever there is to compare with.
        """
        value = self.subject.value(head)
        unusable = self.subject.unusable(value)
        if evidence.returning and (value is None or not unusable):
            version = Quoted(f"v{evidence.returning.version}")
            skipped = self.subject.result(Status.SKIPPED, " is not compared: return to ", version)
            return replace(skipped, candidate=value)
        if unusable or value is None:
            return unusable or self.subject.result(Status.FAIL)
        others = [side for side in (evidence.base, evidence.champion) if side is not None]
        if not others:
            new = self.subject.result(Status.NEW, f" is {shown(value)}: there is no model to compare with")
            return replace(new, candidate=value)
        return min((self._against(value, side, len(others) > 1) for side in others), key=_badness)

    def _against(self, value: float, side: Side, named: bool) -> RuleResult:
        if isinstance(side.measured, Unreadable):
            said = side.measured
            reason = (" cannot be compared: ", Quoted(said.file), " of ", Quoted(side.name), ": ")
            result = self.subject.result(Status.ERROR, *reason, Quoted(said.what))
            return replace(result, candidate=value, against=side.name)
        base = self.subject.value(side.measured)
        if base is None:
            result = self.subject.result(Status.NEW, f" is {shown(value)} and new: not measured on ")
            result = replace(result, reason=(*result.reason, Quoted(side.name)))
        elif not math.isfinite(base):
            result = self.subject.result(
                Status.INCONCLUSIVE, " cannot be compared: ", Quoted(side.name), f" has {shown(base)}"
            )
            result = replace(result, base=base)
        else:
            result = self._compared(value, base, side.name if named else "")
        return replace(result, candidate=value, against=side.name)

    def _compared(self, value: float, base: float, than: str) -> RuleResult:
        margin = self.margin.in_units(base)
        improvement = self._improvement(value, base)
        holds = improvement >= -margin - tolerance(base, value, margin)
        distance = abs(improvement)
        moved, limit = (shown(distance), shown(margin)) if holds else shown_apart(distance, margin)
        words: list[str | Quoted] = (
            [" is unchanged"] if value == base else [f" is {moved} {_way(value, base)}"]
        )
        words += [" than ", Quoted(than)] if than and value != base else []
        result = self.subject.result(
            Status.PASS if holds else Status.FAIL, *words, f" (limit {self._limit(limit, base)})"
        )
        return replace(result, base=base, improvement=improvement, limit=margin)

    def _improvement(self, value: float, base: float) -> float:
        """D, kept finite: two finite values may lie further apart than a float can say."""
        sign = 1.0 if self.subject.direction == "higher" else -1.0
        difference = sign * (value - base)
        return difference if math.isfinite(difference) else math.copysign(sys.float_info.max, difference)

    def _limit(self, units: str, base: float) -> str:
        if not self.margin.percent:
            return units
        if base == 0:
            return f"{self.margin} of 0 is 0; an absolute margin says more"
        return f"{units}, {self.margin} of {shown(abs(base))}"


def _way(value: float, base: float) -> str:
    return "higher" if value > base else "lower"


def _badness(result: RuleResult) -> tuple[int, float]:
    room = (result.improvement or 0.0) + (result.limit or 0.0)
    return WORST_FIRST.index(result.status), room
