"""One rule for every slice of some columns. Performs no I/O.

Which slices exist is the union of what base and head measured, so that a slice cannot vanish unnoticed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.evidence.facts import Evidence, MetricTable, Side, SliceMetrics
from bot.policy.rules.max_regression import MaxRegression
from bot.policy.rules.maximum import Maximum
from bot.policy.rules.minimum import Minimum
from bot.policy.rules.required import Required
from bot.policy.verdict import RuleResult, SliceKey, Status

Single = Minimum | Maximum | MaxRegression | Required


@dataclass(frozen=True, slots=True)
class EachSlice:
    """`rule` for every value of the columns `by` with at least `min_examples` rows."""

    rule: Single
    by: tuple[str, ...]
    min_examples: int

    def of(self, part: SliceKey) -> Single:
        """The rule for one slice."""
        return replace(self.rule, subject=self.rule.subject.of(part))

    def slices(self, column: str, head: MetricTable, evidence: Evidence) -> tuple[SliceKey, ...]:
        """Every slice of a column that any side measured, in the order of their values."""
        tables = [head, *(table for side in (evidence.base, evidence.champion) if (table := _table(side)))]
        found = {part.value for table in tables for part in table.slices if part.column == column}
        return tuple(SliceKey(column, value) for value in sorted(found))

    def nowhere(self, column: str, head: MetricTable, evidence: Evidence) -> RuleResult | None:
        """The outcome where no slice of the column has the metric in the head: nothing could be judged."""
        metric = self.rule.subject.metric
        parts = [part for part in head.slices if part.column == column]
        if any(_has(part, metric) for part in parts):
            return None
        subject = replace(self.rule.subject, rule=f"{self.rule.subject.rule}[{column}]")
        returned = evidence.returning is not None and isinstance(self.rule, MaxRegression)
        status = Status.SKIPPED if subject.optional or returned else Status.FAIL
        what = f" is missing for every slice of this column: {len(parts)} slices are in the metrics files"
        return subject.result(status, what)

    def not_judged(self, part: SliceKey, head: MetricTable, evidence: Evidence) -> RuleResult | None:
        """The outcome for a slice that is too small, or in which the metric does not exist on any side.

        Only row counts below `min_examples` on every side excuse a slice: one without a count is judged. A
        slice or a metric that the base has and the head has not is judged too, and fails as missing.
        """
        here = _find(head, part)
        before = [
            found for side in (evidence.base, evidence.champion) if (found := _find(_table(side), part))
        ]
        # The head states its own count: by a smaller one it may not get out of what the base was judged on.
        rows = max((_rows(found) for found in (*([here] if here else []), *before)), default=None)
        subject = self.of(part).subject
        if rows is not None and rows < self.min_examples:
            return subject.result(
                Status.SKIPPED, f" is not judged: {rows} rows, fewer than {self.min_examples}"
            )
        if here and not any(_has(found, subject.metric) for found in (here, *before)):
            return subject.result(
                Status.SKIPPED, " is not judged: not measured in this slice (one class only?)"
            )
        return None


def _table(side: Side | None) -> MetricTable | None:
    return side.measured if side and isinstance(side.measured, MetricTable) else None


def _find(table: MetricTable | None, key: SliceKey) -> SliceMetrics | None:
    parts = table.slices if table else ()
    return next((part for part in parts if (part.column, part.value) == (key.column, key.value)), None)


def _rows(part: SliceMetrics) -> float:
    return float("inf") if part.rows is None else part.rows


def _has(part: SliceMetrics, metric: str) -> bool:
    return any(found.name == metric for found in part.metrics)
