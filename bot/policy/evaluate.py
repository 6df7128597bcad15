"""From a policy and the evidence to a verdict. Performs no I/O.

Order: files present → finite → thresholds → change → slices → verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bot.evidence.facts import Evidence, MetricTable, Unreadable
from bot.evidence.phrase import Phrase, Quoted
from bot.policy.definition import Policy
from bot.policy.load import LoadedPolicy
from bot.policy.notes import notes_on
from bot.policy.rules.build import Rule, rules_of
from bot.policy.rules.each_slice import EachSlice
from bot.policy.rules.max_regression import MaxRegression
from bot.policy.rules.maximum import Maximum
from bot.policy.rules.minimum import Minimum
from bot.policy.rules.required import Required
from bot.policy.verdict import PolicyRef, RuleResult, Severity, Status, Verdict


def evaluate(loaded: LoadedPolicy, revision: str, evidence: Evidence) -> Verdict:
    """What the policy, read at `revision`, says of the evidence.

    Metrics of the head that cannot be read are an error whatever the rules are; those of the base make its
    change rules errors, because which side is broken is not for the pull request to answer.
    """
    policy, head = loaded.policy, evidence.head.measured
    results = _results(policy, evidence, head)
    return Verdict(
        model=policy.model,
        policy=PolicyRef(loaded.file, revision, loaded.digest),
        results=results,
        inconclusive=policy.compare.inconclusive,
        notes=notes_on(policy, evidence, results),
    )


def _results(policy: Policy, evidence: Evidence, head: MetricTable | Unreadable) -> tuple[RuleResult, ...]:
    if isinstance(head, Unreadable):
        reason: Phrase = ("the metrics of ", Quoted(evidence.head.name), " cannot be read: ")
        return (_of_the_policy(policy, Status.ERROR, (*reason, Quoted(head.file), ": ", Quoted(head.what))),)
    results = tuple(result for rule in rules_of(policy) for result in evaluate_rule(rule, head, evidence))
    if evidence.returning and all(result.status is Status.SKIPPED for result in results):
        version = Quoted(f"v{evidence.returning.version}")
        words: Phrase = ("return to ", version, ": nothing is compared, and the policy sets no threshold")
        return (*results, _of_the_policy(policy, Status.INCONCLUSIVE, words))
    return results


def evaluate_rule(rule: Rule, head: MetricTable, evidence: Evidence) -> Iterator[RuleResult]:
    """The rule's results: one, or one for every slice."""
    match rule:
        case Minimum() | Maximum() | Required():
            yield rule.evaluate(head)
        case MaxRegression():
            yield rule.evaluate(head, evidence)
        case EachSlice():
            for column in rule.by:
                yield from _in_slices(rule, column, head, evidence)
        case _ as never:
            assert_never(never)


def _in_slices(rule: EachSlice, column: str, head: MetricTable, evidence: Evidence) -> Iterator[RuleResult]:
    nowhere = rule.nowhere(column, head, evidence)
    if nowhere:
        yield nowhere
        return
    for part in rule.slices(column, head, evidence):
        excused = rule.not_judged(part, head, evidence)
        if excused:
            yield excused
        else:
            yield from evaluate_rule(rule.of(part), head, evidence)


def _of_the_policy(policy: Policy, status: Status, reason: Phrase) -> RuleResult:
    """A result that no single rule gives; nothing lowers its severity."""
    return RuleResult("metrics", "files", "", status, Severity.BLOCK, reason, policy.at("metrics"))
