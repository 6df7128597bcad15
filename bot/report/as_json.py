"""A report as versioned JSON, for programs. Performs no I/O."""

from __future__ import annotations

import json
from typing import assert_never

from bot.evidence.code_changes import CodeChange
from bot.evidence.environment import EnvironmentChange
from bot.evidence.facts import Unreadable
from bot.evidence.params import ParamChange
from bot.evidence.phrase import plain
from bot.evidence.plot_changes import PlotChange, PlotData
from bot.report.as_json_model import model_part
from bot.report.document import Document
from bot.report.document_changes import (
    CodePart,
    DataPart,
    EnvironmentPart,
    ParameterPart,
    PlotPart,
    PlottedPart,
    StagePart,
    TrackedPart,
    VersionPart,
)
from bot.report.facts import DataChange, StageFact, Tracked
from bot.report.model import Report


def render_json(report: Report) -> str:
    """The report's decisions with every number they stand on, in the form of `Document`."""
    body = document_of(report).model_dump(mode="json")
    return json.dumps(body, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def document_of(report: Report) -> Document:
    """The report as the value that its schema describes."""
    target, invocation = report.basis.target, report.basis.invocation
    return Document(
        version=1,
        modelbot=report.basis.bot_version,
        time=report.basis.time,
        repository=target.repository,
        pull_request=target.number or None,
        head=target.head,
        base=target.base,
        workflow_run=invocation.run_id or None,
        attempt=invocation.attempt or None,
        state=report.state,
        conclusion=report.conclusion,
        title=report.title,
        models=tuple(map(model_part, report.models)),
        stages=tuple(map(_stage, report.stages)),
        code=tuple(map(_code, report.code)),
        environment=tuple(map(_environment, report.environment)),
        parameters=tuple(map(_parameter, report.parameters)),
        data=tuple(map(_data, report.data)),
        plots=tuple(map(_plot, report.plots)),
    )


def _stage(stage: StageFact) -> StagePart:
    reasons = tuple(plain(reason) for reason in stage.reasons)
    return StagePart(
        stage=stage.stage, outcome=stage.outcome, seconds=stage.seconds, took=stage.took, reasons=reasons
    )


def _code(change: CodeChange) -> CodePart:
    lines = change.lines
    return CodePart(
        path=change.path,
        change=change.change,
        added=lines.added if lines else None,
        removed=lines.removed if lines else None,
        stages=change.stages,
        measures=change.measures,
    )


def _environment(change: EnvironmentChange) -> EnvironmentPart:
    packages = (*((change.python,) if change.python else ()), *change.packages)
    versions = tuple(VersionPart(name=one.name, before=one.before, after=one.after) for one in packages)
    return EnvironmentPart(file=change.file, trouble=change.trouble or None, versions=versions)


def _parameter(change: ParamChange) -> ParameterPart:
    return ParameterPart(
        file=change.file,
        key=change.key,
        before=change.before,
        after=change.after,
        line=change.line or None,
    )


def _data(change: DataChange) -> DataPart:
    return DataPart(path=change.path, before=_tracked(change.before), after=_tracked(change.after))


def _tracked(side: Tracked | None) -> TrackedPart | None:
    return None if side is None else TrackedPart(md5=side.md5, size=side.size, files=side.nfiles)


def _plot(change: PlotChange) -> PlotPart:
    return PlotPart(path=change.path, before=_plotted(change.before), after=_plotted(change.after))


def _plotted(side: PlotData | Unreadable | None) -> PlottedPart | None:
    match side:
        case None:
            return None
        case Unreadable(what=what):
            return PlottedPart(unreadable=what)
        case PlotData(size, points):
            return PlottedPart(size=size, points=points)
        case _ as never:
            assert_never(never)
