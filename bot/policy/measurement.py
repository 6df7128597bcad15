"""Every number that a rule may ask for, wherever it comes from. Performs no I/O.

A metric with a `kind` is computed from the predictions and compared with what the metrics file reports; any
other is the number that is reported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

from bot.evidence.facts import Evidence, MetricTable, NoPredictions, Side, Unreadable
from bot.evidence.pairing import NotPaired
from bot.evidence.phrase import Phrase, Quoted
from bot.evidence.predictions import Predictions
from bot.policy.definition import Policy
from bot.policy.noise import reported_change
from bot.policy.recomputed import Recomputed
from bot.policy.rules.numbers import shown_apart
from bot.policy.rules.subject import Subject
from bot.policy.stated import agrees, usable, wrong_list
from bot.policy.verdict import RuleResult, Status
from bot.statistics.change import CannotTell, Change
from bot.statistics.seeds import seed_of


@dataclass(frozen=True)
class Measurement:
    """The policy's view of the evidence: values of both sides, and the changes between them."""

    policy: Policy
    evidence: Evidence

    @cached_property
    def recomputed(self) -> Recomputed:
        """What the predictions of the sides say."""
        return Recomputed(self.evidence.head)

    @property
    def others(self) -> tuple[Side, ...]:
        """What the candidate is compared with: base, and the champion where it is another model."""
        return tuple(side for side in (self.evidence.base, self.evidence.champion) if side is not None)

    def candidate(self, subject: Subject) -> float | RuleResult:
        """The pull request's finite value; else the rule's outcome: missing or unknown is never a pass."""
        if subject.how is not None:
            return self._computed(subject)
        found = self._stated(subject, self.evidence.head)
        if isinstance(found, RuleResult):
            return found
        return wrong_list(subject, self.evidence.head) or usable(subject, found)

    def value(self, subject: Subject, side: Side) -> float | None:
        """Another side's value; None when it has none. May be NaN."""
        found = side.predictions
        if subject.how is not None and isinstance(found, Predictions):
            if found.not_finite:
                return math.nan
            computed = self.recomputed.value(side, subject.how, subject.slice)
            return None if isinstance(computed, CannotTell) else computed
        stated = self._stated(subject, side)
        return None if isinstance(stated, RuleResult) else stated

    def before(self, subject: Subject) -> float | None:
        """Main's value, to stand beside the pull request's whatever the rule; None where main has none."""
        base = self.evidence.base
        return None if base is None or isinstance(base.measured, Unreadable) else self.value(subject, base)

    def change(self, subject: Subject, side: Side) -> Change | CannotTell | None:
        """The change from a side to the pull request, improvement positive; None: single values only."""
        sign = 1 if subject.direction == "higher" else -1
        found = self._change(subject, side)
        return found.oriented(sign) if isinstance(found, Change) else found

    def other_rows(self, subject: Subject, side: Side) -> CannotTell | None:
        """Why a computed metric was not computed on the same rows; None where it was, or is reported."""
        found = self.recomputed.pairing(side) if subject.how is not None else None
        if not isinstance(found, NotPaired):
            return None
        return CannotTell(f"the test rows do not compare: {found.reason}")

    def unknown(self, subject: Subject, side: Side) -> Phrase:
        """Why another side has no value of a computed metric that it did measure; empty where it did not."""
        found = side.predictions
        if subject.how is None or found is None:
            return ()
        if isinstance(found, NoPredictions):
            return () if found.absent else (Quoted(found.what), " ", Quoted(found.todo))
        apart = self.other_rows(subject, side)
        if apart is not None:
            return (apart.reason,)
        computed = self.recomputed.value(side, subject.how, subject.slice)
        return (Quoted(side.name), f": {computed.reason}") if isinstance(computed, CannotTell) else ()

    def _change(self, subject: Subject, side: Side) -> Change | CannotTell | None:
        if subject.how is None:
            return reported_change(subject, side, self.evidence)
        apart = self.other_rows(subject, side)
        if apart is not None:
            return apart
        found = self.recomputed.change(side, subject.how, subject.slice, self._seed(subject, side))
        least = self.policy.compare.min_examples
        if found is not None and subject.slice is None and found.rows < least:
            return CannotTell(f"there are {found.rows} test rows, fewer than {least}", rows=found.rows)
        return found

    def _seed(self, subject: Subject, side: Side) -> int:
        digests = (
            found.digest if isinstance(found, Predictions) else ""
            for found in (side.predictions, self.evidence.head.predictions)
        )
        return seed_of(subject.rule, *digests)

    def _computed(self, subject: Subject) -> float | RuleResult:
        found = self.evidence.head.predictions
        if not isinstance(found, Predictions):
            return self.broken(subject) or self._without_predictions(subject)
        if found.not_finite:
            rows = f"{found.not_finite:,} of {found.rows:,} rows"
            failed = subject.result(
                Status.FAIL, f" is not a number: the predictions of {rows} are NaN or infinite"
            )
            return replace(failed, candidate=math.nan)
        computed = self._own(subject)
        if isinstance(computed, CannotTell):
            status = Status.ERROR if computed.unfit else Status.INCONCLUSIVE
            return subject.result(status, f" cannot be computed: {computed.reason}")
        return self._as_reported(subject, computed)

    def broken(self, subject: Subject) -> RuleResult | None:
        """The error of a computed metric whose predictions the pull request lacks; None where it has them."""
        found = self.evidence.head.predictions
        if subject.how is None or not isinstance(found, NoPredictions) or found.reported_instead:
            return None
        return subject.result(
            Status.ERROR, " cannot be computed: ", Quoted(found.what), " ", Quoted(found.todo)
        )

    def misfit(self, subject: Subject) -> bool:
        """Whether the pull request's columns do not fit what is asked, so that no rows would tell."""
        if subject.how is None or not isinstance(self.evidence.head.predictions, Predictions):
            return False
        found = self._own(subject)
        return isinstance(found, CannotTell) and found.unfit

    def _without_predictions(self, subject: Subject) -> float | RuleResult:
        stated = self._stated(subject, self.evidence.head)
        return stated if isinstance(stated, RuleResult) else usable(subject, stated)

    def _own(self, subject: Subject) -> float | CannotTell:
        """The pull request's value; taken from a change where one is worked out anyway."""
        if subject.how is None:
            raise ValueError("only a metric with a kind is computed")
        return self.recomputed.value(self.evidence.head, subject.how, subject.slice)

    def _as_reported(self, subject: Subject, computed: float) -> float | RuleResult:
        table = self.evidence.head.measured
        reported = subject.reported(table) if isinstance(table, MetricTable) else None
        if reported is None or agrees(reported, computed):
            return usable(subject, computed)
        said, own = shown_apart(reported, computed)
        words = f" is {said} in the metrics file and {own} by the predictions: one of the two is wrong"
        return replace(subject.result(Status.ERROR, words), candidate=computed)

    def _stated(self, subject: Subject, side: Side) -> float | RuleResult | None:
        if subject.scope == "data":
            return self._of_data_report(subject)
        if subject.scope == "resources":
            known = {metric.name: metric.value for metric in side.resources}
            if subject.metric in known:
                return known[subject.metric]
        if isinstance(side.measured, Unreadable):
            said = side.measured
            return subject.result(Status.ERROR, " cannot be read: ", Quoted(f"{said.file}: {said.what}"))
        return subject.reported(side.measured)

    def _of_data_report(self, subject: Subject) -> float | RuleResult | None:
        found = self.evidence.data_report
        if isinstance(found, Unreadable):
            return subject.result(Status.ERROR, " cannot be read: ", Quoted(f"{found.file}: {found.what}"))
        return found.value(subject.metric) if found else None
