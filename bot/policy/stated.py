"""What a number that somebody reported must be before a rule takes it. Performs no I/O."""

from __future__ import annotations

import math
from dataclasses import replace

from bot.evidence.facts import Side
from bot.policy.noise import repeats_of
from bot.policy.rules.numbers import shown
from bot.policy.rules.subject import Subject
from bot.policy.verdict import RuleResult, Status

ROUNDED = 1e-3


def usable(subject: Subject, value: float | None) -> float | RuleResult:
    """The value; the rule's outcome where it is missing, NaN or infinite."""
    unusable = subject.unusable(value)
    if unusable is not None or value is None:
        return unusable or subject.result(Status.FAIL)
    return value


def wrong_list(subject: Subject, head: Side) -> RuleResult | None:
    """The outcome where a list is reported instead of a number, or one whose numbers are none; else None."""
    if subject.slice is not None or subject.scope == "data":
        return None
    return _in_its_place(subject, repeats_of(head, subject.metric)) or _of_no_numbers(subject, head)


def _in_its_place(subject: Subject, values: tuple[float, ...] | None) -> RuleResult | None:
    if values is None:
        return None
    words = f" is a list of {len(values)} numbers in the metrics files, and a rule is about one: "
    todo = ("report their mean as ", *subject.named, ", and name the list with `repeats:`")
    return subject.result(Status.ERROR, words, *todo)


def _of_no_numbers(subject: Subject, head: Side) -> RuleResult | None:
    values = repeats_of(head, subject.repeats) if subject.repeats else None
    bad = next((value for value in values or () if not math.isfinite(value)), None)
    if bad is None:
        return None
    failed = subject.result(Status.FAIL, f" has repeats that are no numbers: {shown(bad)}")
    return replace(failed, candidate=bad)


def agrees(reported: float, computed: float) -> bool:
    """Whether a reported number is the computed one, rounded as it was written: to 3 digits at least."""
    if not math.isfinite(reported):
        return False
    digits = len(repr(reported).partition(".")[2]) if "e" not in repr(reported) else 17
    rounding = min(max(0.51 * 10.0**-digits, 2e-6), ROUNDED)
    return abs(reported - computed) <= rounding * max(1.0, abs(computed))
