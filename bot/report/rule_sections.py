"""The folded lists of every rule and every slice. Performs no I/O."""

from __future__ import annotations

import math
from collections import Counter

from bot.evidence.facts import Evidence, MetricTable
from bot.evidence.phrase import Quoted
from bot.evidence.predictions import Predictions
from bot.policy.verdict import PROTECTED, RuleResult, Severity, Status, Verdict
from bot.report import numbers
from bot.report.facts import Target
from bot.report.model import Column, Drop, Lines, Section, Table, Words
from bot.report.verdict_words import tally, worst_first
from bot.report.wording import (
    arrow,
    decimals_of,
    difference_of,
    limit_words,
    name,
    other_side,
    policy_link,
    range_words,
    result_words,
    slice_words,
    with_base,
)

MOST_BAD_ROWS = 60
MOST_NAMED_SLICES = 20
_BAD = (Status.FAIL, Status.ERROR, Status.INCONCLUSIVE, Status.WAIVED)


def rules_section(verdict: Verdict, target: Target) -> Section | None:
    """Every rule about a whole metric, and of the slices' those that do not pass; bad ones first."""
    if not verdict.results:
        return None
    bad = worst_first(tuple(result for result in verdict.results if result.status in _BAD))
    rest = tuple(result for result in verdict.results if result.status not in _BAD and result.slice is None)
    blocks = (*_rule_table(verdict, bad, target, None), *_rule_table(verdict, rest, target, "passing rules"))
    return Section(f"Rules: {_rule_counts(verdict)}", blocks, "rules") if blocks else None


def slices_section(verdict: Verdict, evidence: Evidence | None) -> Section | None:
    """The slices: worst change first; those that could not be judged are counted and listed."""
    sliced = tuple(result for result in verdict.results if result.slice is not None)
    if not sliced:
        return None
    judged = tuple(result for result in sliced if result.status is not Status.SKIPPED)
    bad = tuple(result for result in judged if result.status in _BAD)
    fine = tuple(result for result in judged if result.status not in _BAD)
    blocks = (
        *_slice_table(bad, evidence, None),
        *_slice_table(fine, evidence, "passing slices"),
        *_not_judged(sliced),
    )
    return Section(f"Slices: {_slice_counts(sliced, bad)}", blocks, "slices")


def _rule_table(
    verdict: Verdict, results: tuple[RuleResult, ...], target: Target, drop: Drop | None
) -> tuple[Table | Lines, ...]:
    if not results:
        return ()
    columns = (Column(("Rule",)), Column(("Result",)), Column(("Reason",)), Column(("Policy",)))
    shown = results if drop else results[:MOST_BAD_ROWS]
    rows = tuple(_rule_row(verdict, result, target) for result in shown)
    return (Table(columns, rows, drop), *_more(len(results) - len(shown)))


def _rule_row(verdict: Verdict, result: RuleResult, target: Target) -> tuple[Words, ...]:
    return (
        (Quoted(result.rule),),
        (result_words(result),),
        result.reason,
        (policy_link(target, verdict.policy.revision, result.position),),
    )


def _rule_counts(verdict: Verdict) -> str:
    counts = tally(verdict)
    parts = (
        (counts.errors, "could not be evaluated"),
        (counts.failures, "failed"),
        (counts.inconclusive, "inconclusive"),
        (counts.warnings, "warned"),
        (counts.told, "would not pass (information only)"),
        (counts.waived, "waived"),
        (counts.new, "with nothing to compare with"),
        (counts.passed, "passed"),
    )
    skipped = [result for result in verdict.results if result.status is Status.SKIPPED]
    unchanged = sum(result.kind == PROTECTED for result in skipped)
    left_out = ((len(skipped) - unchanged, "not judged"), (unchanged, "unchanged"))
    return ", ".join(f"{count:,} {words}" for count, words in (*parts, *left_out) if count) or "none"


