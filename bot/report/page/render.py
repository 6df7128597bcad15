"""A report as one HTML page. Reads its templates from the package; performs no other I/O."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import jinja2

from bot.report.model import DROP_ORDER, ModelSection, Report
from bot.report.page import html
from bot.report.page.view import view_of
from bot.report.pictures import Picture
from bot.report.shorter import ever_shorter

TEMPLATES = Path(__file__).parent / "templates"
PAGE_BYTES = 2_900_000
"""More would be slow to open on a phone."""


def render_page(report: Report, most: int = PAGE_BYTES, pictures: tuple[Picture, ...] = ()) -> str:
    """The page, complete: it asks the network for nothing, and no script of it is ours or anybody's.

    At most so many bytes: whole parts are left out in a fixed order, and said to be. `pictures` are the
    report's figures, drawn; they go with "plots".
    """
    template = _environment().get_template("page.html.j2")
    for shown in (*ever_shorter(report), _verdicts(report)):
        page = template.render(page=view_of(shown, pictures))
        if len(page.encode("utf-8", "replace")) <= most:
            return page
    return template.render(page=view_of(replace(_verdicts(report), models=())))


def _verdicts(report: Report) -> Report:
    """What was decided and why, and nothing else."""
    bare = (
        ModelSection(model.model, model.heading, model.conclusion, model.lead, model.log)
        for model in report.models
    )
    return replace(report, models=tuple(bare), sections=(), stages=(), dropped=(*report.dropped, *DROP_ORDER))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "words": html.words,
        "label": html.label,
        "log": html.log,
        "kind": html.kind,
    }
    return environment
