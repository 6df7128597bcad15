"""Whether the waivers of a policy can ever mean anything: told when the policy is read. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches

from bot.errors import Problem
from bot.policy.definition import Policy, Waiver
from bot.policy.rules.build import Rule, rules_of
from bot.policy.rules.each_slice import EachSlice
from bot.policy.rules.evidence_level import MinimumEvidence
from bot.policy.rules.fairness import FairnessGap
from bot.policy.rules.patterns import FilePattern
from bot.policy.rules.protected import ProtectedPath
from bot.policy.waivers import LONGEST


def waiver_problems(policy: Policy, today: date | None) -> Iterator[Problem]:
    """A waiver that matches no rule of its policy, or, where `today` is known, ends too late."""
    rules = rules_of(policy)
    for number, waiver in enumerate(policy.waivers):
        if not any(could_match(waiver.rule, rule) for rule in rules):
            yield _problem(policy, number, "rule", _no_rule(waiver, rules))
        if today and waiver.until > today + LONGEST:
            latest = today + LONGEST
            yield _problem(
                policy, number, "until", f"a waiver ends at most 180 days ahead: {latest} at the latest"
            )


def could_match(waived: str, rule: Rule) -> bool:
    """Whether a result of this rule may carry the waived id."""
    match rule:
        case EachSlice(by=by):
            return _of_slices(waived, rule.rule.subject.rule, by, valued=True)
        case FairnessGap(each=each):
            return _of_slices(waived, each.rule.subject.rule, each.by, valued=False)
        case FilePattern(rule=name):
            return waived == name
        case ProtectedPath(path=path):
            return waived == f"protected[{path}]"
        case MinimumEvidence():
            return False
        case single:
            return waived == single.subject.rule


def _of_slices(waived: str, rule: str, columns: tuple[str, ...], *, valued: bool) -> bool:
    if waived == rule:
        return True
    ends = ("=",) if valued else ("]",)
    return waived.endswith("]") and any(
        waived.startswith(f"{rule}[{column}{end}") for column in columns for end in (*ends, "]")
    )


def id_of(rule: Rule) -> str:
    """The rule's id as a policy's author may write it; that of slices without a value."""
    match rule:
        case EachSlice():
            return rule.rule.subject.rule
        case FairnessGap(each=each):
            return each.rule.subject.rule
        case FilePattern(rule=name):
            return name
        case ProtectedPath(path=path):
            return f"protected[{path}]"
        case MinimumEvidence():
            return "evidence.minimum"
        case single:
            return single.subject.rule


def ids_of(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """The ids of all rules."""
    return tuple(id_of(rule) for rule in rules)


def _no_rule(waiver: Waiver, rules: tuple[Rule, ...]) -> str:
    close = get_close_matches(waiver.rule.partition("[")[0], ids_of(rules), 1)
    hint = f"did you mean {close[0]}?" if close else "its id is the path that reports show"
    return f"no rule of this policy is called {waiver.rule[:120]}; {hint}"


def _problem(policy: Policy, number: int, key: str, what: str) -> Problem:
    at = policy.at("waivers", f"[{number}]", key)
    return Problem(at.file, at.line, at.col, f"waivers[{number}].{key}", what)
