"""Dated exceptions to single rules: they are shown beside the result, and never hide it. Performs no I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from bot.evidence.phrase import Phrase, Quoted
from bot.policy.definition import Waiver
from bot.policy.verdict import RuleResult, Status

LONGEST = timedelta(days=180)


def waive(
    results: tuple[RuleResult, ...], waivers: tuple[Waiver, ...], today: date | None
) -> tuple[RuleResult, ...]:
    """The results, those waived that failed or could not be told and whose waiver holds today.

    An error is never waived: what could not be evaluated is not known to be an exception. An expired waiver
    leaves the failure, which then says so.
    """
    return tuple(_applied(result, waivers, today) for result in results)


def _applied(result: RuleResult, waivers: tuple[Waiver, ...], today: date | None) -> RuleResult:
    found = [one for one in waivers if covers(one, result.rule)]
    if not found or result.status not in (Status.FAIL, Status.INCONCLUSIVE):
        return result
    holds = next((one for one in found if not _refused(one, today)), found[0])
    refused = _refused(holds, today)
    if refused:
        return replace(result, reason=(*result.reason, "; ", *refused))
    words: Phrase = (
        "; waived until ",
        f"{holds.until}",
        " by ",
        Quoted(holds.by),
        ": ",
        Quoted(holds.reason),
    )
    return replace(result, status=Status.WAIVED, reason=(*result.reason, *words))


def _refused(waiver: Waiver, today: date | None) -> Phrase:
    if today is None:
        return ("its waiver has an end, and nobody said which day it is",)
    if waiver.until < today:
        return (f"its waiver expired on {waiver.until}",)
    if waiver.until > today + LONGEST:
        return (f"its waiver until {waiver.until} does not count: it ends more than 180 days ahead",)
    return ()


def covers(waiver: Waiver, rule: str) -> bool:
    """Whether a waiver is about this result: its rule, or the rule of all slices that it is one of."""
    return waiver.rule in (rule, rule.partition("[")[0])


def waiver_notes(results: tuple[RuleResult, ...], waivers: tuple[Waiver, ...]) -> tuple[Phrase, ...]:
    """Which waivers are no longer needed: what they are about passes without them, or is not judged."""
    needing = (Status.WAIVED, Status.FAIL, Status.INCONCLUSIVE, Status.ERROR)
    return tuple(
        ("the waiver of ", Quoted(one.rule), " is no longer needed: remove it")
        for one in waivers
        if not any(covers(one, result.rule) and result.status in needing for result in results)
    )
