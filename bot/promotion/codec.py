"""Decision records as bytes, read strictly. Performs no I/O."""

from __future__ import annotations

import json
from functools import cache
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from bot.errors import NotEvaluatedError
from bot.evidence.facts import EvidenceLevel
from bot.policy.verdict import PolicyRef, Status
from bot.promotion.records import Judgement, Record

T = TypeVar("T")
CONFIG = ConfigDict(extra="forbid", strict=True, ser_json_inf_nan="constants")

TODO = "The ledger is only ever appended to: look at that commit, and at who may write the branch."


class RecordError(NotEvaluatedError):
    """One record of the ledger is wrong: its commit, and the field where one can be named."""

    def __init__(self, commit: str, field: str, what: str) -> None:
        super().__init__(what, TODO)
        self.commit = commit
        self.field = field


def encode(record: Record) -> bytes:
    """The record as UTF-8 JSON, fields in the order of the class: the same record, the same bytes.

    A metric that is not a number or infinite is written as `NaN`, `Infinity` or `-Infinity`, as Python does.
    Half a surrogate pair, which UTF-8 cannot hold, becomes "?".
    """
    value = _adapter().dump_python(record, mode="json")
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace") + b"\n"


def parse(commit: str, data: bytes) -> Record:
    """The record of one commit.

    Raises:
        RecordError: naming the commit and the field that is missing, unknown, twice there or wrong;
            also for a kind or schema version that this modelbot does not know.
    """
    return _parsed(_adapter(), commit, data)


def parse_judgement(commit: str, data: bytes) -> Judgement:
    """A judgement alone, cut out of the record of `commit`; raises as `parse` does."""
    return _parsed(_judgements(), commit, b"[%s]" % data)[0]


@cache
def judgement_bytes() -> bytes:
    """A judgement as short as can be: what stands in for one that was cut out."""
    policy = PolicyRef("", "", "")
    least = Judgement(policy, Status.ERROR, False, False, EvidenceLevel.CLAIMED, (), None, None)
    return _judgements().dump_json((least,))[1:-1]


def _parsed(adapter: TypeAdapter[T], commit: str, data: bytes) -> T:
    try:
        json.loads(data, object_pairs_hook=_no_twins)
        return adapter.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise _unreadable(commit, field, f"{field or 'the whole record'}: {first['msg']}") from error
    except TwinError as error:
        raise _unreadable(commit, error.field, str(error)) from error
    except (ValueError, RecursionError) as error:
        raise _unreadable(commit, "", str(error)) from error


class TwinError(ValueError):
    """A field is there twice."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field}: this field is there twice")
        self.field = field


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise TwinError(twin)
    return value


def _unreadable(commit: str, field: str, what: str) -> RecordError:
    return RecordError(commit, field, f"The ledger's record {commit[:12]} cannot be read: {what}")


@cache
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Annotated[Record, Field(discriminator="kind")], config=CONFIG)


@cache
def _judgements() -> TypeAdapter[tuple[Judgement]]:
    # A list of one: pydantic takes no configuration for a dataclass itself.
    return TypeAdapter(tuple[Judgement], config=CONFIG)
