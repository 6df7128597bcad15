"""Run records: our notes that a stage really ran, by run key. Performs no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import NotEvaluatedError
from bot.evidence.facts import EvidenceLevel, Provenance
from bot.lineage.consistency import inconsistencies
from bot.lineage.graph import input_paths
from bot.lineage.locked import Lock, LockedStage, run_key
from bot.lineage.stages import Pipeline, Stage
from bot.lineage.tree import Tree
from bot.lineage.workspace import open_workspace

_Identity = tuple[str, tuple[tuple[str, str], ...]]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class RunOutput(_Frozen):
    """An output of a run: path from the repository's root, and DVC's md5 of it."""

    path: str
    md5: str


class RunRecord(_Frozen):
    """One stage that our job ran: the key of its inputs, what came out, and how long it took.

    `seconds` are as that job tells them, None where they were not kept; two runs may differ in them alone.
    With another provenance than `reproduced` our job did not run it: `by` says that it happened.
    """

    stage: str
    run_key: str = Field(pattern=r"^[0-9a-f]{64}$")
    outs: tuple[RunOutput, ...]
    seconds: float | None = Field(default=None, ge=0, le=10**9)
    provenance: Annotated[Provenance, Field(strict=False)] = Provenance.REPRODUCED
    by: str | None = None


class RunBatch(_Frozen):
    """What one invocation ran: one entry of the branch of run records."""

    version: int = Field(default=1, ge=1, le=1)
    revision: str
    where: str
    time: str
    runs: tuple[RunRecord, ...]


@dataclass(frozen=True, slots=True)
class KnownRuns:
    """Every run on record, for looking up whether a lock entry really happened, and how long it took.

    `first` is the oldest run with each key. Only our own runs are in `runs`; for those in `vouched` a person
    gave their word.
    """

    runs: frozenset[_Identity] = frozenset()
    first: Mapping[str, RunRecord] = field(default_factory=dict, compare=False)
    seconds: Mapping[_Identity, float] = field(default_factory=dict, compare=False)
    vouched: Mapping[_Identity, Provenance] = field(default_factory=dict)

    def covers(self, stage: LockedStage) -> bool:
        """Whether a run with these inputs gave exactly these outputs; never where the lock has no hash."""
        return all(out.md5 for out in stage.outs) and self.has(run_of(stage))

    def has(self, run: RunRecord) -> bool:
        """Whether this very run is on record."""
        return _identity(run) in self.runs

    def provenance(self, stage: LockedStage) -> Provenance | None:
        """The best that is on record of this entry; None where nobody said that this run happened."""
        if self.covers(stage):
            return Provenance.REPRODUCED
        return self.vouched.get(_identity(run_of(stage))) if all(out.md5 for out in stage.outs) else None

    def adding(self, runs: Iterable[RunRecord]) -> KnownRuns:
        """These and more."""
        every = tuple(runs)
        more = tuple(run for run in every if run.provenance is Provenance.REPRODUCED)
        first = {**{run.run_key: run for run in reversed(more)}, **self.first}
        own = self.runs | {_identity(run) for run in more}
        return KnownRuns(own, first, {**self.seconds, **_seconds(more)}, _vouched(self.vouched, every))

    def took(self, stage: LockedStage) -> float | None:
        """The seconds of the run that made this entry; None where they are not on record."""
        return self.seconds.get(_identity(run_of(stage))) if self.covers(stage) else None


def run_of(stage: LockedStage, seconds: float | None = None) -> RunRecord:
    """The run record that a lock entry claims."""
    outs = tuple(RunOutput(path=stage.from_root(out.path), md5=out.md5 or "") for out in stage.outs)
    return RunRecord(stage=stage.name, run_key=run_key(stage), outs=outs, seconds=seconds)


def encode_runs(batch: RunBatch) -> bytes:
    """One entry of the branch of run records, canonical."""
    return (json.dumps(_dumped(batch), sort_keys=True, indent=1) + "\n").encode()


def _dumped(batch: RunBatch) -> dict[str, object]:
    """As it is written: that our own job ran a stage goes without saying."""
    runs = [_run_dumped(run) for run in batch.runs]
    return {**batch.model_dump(mode="json", exclude_none=True), "runs": runs}


def _run_dumped(run: RunRecord) -> dict[str, object]:
    own = {"provenance"} if run.provenance is Provenance.REPRODUCED else set[str]()
    return run.model_dump(mode="json", exclude_none=True, exclude=own)


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
    return KnownRuns().adding(run for batch in batches for run in batch.runs)


def level_of(
    pipeline: Pipeline,
    lock: Lock,
    paths: Iterable[str],
    known: KnownRuns,
    since: Lock | None,
    tree: Tree | None = None,
) -> EvidenceLevel:
    """How far the numbers at `paths` can be trusted.

    REPRODUCED when our job ran every stage at and upstream of `paths` that is not as it was in `since`
    (what main had before: decided then, and not this change's claim), and ran at least one; else CLAIMED.
    A stage must write each of `paths`, and the entries must tell one story: each read what the others
    wrote, and none names an output of another. With `tree`, what Git keeps at `paths` must also have the
    bytes that the lock names.
    """
    wanted = tuple(paths)
    stages = upstream(pipeline, wanted)
    entries = [lock.stage(stage.name) for stage in stages]
    ran = [entry is not None and known.covers(entry) for entry in entries]
    kept = [entry is not None and since is not None and since.stage(entry.name) == entry for entry in entries]
    reproduced = (
        any(ran)
        and all(one or other for one, other in zip(ran, kept, strict=True))
        and _tells_one_story(pipeline, lock, stages, wanted)
        and (tree is None or _as_locked(pipeline, lock, wanted, tree))
    )
    return EvidenceLevel.REPRODUCED if reproduced else EvidenceLevel.CLAIMED


def _tells_one_story(
    pipeline: Pipeline, lock: Lock, stages: tuple[Stage, ...], wanted: tuple[str, ...]
) -> bool:
    names = {stage.name for stage in stages}
    written = [out.path for stage in stages for out in stage.outs]
    entries = [(stage, lock.stage(stage.name)) for stage in stages]
    return (
        all(any(_touches(out, path) for out in written) for path in wanted)
        and not any(entry is None or undeclared(stage, entry, lock) for stage, entry in entries)
        and not any(found.stage in names for found in inconsistencies(pipeline, lock))
    )


def upstream(pipeline: Pipeline, paths: Iterable[str]) -> tuple[Stage, ...]:
    """The stages that these outputs come from, directly or through others, in running order."""
    wanted = set(paths)
    found: list[Stage] = []
    for stage in reversed(pipeline.stages):
        if any(_touches(out.path, path) for out in stage.outs for path in wanted):
            found.append(stage)
            wanted |= set(input_paths(stage))
    return tuple(reversed(found))


def undeclared(stage: Stage, entry: LockedStage, lock: Lock) -> bool:
    """Whether the entry records other outputs than its stage declares, or another entry claims one of them.

    Either way the lock could say of a path what the stage that writes it never said.
    """
    recorded = sorted(entry.from_root(out.path) for out in entry.outs)
    declared = sorted(out.path for out in stage.outs)
    return recorded != declared or any(lock.out(entry.from_root(out.path)) != out for out in entry.outs)


def _as_locked(pipeline: Pipeline, lock: Lock, wanted: tuple[str, ...], tree: Tree) -> bool:
    workspace = open_workspace(tree, pipeline, lock)
    kept = [
        out
        for stage in pipeline.stages
        for out in stage.outs
        if not out.cache and any(_touches(out.path, path) for path in wanted)
    ]
    found = [(lock.out(out.path), out.path) for out in kept]
    return all(
        entry is not None and workspace.tracked_output(path, entry.hash) == entry.md5 for entry, path in found
    )


def _touches(one: str, other: str) -> bool:
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def _seconds(runs: Iterable[RunRecord]) -> dict[_Identity, float]:
    return {_identity(run): run.seconds for run in runs if run.seconds is not None}


def _vouched(
    known: Mapping[_Identity, Provenance], runs: Iterable[RunRecord]
) -> Mapping[_Identity, Provenance]:
    """By identity, for what our job did not run; of two words for the same run the better counts."""
    found = dict(known)
    for run in runs:
        before = found.get(_identity(run), Provenance.ADOPTED)
        if run.provenance is not Provenance.REPRODUCED and run.provenance.suffices(before):
            found[_identity(run)] = run.provenance
    return found


def _identity(run: RunRecord) -> _Identity:
    return run.run_key, tuple(sorted((out.path, out.md5) for out in run.outs))
