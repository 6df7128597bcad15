"""The lock comes back: objects to the DVC remote, run records, the commit on the pull request's branch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.errors import MissingObjectError, StaleError
from bot.evidence.overlay import OverlayTree
from bot.evidence.runs import RunBatch, RunOutput, RunRecord, encode_runs, known_runs
from bot.evidence.scores import Scores
from bot.lineage.tree import Tree
from bot.ports.dvc import ObjectReader, ObjectWriter
from bot.ports.git import BranchWriter, CommittedFile, LogEntry, RecordWriter
from bot.report.facts import CouldNotEvaluate, Judged, ModelFacts, Models, ReportFacts
from bot.usecases.brought import store_objects
from bot.usecases.judge import RUNS, Judgement
from bot.usecases.subject import Subject, is_fork


@dataclass(frozen=True, slots=True)
class CarryWorld:
    """Where the trusted job writes what was reproduced.

    `objects` opens the DVC remote when it is needed; it raises InvalidInputError when none is configured.
    """

    branches: BranchWriter
    records: RecordWriter
    objects: Callable[[], ObjectWriter]


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
    store_objects(reproduced.objects, brought, world.objects())
    _record_runs(world.records, subject, judgement)
    files = changed_files(reproduced.tree)
    if not files:
        return None
    if subject.pull.head_sha != subject.run.head_sha:
        # The commit is there already: `holds` said so.
        return subject.pull.head_sha
    message = f"Reproduce the pipeline\n\nStages run by workflow run {subject.run.id}."
    return world.branches.commit(subject.pull.head_branch, subject.pull.head_sha, files, message)


def keep_scores(world: CarryWorld, subject: Subject, scores: Scores, time: str) -> None:
    """Store predictions that were made anew, and record them by their key: promotion decides on the same.

    Each part finds its own earlier work. The caller sees to it that nothing of a fork is kept.
    """
    entries = world.records.entries(RUNS)
    known = known_runs(entry.data for entry in entries)
    fresh = [one for one in scores.values() if one.key not in known.first]
    made = [(one.key, one.predictions) for one in fresh if one.predictions is not None]
    runs = tuple(_kept_score(world.objects(), key, data) for key, data in made)
    if runs:
        batch = RunBatch(revision=subject.pull.head_sha, where=subject.run.url, time=time, runs=runs)
        told = f"Scored {len(runs)} models for #{subject.pull.number}"
        _append(world.records, entries, encode_runs(batch), told)


def _kept_score(store: ObjectWriter, key: str, data: bytes) -> RunRecord:
    name = hashlib.md5(data, usedforsecurity=False).hexdigest()
    store.write(name, (data,))
    return RunRecord(stage="(scored anew)", run_key=key, outs=(RunOutput(path=f"{key}.parquet", md5=name),))


def changed_files(tree: OverlayTree) -> tuple[CommittedFile, ...]:
    """What a commit on top of the head has to hold for the head to be as it was reproduced."""
    files = sorted(tree.files.items())
    return tuple(CommittedFile(path, data) for path, data in files if tree.under.read(path) != data)


def holds(tip: Tree, reproduced: OverlayTree) -> bool:
    """Whether a commit holds just the reproduced head: then it is our lock commit, whoever made it."""
    if any(tip.read(path) != data for path, data in reproduced.files.items()):
        return False
    paths = {*reproduced.under.paths(), *reproduced.files}
    return set(tip.paths()) == paths and all(
        tip.md5(path) == reproduced.under.md5(path) for path in paths - set(reproduced.files)
    )


def only_what_can_be_fetched(facts: ReportFacts, stored: tuple[str, ...], world: CarryWorld) -> ReportFacts:
    """The facts; a model whose own object is not on the remote could not be promoted, so it is not judged.

    Asked only of a model that is new here and that this invocation did not store.
    """
    if not isinstance(facts.outcome, Models):
        return facts
    models = tuple(_fetchable(model, stored, world) for model in facts.outcome.models)
    return replace(facts, outcome=Models(models))


def _fetchable(model: ModelFacts, stored: tuple[str, ...], world: CarryWorld) -> ModelFacts:
    evidence = model.evidence
    if not isinstance(model.outcome, Judged) or evidence is None:
        return model
    if evidence.model_unchanged or evidence.returning:
        return model
    name, base = evidence.head.lock_md5, evidence.base
    if name is None or name in stored or (base and base.lock_md5 == name) or _is_there(name, world.objects()):
        return model
    what = f"The model {name}, which dvc.lock names, is not on the DVC remote."
    return replace(
        model,
        outcome=CouldNotEvaluate(what, "Push it: `dvc push`; then run the workflow again."),
        if_merged=None,
    )


def _is_there(name: str, objects: ObjectReader) -> bool:
    try:
        next(iter(objects.chunks(name)), None)
    except MissingObjectError:
        return False
    return True


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
