"""Whether the waivers of a policy can ever mean anything: told when the policy is read. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches

from bot.errors import Problem
from bot.policy.definition import Policy, Waiver
from bot.policy.rules.build import rules_of
from bot.policy.rules.rule import Rule
from bot.policy.waivers import LONGEST


def waiver_problems(policy: Policy, today: date | None) -> Iterator[Problem]:
    """A waiver that matches no rule of its policy, or, where `today` is known, ends too late."""
    rules = rules_of(policy)
    for number, waiver in enumerate(policy.waivers):
        if not any(rule.may_give(waiver.rule) for rule in rules):
            yield _problem(policy, number, "rule", _no_rule(waiver, rules))
        if today and waiver.until > today + LONGEST:
            latest = today + LONGEST
            yield _problem(
                policy, number, "until", f"a waiver ends at most 180 days ahead: {latest} at the latest"
            )


def ids_of(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """The ids of all rules."""
    return tuple(rule.id for rule in rules)


def _no_rule(waiver: Waiver, rules: tuple[Rule, ...]) -> str:
    close = get_close_matches(waiver.rule.partition("[")[0], ids_of(rules), 1)
    hint = f"did you mean {close[0]}?" if close else "its id is the path that reports show"
    return f"no rule of this policy is called {waiver.rule[:120]}; {hint}"


def _problem(policy: Policy, number: int, key: str, what: str) -> Problem:
    at = policy.at("waivers", f"[{number}]", key)
    return Problem(at.file, at.line, at.col, f"waivers[{number}].{key}", what)
