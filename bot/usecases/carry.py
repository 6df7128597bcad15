"""The lock comes back: objects to the DVC remote, run records, the commit on the pull request's branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import StaleError
from bot.evidence.overlay import OverlayTree
from bot.evidence.runs import RunBatch, encode_runs, known_runs
from bot.ports.dvc import ObjectWriter
from bot.ports.git import BranchWriter, CommittedFile, LogEntry, RecordWriter
from bot.usecases.brought import store_objects
from bot.usecases.judge import RUNS, Judgement
from bot.usecases.subject import Subject, is_fork


@dataclass(frozen=True, slots=True)
class CarryWorld:
    """Where the trusted job writes what was reproduced."""

    branches: BranchWriter
    records: RecordWriter
    objects: ObjectWriter


def carry_back(
    world: CarryWorld, subject: Subject, judgement: Judgement, brought: Mapping[str, bytes]
) -> str | None:
    """Store the objects, record the runs, and commit what they wrote to the pull request's branch.

    Answers the sha of that commit; None when there was nothing to commit. Each part finds its own earlier
    work, so that a second invocation adds nothing. For a pull request from a fork nothing is written: its
    branch is another repository's, and who may not push here fills neither our remote nor our records.

    Raises:
        StaleError: the branch moved meanwhile; objects and records stay, they are true of what was run.
    """
    reproduced = judgement.reproduced
    if reproduced is None or is_fork(subject, judgement.facts.basis.target.repository):
        return None
    store_objects(reproduced.objects, brought, world.objects)
    _record_runs(world.records, subject, judgement)
    files = changed_files(reproduced.tree)
    if not files:
        return None
    message = f"Reproduce the pipeline\n\nStages run by workflow run {subject.run.id}."
    return world.branches.commit(subject.pull.head_branch, subject.pull.head_sha, files, message)


def changed_files(tree: OverlayTree) -> tuple[CommittedFile, ...]:
    """What a commit on top of the head has to hold for the head to be as it was reproduced."""
    files = sorted(tree.files.items())
    return tuple(CommittedFile(path, data) for path, data in files if tree.under.read(path) != data)


def _record_runs(records: RecordWriter, subject: Subject, judgement: Judgement) -> None:
    reproduced = judgement.reproduced
    entries = records.entries(RUNS)
    known = known_runs(entry.data for entry in entries)
    fresh = tuple(run for run in reproduced.runs if not known.has(run)) if reproduced else ()
    if not fresh:
        return
    basis = judgement.facts.basis
    batch = RunBatch(
        revision=subject.pull.head_sha, where=subject.run.url, time=basis.time.isoformat(), runs=fresh
    )
    _append(records, entries, encode_runs(batch), f"Ran {len(fresh)} stages of #{subject.pull.number}")


def _append(records: RecordWriter, entries: tuple[LogEntry, ...], data: bytes, message: str) -> None:
    for _attempt in range(5):
        try:
            records.append(RUNS, entries[-1].commit if entries else None, data, message)
        except StaleError:
            entries = records.entries(RUNS)
        else:
            return
    raise StaleError("Run records could not be appended: others kept appending first.", "Run this again.")
