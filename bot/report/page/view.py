"""What the page shows of a report, drawn and in order. Performs no I/O."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from markupsafe import Markup

from bot.evidence.phrase import Quoted
from bot.policy.verdict import Conclusion
from bot.report.columns import without
from bot.report.model import Column, Drop, Log, ModelSection, Report, Section, Words
from bot.report.page.curves import Square, squares_of
from bot.report.page.forest import Forest, forests_of
from bot.report.page.graph import Graph, graph_of
from bot.report.page.inline_svg import inline_svg
from bot.report.page.metrics import MetricRow, metric_rows
from bot.report.pictures import Picture
from bot.report.wording import name

DRAWN_INSTEAD = ("slices",)
"""The folded parts in whose place the page draws."""


@dataclass(frozen=True, slots=True)
class ModelView:
    """One model: words as in the comment, metrics, slices and curves drawn. `of` names it among several."""

    of: Words
    heading: Words
    conclusion: Conclusion
    lead: tuple[Words, ...]
    log: Log | None
    columns: tuple[Column, ...]
    metrics: tuple[MetricRow, ...]
    todo: tuple[Words, ...]
    forests: tuple[Forest, ...]
    squares: tuple[Square, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Plotted:
    """A plot that stands in the page itself, for light and dark: as markup of ours, else as data of an image.

    `dark` is empty where it is the same; `image`: the pipeline made it, so that its smallest words need room.
    """

    title: Words
    alt: str
    light: str = ""
    dark: str = ""
    image: bool = False
    drawings: tuple[Markup, ...] = ()


@dataclass(frozen=True, slots=True)
class PageView:
    """The whole page. `tone` is the conclusion, or "running"."""

    title: str
    tone: str
    repository: str
    number: int
    heading: Words
    notice: tuple[Words, ...]
    log: Log | None
    todo: tuple[Words, ...]
    models: tuple[ModelView, ...]
    graph: Graph | None
    sections: tuple[Section, ...]
    footnotes: tuple[Words, ...]
    footer: Words
    dropped: tuple[Drop, ...] = ()
    plots: tuple[Plotted, ...] = ()


def view_of(report: Report, pictures: tuple[Picture, ...] = ()) -> PageView:
    """Everything that the page says. What the models share stands after them, also when it is one."""
    plots = () if "plots" in report.dropped else pictures
    shared = tuple(
        section for model in report.models for section in model.sections if section.about in SHARED
    )
    return PageView(
        report.title,
        report.conclusion or "running",
        report.basis.target.repository,
        report.basis.target.number,
        report.heading,
        report.notice,
        report.log,
        report.todo,
        tuple(_model(model, report) for model in report.models),
        graph_of(report.stages, report.edges),
        (*shared, *report.sections),
        report.footnotes,
        report.footer,
        report.dropped,
        tuple(map(_plotted, (one for one in plots if not one.why))),
    )


def _plotted(picture: Picture) -> Plotted:
    title = (Quoted(picture.title),)
    drawings = _drawings(picture)
    if drawings:
        return Plotted(title, picture.alt, drawings=drawings)
    kind, pair = ("svg+xml", picture.svg) if all(picture.svg) else ("png", picture.png)
    light, dark = (f"data:image/{kind};base64,{b64encode(data).decode()}" for data in pair)
    return Plotted(title, picture.alt, light, "" if dark == light else dark, image=kind == "png")


def _drawings(picture: Picture) -> tuple[Markup, ...]:
    """For light and for dark; none where it can only be shown as an image."""
    made = [inline_svg(svg, picture.alt) for svg in picture.svg]
    return tuple(one for one in made if one is not None) if None not in made else ()


SHARED = ("changes", "pipeline")


def _model(model: ModelSection, report: Report) -> ModelView:
    forests = (
        forests_of(model.verdict, passing="passing slices" not in report.dropped) if model.verdict else ()
    )
    # The page draws the trend itself.
    table = without(model.headline, "trend") if model.headline else None
    left_out = (*SHARED, *(DRAWN_INSTEAD if forests else ()))
    return ModelView(
        () if len(report.models) == 1 else (" of ", name(model.model)),
        model.heading,
        model.conclusion,
        model.lead,
        model.log,
        table.columns if table else (),
        metric_rows(table, model.trends) if table else (),
        model.todo,
        forests,
        squares_of(model.curves),
        tuple(section for section in model.sections if section.about not in left_out),
    )
