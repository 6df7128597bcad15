"""Whether a predictions file has the columns that a policy names. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from bot.errors import InvalidFileError, Problem
from bot.evidence.predictions import AskedColumns

MOST_NAMED = 10
LONGEST_SHOWN = 60
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def require_columns(names: tuple[str, ...], asked: AskedColumns) -> None:
    """Raise InvalidFileError for asked columns that are missing or there twice among the file's `names`."""
    twice = (name for name in asked.all if names.count(name) > 1)
    problems = [_problem(asked, f"column {name}", "this column is there twice") for name in twice]
    problems += _missing(names, asked)
    if problems:
        raise InvalidFileError(tuple(problems))


def _missing(names: tuple[str, ...], asked: AskedColumns) -> Iterator[Problem]:
    missing = [name for name in asked.all if name not in names]
    if len(missing) == 1:
        (name,) = missing
        close = get_close_matches(name, names, 1)
        hint = f"did you mean `{close[0]}`?" if close else _has(names)
        what = f"`{_key_of(name, asked)}` names this column, and it is not there; {hint}"
        yield _problem(asked, f"column {name}", what)
    elif missing and _separator(names):
        header = names[0][:LONGEST_SHOWN]
        what = f"the header {header!r} is separated by {_separator(names)}, and a CSV file is read by commas"
        yield _problem(asked, "", what)
    elif missing:
        what = f"the policy names these columns, and they are not there; {_has(names)}"
        yield _problem(asked, f"columns {', '.join(missing)}", what)


def _has(names: tuple[str, ...]) -> str:
    return f"the file has {', '.join(names[:MOST_NAMED])}"


def _separator(names: tuple[str, ...]) -> str:
    """What stands between the names of a header that commas leave in one piece; empty where nothing does."""
    found = (word for mark, word in OTHER_SEPARATORS.items() if len(names) == 1 and mark in names[0])
    return next(found, "")


def _key_of(name: str, asked: AskedColumns) -> str:
    """The key of the policy that asks for this column."""
    roles = (
        ("predictions.id", (asked.id,)),
        ("predictions.label", (asked.label,)),
        ("predictions.score", asked.scores),
        ("predictions.group", (asked.group,)),
        ("slices.by", asked.slices),
    )
    return next((key for key, columns in roles if name in columns), "column")


def _problem(asked: AskedColumns, key: str, what: str) -> Problem:
    return Problem(asked.file, 0, 0, key, what)
