"""How smoke tests travel from the job that loads models to the one that promotes. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bot.errors import NotEvaluatedError
from bot.evidence.smoke import Smoke, Smokes

FILE = "smoke.json"
_SMOKES = TypeAdapter(tuple[Smoke, ...], config=ConfigDict(extra="forbid", strict=True))


def encode_smokes(smokes: tuple[Smoke, ...]) -> bytes:
    """The file by which they travel from the job that loads models to the one that promotes."""
    return _SMOKES.dump_json(smokes, indent=1) + b"\n"


def parse_smokes(files: Mapping[str, bytes]) -> Smokes:
    """The smoke tests that these files hold, read strictly; empty when nothing was tried.

    Raises:
        NotEvaluatedError: the list cannot be read.
    """
    if FILE not in files:
        return {}
    try:
        return {one.model: one for one in _SMOKES.validate_json(files[FILE])}
    except ValidationError as error:
        what = "What loaded the models left no list that can be read."
        raise NotEvaluatedError(what, "Run the workflow again.") from error
