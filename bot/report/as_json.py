"""A report as versioned JSON, for programs. Performs no I/O."""

from __future__ import annotations

import json
import math
from typing import assert_never

from bot.evidence.code_changes import CodeChange
from bot.evidence.environment import EnvironmentChange
from bot.evidence.facts import PriorUse, Unreadable
from bot.evidence.phrase import plain
from bot.evidence.plot_changes import PlotChange, PlotData
from bot.policy.differences import PolicyEdit
from bot.policy.verdict import RuleResult, Verdict
from bot.report.facts import StageFact
from bot.report.model import ModelSection, Report
from bot.report.trend import Trend

VERSION = 1
"""Grows when a field changes its meaning or goes away; new fields may come without."""

_Scalar = str | int | float | bool | None


def render_json(report: Report) -> str:
    """The report's decisions with every number they stand on; what JSON cannot write (NaN) is its name."""
    target, invocation = report.basis.target, report.basis.invocation
    body = {
        "version": VERSION,
        "modelbot": report.basis.bot_version,
        "time": report.basis.time.isoformat(),
        "repository": target.repository,
        "pull_request": target.number or None,
        "head": target.head,
        "base": target.base,
        "workflow_run": invocation.run_id or None,
        "attempt": invocation.attempt or None,
        "state": report.state,
        "conclusion": report.conclusion,
        "title": report.title,
        "models": [_model(model) for model in report.models],
        "stages": [_stage(stage) for stage in report.stages],
        "code": [_code(change) for change in report.code],
        "environment": [_environment(change) for change in report.environment],
        "plots": [_plot(change) for change in report.plots],
    }
    return json.dumps(body, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _model(model: ModelSection) -> dict[str, object]:
    verdict = model.verdict
    return {
        "model": model.model,
        "conclusion": model.conclusion,
        "status": None if verdict is None else verdict.status.value,
        "policy": _policy(verdict),
        "policy_removed": model.removed,
        "policy_edits": [_edit(edit) for edit in model.edits],
        "by_its_own_policy": _preview(model.preview),
        "test_set_use": _use(model.prior_use),
        "trends": [_trend(trend) for trend in model.trends],
        "rules": [] if verdict is None else [_rule(result) for result in verdict.results],
    }


def _policy(verdict: Verdict | None) -> dict[str, _Scalar] | None:
    if verdict is None:
        return None
    policy = verdict.policy
    return {"file": policy.file, "revision": policy.revision, "sha256": policy.digest}


def _edit(edit: PolicyEdit) -> dict[str, _Scalar]:
    return {"key": edit.key, "before": edit.before, "after": edit.after, "effect": edit.effect}


def _preview(verdict: Verdict | None) -> dict[str, _Scalar] | None:
    """What the pull request's own policy would say, where that is another than base's."""
    if verdict is None:
        return None
    return {"status": verdict.status.value, "conclusion": verdict.conclusion}


def _use(use: PriorUse | None) -> dict[str, _Scalar] | None:
    """How often the test data of this pull request decided before; none where the ledger knows of nothing."""
    if use is None:
        return None
    return {"promotions": use.promotions, "refusals": use.refusals, "since": use.since}


def _trend(trend: Trend) -> dict[str, object]:
    points = [{"version": version, "value": _number(value)} for version, value in trend.points]
    return {"metric": trend.metric, "points": points}


def _rule(result: RuleResult) -> dict[str, object]:
    return {
        "rule": result.rule,
        "kind": result.kind,
        "metric": result.metric,
        "slice": None if result.slice is None else [result.slice.column, result.slice.value],
        "status": result.status.value,
        "severity": result.severity.value,
        "reason": plain(result.reason),
        "base": _number(result.base),
        "candidate": _number(result.candidate),
        "improvement": _number(result.improvement),
        "low": _number(result.low),
        "high": _number(result.high),
        "limit": _number(result.limit),
        "file": result.position.file,
        "line": result.position.line,
    }


def _stage(stage: StageFact) -> dict[str, object]:
    return {
        "stage": stage.stage,
        "outcome": stage.outcome,
        "seconds": stage.seconds,
        "took": stage.took,
        "reasons": [plain(reason) for reason in stage.reasons],
    }


def _code(change: CodeChange) -> dict[str, object]:
    lines = change.lines
    return {
        "path": change.path,
        "change": change.change,
        "added": lines.added if lines else None,
        "removed": lines.removed if lines else None,
        "stages": list(change.stages),
        "measures": list(change.measures),
    }


def _environment(change: EnvironmentChange) -> dict[str, object]:
    packages = (*((change.python,) if change.python else ()), *change.packages)
    return {
        "file": change.file,
        "trouble": change.trouble or None,
        "versions": [{"name": one.name, "before": one.before, "after": one.after} for one in packages],
    }


def _plot(change: PlotChange) -> dict[str, object]:
    return {"path": change.path, "before": _plotted(change.before), "after": _plotted(change.after)}


def _plotted(side: PlotData | Unreadable | None) -> dict[str, _Scalar] | None:
    match side:
        case None:
            return None
        case Unreadable(what=what):
            return {"unreadable": what}
        case PlotData(size, points):
            return {"size": size, "points": points}
        case _ as never:
            assert_never(never)


def _number(value: float | None) -> _Scalar:
    if value is None or math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
