"""Rules in words, as lines for a terminal. Performs no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from bot.console import JSON_VERSION, safe_line
from bot.evidence.phrase import plain
from bot.policy.rules.numbers import shown
from bot.policy.verdict import RuleResult
from bot.usecases.explain import Explanation, NoNumbers, Numbers, NumbersNow

MOST_RESULTS = 20


def listing_lines(found: Sequence[Explanation]) -> Iterator[str]:
    """Every rule with its place and one sentence."""
    for one in found:
        rule, at = one.explained, one.explained.position
        yield safe_line(f"{rule.rule}  ({at.file}:{at.line})")
        yield safe_line(f"    {plain(rule.asks)}")
    yield "`modelbot explain RULE` says more about one of them."


def explanation_lines(found: Sequence[Explanation]) -> Iterator[str]:
    """Each rule: its sentences, its numbers now, how to change and how to waive it."""
    for one in found:
        rule, at = one.explained, one.explained.position
        yield safe_line(f"{rule.rule} of {rule.model}, written at {at.file}:{at.line}")
        yield from (safe_line(f"    {plain(sentence)}") for sentence in rule.means)
        if rule.waived:
            yield safe_line(f"    {plain(rule.waived)}")
        yield from _numbers_lines(one)
        yield from _change_lines(one)


def _numbers_lines(one: Explanation) -> Iterator[str]:
    match one.numbers:
        case NumbersNow() as now:
            yield from _now_lines(now, one.explained.rule)
        case NoNumbers(what=what, todo=todo):
            yield "It has no numbers here."
            yield from (safe_line(f"    {line}") for line in f"{what}\n{todo}".splitlines() if line)
        case None:
            return


def _now_lines(now: NumbersNow, rule: str) -> Iterator[str]:
    yield f"Now, the work tree compared with {now.base[:7]}:"
    if now.stale:
        stale = ", ".join(now.stale)
        yield safe_line(
            f"    These are numbers of an earlier run: out of date are {stale}. `modelbot check` runs them."
        )
    if now.lacking:
        yield "    Predictions are missing here, so numbers are single values, as reported:"
    yield from (safe_line(f"        {text}") for text in now.lacking)
    results = now.of(rule)
    if not results:
        yield "    no result: nothing of this name was measured"
    for result in results[:MOST_RESULTS]:
        yield safe_line(f"    {result.status.value}: {plain(result.reason)}")
        yield from (safe_line(f"        {text}") for text in (_values(result), _noise(result)) if text)
    if len(results) > MOST_RESULTS:
        yield f"    and {len(results) - MOST_RESULTS} more"


def _values(result: RuleResult) -> str:
    named = (
        ("main" if not result.against else result.against, result.base),
        ("here", result.candidate),
        ("better by", result.improvement),
        ("limit", result.limit),
    )
    return ", ".join(f"{name} {shown(value)}" for name, value in named if value is not None)


def _noise(result: RuleResult) -> str:
    if result.noise is None or result.low is None or result.high is None:
        return ""
    said = f"better by {shown(result.low)} to {shown(result.high)}, by {result.noise.method}"
    rows = f" on {result.noise.rows:,} rows" if result.noise.rows else ""
    seen = f"; a change of {shown(result.noise.smallest_visible, 2)} would be seen"
    needed = f", {result.noise.rows_needed:,} rows could tell" if result.noise.rows_needed else ""
    return f"{said}{rows}{seen}{needed}"


def _change_lines(one: Explanation) -> Iterator[str]:
    rule, at = one.explained, one.explained.position
    yield "To change it:"
    yield safe_line(
        f"    Edit {at.file}:{at.line} in a pull request of its own: main's policy is the one that judges."
    )
    if not rule.waiver:
        yield "It cannot be waived."
        return
    under = "" if rule.waiver.startswith("waivers:") else ", under `waivers:`"
    yield safe_line(f"To waive it for a while, paste this into {at.file}{under}:")
    yield from map(safe_line, rule.waiver.splitlines())


def explanation_json(found: Sequence[Explanation]) -> Iterator[str]:
    """The rules for a program."""
    rules = [_rule_json(one) for one in found]
    yield json.dumps({"version": JSON_VERSION, "rules": rules}, indent=2, sort_keys=True)


def _rule_json(one: Explanation) -> dict[str, object]:
    rule, at = one.explained, one.explained.position
    return {
        "model": rule.model,
        "rule": rule.rule,
        "file": at.file,
        "line": at.line,
        "asks": plain(rule.asks),
        "means": [plain(sentence) for sentence in rule.means],
        "waived": plain(rule.waived),
        "waiver": rule.waiver,
        "now": _numbers_json(one.numbers, rule.rule),
    }


def _numbers_json(numbers: Numbers | None, rule: str) -> object:
    match numbers:
        case NumbersNow() as now:
            results = [_result_json(result) for result in now.of(rule)]
            return {
                "base": now.base,
                "stale": list(now.stale),
                "lacking": list(now.lacking),
                "results": results,
            }
        case NoNumbers(what=what):
            return {"none": what}
        case None:
            return None


def _result_json(result: RuleResult) -> dict[str, object]:
    names = ("base", "candidate", "improvement", "low", "high", "limit")
    numbers: dict[str, object] = {name: _json_number(getattr(result, name)) for name in names}
    told = {"rule": result.rule, "status": result.status.value, "reason": plain(result.reason)}
    return {**told, **numbers}


def _json_number(value: float | None) -> float | str | None:
    """JSON has no NaN."""
    return value if value is None or abs(value) < float("inf") else str(value)
