"""Which files of the stages differ, and whether what measures the model is among them. Performs no I/O."""

from __future__ import annotations

from bot.evidence.code_changes import CodeChange
from bot.evidence.phrase import Quoted, listed
from bot.report import numbers
from bot.report.model import Block, Column, Lines, Strong, Table, Words

MOST_ROWS = 100
_CHANGE_WORDS = {"added": "new", "removed": "removed", "changed": "changed"}


def code_words(changes: tuple[CodeChange, ...], elsewhere: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """For the summary: that what measures the model is among them, and how many files differ."""
    measuring = ("what measures the model",) if _measuring(changes) else ()
    count = len(_here(changes, elsewhere))
    return (*measuring, *((numbers.counted(count, "file"),) if count else ()))


def code_blocks(
    changes: tuple[CodeChange, ...], elsewhere: frozenset[str] = frozenset()
) -> tuple[Block, ...]:
    """A note on what measures the model, which is never left out, and the files with who reads them.

    What is told `elsewhere` is named in the note only.
    """
    note = _note(_measuring(changes))
    changes = _here(changes, elsewhere)
    if not changes:
        return note
    columns = (Column(("File",)), Column(("What happened",)), Column(("Lines",)), Column(("Read by",)))
    rows = tuple(map(_row, changes[:MOST_ROWS]))
    hidden = len(changes) - len(rows)
    more = (Lines(((f"and {hidden:,} more",),), "code"),) if hidden else ()
    return (*note, Table(columns, rows, "code"), *more)


def _here(changes: tuple[CodeChange, ...], elsewhere: frozenset[str]) -> tuple[CodeChange, ...]:
    return tuple(change for change in changes if change.path not in elsewhere)


def _measuring(changes: tuple[CodeChange, ...]) -> tuple[CodeChange, ...]:
    return tuple(change for change in changes if change.measures)


def _note(changes: tuple[CodeChange, ...]) -> tuple[Lines, ...]:
    if not changes:
        return ()
    stages = tuple(dict.fromkeys(stage for change in changes for stage in change.measures))
    files = listed([change.path for change in changes])
    words: Words = (Strong("What measures the model changed:"), " ", *files, ", read by ", *listed(stages))
    return (Lines((words,)),)


def _row(change: CodeChange) -> tuple[Words, ...]:
    return (
        (Quoted(change.path),),
        (_CHANGE_WORDS[change.change],),
        (_lines(change),),
        listed(change.stages),
    )


def _lines(change: CodeChange) -> str:
    if change.lines is None:
        return "not counted"
    told = ((change.lines.added, "+"), (change.lines.removed, numbers.MINUS))
    return " ".join(f"{sign}{count:,}" for count, sign in told if count) or "none"
