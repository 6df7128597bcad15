"""Whether a bundle can be true: the trusted side's check of what the untrusted job brought.

Performs no I/O.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.errors import InvalidFileError, NotEvaluatedError
from bot.evidence.bundle import Bundle, Statement
from bot.evidence.overlay import OverlayTree
from bot.evidence.runs import RunRecord, run_of, undeclared
from bot.lineage.consistency import Inconsistency, inconsistencies
from bot.lineage.impact import AlwaysChanged, Impact, StageImpact, UpstreamChanged, impact_of
from bot.lineage.locked import Lock, LockedFile, LockedStage
from bot.lineage.parse import parse_pipeline
from bot.lineage.read_lock import read_lock
from bot.lineage.stages import Pipeline, Stage, is_external
from bot.lineage.tree import Tree

# Where a file decides what runs, who decides, or what Git and DVC do with the others. Compared without case,
# because some of the places a branch is checked out to have none.
RESERVED_FOLDERS = frozenset((".git", ".github", ".dvc"))
RESERVED_NAMES = frozenset(
    ("dvc.yaml", "dvc.lock", ".dvcignore", ".gitattributes", ".gitignore", ".gitmodules", "codeowners")
)
OBJECT = re.compile(r"[0-9a-f]{32}(\.dir)?")
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
    statement = bundle.statement
    ran = {stage.name for stage in statement.ran}
    done = ran | set(statement.restored)
    _refuse_if([statement.outcome] if statement.outcome != "reproduced" else (), "its outcome is another")
    _refuse_if(done - set(impact.to_run), "it ran stages that the change does not make out of date")
    _refuse_if(_passed_over(impact) - done, "it did not run stages that always run")
    pipeline = parse_pipeline(head)
    _refuse_if(
        set(bundle.files) - _writable(pipeline, done, bundle.files), "it brings files it may not write"
    )
    tree = OverlayTree(head, bundle.files)
    lock = _read_lock(tree, pipeline)
    before = read_lock(head, pipeline)
    _refuse_if(_rewritten(before, lock, done), "it rewrote the lock of stages that did not run")
    _refuse_if(_malformed(pipeline, lock, done), "its dvc.lock records what these stages do not declare")
    _refuse_if(left_over(impact_of(head, tree)), "stages are still out of date after it")
    _refuse_if(_contradictions(pipeline, before, lock), "its dvc.lock contradicts itself")
    return Reproduced(tree, _runs(lock, statement), cached_outputs(pipeline, lock, done))


def _passed_over(impact: Impact) -> set[str]:
    """Stages that DVC cannot have found up to date; the others are found by what they leave out of date."""
    stages = (stage for stage in impact.stages if stage.action == "run")
    return {
        stage.stage for stage in stages if any(isinstance(reason, AlwaysChanged) for reason in stage.reasons)
    }


def _writable(pipeline: Pipeline, done: set[str], paths: Iterable[str]) -> set[str]:
    stages = [stage for stage in pipeline.stages if stage.name in done]
    outs = [out.path for stage in stages for out in stage.outs if not out.cache]
    locks = {posixpath.join(posixpath.dirname(stage.file), "dvc.lock") for stage in stages}
    return {
        path
        for path in paths
        if (path in locks or any(path == out or path.startswith(out + "/") for out in outs))
        and not _reserved(path, locks)
    }


def _reserved(path: str, locks: set[str]) -> bool:
    *folders, name = path.casefold().split("/")
    return (
        not RESERVED_FOLDERS.isdisjoint((*folders, name))
        or [*folders, name][0] == "policies"
        or (name in RESERVED_NAMES and path not in locks)
        or name.endswith(".dvc")
    )


def _read_lock(tree: Tree, pipeline: Pipeline) -> Lock:
    try:
        changed = parse_pipeline(tree) != pipeline
        lock = read_lock(tree, pipeline)
    except InvalidFileError as error:
        what = f"The evidence bundle was not used: {error.problems[0]}"
        raise NotEvaluatedError(what, REMEDY) from error
    _refuse_if(["dvc.yaml"] if changed else (), "its files change the pipeline itself")
    return lock


def _rewritten(before: Lock, after: Lock, done: set[str]) -> tuple[str, ...]:
    names = {stage.name for stage in (*before.stages, *after.stages)} - done
    return tuple(sorted(name for name in names if before.stage(name) != after.stage(name)))


def _malformed(pipeline: Pipeline, lock: Lock, done: set[str]) -> tuple[str, ...]:
    pairs = ((stage, lock.stage(stage.name)) for stage in pipeline.stages if stage.name in done)
    return tuple(stage.name for stage, entry in pairs if entry and not _as_declared(stage, entry, lock))


def _as_declared(stage: Stage, entry: LockedStage, lock: Lock) -> bool:
    read = [dep for dep in entry.deps if not is_external(entry.from_root(dep.path))]
    declared = sorted(dep.path for dep in stage.deps if not dep.external)
    return (
        not undeclared(stage, entry, lock)
        and sorted(entry.from_root(dep.path) for dep in read) == declared
        and all(map(_named, read))
        and all(_named(out) for out in entry.outs if not is_external(entry.from_root(out.path)))
    )


def _named(file: LockedFile) -> bool:
    """Whether the entry names bytes as DVC 3 does; any other hash is one that nobody here compares."""
    return file.hash == "md5" and file.md5 is not None and OBJECT.fullmatch(file.md5) is not None


def left_over(impact: Impact) -> tuple[str, ...]:
    """Stages still out of date, but for those that always run, and what follows them."""
    return tuple(stage.stage for stage in impact.stages if stage.action == "run" and not _for_ever(stage))


def _for_ever(stage: StageImpact) -> bool:
    return all(isinstance(reason, AlwaysChanged | UpstreamChanged) for reason in stage.reasons)


def _contradictions(pipeline: Pipeline, before: Lock, lock: Lock) -> Iterator[str]:
    """What no reproduction leaves behind. DVC keeps the entries of stages that dvc.yaml has no more."""
    for found in inconsistencies(pipeline, lock):
        if not _usual(found, pipeline, before):
            yield str(found)


def _usual(found: Inconsistency, pipeline: Pipeline, before: Lock) -> bool:
    if found.kind == "orphan":
        return before.stage(found.stage) is not None
    stage = pipeline.stage(found.stage)
    return found.kind == "missing" and stage is not None and stage.frozen


def _runs(lock: Lock, statement: Statement) -> tuple[RunRecord, ...]:
    seconds = {stage.name: stage.seconds for stage in statement.ran}
    return tuple(run_of(stage, seconds[stage.name]) for stage in lock.stages if stage.name in seconds)


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
