"""A report as one HTML page. Reads its templates from the package; performs no other I/O."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from bot.report.model import Report
from bot.report.page import html
from bot.report.page.view import view_of

TEMPLATES = Path(__file__).parent / "templates"


def render_page(report: Report) -> str:
    """The page, complete: it asks the network for nothing, and no script of it is ours or anybody's."""
    return _environment().get_template("page.html.j2").render(page=view_of(report))


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
