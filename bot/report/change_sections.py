"""What the pull request changed, and what the pipeline did about it. Performs no I/O."""

from __future__ import annotations

from bot.evidence.figures import Undrawn
from bot.evidence.params import ParamChange
from bot.evidence.phrase import Phrase, Quoted
from bot.report import numbers
from bot.report.code_section import code_blocks, code_words
from bot.report.environment_section import environment_blocks, environment_words, tells_all
from bot.report.facts import DataChange, ReportFacts, Tracked
from bot.report.model import Block, Column, Drop, Lines, Section, Shots, Table, Words
from bot.report.plot_lines import plot_line

MOST_ROWS = 100


def changes_section(facts: ReportFacts) -> Section | None:
    """Code, environment, parameters, data and plots that differ from the base."""
    elsewhere = tells_all(facts.environment)
    blocks = (
        *code_blocks(facts.code, elsewhere),
        *environment_blocks(facts.environment),
        *_parameters(facts.parameters),
        *_data(facts.data),
        *_plots(facts),
    )
    if not blocks:
        return None
    told = [*code_words(facts.code, elsewhere), *environment_words(facts.environment), *_counts(facts)]
    return Section(f"What changed: {', '.join(told)}", blocks, "changes")


def _counts(facts: ReportFacts) -> list[str]:
    return [
        numbers.counted(len(changes), noun, many)
        for changes, noun, many in (
            (facts.parameters, "parameter", "parameters"),
            (facts.data, "data path", "data paths"),
            (facts.plots, "plot", "plots"),
        )
        if changes
    ]


def shown_change(change: ParamChange) -> Phrase:
    """One parameter's change as a sentence."""
    if change.before is None:
        return (Quoted(change.key), " = ", Quoted(change.after or ""), " (new)")
    if change.after is None:
        return (Quoted(change.key), " removed (was ", Quoted(change.before), ")")
    return (Quoted(change.key), " ", Quoted(change.before), " → ", Quoted(change.after))


def _parameters(changes: tuple[ParamChange, ...]) -> tuple[Block, ...]:
    if not changes:
        return ()
    columns = (Column(("Parameter",)), Column(("Base",)), Column(("This PR",)), Column(("File",)))
    rows = tuple(
        ((Quoted(change.key),), _value(change.before), _value(change.after), (Quoted(change.file),))
        for change in changes[:MOST_ROWS]
    )
    return (Table(columns, rows, "parameters"), *_more(len(changes) - len(rows), "parameters"))


def _value(value: str | None) -> Words:
    return ("none",) if value is None else (Quoted(value),)


def _data(changes: tuple[DataChange, ...]) -> tuple[Block, ...]:
    if not changes:
        return ()
    columns = (Column(("Data",)), Column(("Base",)), Column(("This PR",)))
    rows = tuple(
        ((Quoted(change.path),), _tracked(change.before), _tracked(change.after))
        for change in changes[:MOST_ROWS]
    )
    return (Table(columns, rows, "data"), *_more(len(changes) - len(rows), "data"))


def _tracked(tracked: Tracked | None) -> Words:
    if tracked is None:
        return ("none",)
    files = "" if tracked.nfiles is None else f", {numbers.counted(tracked.nfiles, 'file')}"
    size = "" if tracked.size is None else f" {numbers.size(tracked.size)}"
    return (Quoted(tracked.md5[:8]), f"{size}{files}")


def _plots(facts: ReportFacts) -> tuple[Block, ...]:
    changes = facts.plots
    if not changes:
        return ()
    lines = tuple(map(plot_line, changes[:MOST_ROWS]))
    undrawn = tuple(one for one in facts.figures if isinstance(one, Undrawn))
    told: tuple[Words, ...] = tuple((Quoted(one.path), " is not drawn: ", Quoted(one.why)) for one in undrawn)
    shots = (Shots(facts.shots, "plots"),) if facts.shots else ()
    return (Lines((*lines, *told), "plots"), *shots, *_more(len(changes) - len(lines), "plots"))


def _more(hidden: int, drop: Drop) -> tuple[Lines, ...]:
    return (Lines(((f"and {hidden:,} more",),), drop),) if hidden > 0 else ()
