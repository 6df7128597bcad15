"""`slices.fairness`: the best slice of a column minus its worst is at most a gap. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from bot.evidence.phrase import Phrase, Quoted, listed
from bot.policy.definition import Policy
from bot.policy.measurement import Measurement
from bot.policy.rules.each_slice import MOST_COLUMNS, EachSlice
from bot.policy.rules.numbers import shown, shown_apart
from bot.policy.rules.required import Required
from bot.policy.rules.subject import Subject, capped, measured_by, tolerance
from bot.policy.verdict import Position, RuleResult, SliceKey, Status


@dataclass(frozen=True, slots=True)
class FairnessGap:
    """`each` gives every judged slice's value; within a column they may lie apart by at most `max_gap`."""

    each: EachSlice
    max_gap: float

    @classmethod
    def of(cls, policy: Policy) -> Iterator[Self]:
        """The rule of `slices.fairness`, where it is written."""
        slices = policy.slices
        if slices is None or slices.fairness is None:
            return
        asked = slices.fairness
        known = policy.metrics.get(asked.metric)
        subject = Subject(
            "slices.fairness.max_gap",
            "fairness",
            asked.metric,
            capped(policy, asked.mode, asked.severity),
            policy.at("slices", "fairness", "max_gap"),
            scope="slices",
            how=measured_by(known) if known else None,
        )
        yield cls(EachSlice(Required(subject), slices.by, slices.min_examples), asked.max_gap)

    @property
    def id(self) -> str:
        """The key of the gap."""
        return self.each.id

    @property
    def position(self) -> Position:
        """Where it is written."""
        return self.each.position

    @property
    def waivable(self) -> bool:
        """Also for one column."""
        return True

    def may_give(self, name: str) -> bool:
        """The rule itself, or a column of it."""
        return name == self.id or name in {f"{self.id}[{column}]" for column in self.each.by}

    def asks(self) -> Phrase:
        """How far apart the slices may lie."""
        between = (" may lie at most ", shown(self.max_gap), " apart between two values of ")
        metric = Quoted(self.each.rule.subject.metric)
        return (metric, *between, *listed(self.each.by, MOST_COLUMNS), ".")

    def means(self, policy: Policy) -> Iterator[Phrase]:
        """As for every rule on slices."""
        return self.each.means(policy)

    def results(self, asked: Measurement) -> Iterator[RuleResult]:
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
