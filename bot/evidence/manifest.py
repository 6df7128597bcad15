"""Directory objects of DVC: the JSON list of members that a `.dir` name stands for. Performs no I/O."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.errors import NotEvaluatedError
from bot.evidence.archive import unsafe_path

MD5 = re.compile(r"[0-9a-f]{32}")
REMEDY = "Run the stage that makes this directory again."


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a directory output: posix path inside the directory, and its md5."""

    path: str
    md5: str


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    md5: str
    relpath: str


_ENTRIES = TypeAdapter(tuple[_Entry, ...])


def members_of(data: bytes, name: str) -> tuple[Member, ...]:
    """The members of the directory object called `name` (it ends in ".dir").

    Raises:
        NotEvaluatedError: the bytes are not what the name says, or a member's name is unsafe.
    """
    if hashlib.md5(data, usedforsecurity=False).hexdigest() + ".dir" != name:
        raise NotEvaluatedError(f"The directory object {name} has other bytes than its name says.")
    try:
        entries = _ENTRIES.validate_json(data)
    except ValidationError as error:
        raise NotEvaluatedError(f"The directory object {name} is not a list of files.") from error
    members = tuple(Member(entry.relpath, entry.md5) for entry in entries)
    paths = {member.path for member in members}
    if len(paths) != len(members):
        raise NotEvaluatedError(f"The directory object {name} names a file twice.", REMEDY)
    for member in members:
        _check(member, paths, name)
    return members


def _check(member: Member, paths: set[str], name: str) -> None:
    parts = member.path.split("/")
    above = {"/".join(parts[:end]) for end in range(1, len(parts))}
    if unsafe_path(member.path) or above & paths or not MD5.fullmatch(member.md5):
        what = f"The directory object {name} names a file {member.path!r} that must not be written."
        raise NotEvaluatedError(what, REMEDY)
