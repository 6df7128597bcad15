"""A report as the text of a check run. Performs no I/O but reading its templates."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bot.errors import ModelbotError
from bot.evidence.params import ParamChange
from bot.policy.verdict import RuleResult, Severity, Status
from bot.ports.github import Annotation, CheckText
from bot.report.encode import for_terminal, log_block
from bot.report.model import Report
from bot.report.render import TEMPLATES, render_markdown

TITLE_CHARACTERS = 255
SUMMARY_BYTES = 65_000
"""GitHub refuses a summary of more than 65,535 bytes."""
MOST_ANNOTATIONS = 50
"""GitHub takes at most 50 annotations in one request."""

_REASON_CHARACTERS = 600


def render_check(report: Report, templates: Path = TEMPLATES) -> CheckText:
    """Title, summary, and notes: on the policy's lines whose rules do not pass, on parameters to look at."""
    summary = render_markdown(
        report, lambda body: len(body.encode("utf-8", "replace")) <= SUMMARY_BYTES, "", templates
    )
    return CheckText(report.title[:TITLE_CHARACTERS], summary, _annotations(report))


def could_not(error: ModelbotError) -> str:
    """The summary of a job that ended in an error: what happened and what to do."""
    lines = [*error.what.splitlines(), *error.todo.splitlines()]
    return f"### ❗ could not evaluate\n\n{log_block(lines)}\n"


def _annotations(report: Report) -> tuple[Annotation, ...]:
    results = [
        result
        for model in report.models
        if model.verdict is not None
        for result in model.verdict.results
        if result.status in (Status.FAIL, Status.ERROR, Status.INCONCLUSIVE)
    ]
    results.sort(key=lambda result: not result.blocks)
    changed = [_on_parameter(change) for change in report.suspects if change.line]
    return (*changed, *map(_annotation, results[: MOST_ANNOTATIONS - len(changed)]))


def _on_parameter(change: ParamChange) -> Annotation:
    """A note on the line of the diff to look at first."""
    before, after = (for_terminal("none" if one is None else one) for one in (change.before, change.after))
    return Annotation(
        path=change.file,
        line=change.line,
        level="notice",
        message=f"Changed from {before} to {after}. Look here first: a rule fails.",
        title=for_terminal(change.key, TITLE_CHARACTERS),
    )


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
