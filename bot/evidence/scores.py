"""What scoring models anew gave: predictions by key, and why some could not be made. Performs no I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import NotEvaluatedError

INDEX = "scores.json"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    file: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}\.parquet$")
    why: str = Field(default="", max_length=2_000)
    isolated: bool = False


class _Index(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    version: int = Field(default=1, ge=1, le=1)
    scores: tuple[_Entry, ...] = Field(default=(), max_length=100)


@dataclass(frozen=True, slots=True)
class Score:
    """One model scored by one evaluator on one test set, by `scoring_key`.

    `predictions` are a Parquet file, None where it could not be made, and `why` says so. `isolated`: the
    kernel kept the network and our files from it.
    """

    key: str
    predictions: bytes | None = field(default=None, repr=False)
    why: str = ""
    isolated: bool = False


Scores = Mapping[str, Score]


def scoring_key(measured_with: tuple[tuple[str, str], ...], file: str, model: str) -> str:
    """What names a scoring: every ingredient (name and digest) of the measure, where it goes, which model.

    64 hexadecimal digits; never equal to the key of a stage's run.
    """
    parts = ["modelbot score", 1, sorted(measured_with), file, model]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def encode_scores(scores: tuple[Score, ...]) -> dict[str, bytes]:
    """The files by which scores travel from one job to another, by path."""
    entries = tuple(
        _Entry(
            key=one.key,
            file=f"{one.key}.parquet" if one.predictions is not None else None,
            why=one.why[:2_000],
            isolated=one.isolated,
        )
        for one in scores
    )
    index = _Index(scores=entries).model_dump_json(indent=1).encode() + b"\n"
    files = {f"{one.key}.parquet": one.predictions for one in scores if one.predictions is not None}
    return {INDEX: index, **files}


def parse_scores(files: Mapping[str, bytes]) -> Scores:
    """The scores that these files hold, read strictly.

    Raises:
        NotEvaluatedError: there is no index, it is not one, or it names a file that is not there.
    """
    try:
        index = _Index.model_validate_json(files[INDEX])
        return {one.key: _score(one, files) for one in index.scores}
    except (KeyError, ValidationError) as error:
        what = f"What scored the models anew left no list of scores that can be read: {error}"
        raise NotEvaluatedError(what, "Run the workflow again.") from error


def _score(entry: _Entry, files: Mapping[str, bytes]) -> Score:
    return Score(entry.key, files[entry.file] if entry.file else None, entry.why, entry.isolated)
