"""A report as Markdown, within a length. The only importer of jinja2.

Reads its templates from the package; performs no other I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import jinja2

from bot.report import markdown
from bot.report.encode import Markdown, log_block
from bot.report.marker import Marker, Said, render_marker
from bot.report.model import Report
from bot.report.shorter import ever_shorter

TEMPLATES = Path(__file__).parent / "templates"
COMMENT_CHARACTERS = 60_000
"""GitHub refuses a comment of more than 65,536 characters; the rest is room for what it adds."""

_CUT = "The full report could not be shown here: `modelbot check` shows it in your terminal."


def render_comment(report: Report, templates: Path = TEMPLATES, marker: Marker | None = None) -> str:
    """The comment, with its marker; at most 60,000 characters. Never fails: at least the verdict is said."""
    tag = render_marker(marker or marker_of(report))
    return render_markdown(report, lambda body: len(body) <= COMMENT_CHARACTERS, tag, templates)


def render_markdown(
    report: Report, fits: Callable[[str], bool], marker: str = "", templates: Path = TEMPLATES
) -> str:
    """The report as Markdown that `fits`: whole parts are left out in a fixed order, and said to be.

    A report that cannot be rendered, or does not fit without all of them, is cut to verdicts and reasons.
    """
    try:
        template = _environment(templates).get_template("comment.md.j2")
        for shown in ever_shorter(report):
            body = template.render(report=shown, marker=Markdown(marker)).strip() + "\n"
            if fits(body):
                return body
    except (jinja2.TemplateError, TypeError, ValueError):
        return _verdicts(report, fits, marker)
    return _verdicts(report, fits, marker)


def marker_of(report: Report) -> Marker:
    """The marker of a report's comment."""
    target, invocation = report.basis.target, report.basis.invocation
    return Marker(
        kind="report",
        repository=target.repository,
        number=target.number,
        head=target.head,
        base=target.base,
        run=invocation.run_id,
        attempt=invocation.attempt,
        state="running" if report.state == "running" else "done",
        said=_said(report),
    )


def _said(report: Report) -> Said:
    decided = report.conclusion if report.state == "judged" else None
    return "pass" if decided == "success" else "no" if decided == "failure" else ""


@lru_cache(maxsize=2)
def _environment(templates: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        undefined=jinja2.StrictUndefined,
        # Everything printed passes `guarded`, which is stricter than HTML escaping and knows Markdown.
        autoescape=False,  # noqa: S701
        finalize=markdown.guarded,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for filter_ in (
        markdown.words,
        markdown.paragraph,
        markdown.cell,
        markdown.alignment,
        markdown.summary,
        markdown.left_out,
        markdown.picture,
    ):
        environment.filters[filter_.__name__] = filter_
    environment.filters["log"] = log_block
    environment.tests["shots"] = markdown.is_shots
    return environment


def _verdicts(report: Report, fits: Callable[[str], bool], marker: str) -> str:
    """Every heading without the template, the failing ones first, and as many models' reasons as fit."""
    for told in range(len(report.models), -1, -1):
        body = _plainly(report, marker, told, len(report.models))
        if fits(body):
            return body
    most = len(report.models)
    while most and not fits(_plainly(report, marker, 0, most)):
        most //= 2
    return _plainly(report, marker, 0, most)


def _plainly(report: Report, marker: str, told: int, named: int) -> str:
    parts = [marker] if marker else []
    if report.heading:
        parts += [f"### {markdown.words(report.heading)}", markdown.paragraph(report.notice)]
    for at, model in enumerate(report.models[:named]):
        parts += [f"### {markdown.words(model.heading)}"]
        parts += [markdown.paragraph(model.lead)] if at < told else []
    hidden = len(report.models) - named
    parts += [f"and {hidden:,} more models"] if hidden else []
    return "\n\n".join([*parts, _CUT]) + "\n"
