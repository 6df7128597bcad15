"""A report as the text of a check run. Performs no I/O but reading its templates."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bot.policy.verdict import RuleResult, Severity, Status
from bot.ports.github import Annotation, CheckText
from bot.report.encode import for_terminal
from bot.report.model import Report
from bot.report.render import TEMPLATES, render_markdown

TITLE_CHARACTERS = 255
SUMMARY_BYTES = 65_000
"""GitHub refuses a summary of more than 65,535 bytes."""
MOST_ANNOTATIONS = 50
"""GitHub takes at most 50 annotations in one request."""

_REASON_CHARACTERS = 600


def render_check(report: Report, templates: Path = TEMPLATES) -> CheckText:
    """Title, summary, and a note on each line of a policy whose rule does not pass."""
    summary = render_markdown(
        report, lambda body: len(body.encode("utf-8", "replace")) <= SUMMARY_BYTES, "", templates
    )
    return CheckText(report.title[:TITLE_CHARACTERS], summary, _annotations(report))


def _annotations(report: Report) -> tuple[Annotation, ...]:
    results = [
        result
        for model in report.models
        if model.verdict is not None
        for result in model.verdict.results
        if result.status in (Status.FAIL, Status.ERROR, Status.INCONCLUSIVE)
    ]
    results.sort(key=lambda result: not result.blocks)
    return tuple(map(_annotation, results[:MOST_ANNOTATIONS]))


def _annotation(result: RuleResult) -> Annotation:
    reason = "".join(
        part if isinstance(part, str) else f"“{for_terminal(part.text)}”" for part in result.reason
    )
    return Annotation(
        path=result.position.file,
        line=max(result.position.line, 1),
        level=_level(result),
        message=reason[:_REASON_CHARACTERS] or result.status.value,
        title=for_terminal(result.rule, TITLE_CHARACTERS),
    )


def _level(result: RuleResult) -> Literal["notice", "warning", "failure"]:
    if result.severity is not Severity.BLOCK:
        return "notice"
    return "warning" if result.status is Status.INCONCLUSIVE else "failure"
