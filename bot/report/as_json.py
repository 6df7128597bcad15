"""A report as versioned JSON, for programs. Performs no I/O."""

from __future__ import annotations

import json
import math
from typing import assert_never

from bot.evidence.facts import Unreadable
from bot.evidence.phrase import plain
from bot.evidence.plot_changes import PlotChange, PlotData
from bot.policy.verdict import RuleResult
from bot.report.model import ModelSection, Report

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
        "plots": [_plot(change) for change in report.plots],
    }
    return json.dumps(body, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _model(model: ModelSection) -> dict[str, object]:
    verdict = model.verdict
    return {
        "model": model.model,
        "conclusion": model.conclusion,
        "status": None if verdict is None else verdict.status.value,
        "policy": None
        if verdict is None
        else {
            "file": verdict.policy.file,
            "revision": verdict.policy.revision,
            "sha256": verdict.policy.digest,
        },
        "rules": [] if verdict is None else [_rule(result) for result in verdict.results],
    }


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
