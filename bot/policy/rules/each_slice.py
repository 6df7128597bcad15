"""One rule for every slice of some columns. Performs no I/O.

Which slices exist is the union of what base and head measured, so that a slice cannot vanish unnoticed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.evidence.facts import MetricTable, Side, SliceMetrics
from bot.evidence.phrase import Phrase, Quoted, listed
from bot.policy.definition import Policy
from bot.policy.measurement import Measurement
from bot.policy.rules.number_rule import NumberRule
from bot.policy.verdict import Position, RuleResult, SliceKey, Status

MOST_COLUMNS = 20


@dataclass(frozen=True, slots=True)
class EachSlice:
    """`rule` for every value of the columns `by` with at least `min_examples` rows."""

    rule: NumberRule
    by: tuple[str, ...]
    min_examples: int

    @property
    def id(self) -> str:
        """The rule's path, without a slice."""
        return self.rule.id

    @property
    def position(self) -> Position:
        """Where it is written."""
        return self.rule.position

    @property
    def waivable(self) -> bool:
        """Also for one slice."""
        return True

    def may_give(self, name: str) -> bool:
        """The rule itself, a column of it, or one of its slices."""
        starts = tuple(f"{self.id}[{column}{end}" for column in self.by for end in ("=", "]"))
        return name == self.id or (name.endswith("]") and name.startswith(starts))

    def asks(self) -> Phrase:
        """The rule, for every value."""
        return ("For every value of ", *listed(self.by, MOST_COLUMNS), ": ", *self.rule.asks())

    def means(self, policy: Policy) -> Iterator[Phrase]:
        """What becomes of small and of vanished slices; then the rule's own words."""
        yield (
            f"A slice with fewer than {self.min_examples:,} rows is not judged; it is counted and listed.",
        )
        yield ("A slice that main measured and the pull request does not is a failure.",)
        yield from self.rule.means(policy)

    def results(self, asked: Measurement) -> Iterator[RuleResult]:
        """A result for every slice of every column."""
        for column in self.by:
            yield from self.of_column(column, asked)

    def of_column(self, column: str, asked: Measurement) -> Iterator[RuleResult]:
        """A result for every slice of one column."""
        nowhere = self._nowhere(column, asked)
        if nowhere:
            yield nowhere
            return
        for part in self.slices(column, asked):
            yield self._not_judged(part, asked) or self.of(part).evaluate(asked)

    def of(self, part: SliceKey) -> NumberRule:
        """The rule for one slice."""
        return self.rule.about(self.rule.subject.of(part))

    def slices(self, column: str, asked: Measurement) -> tuple[SliceKey, ...]:
        """Every slice of a column that any side measured, in the order of their values."""
        found = {name for side in _sides(asked) for name in self._names(side, column, asked)}
        return tuple(SliceKey(column, value) for value in sorted(found))

    def _nowhere(self, column: str, asked: Measurement) -> RuleResult | None:
        """The outcome where no slice of the column has the metric in the head: nothing could be judged."""
        head, metric = asked.evidence.head, self.rule.subject.metric
        if self._counted(head, column, asked):
            return None
        subject = replace(self.rule.subject, rule=f"{self.rule.subject.rule}[{column}]")
        broken = asked.broken(subject)
        if broken is not None:
            return broken
        parts = [part for part in _parts(head) if part.column == column]
        if any(_has(part, metric) for part in parts):
            return None
        returned = asked.evidence.returning is not None and self.rule.COMPARES
        status = Status.SKIPPED if subject.optional or returned else Status.FAIL
        what = f": {len(parts)} slices of it are in the metrics files"
        return subject.result(status, " is missing for every slice of ", Quoted(column), what)

    def _not_judged(self, part: SliceKey, asked: Measurement) -> RuleResult | None:
        """The outcome for a slice that is too small, or in which the metric does not exist on any side.

        Only row counts below `min_examples` on every side excuse a slice: one without a count is judged. A
        slice or a metric that the base has and the head has not is judged too, and fails as missing.
        """
        subject = self.of(part).subject
        # The head states its own count: by a smaller one it may not get out of what the base was judged on.
        rows = max(self._rows(side, part, asked) for side in _sides(asked))
        if rows < self.min_examples:
            return subject.result(
                Status.SKIPPED, f" is not judged: {rows:.0f} rows, fewer than {self.min_examples}"
            )
        if self._measured_nowhere(part, asked):
            return subject.result(
                Status.SKIPPED, " is not judged: not measured in this slice (one class only?)"
            )
        return None

    def _measured_nowhere(self, part: SliceKey, asked: Measurement) -> bool:
        if self._counted(asked.evidence.head, part.column, asked):
            subject = self.of(part).subject
            return not asked.misfit(subject) and all(
                asked.value(subject, side) is None for side in _sides(asked)
            )
        here = _find(asked.evidence.head, part)
        found = [one for side in _sides(asked) if (one := _find(side, part))]
        return here is not None and not any(_has(one, self.rule.subject.metric) for one in found)

    def _counted(self, side: Side, column: str, asked: Measurement) -> tuple[tuple[str, int], ...]:
        """The slices that a side's predictions have, with their rows; empty for a metric that is reported."""
        return asked.recomputed.slices(side, column) if self.rule.subject.how else ()

    def _names(self, side: Side, column: str, asked: Measurement) -> set[str]:
        counted = self._counted(side, column, asked)
        return {value for value, _ in counted} or {one.value for one in _parts(side) if one.column == column}

    def _rows(self, side: Side, part: SliceKey, asked: Measurement) -> float:
        """Rows of a slice on one side: -1 where it has none, infinite where it does not state them."""
        counted = self._counted(side, part.column, asked)
        if counted:
            return next((count for value, count in counted if value == part.value), -1)
        found = _find(side, part)
        if found is None:
            return -1
        return math.inf if found.rows is None else found.rows


def _sides(asked: Measurement) -> tuple[Side, ...]:
    return (asked.evidence.head, *asked.others)


def _parts(side: Side) -> tuple[SliceMetrics, ...]:
    return side.measured.slices if isinstance(side.measured, MetricTable) else ()


def _find(side: Side, key: SliceKey) -> SliceMetrics | None:
    return next((part for part in _parts(side) if (part.column, part.value) == (key.column, key.value)), None)


def _has(part: SliceMetrics, metric: str) -> bool:
    return any(found.name == metric for found in part.metrics)
