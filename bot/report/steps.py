"""What to do next, what production will do, and how it was decided: the sentences. Performs no I/O."""

from __future__ import annotations

from typing import assert_never

from bot.evidence.facts import Evidence
from bot.evidence.params import ParamChange
from bot.evidence.phrase import Quoted, listed
from bot.policy.verdict import Status, Verdict
from bot.report.change_sections import shown_change
from bot.report.facts import IfMerged, NothingSameModel, OnHold, Refused, Replaces, ReturnTo, Target
from bot.report.model import Lines, Section, Strong, Words
from bot.report.numbers import short_sha
from bot.report.trend import Trend
from bot.report.verdict_words import worst_first
from bot.report.wording import level_words, name, policy_link

FEW_PARAMETERS = 3


def if_merged_line(intent: IfMerged | None, verdict: Verdict | None) -> tuple[Words, ...]:
    """One line: what production does if this is merged as it is. Nothing is promised against the verdict."""
    if intent is None:
        return ()
    if verdict is not None and not verdict.passes and not isinstance(intent, OnHold | NothingSameModel):
        return ((Strong("If merged:"), " nothing: ", _why_nothing(verdict)),)
    return ((Strong("If merged:"), " ", *_intent(intent)),)


def next_steps(verdict: Verdict, parameters: tuple[ParamChange, ...], target: Target) -> tuple[Words, ...]:
    """Two or three steps, the one that fixes the failure first; none for a plain pass."""
    if verdict.status is Status.PASS or verdict.conclusion == "success":
        return ()
    steps = (*_suspects(verdict, parameters), *_answers(verdict, target))
    if verdict.status is Status.FAIL:
        return (*steps, *_limit_is_wrong(verdict, target))
    return steps


def decided_section(verdict: Verdict, evidence: Evidence | None, trends: tuple[Trend, ...] = ()) -> Section:
    """By which policy, on which numbers, against what."""
    policy = verdict.policy
    lines: list[Words] = [
        (
            "Policy ",
            Quoted(policy.file),
            " as it is on the base at ",
            Quoted(short_sha(policy.revision)),
            ", sha256 ",
            Quoted(policy.digest[:12]),
            ". What a pull request changes in a policy counts from the next one on.",
        )
    ]
    if evidence is not None:
        lines += _evidence_lines(evidence)
    lines += [*verdict.notes]
    trend = _trend_line(trends)
    trust = "" if evidence is None else f"numbers {level_words(evidence.head.level)}"
    return Section(
        f"How this was decided: {trust}" if trust else "How this was decided",
        (Lines(tuple(lines), "how this was decided"), *((Lines(trend, "trend"),) if trend else ())),
        "decided",
    )


def _trend_line(trends: tuple[Trend, ...]) -> tuple[Words, ...]:
    """How to read the last column of the table."""
    if not trends:
        return ()
    longest = max(trends, key=lambda trend: len(trend.points)).points
    first, last = name(longest[0][0]), name(longest[-2][0])
    versions: Words = (first, " to ", last)
    return (("Last promotions: ", *versions, ", oldest first, then this pull request; it decides nothing."),)


def _evidence_lines(evidence: Evidence) -> list[Words]:
    lines: list[Words] = [("The numbers of this pull request are ", level_words(evidence.head.level), ".")]
    if evidence.unscored:
        lines.append(("Not scored anew by main's evaluator: ", Quoted(evidence.unscored), "."))
    if evidence.base is None:
        lines.append(("The base has no model: there is nothing to compare with.",))
    else:
        lines.append(
            (
                "Compared with ",
                name(evidence.base.name),
                " at ",
                Quoted(short_sha(evidence.base.revision)),
                ".",
            )
        )
    if evidence.champion is not None:
        lines.append(
            (
                "The champion is not main's model, so changes are also judged against ",
                name(evidence.champion.name),
                "; the worse answer counts.",
            )
        )
    if evidence.returning is not None:
        was = f"These bytes were champion before, as v{evidence.returning.version}: "
        lines.append((was, "limits hold, changes are not judged."))
    if evidence.head.digest:
        lines.append(("Model sha256 ", Quoted(evidence.head.digest[:12]), "."))
    return lines


def _intent(intent: IfMerged) -> Words:
    match intent:
        case Replaces(current, following):
            new = "this model" if following is None else _version(following)
            if current is None:
                return (new, " becomes the first champion")
            return (new, " replaces ", _version(current), " as champion")
        case NothingSameModel():
            return ("nothing: same model",)
        case ReturnTo(version):
            return ("return to ", _version(version), ", without training")
        case OnHold(by, since, reason):
            why = (" (", Quoted(reason), ")") if reason else ()
            return ("nothing: on hold by ", Quoted(f"@{by}"), " since ", name(since), *why)
        case Refused(why):
            return ("nothing: ", *why)
        case _ as never:
            assert_never(never)


def _version(version: str) -> str | Quoted:
    return name(f"v{version.removeprefix('v')}")


def _why_nothing(verdict: Verdict) -> str:
    if verdict.conclusion == "action_required":
        return "promotion waits for an approval"
    return "promotion refuses what its policy does not let pass"


def suspects(verdict: Verdict, parameters: tuple[ParamChange, ...]) -> tuple[ParamChange, ...]:
    """The parameters to look at first when a rule fails: all that the pull request changes, when few."""
    failed = verdict.status is Status.FAIL
    return parameters if failed and len(parameters) <= FEW_PARAMETERS else ()


def _suspects(verdict: Verdict, parameters: tuple[ParamChange, ...]) -> tuple[Words, ...]:
    if not suspects(verdict, parameters):
        return ()
    listed: list[str | Quoted] = []
    for change in parameters:
        listed += [*((", ",) if listed else ()), *shown_change(change)]
    what = "the only parameter" if len(parameters) == 1 else "the parameters"
    return ((f"Look first at {what} this pull request changes: ", *listed, "."),)


def _approve(verdict: Verdict) -> Words:
    """What an approval does, and whose counts."""
    needed = "1 approval is" if verdict.approvals <= 1 else f"{verdict.approvals} approvals are"
    start = f"To accept it as it is, approve this commit: {needed} needed, "
    return (start, *_by_whom(verdict), "; it holds for these bytes, and the decision is recorded.")


def _by_whom(verdict: Verdict) -> Words:
    people = [one for one in verdict.may_approve if one.startswith("@")]
    roles = [one for one in verdict.may_approve if not one.startswith("@")]
    named: Words = ("by ", *listed(people)) if people else ()
    both = " or " if people and roles else ""
    of_role: Words = (both, "by people with the role ", *listed(roles), " or above") if roles else ()
    return (*named, *of_role)


def _answers(verdict: Verdict, target: Target) -> tuple[Words, ...]:
    command = Quoted("modelbot check")
    where = " shows this report in your terminal." if target.number else " again."
    preview: Words = ("Try a fix before you push: ", command, where)
    merge = "To accept it as it is, merge: the decision is recorded, and promotion honours it."
    match verdict.conclusion:
        case "action_required":
            return (_approve(verdict), preview)
        case "neutral":
            return ((merge,), preview)
        case "failure" | "success":
            return (preview,)
        case _ as never:
            assert_never(never)


def _limit_is_wrong(verdict: Verdict, target: Target) -> tuple[Words, ...]:
    failed = worst_first(tuple(r for r in verdict.results if r.blocks and r.status is Status.FAIL))
    link = policy_link(target, verdict.policy.revision, failed[0].position)
    return (("If the limit is wrong, change ", link, " in a pull request of its own."),)
