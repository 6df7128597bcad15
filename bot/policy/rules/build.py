"""From a policy to its rules: the one place that lists every kind. Performs no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.policy.definition import Policy
from bot.policy.limits import Bound, Limits
from bot.policy.rules.each_slice import EachSlice
from bot.policy.rules.evidence_level import MinimumEvidence
from bot.policy.rules.fairness import FairnessGap
from bot.policy.rules.max_regression import MaxRegression
from bot.policy.rules.max_regression_from_best import MaxRegressionFromBest
from bot.policy.rules.maximum import Maximum
from bot.policy.rules.minimum import Minimum
from bot.policy.rules.must_improve import MustImprove
from bot.policy.rules.number_rule import NumberRule
from bot.policy.rules.patterns import FilePattern
from bot.policy.rules.protected import ProtectedPath
from bot.policy.rules.required import Required
from bot.policy.rules.rule import Rule
from bot.policy.rules.subject import Scope, Subject, capped, measured_by
from bot.policy.verdict import RuleKind

NUMBER_KINDS: tuple[type[NumberRule], ...] = (
    Minimum,
    Maximum,
    MaxRegression,
    MustImprove,
    MaxRegressionFromBest,
)
"""Every kind of rule on a number, in the order in which they are judged."""

AFTER_NUMBERS: tuple[Callable[[Policy], Iterator[Rule]], ...] = (FilePattern.of, ProtectedPath.of)
ORDER = (Required, *NUMBER_KINDS)


def rules_of(policy: Policy) -> tuple[Rule, ...]:
    """Every rule: thresholds, then change rules, then slices, resources, data, files, people.

    Within each as the policy lists them.
    """
    whole = [rule for metric in policy.metrics for rule in _of_metric(policy, metric)]
    parts = list(_of_slices(policy))
    return (
        *MinimumEvidence.of(policy),
        *sorted(whole, key=_order),
        *sorted(parts, key=lambda each: _order(each.rule)),
        *FairnessGap.of(policy),
        *_resources(policy),
        *_data_checks(policy),
        *(rule for of in AFTER_NUMBERS for rule in of(policy)),
    )


def _order(rule: NumberRule) -> int:
    return ORDER.index(type(rule))


def _of_metric(policy: Policy, metric: str) -> Iterator[NumberRule]:
    return _rules(policy, policy.metrics[metric], ("metrics", metric), "metrics")


def _of_slices(policy: Policy) -> Iterator[EachSlice]:
    slices = policy.slices
    if slices is None:
        return
    for metric, limits in slices.metrics.items():
        for rule in _rules(policy, limits, ("slices", "metrics", metric), "slices"):
            yield EachSlice(rule, slices.by, slices.min_examples)


def _resources(policy: Policy) -> Iterator[NumberRule]:
    for name, limits in policy.resources.items():
        yield from _rules(policy, limits, ("resources", name), "resources")


def _data_checks(policy: Policy) -> Iterator[NumberRule]:
    for name, bound in policy.data.checks.items() if policy.data else ():
        yield from _rules(policy, bound, ("data", "checks", name), "data")


def _rules(policy: Policy, limits: Bound, path: tuple[str, ...], scope: Scope) -> Iterator[NumberRule]:
    whole = _subject(policy, limits, path, scope)

    def named(kind: RuleKind) -> Subject:
        return replace(whole, rule=f"{whole.rule}.{kind}", kind=kind, position=policy.at(*path, kind))

    found = [rule for kind in NUMBER_KINDS if (rule := kind.of(limits, named))]
    yield from found or [Required(replace(whole, position=policy.at(*path)))]


def _subject(policy: Policy, limits: Bound, path: tuple[str, ...], scope: Scope) -> Subject:
    metric = path[-1]
    known = policy.metrics.get(metric) if scope in ("metrics", "slices") else None
    reported = known if scope == "metrics" else None
    return Subject(
        f"{path[0]}.{metric}",
        Required.KEY,
        metric,
        capped(policy, limits.mode, limits.severity),
        policy.at(*path),
        limits.better if isinstance(limits, Limits) else None,
        limits.optional,
        scope=scope,
        how=measured_by(known) if known else None,
        stderr=reported.stderr if reported else None,
        repeats=reported.repeats if reported else None,
    )
