"""What every change rule shares: which sides it is about, and what keeps them from being compared.

With `s` = +1 where higher is better and -1 where lower is, improvement `D = s·(c - b)`. Performs no I/O.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.evidence.facts import Side, Unreadable
from bot.evidence.phrase import Phrase, Quoted, listed
from bot.policy.measurement import Measurement
from bot.policy.rules.numbers import shown
from bot.policy.rules.subject import Subject
from bot.policy.verdict import RuleResult, Status
from bot.statistics.change import CannotTell, Change

WORST_FIRST = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.PASS, Status.NEW, Status.SKIPPED)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two finite values of one metric. `change` is their interval, None for single values.

    `than` names the other side where it has to be told apart from another.
    """

    candidate: float
    base: float
    improvement: float
    change: Change | CannotTell | None
    than: str

    def words(self, distance: str = "") -> tuple[str | Quoted, ...]:
        """How the candidate differs, as a sentence goes on after the metric's name."""
        if self.candidate == self.base:
            return (" is unchanged",)
        way = "higher" if self.candidate > self.base else "lower"
        than: tuple[str | Quoted, ...] = (" than ", Quoted(self.than)) if self.than else ()
        return (f" is {distance or shown(abs(self.improvement))} {way}", *than)


Decide = Callable[[Compared], RuleResult]


def against_each(subject: Subject, asked: Measurement, sides: tuple[Side, ...], decide: Decide) -> RuleResult:
    """The worst outcome against these sides. A return skips the rule.

    NaN in the pull request fails first, whatever there is to compare with.
    """
    value = asked.candidate(subject)
    if asked.evidence.returning and not (isinstance(value, RuleResult) and _not_finite(value)):
        version = Quoted(f"v{asked.evidence.returning.version}")
        skipped = subject.result(Status.SKIPPED, " is not compared: return to ", version)
        return replace(skipped, candidate=None if isinstance(value, RuleResult) else value)
    if isinstance(value, RuleResult):
        return replace(value, base=asked.before(subject))
    if not sides:
        new = subject.result(Status.NEW, f" is {shown(value)}: there is no model to compare with")
        return replace(new, candidate=value)
    results = (_against(subject, asked, value, side, decide, named=len(sides) > 1) for side in sides)
    return min(results, key=_badness)


def _not_finite(result: RuleResult) -> bool:
    return result.candidate is not None and not math.isfinite(result.candidate)


def _against(
    subject: Subject, asked: Measurement, value: float, side: Side, decide: Decide, *, named: bool
) -> RuleResult:
    base = None if isinstance(side.measured, Unreadable) else asked.value(subject, side)
    if isinstance(side.measured, Unreadable):
        said = side.measured
        reason = (
            " cannot be compared: ",
            Quoted(said.file),
            " of ",
            Quoted(side.name),
            ": ",
            Quoted(said.what),
        )
        result = subject.result(Status.ERROR, *reason)
    elif base is None:
        result = _not_measured(subject, asked, value, side)
    elif not math.isfinite(base):
        words = (" cannot be compared: ", Quoted(side.name), f" has {shown(base)}")
        result = replace(subject.result(Status.INCONCLUSIVE, *words), base=base)
    else:
        result = _compared(subject, asked, (value, base), side, decide, named=named)
    return replace(result, candidate=value, against=side.name)


def _not_measured(subject: Subject, asked: Measurement, value: float, side: Side) -> RuleResult:
    """New, unless the other side did measure it: what it would have said is then not known."""
    unknown = asked.unknown(subject, side)
    if unknown:
        return subject.result(Status.INCONCLUSIVE, " cannot be compared: ", *unknown)
    return subject.result(Status.NEW, f" is {shown(value)} and new: not measured on ", Quoted(side.name))


def _compared(
    subject: Subject,
    asked: Measurement,
    values: tuple[float, float],
    side: Side,
    decide: Decide,
    *,
    named: bool,
) -> RuleResult:
    improvement = _improvement(subject, *values)
    differing = _differing(subject, asked, side)
    if differing:
        found = subject.result(Status.INCONCLUSIVE, *differing)
        return replace(found, base=values[1], improvement=improvement)
    change = asked.change(subject, side)
    result = decide(Compared(*values, improvement, change, side.name if named else ""))
    return replace(result, base=values[1], improvement=improvement)


def _differing(subject: Subject, asked: Measurement, side: Side) -> Phrase:
    """Why the numbers of the two sides were not measured alike; sizes and times are of no test data."""
    mine, theirs = asked.evidence.head.compares, side.compares
    if subject.scope == "resources" or mine is None or theirs is None:
        return ()
    differing, unknown = mine.differing(theirs), mine.unknown
    if differing:
        return (" does not compare with ", Quoted(side.name), ": measured with other ", *listed(differing))
    if unknown:
        todo = "; correct the name in the policy, or let a stage read it"
        return (" does not compare: dvc.lock has no hash of ", *listed(unknown), todo)
    return ()


def _improvement(subject: Subject, value: float, base: float) -> float:
    """D, kept finite: two finite values may lie further apart than a float can say."""
    sign = 1.0 if subject.direction == "higher" else -1.0
    difference = sign * (value - base)
    return difference if math.isfinite(difference) else math.copysign(sys.float_info.max, difference)


def _badness(result: RuleResult) -> tuple[int, float]:
    room = (result.improvement or 0.0) + (result.limit or 0.0)
    return WORST_FIRST.index(result.status), room
