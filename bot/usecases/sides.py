"""The two sides of a comparison, read from trees that somebody already fetched. Starts no program."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import InvalidInputError
from bot.evidence.facts import Evidence, MetricTable, Return, Side, Unreadable
from bot.evidence.metrics import read_metrics
from bot.evidence.runs import KnownRuns, level_of
from bot.lineage.lock import Lock
from bot.lineage.parse import parse_pipeline
from bot.lineage.read_lock import read_lock
from bot.lineage.stages import Pipeline
from bot.lineage.tree import Tree
from bot.policy.load import LoadedPolicy
from bot.promotion.ledger import ModelLedger


@dataclass(frozen=True, slots=True)
class Revision:
    """One side's files, read: what people call it, its sha, pipeline, lock and what it measured."""

    name: str
    sha: str
    tree: Tree
    pipeline: Pipeline
    lock: Lock
    measured: MetricTable | Unreadable


def read_revision(name: str, sha: str, tree: Tree) -> Revision:
    """Everything the comparison needs of one revision.

    Raises:
        InvalidFileError: its `dvc.yaml` or `dvc.lock` cannot be read.
    """
    pipeline = parse_pipeline(tree)
    return Revision(name, sha, tree, pipeline, read_lock(tree), read_metrics(tree, pipeline.metrics))


def artifact_path(revision: Revision, loaded: LoadedPolicy) -> str | None:
    """The output that is the policy's model: `artifact:`, else the DVC artifact of the model's name.

    None when this revision's pipeline has no such output.
    """
    declared = [item.path for item in revision.pipeline.artifacts if item.name == loaded.policy.model]
    path = loaded.policy.artifact or next(iter(declared), None)
    return path if path and revision.pipeline.producer(path) else None


def evidence_of(
    head: Revision, base: Revision | None, loaded: LoadedPolicy, served: ModelLedger, known: KnownRuns
) -> Evidence:
    """What is known about this policy's model on both sides, and about the champion.

    Raises:
        InvalidInputError: no output of the head's pipeline is the model that the policy names.
    """
    path = artifact_path(head, loaded)
    if path is None:
        named = loaded.policy.artifact or loaded.policy.model
        what = f"{loaded.file} names the model {named!r}, and no stage in dvc.yaml writes it."
        raise InvalidInputError(what, "Name the output under `artifact:`, or under `artifacts:` in dvc.yaml.")
    own = side_of(head, known, path, base.lock if base else None)
    other = base_side(base, loaded, known)
    current = champion_md5(served, other)
    unchanged = own.lock_md5 is not None and own.lock_md5 == current
    former = None if unchanged or own.lock_md5 is None else served.version_of_lock(own.lock_md5)
    return Evidence(own, other, champion_side(served, other), Return(former) if former else None, unchanged)


def base_side(base: Revision | None, loaded: LoadedPolicy, known: KnownRuns) -> Side | None:
    """Base's side; None when base has no such model yet."""
    path = artifact_path(base, loaded) if base else None
    side = side_of(base, known, path, None) if base and path else None
    return side if side and side.lock_md5 else None


def champion_md5(served: ModelLedger, base: Side | None) -> str | None:
    """DVC's name of the champion's bytes; base's where nothing was promoted yet."""
    if served.champion:
        return served.champion.lock_md5
    return base.lock_md5 if base else None


def champion_side(served: ModelLedger, base: Side | None) -> Side | None:
    """The champion as a side of its own, where it is not base's model."""
    now = served.champion
    if now is None or (base is not None and now.lock_md5 == base.lock_md5):
        return None
    name = f"champion v{now.version}"
    return Side(name, now.revision, now.metrics, now.level, now.lock_md5, now.digest)


def side_of(revision: Revision, known: KnownRuns, artifact: str | None, since: Lock | None) -> Side:
    """One revision as a side; how far its numbers can be trusted is read from the run records.

    `since` is the lock of what main had before it, where there is one: what this revision did not change.
    """
    locked = revision.lock.out(artifact) if artifact else None
    paths = [*revision.pipeline.metrics, *([artifact] if artifact else [])]
    level = level_of(revision.pipeline, revision.lock, paths, known, since, revision.tree)
    return Side(revision.name, revision.sha, revision.measured, level, locked.md5 if locked else None)
