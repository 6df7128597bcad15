"""What applying a plan asks of the world, one value per call, and what comes of it. Performs no I/O.

Applying is written as a generator of these, so that a test can stop it before and after every one of them
and interleave two of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.errors import ExitCode
from bot.evidence.facts import EvidenceLevel
from bot.evidence.phrase import Phrase
from bot.ports.registry import RegisteredVersion
from bot.promotion.records import Record


@dataclass(frozen=True, slots=True)
class AppendRecord:
    """Append to the ledger after commit `after`; answered with the new commit, refused when it moved."""

    after: str | None
    record: Record


@dataclass(frozen=True, slots=True)
class CheckTail:
    """Make sure that the ledger still ends at `after`, just before an alias moves."""

    after: str | None


@dataclass(frozen=True, slots=True)
class FetchCandidate:
    """Bring the candidate's bytes; answered with where they are and their digest."""

    lock_md5: str
    path: str


@dataclass(frozen=True, slots=True)
class FindVersions:
    """Every version with this key tag, oldest first."""

    model: str
    key: str


@dataclass(frozen=True, slots=True)
class ListVersions:
    """Every version of a model, whoever made it, oldest first."""

    model: str


@dataclass(frozen=True, slots=True)
class CreateVersion:
    """Upload the directory as a new version, its tags with it."""

    model: str
    key: str
    digest: str
    directory: Path
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TagVersion:
    """Make a version ours that somebody else registered."""

    version: RegisteredVersion
    key: str
    digest: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DisownVersion:
    """Take our key from a version that has other bytes, so that it is found by it no more."""

    version: RegisteredVersion


@dataclass(frozen=True, slots=True)
class DownloadAndDigest:
    """The digest of what the registry serves as this version."""

    version: RegisteredVersion


@dataclass(frozen=True, slots=True)
class PointAlias:
    """Move an alias."""

    model: str
    alias: str
    version: str


@dataclass(frozen=True, slots=True)
class ReadAlias:
    """Where an alias points to."""

    model: str
    alias: str


Call = (
    AppendRecord
    | CheckTail
    | FetchCandidate
    | FindVersions
    | ListVersions
    | CreateVersion
    | TagVersion
    | DisownVersion
    | DownloadAndDigest
    | PointAlias
    | ReadAlias
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The candidate's bytes on disk, and their digest."""

    directory: Path
    digest: str


Answer = str | RegisteredVersion | tuple[RegisteredVersion, ...] | Fetched | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan.

    `version` is the champion now, `before` the one it was. `settled` is False when the world should be
    looked at again, because this put right something that stood in the way of what main asks for. `level`:
    how far the numbers of the candidate can be trusted, where it was promoted or refused.
    """

    kind: Literal[
        "unchanged",
        "promoted",
        "returned",
        "refused",
        "restored",
        "drifted",
        "finished",
        "measured",
        "adopted",
    ]
    model: str
    version: str | None
    before: str | None
    reasons: tuple[Phrase, ...]
    exit_code: ExitCode
    changed: bool
    settled: bool = True
    level: EvidenceLevel | None = None
