"""The visible table: the metrics that the policy names, both sides, the change, the limit, the result.

Performs no I/O.
"""

from __future__ import annotations

from dataclasses import replace

from bot.evidence.facts import Evidence, MetricTable, Side
from bot.evidence.phrase import Quoted
from bot.policy.verdict import RuleResult, Severity, Status, Verdict
from bot.report import numbers
from bot.report.model import Column, Strong, Table, Words
from bot.report.trend import Trend, sparkline
from bot.report.verdict_words import worst_first
from bot.report.wording import (
    arrow,
    decimals_of,
    limit_words,
    name,
    other_side,
    range_words,
    result_words,
    side_title,
    slice_words,
    with_base,
)

MOST_ROWS = 8
MOST_SLICES = 3


def headline(verdict: Verdict, evidence: Evidence | None, trends: tuple[Trend, ...] = ()) -> Table | None:
    """One row a metric, at most eight, those that do not pass first; then the worst slices that fail.

    The last column draws the trend, where a row has one.
    """
    grouped = tuple(results for results in _by_metric(verdict) if _is_news(results))
    ordered = sorted(grouped, key=lambda results: not any(_bad(result) for result in results))
    shown = (*ordered[:MOST_ROWS], *((result,) for result in _failing_slices(verdict)))
    if not shown:
        return None
    ranged = any(_has_range(result) for results in shown for result in results)
    rows = tuple(_row(results, evidence, ranged) for results in shown)
    table = Table(_columns(evidence, ranged), rows, of=tuple(map(_most_telling_change, shown)))
    return _with_trend(table, {trend.metric: trend for trend in trends})


def _with_trend(table: Table, trends: dict[str, Trend]) -> Table:
    cells = tuple("" if one.slice is not None else _drawn(trends.get(one.metric)) for one in table.of)
    if not any(cells):
        return table
    columns = (*table.columns, Column(("Last promotions",), drop="trend"))
    rows = tuple((*row, (cell,)) for row, cell in zip(table.rows, cells, strict=True))
    return replace(table, columns=columns, rows=rows)


def _drawn(trend: Trend | None) -> str:
    return sparkline(value for _, value in trend.points) if trend else ""


ASIDE = ("resources.", "data.")
NO_NUMBERS = ("artifacts.", "protected", "evidence.")


def _is_news(results: tuple[RuleResult, ...]) -> bool:
    """Sizes, times and numbers of the data stand in the headline when they are compared, or do not pass."""
    if all(result.rule.startswith(NO_NUMBERS) for result in results):
        return False
    aside = all(result.rule.startswith(ASIDE) for result in results)
    return not aside or any(_bad(result) or result.improvement is not None for result in results)


def _failing_slices(verdict: Verdict) -> tuple[RuleResult, ...]:
    failing = tuple(result for result in verdict.results if result.slice is not None and result.blocks)
    return worst_first(failing)[:MOST_SLICES]


def neutral_table(evidence: Evidence, most: int = MOST_ROWS) -> Table | None:
    """Both sides of every metric without a judgement: what there is to say without a policy."""
    measured = evidence.head.measured
    if not isinstance(measured, MetricTable) or not measured.metrics:
        return None
    before = evidence.base.measured if evidence.base is not None else None
    base = before if isinstance(before, MetricTable) else MetricTable(())
    rows = tuple(
        _neutral_row(metric.name, base.value(metric.name), metric.value) for metric in measured.metrics[:most]
    )
    return Table(_neutral_columns(evidence), rows)


def _columns(evidence: Evidence | None, ranged: bool) -> tuple[Column, ...]:
    before, after = _titles(evidence)
    return (
        Column(("Metric",)),
        Column(before, numeric=True),
        Column(after, numeric=True),
        Column(("Change (90% range)" if ranged else "Change, single value",), numeric=True),
        Column(("Limit",)),
        Column(("Result",)),
    )


def _neutral_columns(evidence: Evidence) -> tuple[Column, ...]:
    before, after = _titles(evidence)
    return (
        Column(("Metric",)),
        Column(before, numeric=True),
        Column(after, numeric=True),
        Column(("Change",), numeric=True),
    )


def _titles(evidence: Evidence | None) -> tuple[Words, Words]:
    if evidence is None:
        return ("base",), ("this PR",)
    return _title(evidence.base), side_title(evidence.head)


def _title(base: Side | None) -> Words:
    return ("main",) if base is None else side_title(base)


def _by_metric(verdict: Verdict) -> tuple[tuple[RuleResult, ...], ...]:
    found: dict[str, list[RuleResult]] = {}
    for result in verdict.results:
        if result.slice is None and result.metric:
            found.setdefault(result.metric, []).append(result)
    return tuple(map(tuple, found.values()))


def _row(results: tuple[RuleResult, ...], evidence: Evidence | None, ranged: bool) -> tuple[Words, ...]:
    shown = with_base(_most_telling_change(results), evidence)
    decimals = decimals_of((shown, *results))
    limits = ", ".join(words for words in map(limit_words, _judged(results)) if words)
    return (
        (_metric(shown.metric), arrow(shown), *_of_slice(shown)),
        (numbers.number(shown.base, decimals),),
        (Strong(numbers.number(shown.candidate, decimals)),),
        (_change(shown, decimals, ranged), *other_side(shown, evidence)),
        (limits,),
        (result_words(_telling(results)),),
    )


def _of_slice(result: RuleResult) -> Words:
    return () if result.slice is None else (" for ", slice_words(result.slice))


def _change(result: RuleResult, decimals: int, ranged: bool) -> str:
    words = range_words(result, decimals)
    alone = ranged and result.base is not None and not _has_range(result)
    return f"{words} (single value)" if alone else words


def _has_range(result: RuleResult) -> bool:
    return result.low is not None and result.high is not None


def _most_telling_change(results: tuple[RuleResult, ...]) -> RuleResult:
    ranged = (result for result in results if _has_range(result))
    compared = (result for result in results if result.base is not None)
    return next(ranged, next(compared, results[0]))


def _telling(results: tuple[RuleResult, ...]) -> RuleResult:
    """The result that stands for the metric: its worst; if none is bad, the one that says better or worse."""
    worst = worst_first(_judged(results) or results)[0]
    if worst.status is not Status.PASS:
        return worst
    return next((result for result in _judged(results) if result.improvement is not None), worst)


def _judged(results: tuple[RuleResult, ...]) -> tuple[RuleResult, ...]:
    return tuple(result for result in results if result.status not in (Status.NEW, Status.SKIPPED))


def _bad(result: RuleResult) -> bool:
    passed = result.status in (Status.PASS, Status.SKIPPED, Status.NEW)
    return not passed and result.severity is not Severity.INFO


def _neutral_row(metric: str, before: float | None, after: float) -> tuple[Words, ...]:
    difference = None if before is None else numbers.difference(before, after)
    decimals = numbers.decimals_for((before, after), (difference,))
    changed = "new" if difference is None else numbers.change(difference, decimals)
    return (
        (_metric(metric),),
        (numbers.number(before, decimals),),
        (Strong(numbers.number(after, decimals)),),
        (changed,),
    )


def _metric(metric: str) -> Strong | Quoted:
    plain = name(metric)
    return plain if isinstance(plain, Quoted) else Strong(plain)
