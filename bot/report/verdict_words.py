"""The verdict as a heading and the lines that say why. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bot.evidence.facts import Evidence
from bot.evidence.phrase import listed
from bot.policy.verdict import RuleResult, Severity, Status, Verdict
from bot.report.facts import Target
from bot.report.model import Strong, Words
from bot.report.numbers import counted
from bot.report.wording import name, policy_link

SHOWN_REASONS = 3
"""How many failures stand above the fold; the rest is counted there and listed below it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of the rules that apply came out how."""

    judged: int
    passed: int
    errors: int
    failures: int
    inconclusive: int
    warnings: int
    told: int
    new: int
    waived: int


def tally(verdict: Verdict) -> Tally:
    """Counts the rule results; skipped ones did not apply and are not counted."""
    blocking = [result.status for result in verdict.results if result.blocks]
    statuses = [result.status for result in verdict.results]
    return Tally(
        judged=len(statuses) - statuses.count(Status.SKIPPED),
        passed=statuses.count(Status.PASS),
        new=statuses.count(Status.NEW),
        waived=statuses.count(Status.WAIVED),
        errors=blocking.count(Status.ERROR),
        failures=blocking.count(Status.FAIL),
        inconclusive=blocking.count(Status.INCONCLUSIVE),
        warnings=len(_unblocking(verdict, Severity.WARN)),
        told=len(_unblocking(verdict, Severity.INFO)),
    )


def _unblocking(verdict: Verdict, severity: Severity) -> tuple[RuleResult, ...]:
    """The results of this severity that would be bad news if they were allowed to block."""
    bad = (Status.FAIL, Status.ERROR, Status.INCONCLUSIVE)
    return tuple(result for result in verdict.results if result.severity is severity and result.status in bad)


def heading(verdict: Verdict, evidence: Evidence | None) -> Words:
    """The line that an e-mail or a phone shows: sign, model, what to do, and the count."""
    sign, words = verdict_line(verdict, evidence)
    return (f"{sign} ", name(verdict.model), f": {words}")


def verdict_line(verdict: Verdict, evidence: Evidence | None) -> tuple[str, str]:
    """The verdict's sign and its words, without the model's name."""
    counts = tally(verdict)
    match verdict.status:
        case Status.ERROR:
            return "❗", f"could not evaluate, {_could_not(verdict, counts)}"
        case Status.FAIL:
            return (
                "❌",
                f"do not merge yet, {counts.failures:,} of {_rules(counts.judged)} {_fail(counts.failures)}",
            )
        case Status.INCONCLUSIVE:
            return _inconclusive_line(verdict, counts)
        case Status.PASS:
            return "✅", _passing(counts, evidence)
        case Status.NEW | Status.SKIPPED | Status.WAIVED:
            raise ValueError(f"no verdict is {verdict.status}")
        case _ as never:
            assert_never(never)


def reasons(verdict: Verdict, target: Target) -> tuple[Words, ...]:
    """Why it is not a pass: the worst first, each with the line of the policy that asks for it."""
    bad = _once(worst_first(tuple(result for result in verdict.results if _says_why(result))))
    lines: list[Words] = [
        (Strong("Also:" if at else "Why:"), " ", *_reason(verdict, result, target))
        for at, result in enumerate(bad[:SHOWN_REASONS])
    ]
    hidden = len(bad) - len(lines)
    return (*lines, (f"and {hidden:,} more, listed under “Rules” below",)) if hidden else tuple(lines)


def inconclusive(verdict: Verdict, target: Target) -> tuple[Words, ...]:
    """What the data cannot tell, each with its line of the policy."""
    asked = _once(tuple(result for result in verdict.results if _asks(result)))
    lines = tuple(
        (Strong("Inconclusive:"), " ", *_reason(verdict, result, target)) for result in asked[:SHOWN_REASONS]
    )
    hidden = len(asked) - len(lines)
    more: tuple[Words, ...] = ((f"and {hidden:,} more inconclusive, listed under “Rules” below",),)
    return (*lines, *(more if hidden else ()), *_approved(verdict))


def _approved(verdict: Verdict) -> tuple[Words, ...]:
    """Who has answered already, where a person is asked."""
    if not verdict.approvers or not (verdict.approvals and _asked_a_person(verdict)):
        return ()
    more = verdict.approvals - len(verdict.approvers)
    missing = f"; {more} more needed" if more > 0 else ""
    return ((Strong("Approved:"), " by ", *listed(verdict.approvers), missing),)


def _asked_a_person(verdict: Verdict) -> bool:
    return verdict.status is Status.INCONCLUSIVE and verdict.inconclusive == "ask"


def _once(results: tuple[RuleResult, ...]) -> tuple[RuleResult, ...]:
    """Without those that say again what an earlier one said: two rules on a number that cannot be had."""
    first: dict[object, RuleResult] = {}
    for one in results:
        first.setdefault((one.metric, one.slice, one.reason, one.position.line), one)
    return tuple(first.values())


def worst_first(results: tuple[RuleResult, ...]) -> tuple[RuleResult, ...]:
    """Errors before failures, whole metrics before slices, the largest breach of its limit first."""
    return tuple(sorted(results, key=_badness))


def _badness(result: RuleResult) -> tuple[int, bool, float, str]:
    rank = {Status.ERROR: 0, Status.FAIL: 1, Status.INCONCLUSIVE: 2, Status.WAIVED: 3, Status.NEW: 4}
    return rank.get(result.status, 5), result.slice is not None, -_breach(result), result.rule


def _breach(result: RuleResult) -> float:
    """How far past its limit, in multiples of the limit; larger is worse, NaN is worst."""
    limit, value = result.limit, result.candidate
    if limit is None or value is None:
        return float("inf")
    past = abs(value - limit) if result.kind in {"min", "max"} else -(result.improvement or 0.0) - limit
    return past / abs(limit) if limit and past == past else float("inf")  # noqa: PLR0124 -- NaN


def _reason(verdict: Verdict, result: RuleResult, target: Target) -> Words:
    return (*result.reason, " ", policy_link(target, verdict.policy.revision, result.position))


def _says_why(result: RuleResult) -> bool:
    return result.blocks and result.status is not Status.INCONCLUSIVE


def _asks(result: RuleResult) -> bool:
    return result.blocks and result.status is Status.INCONCLUSIVE


def _could_not(verdict: Verdict, counts: Tally) -> str:
    if not counts.errors:
        return "no rule of the policy applied" if verdict.results else "the policy has no rule"
    return f"{counts.errors:,} of {_rules(counts.judged)} without an answer"


def _inconclusive_line(verdict: Verdict, counts: Tally) -> tuple[str, str]:
    what = _what_is_open(counts)
    match verdict.conclusion:
        case "success":
            why = "approved by a person" if _asked_a_person(verdict) else "the policy lets it pass"
            return "✅", f"ready to merge, {what} ({why})"
        case "failure":
            return "❌", f"do not merge yet, {what} (this policy does not let that pass)"
        case "action_required":
            return "⚠️", f"needs an approval, {_protected(verdict, counts) or what}"
        case "neutral":
            return "⚠️", f"your decision, {what}"
        case _ as never:
            assert_never(never)


def _protected(verdict: Verdict, counts: Tally) -> str:
    """The words where only protected paths wait; empty where something else is inconclusive too."""
    waiting = len(verdict.unapproved)
    if waiting < counts.inconclusive:
        return ""
    return "a protected path is changed" if waiting == 1 else f"{waiting} protected paths are changed"


def _what_is_open(counts: Tally) -> str:
    if not counts.inconclusive:
        return "nothing to compare with and no threshold set"
    verb = "is" if counts.inconclusive == 1 else "are"
    return f"{counts.inconclusive:,} of {_rules(counts.judged)} {verb} inconclusive"


def _passing(counts: Tally, evidence: Evidence | None) -> str:
    if evidence is not None and evidence.model_unchanged:
        return "model unchanged, nothing to promote" + _besides(counts)
    if evidence is not None and evidence.returning is not None:
        return f"ready to merge, a return to v{evidence.returning.version}" + _besides(counts)
    if counts.passed == counts.judged:
        everything = "the only rule passes" if counts.judged == 1 else f"all {counts.judged:,} rules pass"
        return f"ready to merge, {everything}"
    passing = f"{_rules(counts.passed)} {_pass(counts.passed)}" if counts.passed else "no rule passes"
    return f"ready to merge, {passing}" + _besides(counts)


def _besides(counts: Tally) -> str:
    parts = [
        (counts.warnings, counted(counts.warnings, "warning")),
        (counts.told, f"{counts.told} would not pass (information only)"),
        (counts.waived, f"{counts.waived} waived"),
        (counts.new, f"{counts.new} with nothing to compare with"),
    ]
    return "".join(f", {words}" for count, words in parts if count)


def _pass(count: int) -> str:
    return "passes" if count == 1 else "pass"


def _rules(count: int) -> str:
    return counted(count, "rule")


def _fail(count: int) -> str:
    return "fails" if count == 1 else "fail"
