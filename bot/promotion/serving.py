"""The last steps of every promotion: aliases, reading back, the record. Performs no I/O."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from bot.errors import NotEvaluatedError, StaleError
from bot.ports.registry import RegisteredVersion
from bot.promotion.calls import (
    Answer,
    AppendRecord,
    Call,
    CheckTail,
    DownloadAndDigest,
    FindVersions,
    PointAlias,
    ReadAlias,
)
from bot.promotion.damage import Pointed
from bot.promotion.ledger import Tail
from bot.promotion.plan import PREVIOUS, Basis
from bot.promotion.records import Artifact, Intent, Judgement, Origin, Promoted, Record


@dataclass(frozen=True, slots=True)
class Target:
    """A version that is about to be served, and how it gets there."""

    basis: Basis
    version: RegisteredVersion
    intent: Intent
    tail: Tail
    origin: Origin
    artifact: Artifact
    judgement: Judgement


def serve(target: Target) -> Generator[Call, Answer, None]:
    """Move the aliases, read back, record."""
    intent, actual = target.intent, target.basis.actual
    yield CheckTail(target.tail.commit)
    version = target.version.version
    before = target.basis.champion
    if before and before.version != version and not _points(actual.previous, before.version):
        yield PointAlias(intent.model, PREVIOUS, before.version)
    if not _points(actual.champion, version):
        yield PointAlias(intent.model, intent.alias, version)
    yield from read_back(intent.model, intent.alias, version)
    record = Promoted(
        target.tail.sequence + 1,
        intent.key,
        intent.model,
        intent.alias,
        before.version if before else None,
        version,
        before.digest if before else None,
        intent.returning,
        target.origin,
        target.artifact,
        target.judgement,
    )
    yield from append(target.tail, record)


def tags_of(intent: Intent | Promoted) -> tuple[tuple[str, str], ...]:
    """The tags with which a version is registered, beside key and digest."""
    tags = [("modelbot.revision", intent.origin.head), ("modelbot.repository", intent.origin.repository)]
    if intent.supersedes:
        tags.append(("modelbot.supersedes", intent.supersedes))
    return tuple(tags)


def must_serve(version: RegisteredVersion, digest: str | None) -> Generator[Call, Answer, None]:
    """Read back what the registry serves; raises NotEvaluatedError when it is not `digest`."""
    served = yield DownloadAndDigest(version)
    if served != digest:
        raise NotEvaluatedError(*other_bytes(version, str(served), digest or ""))


def other_bytes(version: RegisteredVersion, served: str, digest: str) -> tuple[str, str]:
    """What to say, and what to do, when the registry serves something else."""
    what = f"MLflow serves other bytes as version {version.version}: digest {served[:12]}, not {digest[:12]}."
    return what, "Delete that version in MLflow, look at who may write its artifacts, and run this again."


def find(intent: Intent) -> Generator[Call, Answer, tuple[RegisteredVersion, ...]]:
    """The versions with the intent's key, lowest first."""
    return versions((yield FindVersions(intent.model, intent.key)))


def versions(answer: Answer) -> tuple[RegisteredVersion, ...]:
    """The answer to FindVersions, lowest version first."""
    if not isinstance(answer, tuple):
        raise TypeError(f"FindVersions was answered with {answer!r}")
    return tuple(sorted(answer, key=lambda one: int(one.version)))


def append(tail: Tail, record: Record) -> Generator[Call, Answer, Tail]:
    """Append to the ledger; the new end of it."""
    commit = yield AppendRecord(tail.commit, record)
    if not isinstance(commit, str):
        raise TypeError(f"AppendRecord was answered with {commit!r}")
    return Tail(commit, record.sequence)


def read_back(model: str, alias: str, version: str) -> Generator[Call, Answer, None]:
    """Make sure that the alias points to `version`; raises StaleError when somebody else moved it."""
    answer = yield ReadAlias(model, alias)
    if not isinstance(answer, RegisteredVersion) or answer.version != version:
        raise StaleError(f"Somebody else moved the alias {alias!r} of {model} meanwhile.", "Run this again.")


def _points(pointed: Pointed | None, version: str) -> bool:
    return pointed is not None and pointed.version == version
