"""Words that several parts of a report share. Performs no I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from bot.evidence.facts import Evidence, EvidenceLevel, MetricTable, Side
from bot.evidence.phrase import Quoted
from bot.policy.verdict import PROTECTED, Position, RuleKind, RuleResult, Severity, SliceKey, Status
from bot.report import numbers
from bot.report.encode import is_plain_name
from bot.report.facts import Target
from bot.report.links import policy_url
from bot.report.model import Link, Words

_STATUS_WORDS = {
    Status.PASS: "✅ ok",
    Status.FAIL: "❌ fails",
    Status.INCONCLUSIVE: "⚠️ inconclusive",
    Status.ERROR: "❗ could not evaluate",
    Status.NEW: "🆕 nothing to compare with",
    Status.SKIPPED: "not judged",
    Status.WAIVED: "☑️ waived",
}


_PROTECTED_WORDS = {Status.SKIPPED: "unchanged", Status.INCONCLUSIVE: "⚠️ needs an approval"}


def name(text: str) -> str | Quoted:
    """A name from outside: as it is when it is letters and digits only, quoted otherwise."""
    return text if is_plain_name(text) else Quoted(text)


def side_title(side: Side) -> Words:
    """A side as a column's title: what people call it and its short sha."""
    return (name(side.name), " ", Quoted(numbers.short_sha(side.revision)))


def slice_words(key: SliceKey) -> Quoted:
    """A slice as `column=value`."""
    return Quoted(f"{key.column}={key.value}")


def policy_link(target: Target, revision: str, position: Position) -> Link:
    """A link to the rule's line in the policy that judged."""
    return Link(Quoted(f"{position.file}:{position.line}"), policy_url(target, revision, position))


def level_words(level: EvidenceLevel) -> str:
    """How far the numbers can be trusted, in words."""
    match level:
        case EvidenceLevel.RESCORED:
            return "re-scored by the trusted evaluator"
        case EvidenceLevel.REPRODUCED:
            return "reproduced by the bot"
        case EvidenceLevel.CLAIMED:
            return "claimed by the pull request"
        case _ as never:
            assert_never(never)


def result_words(result: RuleResult) -> str:
    """A rule's outcome as one sign and a word or two."""
    if result.status is Status.PASS:
        return "✅ " + _moved(result, "ok")
    if result.status is Status.FAIL and result.severity is Severity.WARN:
        return "⚠️ fails (warning only)"
    if result.status is Status.FAIL and result.severity is Severity.INFO:
        return "\N{INFORMATION SOURCE}\N{VARIATION SELECTOR-16} fails (information only)"
    if result.kind == PROTECTED and result.status in _PROTECTED_WORDS:
        return _PROTECTED_WORDS[result.status]
    return _STATUS_WORDS[result.status]


def limit_words(result: RuleResult) -> str:
    """What the rule asks for: "≥ 0.7", "drop ≤ 0.005"; "" when it has no limit."""
    if result.limit is None:
        return ""
    worse = "rise" if result.direction == "lower" else "drop"
    return f"{_limited(result.kind, worse)} {numbers.limit(result.limit)}".strip()


def _limited(kind: RuleKind, worse: str) -> str:
    match kind:
        case "min":
            return "≥"
        case "max" | "fairness":
            return "≤"
        case "max_regression":
            return f"{worse} ≤"
        case "max_regression_from_best":
            return f"{worse} from best ≤"
        case "must_improve":
            return "better by"
        case "required" | "require" | "forbid" | "protected" | "evidence" | "files":
            return ""
        case _ as never:
            assert_never(never)


def range_words(result: RuleResult, decimals: int) -> str:
    """The change with its 90 % range, in the metric's own direction: a loss that falls is negative."""
    difference = difference_of(result)
    if difference is None:
        return "new" if result.candidate is not None else "missing"
    shown = numbers.change(difference, decimals)
    if result.low is None or result.high is None:
        return shown
    low, high = sorted((_signed(result, result.low), _signed(result, result.high)))
    return f"{shown} ({numbers.change(low, decimals)} to {numbers.change(high, decimals)})"


def difference_of(result: RuleResult) -> float | None:
    """Candidate minus base, in metric units; None when either is missing."""
    if result.candidate is None or result.base is None:
        return None
    return numbers.difference(result.base, result.candidate)


def with_base(result: RuleResult, evidence: Evidence | None) -> RuleResult:
    """The result with the base's value to show, where the rule itself did not ask for one (a threshold)."""
    if result.base is not None or evidence is None or evidence.base is None:
        return result
    measured = evidence.base.measured
    if not isinstance(measured, MetricTable):
        return result
    if result.slice is None:
        return replace(result, base=measured.value(result.metric))
    return replace(result, base=measured.slice_value(result.slice.column, result.slice.value, result.metric))


def other_side(result: RuleResult, evidence: Evidence | None) -> Words:
    """Which side the change is against, where that is not the base (a champion that is not main's model)."""
    base = None if evidence is None or evidence.base is None else evidence.base.name
    return (" against ", name(result.against)) if result.against and result.against != base else ()


def decimals_of(results: tuple[RuleResult, ...]) -> int:
    """Decimals that show the values, the change, and by how much a limit is missed."""
    values = [value for result in results for value in (result.base, result.candidate)]
    changes = [difference_of(result) for result in results]
    return numbers.decimals_for(values, changes, [_missed_by(result) for result in results])


def arrow(result: RuleResult) -> str:
    """Which way is better; "" when nobody said."""
    return {"higher": " ↑", "lower": " ↓", None: ""}[result.direction]


def _missed_by(result: RuleResult) -> float | None:
    if result.status is not Status.FAIL or result.limit is None or result.candidate is None:
        return None
    if result.kind in {"min", "max"}:
        return numbers.difference(result.limit, result.candidate)
    return None if result.improvement is None else result.improvement + result.limit


def _signed(result: RuleResult, improvement: float) -> float:
    return -improvement if result.direction == "lower" else improvement


def _moved(result: RuleResult, otherwise: str) -> str:
    if result.improvement is None:
        return otherwise
    if result.improvement == 0:
        return "same"
    if result.low is None or result.high is None:
        return "better" if result.improvement > 0 else "worse, within the limit"
    if result.low > 0:
        return "better"
    return "worse, within the limit" if result.high < 0 else otherwise
