"""Whether `dvc.lock` describes a run of the pipeline beside it: asked before a merge, and before promoting.

The same question has the same answer both times. Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.evidence.reproduced import left_over
from bot.evidence.runs import upstream
from bot.lineage.consistency import inconsistencies
from bot.lineage.impact import impact_of
from bot.lineage.lock import Inconsistency, Lock
from bot.lineage.stages import Pipeline
from bot.lineage.tree import Tree


def lock_troubles(tree: Tree, pipeline: Pipeline, lock: Lock, paths: Iterable[str]) -> tuple[str, ...]:
    """Why nobody can have made what stands at `paths` by running this pipeline; empty when somebody can.

    Only the stages that `paths` come from count. A stage that always runs is never up to date, and a frozen
    one may have no entry: neither is a trouble, where the outputs themselves are recorded.
    """
    wanted = tuple(paths)
    concerned = {stage.name for stage in upstream(pipeline, wanted)}
    return tuple(_troubles(tree, pipeline, lock, wanted, concerned))


def _troubles(
    tree: Tree, pipeline: Pipeline, lock: Lock, wanted: tuple[str, ...], concerned: set[str]
) -> Iterator[str]:
    for path in wanted:
        locked = lock.out(path)
        if pipeline.producer(path) is not None and (locked is None or locked.md5 is None):
            yield f"dvc.lock does not say which bytes {path} has"
    stale = [name for name in left_over(impact_of(tree, tree)) if name in concerned]
    if stale:
        yield f"dvc.lock is out of date: {', '.join(stale)} would have to run"
    for found in inconsistencies(pipeline, lock):
        if found.stage in concerned and not _frozen(found, pipeline):
            yield str(found)


def _frozen(found: Inconsistency, pipeline: Pipeline) -> bool:
    stage = pipeline.stage(found.stage)
    return found.kind == "missing" and stage is not None and stage.frozen
