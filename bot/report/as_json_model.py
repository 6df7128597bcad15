"""What the report's JSON says of one model, from the model's section. Performs no I/O."""

from __future__ import annotations

import math
from typing import assert_never, overload

from bot.evidence.facts import PriorUse
from bot.evidence.phrase import plain
from bot.policy.differences import PolicyEdit
from bot.policy.verdict import Noise, RuleResult, Verdict
from bot.report.document_model import (
    Action,
    ApprovalsPart,
    ModelPart,
    NoisePart,
    PointPart,
    PolicyEditPart,
    PolicyPart,
    PreviewPart,
    ProductionPart,
    RulePart,
    TrendPart,
    UsePart,
)
from bot.report.document_part import Number
from bot.report.facts import IfMerged, NothingSameModel, OnHold, Refused, Replaces, ReturnTo
from bot.report.model import ModelSection
from bot.report.trend import Trend


def model_part(model: ModelSection) -> ModelPart:
    """One model's verdict, with every number that it stands on."""
    verdict = model.verdict
    return ModelPart(
        model=model.model,
        conclusion=model.conclusion,
        status=None if verdict is None else verdict.status,
        policy=None if verdict is None else _policy(verdict),
        policy_removed=model.removed,
        policy_edits=tuple(map(_edit, model.edits)),
        by_its_own_policy=_preview(model.preview),
        approvals=None if verdict is None else _approvals(verdict),
        evidence=model.level,
        if_merged=_production(model.if_merged, verdict),
        test_set_use=_use(model.prior_use),
        trends=tuple(map(_trend, model.trends)),
        rules=() if verdict is None else tuple(map(_rule, verdict.results)),
    )


def _policy(verdict: Verdict) -> PolicyPart:
    policy = verdict.policy
    return PolicyPart(file=policy.file, revision=policy.revision, sha256=policy.digest)


def _edit(edit: PolicyEdit) -> PolicyEditPart:
    return PolicyEditPart(key=edit.key, before=edit.before, after=edit.after, effect=edit.effect)


def _preview(verdict: Verdict | None) -> PreviewPart | None:
    return None if verdict is None else PreviewPart(status=verdict.status, conclusion=verdict.conclusion)


def _approvals(verdict: Verdict) -> ApprovalsPart:
    return ApprovalsPart(wanted=verdict.approvals, approvers=verdict.approvers, enough=verdict.approved)


def _production(intent: IfMerged | None, verdict: Verdict | None) -> ProductionPart | None:
    """Nothing is promised against the verdict, here as in the comment."""
    held = isinstance(intent, OnHold | NothingSameModel | Refused)
    if intent is not None and verdict is not None and not verdict.passes and not held:
        return _does("refused", reason=f"the verdict is {verdict.status}")
    return None if intent is None else _intended(intent)


def _intended(intent: IfMerged) -> ProductionPart:
    match intent:
        case Replaces(current, following):
            return _does("replaces", following, current)
        case ReturnTo(version):
            return _does("returns", version)
        case NothingSameModel():
            return _does("nothing")
        case OnHold(by, since, reason):
            return _does("on hold", reason=f"by @{by} since {since}{f': {reason}' if reason else ''}")
        case Refused(why):
            return _does("refused", reason=plain(why))
        case _ as never:
            assert_never(never)


def _does(
    action: Action, version: str | None = None, champion: str | None = None, reason: str | None = None
) -> ProductionPart:
    return ProductionPart(action=action, version=version, champion=champion, reason=reason)


def _use(use: PriorUse | None) -> UsePart | None:
    if use is None:
        return None
    return UsePart(promotions=use.promotions, refusals=use.refusals, since=use.since)


def _trend(trend: Trend) -> TrendPart:
    points = tuple(PointPart(version=version, value=_number(value)) for version, value in trend.points)
    return TrendPart(metric=trend.metric, points=points)


def _rule(result: RuleResult) -> RulePart:
    return RulePart(
        rule=result.rule,
        kind=result.kind,
        metric=result.metric,
        slice=None if result.slice is None else (result.slice.column, result.slice.value),
        status=result.status,
        severity=result.severity,
        direction=result.direction,
        reason=plain(result.reason),
        base=_number(result.base),
        against=result.against,
        candidate=_number(result.candidate),
        improvement=_number(result.improvement),
        low=_number(result.low),
        high=_number(result.high),
        limit=_number(result.limit),
        noise=None if result.noise is None else _noise(result.noise),
        file=result.position.file,
        line=result.position.line,
    )


def _noise(noise: Noise) -> NoisePart:
    return NoisePart(
        method=noise.method,
        rows=noise.rows,
        smallest_visible=_number(noise.smallest_visible),
        rows_needed=noise.rows_needed,
        p_worse=_number(noise.p_worse),
        seed=noise.seed,
        discordant=noise.discordant,
    )


@overload
def _number(value: float) -> Number: ...
@overload
def _number(value: None) -> None: ...
def _number(value: float | None) -> Number | None:
    if value is None or math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
