"""Files that stages read and Git keeps, and which of them differ between two revisions. Performs no I/O."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.evidence.line_counts import LineCounts, count_lines
from bot.lineage.graph import collect_writers
from bot.lineage.stages import Pipeline
from bot.lineage.tree import Tree

MOST_COUNTED = 100
"""So many files have their lines counted."""


@dataclass(frozen=True, slots=True)
class CodeSide:
    """One revision: its files, its pipeline, and the stages of it that measure a model."""

    tree: Tree
    pipeline: Pipeline
    evaluators: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CodeChange:
    """A file that Git keeps and stages read, whose bytes differ.

    `stages` read it, on either side; `measures` are those of them that measure a model. `lines` is None where
    lines cannot be counted.
    """

    path: str
    change: Literal["added", "removed", "changed"]
    stages: tuple[str, ...]
    measures: tuple[str, ...] = ()
    lines: LineCounts | None = None


def code_changes(before: CodeSide, after: CodeSide) -> tuple[CodeChange, ...]:
    """Every file that differs and a stage reads, by path; not what stages or DVC write."""
    readers = [read_by(side) for side in (before, after)]
    paths = sorted({*readers[0], *readers[1]})
    before.tree.warm(paths)
    after.tree.warm(paths)
    differing = [path for path in paths if before.tree.md5(path) != after.tree.md5(path)]
    evaluators = before.evaluators | after.evaluators
    found = []
    for at, path in enumerate(differing):
        stages = tuple(dict.fromkeys((*readers[1].get(path, ()), *readers[0].get(path, ()))))
        measures = tuple(stage for stage in stages if stage in evaluators)
        found.append(_change(path, before.tree, after.tree, stages, measures, count=at < MOST_COUNTED))
    return tuple(found)


def _change(
    path: str, before: Tree, after: Tree, stages: tuple[str, ...], measures: tuple[str, ...], *, count: bool
) -> CodeChange:
    old, new = before.read(path), after.read(path)
    lines = count_lines(old, new) if count else None
    change: Literal["added", "removed", "changed"] = "changed"
    if old is None or new is None:
        change = "added" if old is None else "removed"
    return CodeChange(path, change, stages, measures, lines)


def read_by(side: CodeSide) -> dict[str, tuple[str, ...]]:
    """Which stages read each file that Git keeps and no stage and no `.dvc` file writes."""
    files = side.tree.paths()
    writers = collect_writers(side.pipeline.stages, side.pipeline.data)
    readers: dict[str, list[str]] = {}
    for stage in side.pipeline.stages:
        for dep in stage.deps:
            for path in () if dep.external else _files_at(dep.path, files):
                readers.setdefault(path, []).append(stage.name)
    return {
        path: tuple(dict.fromkeys(stages))
        for path, stages in readers.items()
        if next(writers.above(path), None) is None
    }


def _files_at(path: str, files: tuple[str, ...]) -> Iterable[str]:
    """The file of this path, or every file below the directory; `files` are sorted."""
    if path == ".":
        return files
    at = bisect_left(files, path)
    if at < len(files) and files[at] == path:
        return (path,)
    below = f"{path}/"
    start, end = bisect_left(files, below), bisect_left(files, f"{path}0")
    return files[start:end]
