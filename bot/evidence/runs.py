"""Run records: our notes that a stage really ran, by run key. Performs no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import NotEvaluatedError
from bot.evidence.facts import EvidenceLevel
from bot.lineage.lock import Lock, LockedStage, run_key
from bot.lineage.stages import Pipeline, Stage


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class RunOutput(_Frozen):
    """An output of a run: path from the repository's root, and DVC's md5 of it."""

    path: str
    md5: str


class RunRecord(_Frozen):
    """One stage that our job ran: the key of its inputs, and what came out."""

    stage: str
    run_key: str = Field(pattern=r"^[0-9a-f]{64}$")
    outs: tuple[RunOutput, ...]


class RunBatch(_Frozen):
    """What one invocation ran: one entry of the branch of run records."""

    version: int = Field(default=1, ge=1, le=1)
    revision: str
    where: str
    time: str
    runs: tuple[RunRecord, ...]


@dataclass(frozen=True, slots=True)
class KnownRuns:
    """Every run on record, for looking up whether a lock entry really happened."""

    runs: frozenset[tuple[str, tuple[tuple[str, str], ...]]] = frozenset()

    def covers(self, stage: LockedStage) -> bool:
        """Whether a run with these inputs gave exactly these outputs."""
        return _identity(run_of(stage)) in self.runs


def run_of(stage: LockedStage) -> RunRecord:
    """The run record that a lock entry claims."""
    outs = tuple(RunOutput(path=stage.from_root(out.path), md5=out.md5 or "") for out in stage.outs)
    return RunRecord(stage=stage.name, run_key=run_key(stage), outs=outs)


def encode_runs(batch: RunBatch) -> bytes:
    """One entry of the branch of run records, canonical."""
    return (json.dumps(batch.model_dump(mode="json"), sort_keys=True, indent=1) + "\n").encode()


def known_runs(entries: Iterable[bytes]) -> KnownRuns:
    """Everything on record.

    Raises:
        NotEvaluatedError: an entry cannot be read.
    """
    try:
        batches = [RunBatch.model_validate_json(entry) for entry in entries]
    except ValidationError as error:
        what = f"The branch of run records holds an entry that cannot be read: {error}"
        raise NotEvaluatedError(what, "Somebody wrote to it by hand; revert that commit.") from error
    return KnownRuns(frozenset(_identity(run) for batch in batches for run in batch.runs))


def level_of(pipeline: Pipeline, lock: Lock, paths: Iterable[str], known: KnownRuns) -> EvidenceLevel:
    """REPRODUCED when every lock entry at and upstream of `paths` is on record, else CLAIMED."""
    stages = upstream(pipeline, paths)
    entries = [lock.stage(stage.name) for stage in stages]
    covered = [entry is not None and known.covers(entry) for entry in entries]
    return EvidenceLevel.REPRODUCED if covered and all(covered) else EvidenceLevel.CLAIMED


def upstream(pipeline: Pipeline, paths: Iterable[str]) -> tuple[Stage, ...]:
    """The stages that these outputs come from, directly or through others, in running order."""
    wanted = set(paths)
    found: list[Stage] = []
    for stage in reversed(pipeline.stages):
        if any(_touches(out.path, path) for out in stage.outs for path in wanted):
            found.append(stage)
            wanted |= {dep.path for dep in stage.deps}
    return tuple(reversed(found))


def _touches(one: str, other: str) -> bool:
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def _identity(run: RunRecord) -> tuple[str, tuple[tuple[str, str], ...]]:
    return run.run_key, tuple(sorted((out.path, out.md5) for out in run.outs))
