"""From a policy to its rules. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from bot.policy.definition import Policy, SliceLimits, Slices
from bot.policy.rules.each_slice import EachSlice, Single
from bot.policy.rules.max_regression import MaxRegression
from bot.policy.rules.maximum import Maximum
from bot.policy.rules.minimum import Minimum
from bot.policy.rules.required import Required
from bot.policy.rules.subject import Subject

Rule = Minimum | Maximum | MaxRegression | Required | EachSlice

ORDER = ("required", "min", "max", "max_regression")


def rules_of(policy: Policy) -> tuple[Rule, ...]:
    """Every rule: thresholds, then change rules, then slices; within each as the policy lists them."""
    whole = [
        rule
        for metric, limits in policy.metrics.items()
        for rule in _rules(policy, limits, ("metrics", metric), metric)
    ]
    parts = list(_slice_rules(policy, policy.slices)) if policy.slices else []
    return (*sorted(whole, key=_order), *sorted(parts, key=lambda each: _order(each.rule)))


def _order(rule: Single) -> int:
    return ORDER.index(rule.subject.kind)


def _slice_rules(policy: Policy, slices: Slices) -> Iterator[EachSlice]:
    for metric, limits in slices.metrics.items():
        for rule in _rules(policy, limits, ("slices", "metrics", metric), metric):
            yield EachSlice(rule, slices.by, slices.min_examples)


def _rules(policy: Policy, limits: SliceLimits, path: tuple[str, ...], metric: str) -> Iterator[Single]:
    def subject(kind: str) -> Subject:
        rule = f"{path[0]}.{metric}.{kind}" if kind != "required" else f"{path[0]}.{metric}"
        position = policy.at(*path, kind)
        return Subject(rule, kind, metric, limits.severity, position, limits.better, limits.optional)

    if limits.min is not None:
        yield Minimum(subject("min"), limits.min)
    if limits.max is not None:
        yield Maximum(subject("max"), limits.max)
    if limits.max_regression is not None:
        yield MaxRegression(subject("max_regression"), limits.max_regression)
    if limits.min is None and limits.max is None and limits.max_regression is None:
        yield Required(subject("required"))
