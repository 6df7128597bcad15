"""Single values of a policy file that need more than a type: what is refused is told in one sentence.

Performs no I/O.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

VERSION_ALIAS = re.compile(r"[vV][0-9]+")
TAKEN = ("previous", "latest")
ROWS = ("parquet", "pq", "csv")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def any_case(word: str) -> str:
    """A pattern of the word in capital and small letters: a JSON Schema's patterns have no flag for it."""
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)


def whole_number(value: object) -> object:
    """Refuses `true` and `1.0`, which equal 1 in Python and so are a `Literal[1]`."""
    if type(value) is not int:
        raise PydanticCustomError("literal_error", "must be 1", {"expected": "1"})
    return value


def _columns_of_score(value: object) -> object:
    """One column's name, or the column of each class: told in one sentence, where a union says two."""
    named = value.values() if isinstance(value, dict) else [value]
    if not value or not all(isinstance(name, str) and name for name in named):
        what = "must be the name of a column, or a mapping of each class to the column of its probability"
        raise PydanticCustomError("score_columns", what)
    return value


ScoreColumns = Annotated[
    str | dict[str, str],
    BeforeValidator(_columns_of_score),
    WithJsonSchema(
        {
            "title": "column, or column by class",
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {"type": "string", "minLength": 1},
                },
            ],
        }
    ),
]


def _rows_file(value: str) -> str:
    if not value.lower().endswith(tuple(f".{ending}" for ending in ROWS)):
        raise PydanticCustomError("rows_file", "predictions are read from .parquet and .csv files")
    return value


RowsFile = Annotated[
    str,
    AfterValidator(_rows_file),
    WithJsonSchema(
        {"title": "path", "type": "string", "pattern": rf"\.(?:{'|'.join(map(any_case, ROWS))})$"}
    ),
]


def day(value: object) -> object:
    """A day that YAML or a person wrote, `2026-12-31`; refuses everything else."""
    if isinstance(value, date):
        return value
    try:
        written = value if isinstance(value, str) and DAY.fullmatch(value) else ""
        return date.fromisoformat(written)
    except ValueError:
        raise PydanticCustomError("day", "must be a day, written as 2026-12-31") from None


TAKEN_ALIAS = f"^(?:{'|'.join((*map(any_case, TAKEN), VERSION_ALIAS.pattern))})$"
"""What `free_alias` refuses, as a pattern of the schema."""


def free_alias(value: str) -> str:
    """Refuses what MLflow reserves, and `previous`, which promotion moves itself."""
    if value.lower() in TAKEN or VERSION_ALIAS.fullmatch(value):
        what = "is taken: `previous` is moved by modelbot itself, and `latest` and v<number> are MLflow's own"
        raise PydanticCustomError("alias_taken", what)
    return value
