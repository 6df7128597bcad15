"""A report on a terminal, in 80 columns and without colour. Performs no I/O; rich is imported late."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.evidence.phrase import Quoted
from bot.policy.verdict import Conclusion
from bot.report.columns import without
from bot.report.encode import LOG_LINES, LOG_WIDTH, for_terminal
from bot.report.model import (
    Block,
    Lines,
    Link,
    Log,
    ModelSection,
    Report,
    Section,
    Shots,
    Strong,
    Table,
    Words,
)
from bot.report.trend import Trend, sparkline

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_STYLES: dict[Conclusion, str] = {
    "success": "bold green",
    "failure": "bold red",
    "neutral": "bold yellow",
    "action_required": "bold yellow",
}


WIDTH = 80


def render_terminal(report: Report) -> RenderableType:
    """Everything the comment shows, unfolded, for `rich.console.Console.print`. Links stand as their text.

    Nothing from outside is taken as rich's markup, and no escape sequence of it reaches the terminal.
    """
    from rich.console import Group  # noqa: PLC0415 -- commands that print no report do not pay for rich

    parts: list[RenderableType] = []
    if report.heading:
        parts += [_text(report.heading, _STYLES.get(report.conclusion or "neutral", ""))]
    parts += [_text(line) for line in report.notice]
    parts += _log(report.log)
    parts += _steps(report.todo)
    for model in report.models:
        parts += _model(model)
    for section in report.sections:
        parts += _section(section)
    return Group(*parts, "", *(_text(line, "dim") for line in (*report.footnotes, report.footer)))


def _model(model: ModelSection) -> list[RenderableType]:
    parts: list[RenderableType] = ["", _text(model.heading, _STYLES[model.conclusion]), ""]
    parts += [_text(line) for line in model.lead]
    parts += _log(model.log)
    if model.headline is not None:
        narrowed = _narrowed(model.headline)
        parts += ["", _table(narrowed)]
        parts += ["", _text(_trends(model.trends))] if narrowed is not model.headline else []
    parts += _steps(model.todo)
    for section in model.sections:
        parts += _section(section)
    return parts


def _section(section: Section) -> list[RenderableType]:
    parts: list[RenderableType] = ["", _text((Strong(section.summary),))]
    for at, block in enumerate(section.blocks):
        parts += [*([""] if at else []), *_block(block)]
    return parts


def _block(block: Block) -> list[RenderableType]:
    match block:
        case Table():
            return [_table(block)] if _fits(block) else _records(block)
        case Lines(items):
            return [_text(("- ", *item)) for item in items]
        case Log():
            return _log(block)
        case Shots():
            return []
        case _ as never:
            assert_never(never)


def _steps(todo: tuple[Words, ...]) -> list[RenderableType]:
    if not todo:
        return []
    return ["", _text((Strong("What to do next"),)), *(_text(("- ", *step)) for step in todo)]


def _log(log: Log | None) -> list[RenderableType]:
    from rich.text import Text  # noqa: PLC0415 -- as above

    if log is None:
        return []
    return [Text(f"    {for_terminal(line, LOG_WIDTH)}" if line else "") for line in log.lines[-LOG_LINES:]]


def _table(table: Table) -> RenderableType:
    from rich.box import SIMPLE  # noqa: PLC0415 -- as above
    from rich.table import Table as RichTable  # noqa: PLC0415 -- as above

    drawn = RichTable(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for column in table.columns:
        drawn.add_column(_text(column.title), justify="right" if column.numeric else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*(_text(cell) for cell in row))
    return drawn


def _fits(table: Table) -> bool:
    """Whether the table is one of numbers, or all its columns stand side by side in 80 signs."""
    return any(column.numeric for column in table.columns) or _width(table) <= WIDTH


def _narrowed(table: Table) -> Table:
    """The table without the trend, where that would take room from its numbers."""
    return table if _width(table) <= WIDTH else without(table, "trend")


def _trends(trends: tuple[Trend, ...]) -> Words:
    """What the column that was taken away says, on a line."""
    parts: list[str | Quoted] = ["Last promotions: "]
    for at, trend in enumerate(trends):
        drawn = sparkline(value for _, value in trend.points)
        parts += [", " if at else "", Quoted(trend.metric), f" {drawn}"]
    return tuple(parts)


def _width(table: Table) -> int:
    lines = [tuple(column.title for column in table.columns), *table.rows]
    widths = [max(len(_plain(line[at])) for line in lines) for at in range(len(table.columns))]
    return sum(widths) + len(widths)


def _records(table: Table) -> list[RenderableType]:
    """Each row by itself: its first cell, beside it what fits on the line, and the rest below."""
    return [line for row in table.rows for line in _record(row)]


def _record(row: tuple[Words, ...]) -> list[RenderableType]:
    from rich.padding import Padding  # noqa: PLC0415 -- as above

    first, *others = (cell for cell in row if _plain(cell))
    line, below = _text(first, "bold"), list[Words]()
    for cell in others:
        if len(line) + len(_plain(cell)) + 3 <= WIDTH:
            line.append("  ").append_text(_text(cell))
        else:
            below.append(cell)
    return [line, *(Padding(_text(cell), (0, 0, 0, 4)) for cell in below)]


def _plain(words: Words) -> str:
    return "".join(map(_shown, words))


def _text(words: Words, style: str = "") -> Text:
    from rich.text import Text  # noqa: PLC0415 -- as above

    line = Text(style=style)
    for part in words:
        line.append(_shown(part), style="bold" if isinstance(part, Strong) else None)
    return line


def _shown(part: str | Quoted | Strong | Link) -> str:
    match part:
        case str():
            return part
        case Quoted(text):
            return for_terminal(text)
        case Strong(text):
            return text
        case Link(text, _):
            return _shown(text)
        case _ as never:
            assert_never(never)
