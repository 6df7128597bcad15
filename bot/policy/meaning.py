"""What a rule means, in sentences with its policy's own numbers. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bot.evidence.phrase import Phrase, Quoted, listed
from bot.policy.amounts import Margin
from bot.policy.definition import Policy
from bot.policy.measuring import how_it_is_measured
from bot.policy.rules.build import Rule
from bot.policy.rules.each_slice import EachSlice, Single
from bot.policy.rules.evidence_level import MinimumEvidence
from bot.policy.rules.fairness import FairnessGap
from bot.policy.rules.max_regression import MaxRegression
from bot.policy.rules.max_regression_from_best import MaxRegressionFromBest
from bot.policy.rules.maximum import Maximum
from bot.policy.rules.minimum import Minimum
from bot.policy.rules.must_improve import MustImprove
from bot.policy.rules.numbers import shown
from bot.policy.rules.patterns import FilePattern
from bot.policy.rules.protected import ProtectedPath
from bot.policy.rules.required import Required
from bot.policy.rules.subject import Subject
from bot.policy.verdict import Severity

MOST_COLUMNS = 20


def meaning_of(rule: Rule, policy: Policy) -> tuple[Phrase, ...]:
    """The rule in sentences: what is asked, how it is measured, what happens when it does not hold."""
    match rule:
        case EachSlice():
            return (asked_of(rule), *_slices(rule), *_of_subject(rule.rule, policy))
        case FairnessGap(each=each):
            return (asked_of(rule), *_slices(each), *_of_subject(each.rule, policy))
        case FilePattern() | ProtectedPath():
            return (asked_of(rule), *_severity(rule))
        case MinimumEvidence():
            return (asked_of(rule),)
        case single:
            return (asked_of(rule), *_of_subject(single, policy))


def asked_of(rule: Rule) -> Phrase:
    """What the rule asks, in one sentence."""
    match rule:
        case EachSlice(rule=single, by=by):
            return ("For every value of ", *listed(by, MOST_COLUMNS), ": ", *asked_of(single))
        case FairnessGap(each=each, max_gap=gap):
            between = (" may lie at most ", shown(gap), " apart between two values of ")
            return (Quoted(each.rule.subject.metric), *between, *listed(each.by, MOST_COLUMNS), ".")
        case FilePattern(pattern=pattern, required=required):
            verb = "must hold" if required else "must not hold"
            return (f"The model {verb} a file ", Quoted(pattern), ".")
        case ProtectedPath(path=path, approvals=people):
            return ("A change of ", Quoted(path), f" needs {people.count} approval(s).")
        case MinimumEvidence(level=level):
            return (f"Every number must be {level.value} at least, or nothing is decided on it.",)
        case single:
            return _asked_of_number(single)


def _asked_of_number(rule: Single) -> Phrase:
    name = Quoted(rule.subject.metric)
    match rule:
        case Minimum(limit=limit):
            return (name, f" must be at least {shown(limit)}; {shown(limit)} itself passes.")
        case Maximum(limit=limit):
            return (name, f" must be at most {shown(limit)}; {shown(limit)} itself passes.")
        case MaxRegression(margin=margin):
            return (name, f" may be {_worse(rule.subject)} than main's by at most {_amount(margin)}.")
        case MaxRegressionFromBest(margin=margin):
            than = "than that of the best version ever promoted"
            return (name, f" may be {_worse(rule.subject)} {than} by at most {_amount(margin)}.")
        case MustImprove(gain=gain):
            return (name, f" must be {_better(rule.subject)} than main's{_by_at_least(gain)}.")
        case Required():
            return (name, " must be there and be a number; it is shown, and no limit judges it.")
        case _ as never:
            assert_never(never)


def _worse(subject: Subject) -> str:
    return "lower" if subject.direction == "higher" else "higher"


def _better(subject: Subject) -> str:
    return "really higher" if subject.direction == "higher" else "really lower"


def _by_at_least(gain: float) -> str:
    return f", by at least {shown(gain)}" if gain else "; an equal value fails"


def _amount(margin: Margin) -> str:
    if not margin.percent:
        return shown(margin.amount)
    return f"{margin} of its absolute value"


def _slices(each: EachSlice) -> Iterator[Phrase]:
    yield (f"A slice with fewer than {each.min_examples:,} rows is not judged; it is counted and listed.",)
    yield ("A slice that main measured and the pull request does not is a failure.",)


def _of_subject(rule: Single, policy: Policy) -> Iterator[Phrase]:
    yield from how_it_is_measured(rule, policy)
    if rule.subject.optional:
        yield ("Where the number is missing, the rule is skipped; NaN and infinity fail.",)
    else:
        yield ("A number that is missing, NaN or infinite fails.",)
    yield from _severity(rule.subject)


def _severity(told: Subject | FilePattern | ProtectedPath) -> Iterator[Phrase]:
    severity = Severity.BLOCK if isinstance(told, ProtectedPath) else told.severity
    match severity:
        case Severity.BLOCK:
            return
        case Severity.WARN:
            yield ("A failure is shown as a warning and never blocks.",)
        case Severity.INFO:
            yield ("A failure is shown as information and never blocks.",)
        case _ as never:
            assert_never(never)
