"""The evidence bundle: what the untrusted job says it did, and the small files it wrote.

On disk it is `bundle.json` beside `files/<path>` for every file that Git would keep: each `dvc.lock`, and
every output that DVC does not cache. Nothing in it is believed: the trusted side works out the impact
itself, and takes from here only bytes that it can check. Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import NotEvaluatedError
from bot.evidence.strict_json import parse_json

DOCUMENT = "bundle.json"
FOLDER = "files/"
SHA = r"^[0-9a-f]{40}$"
NAME = 1_000


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class BundleStage(_Frozen):
    """A stage the job says it ran, with its time in seconds."""

    name: str = Field(max_length=NAME)
    seconds: float = Field(ge=0)


class BundleFailure(_Frozen):
    """What failed, with its exit code and the last lines it printed."""

    stage: str = Field(max_length=NAME)
    exit_code: int
    log_tail: tuple[str, ...] = Field(max_length=100)


class BundleError(_Frozen):
    """Why nothing could be reproduced: the job's own error, in its own words."""

    what: str = Field(max_length=20_000)
    todo: str = Field(max_length=20_000)


class Statement(_Frozen):
    """`bundle.json`."""

    version: Literal[1] = 1
    bot: str = Field(max_length=100)
    head: str = Field(pattern=SHA)
    outcome: Literal["nothing", "reproduced", "failed", "errored"]
    ran: tuple[BundleStage, ...] = Field(default=(), max_length=10_000)
    restored: tuple[str, ...] = Field(default=(), max_length=10_000)
    failure: BundleFailure | None = None
    error: BundleError | None = None


class Bundle(_Frozen):
    """A statement and the files that came with it, by path from the repository's root."""

    statement: Statement
    files: Mapping[str, bytes]


def encode_bundle(bundle: Bundle) -> Mapping[str, bytes]:
    """The bundle as files: name below the bundle's directory → bytes."""
    document = bundle.statement.model_dump_json(indent=2).encode() + b"\n"
    return {DOCUMENT: document} | {FOLDER + path: data for path, data in bundle.files.items()}


def parse_bundle(members: Mapping[str, bytes]) -> Bundle:
    """The bundle in these files.

    Raises:
        NotEvaluatedError: a file is missing, unexpected or not what it should be.
    """
    if DOCUMENT not in members:
        raise _refused(f"there is no {DOCUMENT} in it")
    unexpected = sorted(name for name in members if name != DOCUMENT and not name.startswith(FOLDER))
    if unexpected:
        raise _refused(f"it holds a file nobody asked for, {unexpected[0]!r}")
    statement = _statement(members[DOCUMENT])
    files = {name.removeprefix(FOLDER): data for name, data in members.items() if name != DOCUMENT}
    return Bundle(statement=statement, files=files)


def _statement(data: bytes) -> Statement:
    parse_json(data, DOCUMENT)
    try:
        return Statement.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _refused(f"{DOCUMENT}: {where}: {first['msg']}") from error


def _refused(why: str) -> NotEvaluatedError:
    return NotEvaluatedError(
        f"The evidence bundle cannot be used: {why}.", "Run the pull request's workflow again."
    )
