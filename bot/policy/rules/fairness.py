"""`slices.fairness`: the best slice of a column minus its worst is at most a gap. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.evidence.phrase import Quoted
from bot.policy.measurement import Measurement
from bot.policy.rules.each_slice import EachSlice
from bot.policy.rules.numbers import shown, shown_apart
from bot.policy.rules.subject import Subject, tolerance
from bot.policy.verdict import RuleResult, SliceKey, Status


@dataclass(frozen=True, slots=True)
class FairnessGap:
    """`each` gives every judged slice's value; within a column they may lie apart by at most `max_gap`."""

    each: EachSlice
    max_gap: float

    def evaluate(self, asked: Measurement) -> Iterator[RuleResult]:
        """One result for every column; with fewer than two judged slices nothing can be compared."""
        for column in self.each.by:
            yield replace(self._of_column(column, asked), limit=self.max_gap)

    def _of_column(self, column: str, asked: Measurement) -> RuleResult:
        subject = replace(self.each.rule.subject, rule=f"{self.each.rule.subject.rule}[{column}]")
        results = tuple(self.each.of_column(column, asked))
        bad = next((one for one in results if one.status in (Status.ERROR, Status.FAIL)), None)
        if bad is not None:
            return replace(bad, rule=subject.rule, kind=subject.kind)
        values = sorted(_judged(results), key=lambda pair: (pair[0], pair[1].value))
        if len(values) <= 1:
            words = (
                " cannot be compared between slices of ",
                Quoted(column),
                f": {len(values)} of them could be judged",
            )
            return subject.result(Status.INCONCLUSIVE, *words)
        (low, worst), (high, best) = values[0], values[-1]
        return self._told(subject, (low, high), (worst, best))

    def _told(
        self, subject: Subject, values: tuple[float, float], parts: tuple[SliceKey, SliceKey]
    ) -> RuleResult:
        gap = values[1] - values[0]
        holds = gap <= self.max_gap + tolerance(*values, self.max_gap)
        apart, limit = (shown(gap), shown(self.max_gap)) if holds else shown_apart(gap, self.max_gap)
        low, high = (Quoted(f"{one.column}={one.value}") for one in parts)
        words = (f" lies {apart} apart between ", low, f" ({shown(values[0])}) and ", high)
        status = Status.PASS if holds else Status.FAIL
        result = subject.result(status, *words, f" ({shown(values[1])}; at most {limit})")
        return replace(result, candidate=gap)


def _judged(results: tuple[RuleResult, ...]) -> Iterator[tuple[float, SliceKey]]:
    return (
        (one.candidate, one.slice) for one in results if one.candidate is not None and one.slice is not None
    )
