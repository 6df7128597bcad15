"""`modelbot record`: a person gives their word that stages ran elsewhere, on a cluster or in a service.

What is recorded is what `dvc.lock` of a commit says of them; nothing is run, and no byte is believed for it:
promotion hashes the model all the same, and scores it anew where the policy has an evaluator.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import InvalidInputError, NotEvaluatedError, StaleError
from bot.evidence.facts import Provenance
from bot.evidence.runs import KnownRuns, RunBatch, RunRecord, encode_runs, known_runs, run_of
from bot.evidence.whole_lock import lock_troubles
from bot.lineage.lock import LockedStage
from bot.ports.git import RecordWriter
from bot.usecases.judge import RUNS
from bot.usecases.sides import Revision

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Word:
    """Whose word it is, for what: where the stages ran (free text), and how far that goes."""

    by: str
    where: str
    provenance: Provenance
    time: str


@dataclass(frozen=True, slots=True)
class Recording:
    """The stages that are on record now by this word, and those that were before, with whose."""

    revision: str
    recorded: tuple[str, ...]
    known: tuple[tuple[str, Provenance], ...]


def record_runs(records: RecordWriter, revision: Revision, stages: tuple[str, ...], word: Word) -> Recording:
    """Record that the runs behind these entries of the lock happened; of every entry where none is named.

    What is on record with as good a provenance is not recorded again.

    Raises:
        InvalidInputError: nobody is named, or the lock has no entry of a stage.
        NotEvaluatedError: the lock contradicts itself or the pipeline, so that no run can have left it.
        StaleError: others kept recording first.
    """
    if not word.by:
        raise InvalidInputError("Nobody can be named for this.", "Set a name: `git config user.name NAME`.")
    entries = tuple(_entry(revision, name) for name in stages) or revision.lock.stages
    _refuse_contradictions(revision, entries)
    for _round in range(ROUNDS):
        log = records.entries(RUNS)
        known = known_runs(one.data for one in log)
        fresh = tuple(one for one in entries if not _suffices(known, one, word))
        if not fresh:
            break
        batch = RunBatch(
            revision=revision.sha,
            where=word.where,
            time=word.time,
            runs=tuple(_run(one, word) for one in fresh),
        )
        try:
            told = f"{word.by} vouches for {len(fresh)} stages of {revision.sha[:7]}"
            records.append(RUNS, log[-1].commit if log else None, encode_runs(batch), told)
        except StaleError:
            continue
        return _recording(revision, entries, fresh, known)
    else:
        raise StaleError("Run records could not be appended: others kept appending first.", "Run this again.")
    return _recording(revision, entries, (), known)


def _recording(
    revision: Revision, entries: tuple[LockedStage, ...], fresh: tuple[LockedStage, ...], known: KnownRuns
) -> Recording:
    others = ((one.name, known.provenance(one)) for one in entries if one not in fresh)
    return Recording(
        revision.sha,
        tuple(one.name for one in fresh),
        tuple((name, provenance) for name, provenance in others if provenance),
    )


def _run(entry: LockedStage, word: Word) -> RunRecord:
    return run_of(entry).model_copy(update={"provenance": word.provenance, "by": word.by})


def _suffices(known: KnownRuns, entry: LockedStage, word: Word) -> bool:
    has = known.provenance(entry)
    return has is not None and has.suffices(word.provenance)


def _entry(revision: Revision, name: str) -> LockedStage:
    entry = revision.lock.stage(name)
    if entry is None:
        known = ", ".join(one.name for one in revision.lock.stages) or "none"
        what = f"dvc.lock of {revision.sha[:7]} has no entry of a stage {name!r}."
        raise InvalidInputError(what, f"Commit the lock that its run left, or name one of: {known}.")
    return entry


def _refuse_contradictions(revision: Revision, entries: tuple[LockedStage, ...]) -> None:
    outs = [entry.from_root(out.path) for entry in entries for out in entry.outs]
    found = lock_troubles(revision.tree, revision.pipeline, revision.lock, outs)
    if found:
        what = f"At {revision.sha[:7]}, {'; '.join(found)}."
        raise NotEvaluatedError(what, "Commit the dvc.lock, code and parameters of the run as they were.")
