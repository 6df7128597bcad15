"""The evidence bundle: what the untrusted job says it did, and the small files it wrote.

On disk it is `bundle.json` beside `files/<path>` for every file that Git would keep: each `dvc.lock`, and
every output that DVC does not cache. Nothing in it is believed: the trusted side works out the impact
itself, and takes from here only bytes that it can check. Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bot.errors import InvalidFileError, NotEvaluatedError
from bot.evidence.archive import unsafe_path
from bot.evidence.source import read_text
from bot.evidence.strict_json import parse_json

DOCUMENT = "bundle.json"
FOLDER = "files/"
SHA = r"^[0-9a-f]{40}$"
NAME = 1_000
LONGEST_TEXT = 20_000
LONGEST_LINE = 2_000
LARGEST_DOCUMENT = 4 << 20


def _clip(limit: int) -> BeforeValidator:
    """Text for people is cut to what anybody reads, on both sides, and made encodable."""

    def clip(value: object) -> object:
        if not isinstance(value, str):
            return value
        return value[:limit].encode("utf-8", "replace").decode()

    return BeforeValidator(clip)


Text = Annotated[str, _clip(LONGEST_TEXT)]
Line = Annotated[str, _clip(LONGEST_LINE)]
Name = Annotated[str, Field(min_length=1, max_length=NAME)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class BundleStage(_Frozen):
    """A stage the job says it ran, with its time in seconds."""

    name: Name
    seconds: float = Field(ge=0, le=10**9)


class BundleFailure(_Frozen):
    """What failed, with its exit code and the last lines it printed."""

    stage: Name
    exit_code: int = Field(ge=-(2**31), lt=2**32)
    log_tail: tuple[Line, ...] = Field(max_length=100)


class BundleError(_Frozen):
    """Why nothing could be reproduced: the job's own error, in its own words."""

    what: Text
    todo: Text


class Statement(_Frozen):
    """`bundle.json`."""

    version: int = Field(default=1, ge=1, le=1)
    bot: str = Field(max_length=100)
    head: str = Field(pattern=SHA)
    outcome: Literal["nothing", "reproduced", "failed", "errored"]
    ran: tuple[BundleStage, ...] = Field(default=(), max_length=10_000)
    restored: tuple[Name, ...] = Field(default=(), max_length=10_000)
    failure: BundleFailure | None = None
    error: BundleError | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        names = [*(stage.name for stage in self.ran), *self.restored]
        if len(names) != len(set(names)):
            raise ValueError("a stage is named twice")
        if (self.outcome == "failed") != (self.failure is not None):
            raise ValueError("the outcome and the failure contradict each other")
        if (self.outcome == "errored") != (self.error is not None):
            raise ValueError("the outcome and the error contradict each other")
        if self.outcome == "nothing" and names:
            raise ValueError("the outcome is nothing, and stages were run")
        return self


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
    unsafe = sorted(name for name in members if unsafe_path(name))
    if unexpected or unsafe:
        raise _refused(f"it holds a file nobody asked for, {(unexpected or unsafe)[0]!r}")
    statement = _statement(members[DOCUMENT])
    if statement.outcome != "reproduced" and len(members) > 1:
        raise _refused("it brings files, and says that no stage succeeded")
    files = {name.removeprefix(FOLDER): data for name, data in members.items() if name != DOCUMENT}
    return Bundle(statement=statement, files=files)


def _statement(data: bytes) -> Statement:
    try:
        source = read_text(data, DOCUMENT, LARGEST_DOCUMENT)
        parse_json(source)
        source.raise_problems()
        return Statement.model_validate_json(data)
    except InvalidFileError as error:
        raise _refused(error.problems[0].what, DOCUMENT) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _refused(f"{where}: {first['msg']}" if where else first["msg"], DOCUMENT) from error


def _refused(why: str, file: str = "") -> NotEvaluatedError:
    told = f"{file}: {why}" if file else why
    return NotEvaluatedError(
        f"The evidence bundle cannot be used: {told}.", "Run the pull request's workflow again."
    )
