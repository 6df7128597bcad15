"""Whether a bundle can be true: the trusted side's check of what the untrusted job brought.

Performs no I/O.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import NotEvaluatedError
from bot.evidence.bundle import Bundle
from bot.evidence.overlay import OverlayTree
from bot.evidence.runs import RunRecord, run_of
from bot.lineage.consistency import inconsistencies
from bot.lineage.impact import AlwaysChanged, Impact, StageImpact, UpstreamChanged, impact_of
from bot.lineage.lock import Lock
from bot.lineage.parse import parse_pipeline
from bot.lineage.read_lock import read_lock
from bot.lineage.stages import Pipeline
from bot.lineage.tree import Tree

FORBIDDEN = (".github/", "policies/", ".dvc/")
REMEDY = "Run the pull request's workflow again; if it says so again, look at the stages' outputs."


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What a checked bundle comes to: the head as it would be with its files, and what was run.

    `objects` are the md5 names of every cached output of the stages that ran; a directory's ends in ".dir".
    """

    tree: OverlayTree
    runs: tuple[RunRecord, ...]
    objects: tuple[str, ...]


def verify_bundle(bundle: Bundle, head: Tree, impact: Impact) -> Reproduced:
    """The reproduction that this bundle describes, when it is one of `head` and explains itself.

    Raises:
        NotEvaluatedError: it ran other stages than the impact names, brings other files than those stages
            may write, leaves a stage out of date, or its lock contradicts itself.
    """
    ran = {stage.name for stage in bundle.statement.ran} | set(bundle.statement.restored)
    _refuse_if(ran - set(impact.to_run), "it ran stages that the change does not make out of date")
    pipeline = parse_pipeline(head)
    _refuse_if(
        set(bundle.files) - set(_writable(pipeline, ran, bundle.files)), "it brings files it may not write"
    )
    tree = OverlayTree(head, bundle.files)
    lock = read_lock(tree)
    _refuse_if(_rewritten(read_lock(head), lock, ran), "it rewrote the lock of stages that did not run")
    _refuse_if(_left_over(impact_of(head, tree)), "stages are still out of date after it")
    _refuse_if((str(item) for item in inconsistencies(pipeline, lock)), "its dvc.lock contradicts itself")
    return Reproduced(tree, _runs(lock, ran), cached_outputs(pipeline, lock, ran))


def _writable(pipeline: Pipeline, ran: Iterable[str], paths: Iterable[str]) -> tuple[str, ...]:
    stages = [stage for stage in pipeline.stages if stage.name in set(ran)]
    outs = [out.path for stage in stages for out in stage.outs if not out.cache]
    locks = {posixpath.join(posixpath.dirname(stage.file), "dvc.lock") for stage in stages}
    return tuple(
        path
        for path in paths
        if not path.startswith(FORBIDDEN)
        and (path in locks or any(path == out or path.startswith(out + "/") for out in outs))
    )


def _rewritten(before: Lock, after: Lock, ran: set[str]) -> tuple[str, ...]:
    names = {stage.name for stage in (*before.stages, *after.stages)} - ran
    return tuple(sorted(name for name in names if before.stage(name) != after.stage(name)))


def _left_over(impact: Impact) -> tuple[str, ...]:
    return tuple(stage.stage for stage in impact.stages if stage.action == "run" and not _for_ever(stage))


def _for_ever(stage: StageImpact) -> bool:
    return all(isinstance(reason, AlwaysChanged | UpstreamChanged) for reason in stage.reasons)


def _runs(lock: Lock, ran: set[str]) -> tuple[RunRecord, ...]:
    return tuple(run_of(stage) for stage in lock.stages if stage.name in ran)


def cached_outputs(pipeline: Pipeline, lock: Lock, stages: set[str]) -> tuple[str, ...]:
    """md5 names of the outputs of these stages that DVC caches and pushes; a directory's ends in ".dir"."""
    cached = {out.path for stage in pipeline.stages for out in stage.outs if out.cache and out.push}
    entries = [stage for stage in lock.stages if stage.name in stages]
    outs = [(entry.from_root(out.path), out.md5) for entry in entries for out in entry.outs]
    return tuple(sorted({md5 for path, md5 in outs if md5 and path in cached}))


def _refuse_if(found: Iterable[str], why: str) -> None:
    names = sorted(found)
    if names:
        listed = ", ".join(repr(name) for name in names[:5])
        raise NotEvaluatedError(f"The evidence bundle was not used: {why} ({listed}).", REMEDY)
