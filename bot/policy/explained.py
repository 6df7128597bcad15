"""A rule for the person who meets it: what it means, where it stands, how to change or waive it.

Performs no I/O.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from bot.errors import InvalidInputError
from bot.evidence.phrase import Phrase
from bot.policy.definition import Policy
from bot.policy.load import LoadedPolicy
from bot.policy.rules.build import rules_of
from bot.policy.rules.rule import Rule
from bot.policy.verdict import Position
from bot.policy.waivers import LONGEST, covers
from bot.policy.waiving import ids_of

FIRST = timedelta(days=30)
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.]*(\[[A-Za-z0-9_.=-]*\])?")


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule of one policy in words.

    `rule` is the id that was asked for; `asks` the rule in one sentence, `means` in several; `waived` says
    which waiver there is, `waiver` is the text of a new one, empty where the rule cannot be waived.
    """

    model: str
    rule: str
    position: Position
    asks: Phrase
    means: tuple[Phrase, ...]
    waived: Phrase = ()
    waiver: str = ""


def explain_rule(policies: tuple[LoadedPolicy, ...], asked: str, today: date) -> tuple[Explained, ...]:
    """The rule of this id in every policy that has it.

    Raises:
        InvalidInputError: no policy has it: with the nearest id, and all of them.
    """
    found = tuple(
        _explained(loaded.policy, rule, asked, today)
        for loaded in policies
        for rule in rules_of(loaded.policy)
        if asked == rule.id or rule.may_give(asked)
    )
    if not found:
        raise InvalidInputError(*_unknown(policies, asked))
    return found


def all_rules(policies: tuple[LoadedPolicy, ...], today: date) -> tuple[Explained, ...]:
    """Every rule of these policies, in the order in which they are judged."""
    return tuple(
        _explained(loaded.policy, rule, rule.id, today)
        for loaded in policies
        for rule in rules_of(loaded.policy)
    )


def _explained(policy: Policy, rule: Rule, asked: str, today: date) -> Explained:
    return Explained(
        policy.model,
        asked,
        rule.position,
        rule.asks(),
        (rule.asks(), *rule.means(policy)),
        _waived(policy, asked),
        waiver_of(policy, asked, today) if rule.waivable else "",
    )


def waiver_of(policy: Policy, rule: str, today: date) -> str:
    """A waiver to paste into the policy: with the key where the policy has no waivers yet."""
    head = "" if policy.waivers else "waivers:\n"
    named = rule if PLAIN.fullmatch(rule) else json.dumps(rule, ensure_ascii=False)
    return (
        f"{head}  - rule: {named}\n"
        f'    reason: "why this is accepted, and what will mend it"\n'
        f'    by: "@you"\n'
        f"    until: {today + FIRST}  # {today + LONGEST} at the latest\n"
    )


def _waived(policy: Policy, asked: str) -> Phrase:
    found = next((waiver for waiver in policy.waivers if covers(waiver, asked)), None)
    return (f"Waived until {found.until} by ", found.by, ": ", found.reason) if found else ()


def _unknown(policies: tuple[LoadedPolicy, ...], asked: str) -> tuple[str, str]:
    known = tuple(dict.fromkeys(name for loaded in policies for name in ids_of(rules_of(loaded.policy))))
    # Whoever counts the keys from the top of the file arrives at a name that is longer than the id.
    short = asked.replace("slices.metrics.", "slices.", 1).replace("data.checks.", "data.", 1)
    close = get_close_matches(short, known, 1) or get_close_matches(short.partition("[")[0], known, 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    listing = "\n".join(f"    {name}" for name in known)
    return f"No rule is called {asked[:120]}.{hint}", f"These rules are there:\n{listing}"
