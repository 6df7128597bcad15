"""From a policy to its rules. Performs no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.evidence.facts import EvidenceLevel
from bot.policy.definition import Approvals, Policy, Slices
from bot.policy.limits import Bound, Limits, MetricLimits
from bot.policy.recomputed import Measured
from bot.policy.rules.each_slice import EachSlice, Single
from bot.policy.rules.evidence_level import MinimumEvidence
from bot.policy.rules.fairness import FairnessGap
from bot.policy.rules.max_regression import MaxRegression
from bot.policy.rules.max_regression_from_best import MaxRegressionFromBest
from bot.policy.rules.maximum import Maximum
from bot.policy.rules.minimum import Minimum
from bot.policy.rules.must_improve import MustImprove
from bot.policy.rules.patterns import FilePattern
from bot.policy.rules.protected import ProtectedPath
from bot.policy.rules.required import Required
from bot.policy.rules.subject import Scope, Subject
from bot.policy.verdict import Severity
from bot.statistics.spec import Spec

_Named = Callable[[str], Subject]
Rule = Single | EachSlice | FairnessGap | FilePattern | ProtectedPath | MinimumEvidence

ORDER = ("required", "min", "max", "max_regression", "must_improve", "max_regression_from_best")


def rules_of(policy: Policy) -> tuple[Rule, ...]:
    """Every rule: thresholds, then change rules, then slices, resources, data, files, people.

    Within each as the policy lists them.
    """
    whole = [
        rule
        for metric, limits in policy.metrics.items()
        for rule in _rules(policy, limits, ("metrics", metric), "metrics")
    ]
    parts = list(_slice_rules(policy, policy.slices)) if policy.slices else []
    return (
        *_level(policy),
        *sorted(whole, key=_order),
        *sorted(parts, key=lambda each: _order(each.rule)),
        *_fairness(policy),
        *_resources(policy),
        *_data_checks(policy),
        *_patterns(policy),
        *_protected(policy),
    )


def capped(policy: Policy, limits: Bound) -> Severity:
    """A rule's severity; `mode: report` on it or on the whole file makes it information."""
    return Severity.INFO if "report" in (policy.mode, limits.mode) else limits.severity


def _order(rule: Single) -> int:
    return ORDER.index(rule.subject.kind)


def _slice_rules(policy: Policy, slices: Slices) -> Iterator[EachSlice]:
    for metric, limits in slices.metrics.items():
        for rule in _rules(policy, limits, ("slices", "metrics", metric), "slices"):
            yield EachSlice(rule, slices.by, slices.min_examples)


def _resources(policy: Policy) -> Iterator[Single]:
    for name, limits in policy.resources.items():
        yield from _rules(policy, limits, ("resources", name), "resources")


def _data_checks(policy: Policy) -> Iterator[Single]:
    for name, bound in policy.data.checks.items() if policy.data else ():
        yield from _rules(policy, bound, ("data", "checks", name), "data")


def _rules(policy: Policy, limits: Bound, path: tuple[str, ...], scope: Scope) -> Iterator[Single]:
    whole = _subject(policy, limits, path, scope)

    def subject(kind: str) -> Subject:
        return replace(whole, rule=f"{whole.rule}.{kind}", kind=kind, position=policy.at(*path, kind))

    rules = list(_bounds(limits, subject))
    if isinstance(limits, Limits):
        rules += _changes(limits, subject)
    yield from rules or [Required(replace(whole, position=policy.at(*path)))]


def _bounds(limits: Bound, subject: _Named) -> Iterator[Single]:
    if limits.min is not None:
        yield Minimum(subject("min"), limits.min)
    if limits.max is not None:
        yield Maximum(subject("max"), limits.max)


def _changes(limits: Limits, subject: _Named) -> Iterator[Single]:
    if limits.max_regression is not None:
        yield MaxRegression(subject("max_regression"), limits.max_regression)
    if limits.must_improve is not None:
        yield MustImprove(subject("must_improve"), limits.must_improve)
    if limits.max_regression_from_best is not None:
        yield MaxRegressionFromBest(subject("max_regression_from_best"), limits.max_regression_from_best)


def _subject(policy: Policy, limits: Bound, path: tuple[str, ...], scope: Scope) -> Subject:
    metric = path[-1]
    known = policy.metrics.get(metric) if scope in ("metrics", "slices") else None
    reported = known if scope == "metrics" else None
    return Subject(
        f"{path[0]}.{metric}",
        "required",
        metric,
        capped(policy, limits),
        policy.at(*path),
        limits.better if isinstance(limits, Limits) else None,
        limits.optional,
        scope=scope,
        how=measured_by(known) if known else None,
        stderr=reported.stderr if reported else None,
        repeats=reported.repeats if reported else None,
    )


def measured_by(limits: MetricLimits) -> Measured | None:
    """How a metric with a `kind` is computed from predictions; None for a number that is only reported."""
    if limits.kind is None:
        return None
    spec = Spec(limits.kind, limits.positive, limits.threshold, limits.average)
    return Measured(spec, limits.column)


def _fairness(policy: Policy) -> Iterator[FairnessGap]:
    slices = policy.slices
    if slices is None or slices.fairness is None:
        return
    asked = slices.fairness
    known = policy.metrics.get(asked.metric)
    severity = Severity.INFO if "report" in (policy.mode, asked.mode) else asked.severity
    subject = Subject(
        "slices.fairness.max_gap",
        "fairness",
        asked.metric,
        severity,
        policy.at("slices", "fairness", "max_gap"),
        scope="slices",
        how=measured_by(known) if known else None,
    )
    yield FairnessGap(EachSlice(Required(subject), slices.by, slices.min_examples), asked.max_gap)


def _patterns(policy: Policy) -> Iterator[FilePattern]:
    asked = policy.artifacts
    if asked is None:
        return
    severity = Severity.INFO if "report" in (policy.mode, asked.mode) else asked.severity
    for key, patterns in (("require", asked.require), ("forbid", asked.forbid)):
        for number, pattern in enumerate(patterns):
            position = policy.at("artifacts", key, f"[{number}]")
            yield FilePattern(pattern, key == "require", f"artifacts.{key}[{pattern}]", severity, position)


def _protected(policy: Policy) -> Iterator[ProtectedPath]:
    people = policy.approvals or Approvals(count=1)
    for number, path in enumerate(policy.protected):
        yield ProtectedPath(path, people, policy.at("protected", f"[{number}]"))


def _level(policy: Policy) -> Iterator[MinimumEvidence]:
    level = EvidenceLevel(policy.evidence.minimum)
    if level is not EvidenceLevel.CLAIMED:
        severity = Severity.INFO if policy.mode == "report" else Severity.BLOCK
        yield MinimumEvidence(level, severity, policy.at("evidence", "minimum"))
