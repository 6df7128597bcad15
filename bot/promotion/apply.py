"""Carrying out a plan: the only place of promotion that holds writers."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar, assert_never

from bot.errors import InvalidInputError, NotEvaluatedError, StaleError
from bot.ports.candidate import ModelFiles
from bot.ports.git import RecordWriter
from bot.ports.registry import RegisteredVersion, RegistryWriter
from bot.promotion.calls import (
    Answer,
    AppendRecord,
    Call,
    CheckTail,
    CreateVersion,
    DisownVersion,
    DownloadAndDigest,
    FetchCandidate,
    Fetched,
    FindVersions,
    ListVersions,
    Outcome,
    PointAlias,
    ReadAlias,
    TagVersion,
)
from bot.promotion.codec import encode
from bot.promotion.digest import digest_of
from bot.promotion.ledger import BRANCH
from bot.promotion.plan import Plan
from bot.promotion.records import Drift, Held, Intent, Measured, Promoted, Rebuilt, Record, Refused, Resumed
from bot.promotion.steps import steps

T = TypeVar("T")


def apply(plan: Plan, registry: RegistryWriter, records: RecordWriter, files: ModelFiles) -> Outcome:
    """Carry out `plan`. Stopped anywhere and run again from fresh facts, it converges.

    Raises:
        StaleError: the world moved since the plan was made; gather and plan again.
        NotEvaluatedError: bytes are missing or are not what their name says; the champion stayed.
        UnavailableError: MLflow, Git or the DVC remote did not answer; run again.
    """
    return drive(steps(plan), World(registry, records, files).answer)


def drive(running: Generator[Call, Answer, T], answering: Callable[[Call], Answer]) -> T:
    """Answer one call after another until the steps are done; what they came to.

    A NotEvaluatedError in answer to a call (bytes are missing, or are others) is the steps' to handle; what
    they do not handle, and every other error, ends them.
    """
    answer: Answer = None
    error: NotEvaluatedError | None = None
    while True:
        try:
            call = running.throw(error) if error else running.send(answer)
        except StopIteration as stop:
            done: T = stop.value
            return done
        error = None
        try:
            answer = answering(call)
        except NotEvaluatedError as failed:
            error = failed


class World:
    """Answers calls with the real thing, one at a time."""

    def __init__(self, registry: RegistryWriter, records: RecordWriter, files: ModelFiles) -> None:
        self._registry = registry
        self._records = records
        self._files = files

    def answer(self, call: Call) -> Answer:
        """Carry out one call; raises what the ports raise."""
        match call:
            case AppendRecord() | CheckTail():
                return self._ledger(call)
            case FetchCandidate() | DownloadAndDigest():
                return self._bytes(call)
            case FindVersions():
                return self._registry.find(call.model, call.key)
            case ListVersions():
                return self._registry.registered(call.model)
            case CreateVersion() | TagVersion() | DisownVersion() | PointAlias():
                return self._written(call)
            case ReadAlias():
                return self._registry.alias(call.model, call.alias)
            case _ as never:
                assert_never(never)

    def _written(
        self, call: CreateVersion | TagVersion | DisownVersion | PointAlias
    ) -> RegisteredVersion | None:
        match call:
            case CreateVersion():
                return self._registry.create(call.model, call.key, call.digest, call.directory, call.tags)
            case TagVersion():
                self._registry.tag(call.version, call.key, call.digest, call.tags)
            case DisownVersion():
                self._registry.disown(call.version)
            case PointAlias():
                self._registry.point(call.model, call.alias, call.version)
        return None

    def _ledger(self, call: AppendRecord | CheckTail) -> str | None:
        if isinstance(call, AppendRecord):
            data = encode(call.record)
            return self._records.append(BRANCH, call.after, data, message_of(call.record))
        entries = self._records.entries(BRANCH)
        if (entries[-1].commit if entries else None) != call.after:
            raise StaleError(
                "Somebody else wrote to the ledger meanwhile; no alias moved.", "Run this again."
            )
        return None

    def _bytes(self, call: FetchCandidate | DownloadAndDigest) -> Fetched | str:
        if isinstance(call, FetchCandidate):
            brought = self._files.materialise(call.lock_md5, call.path)
            return Fetched(brought.directory, digest_of(brought.files))
        with self._files.scratch() as folder:
            served = self._registry.download(call.version, folder)
            return self._digest(call.version, served)

    def _digest(self, version: RegisteredVersion, served: Path) -> str:
        try:
            return digest_of(self._files.read(served))
        except InvalidInputError as error:
            what = f"What MLflow serves as version {version.version} is no model of ours: {error.what}"
            todo = "Delete that version in MLflow, and run this again to register it anew."
            raise NotEvaluatedError(what, todo) from error


def message_of(record: Record) -> str:
    """The commit message of a record: one line for whoever reads the branch."""
    match record:
        case Intent():
            return f"{record.model}: promotion of {record.origin.head[:7]} begins"
        case Promoted():
            back = "returned to" if record.returning else "promoted"
            return f"{record.model}: {back} version {record.version} ({record.origin.head[:7]})"
        case Refused():
            return f"{record.model}: refused {record.origin.head[:7]}"
        case Drift():
            return f"{record.model}: {_drift(record)}"
        case Measured():
            return f"{record.model}: version {record.version} was measured anew ({record.revision[:7]})"
        case Held() | Resumed() | Rebuilt():
            return _of_a_person(record)
        case _ as never:
            assert_never(never)


def _drift(record: Drift) -> str:
    version = f"version {record.expected}"
    words = {
        "alias": f"{record.alias} is at {record.found or 'nothing'}, not {record.expected}",
        "version": f"{version} was gone",
        "tags": f"{version} had other tags",
        "bytes": f"{version} was served with other bytes",
    }
    return words[record.what]


def _of_a_person(record: Held | Resumed | Rebuilt) -> str:
    if isinstance(record, Rebuilt):
        return f"{record.model}: {record.by} rebuilt the registry, {len(record.versions)} numbers differ"
    if isinstance(record, Resumed):
        return f"{record.model}: main decides again, by {record.by}"
    return f"{record.model}: {record.by} called version {record.version} back"
