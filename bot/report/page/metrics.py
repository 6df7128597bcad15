"""The metrics that the policy names, each with its change drawn beside its limit. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.policy.verdict import RuleResult
from bot.report.model import Table, Words
from bot.report.page.forest import CHANGES
from bot.report.page.scale import scale_for
from bot.report.page.strip import WIDTH, Strip, Tone, drawn_values, strip_of, tone_of


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One row of the headline table, its tone, and the change drawn (None: there is none)."""

    cells: tuple[Words, ...]
    tone: Tone
    strip: Strip | None


def metric_rows(table: Table) -> tuple[MetricRow, ...]:
    """Every row of the table; each change is drawn on a scale of its own, because their units differ."""
    told: tuple[RuleResult | None, ...] = table.of or (None,) * len(table.rows)
    return tuple(_row(cells, result) for cells, result in zip(table.rows, told, strict=True))


def _row(cells: tuple[Words, ...], result: RuleResult | None) -> MetricRow:
    if result is None:
        return MetricRow(cells, "quiet", None)
    if result.kind not in CHANGES or result.improvement is None:
        return MetricRow(cells, tone_of(result), None)
    return MetricRow(cells, tone_of(result), strip_of(result, scale_for(drawn_values(result), 0.0, WIDTH)))