def _slice_table(
    results: tuple[RuleResult, ...], evidence: Evidence | None, drop: Drop | None
) -> tuple[Table | Lines, ...]:
    if not results:
        return ()
    columns = (
        Column(("Slice",)),
        Column(("Rows",), numeric=True),
        Column(("Metric",)),
        Column(("Base",), numeric=True),
        Column(("This PR",), numeric=True),
        Column(("Change",), numeric=True),
        Column(("Limit",)),
        Column(("Result",)),
    )
    ordered = sorted(results, key=_worst_change)
    shown = ordered if drop else ordered[:MOST_BAD_ROWS]
    rows = tuple(_slice_row(result, evidence) for result in shown)
    return (Table(columns, rows, drop), *_more(len(ordered) - len(shown)))


def _slice_row(result: RuleResult, evidence: Evidence | None) -> tuple[Words, ...]:
    rows = _rows_of(result, evidence)
    result = with_base(result, evidence)
    decimals = decimals_of((result,))
    return (
        (slice_words(result.slice),) if result.slice is not None else ("",),
        ("" if rows is None else f"{rows:,}",),
        (name(result.metric), arrow(result)),
        (numbers.number(result.base, decimals),),
        (numbers.number(result.candidate, decimals),),
        (range_words(result, decimals), *other_side(result, evidence)),
        (limit_words(result),),
        (result_words(result),),
    )


def _rows_of(result: RuleResult, evidence: Evidence | None) -> int | None:
    if evidence is None or result.slice is None:
        return None
    known, column = evidence.head.predictions, result.slice.column
    if isinstance(known, Predictions) and column in {one.name for one in known.slices}:
        return next(one for one in known.slices if one.name == column).rows(result.slice.value)
    if not isinstance(evidence.head.measured, MetricTable):
        return None
    key = (column, result.slice.value)
    return next((s.rows for s in evidence.head.measured.slices if (s.column, s.value) == key), None)


def _worst_change(result: RuleResult) -> tuple[float, str]:
    # Without a change (new, missing, NaN) a slice goes first: nobody can say that it did not get worse.
    change = result.improvement
    known = change is not None and change == change  # noqa: PLR0124 -- NaN
    return (change if known and change is not None else float("-inf")), result.rule


def _not_judged(sliced: tuple[RuleResult, ...]) -> tuple[Lines, ...]:
    skipped = tuple(result for result in sliced if result.status is Status.SKIPPED)
    if not skipped:
        return ()
    # Two rules on one metric leave a slice out for one reason.
    reasons = tuple(dict.fromkeys(result.reason for result in skipped))
    lines: list[Words] = [*reasons[:MOST_NAMED_SLICES]]
    hidden = len(reasons) - len(lines)
    if hidden:
        lines.append((f"and {hidden:,} more not judged",))
    return (Lines(tuple(lines), "passing slices"),)


def _slice_counts(sliced: tuple[RuleResult, ...], bad: tuple[RuleResult, ...]) -> str:
    judged = {_key(result) for result in sliced if result.status is not Status.SKIPPED}
    skipped = {_key(result) for result in sliced} - judged
    outcome = Counter(_outcome(result) for result in bad)
    told = [f"{count} {words}" for words, count in outcome.items()] or ["all within their limits"]
    told += _worst_told(sliced)
    if skipped:
        told.append(f"{len(skipped)} not judged")
    return f"{numbers.counted(len(judged), 'slice')} judged, {', '.join(told)}"


def _worst_told(sliced: tuple[RuleResult, ...]) -> list[str]:
    known = [r for r in sliced if r.improvement is not None and math.isfinite(r.improvement)]
    worst = min(known, key=lambda result: result.improvement or 0.0, default=None)
    if worst is None or not worst.improvement or worst.improvement > 0:
        return []
    return [f"worst change {numbers.change(difference_of(worst), decimals_of((worst,)))}"]


def _outcome(result: RuleResult) -> str:
    if result.status is Status.FAIL:
        return "failed" if result.severity is Severity.BLOCK else "warned"
    return {Status.ERROR: "could not be evaluated", Status.INCONCLUSIVE: "inconclusive"}.get(
        result.status, "waived"
    )


def _key(result: RuleResult) -> tuple[str, str]:
    return (result.slice.column, result.slice.value) if result.slice is not None else ("", "")


def _more(hidden: int) -> tuple[Lines, ...]:
    return (Lines(((f"and {hidden:,} more that do not pass",),)),) if hidden > 0 else ()
