"""The metrics that the policy names, each with its change drawn beside its limit. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.policy.verdict import RuleResult
from bot.report.model import Table, Words
from bot.report.page.forest import CHANGES
from bot.report.page.line import Line, line_of
from bot.report.page.scale import scale_for
from bot.report.page.strip import WIDTH, Strip, Tone, drawn_values, strip_of, tone_of
from bot.report.trend import Trend


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One row of the headline table, its tone, the change and the trend drawn (None: there is none)."""

    cells: tuple[Words, ...]
    tone: Tone
    strip: Strip | None
    line: Line | None = None


def metric_rows(table: Table, trends: tuple[Trend, ...] = ()) -> tuple[MetricRow, ...]:
    """Every row of the table; each change is drawn on a scale of its own, because their units differ."""
    told: tuple[RuleResult | None, ...] = table.of or (None,) * len(table.rows)
    lines = {trend.metric: line_of(trend) for trend in trends}
    rows = (_row(cells, result) for cells, result in zip(table.rows, told, strict=True))
    return tuple(replace(row, line=_line(result, lines)) for row, result in zip(rows, told, strict=True))


def _line(result: RuleResult | None, lines: dict[str, Line]) -> Line | None:
    return None if result is None or result.slice is not None else lines.get(result.metric)


def _row(cells: tuple[Words, ...], result: RuleResult | None) -> MetricRow:
    if result is None:
        return MetricRow(cells, "quiet", None)
    if result.kind not in CHANGES or result.improvement is None:
        return MetricRow(cells, tone_of(result), None)
    return MetricRow(cells, tone_of(result), strip_of(result, scale_for(drawn_values(result), 0.0, WIDTH)))
