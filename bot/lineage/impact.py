"""Which stages a change makes out of date, and why. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.errors import InvalidFileError
from bot.lineage.changes import changes_since
from bot.lineage.parameters import ParameterFiles
from bot.lineage.parse import parse_pipeline
from bot.lineage.read_lock import read_lock
from bot.lineage.reasons import (
    AlwaysChanged,
    CommandChanged,
    DefinitionChanged,
    DependencyChanged,
    DependencyMissing,
    DependencyUnknown,
    NeverRun,
    NewStage,
    OutputChanged,
    OutputsDeclaredChanged,
    ParameterChanged,
    Reason,
    ResultChanged,
    StageRemoved,
    UpstreamChanged,
    reason_phrase,
)
from bot.lineage.stages import Stage
from bot.lineage.staleness import Staleness
from bot.lineage.tree import Tree
from bot.lineage.workspace import Workspace, open_workspace

__all__ = [
    "AlwaysChanged",
    "CommandChanged",
    "DataChange",
    "DefinitionChanged",
    "DependencyChanged",
    "DependencyMissing",
    "DependencyUnknown",
    "Impact",
    "NeverRun",
    "NewStage",
    "OutputChanged",
    "OutputsDeclaredChanged",
    "ParameterChanged",
    "Reason",
    "ResultChanged",
    "StageImpact",
    "StageRemoved",
    "UnknownDependency",
    "UpstreamChanged",
    "impact_of",
    "reason_phrase",
]


@dataclass(frozen=True, slots=True)
class StageImpact:
    """What a change means for one stage, with every reason found.

    `run`: DVC has to run it. `changed`: nothing to run, but its definition or its recorded result is not
    the base's (the author committed the lock, a revert). `removed`: the base has it, the head has not.
    """

    stage: str
    action: Literal["run", "changed", "removed"]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class DataChange:
    """A `.dvc` file whose data changed between base and head; None where that side does not have it."""

    file: str
    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class UnknownDependency:
    """A dependency that no tree can tell about (a URL, a path outside): taken to be as the lock says."""

    stage: str
    path: str


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change makes out of date. `stages` are in the order in which they can run, removed ones last.

    `base_problem` is set when the base's own pipeline cannot be read: then nothing is compared with it.
    """

    stages: tuple[StageImpact, ...]
    unaffected: tuple[str, ...]
    data: tuple[DataChange, ...] = ()
    unknown: tuple[UnknownDependency, ...] = ()
    base_problem: str = ""

    @property
    def to_run(self) -> tuple[str, ...]:
        """The stages to run, each after the ones it reads from."""
        return tuple(stage.stage for stage in self.stages if stage.action == "run")

    @property
    def empty(self) -> bool:
        """Whether the change touches neither stage nor data, so that nothing has to start."""
        return not self.stages and not self.data and not self.base_problem


def impact_of(base: Tree, head: Tree) -> Impact:
    """The impact of going from `base` to `head`.

    Raises InvalidFileError, with file and line, when the head's pipeline cannot be read.
    """
    head_side = _open(head)
    head.warm(dep.path for stage in head_side.pipeline.stages for dep in stage.deps)
    base_side, problem = _open_base(base)
    staleness = Staleness(head_side, base_side, ParameterFiles(head_side))
    stages: list[StageImpact] = []
    unaffected: list[str] = []
    for stage in head_side.pipeline.stages:
        impact = _stage_impact(stage, staleness)
        if impact is None:
            unaffected.append(stage.name)
        else:
            stages.append(impact)
    return Impact(
        stages=(*stages, *_removed(base_side, head_side)),
        unaffected=tuple(unaffected),
        data=tuple(_data_changes(base_side, head_side)),
        unknown=tuple(_unknown(head_side.pipeline.stages)),
        base_problem=problem,
    )


def _open(tree: Tree) -> Workspace:
    pipeline = parse_pipeline(tree)
    return open_workspace(tree, pipeline, read_lock(tree, pipeline))


def _open_base(tree: Tree) -> tuple[Workspace | None, str]:
    """A base that cannot be read must not stop the change that repairs it: say so and go without."""
    try:
        return _open(tree), ""
    except InvalidFileError as error:
        return None, error.what


def _stage_impact(stage: Stage, staleness: Staleness) -> StageImpact | None:
    reasons = staleness.reasons(stage)
    if reasons:
        return StageImpact(stage.name, "run", reasons)
    changes = tuple(changes_since(stage, staleness.base, staleness.head))
    return StageImpact(stage.name, "changed", changes) if changes else None


def _removed(base: Workspace | None, head: Workspace) -> Iterator[StageImpact]:
    for stage in base.pipeline.stages if base else ():
        if head.pipeline.stage(stage.name) is None:
            yield StageImpact(stage.name, "removed", (StageRemoved(),))


def _data_changes(base: Workspace | None, head: Workspace) -> Iterator[DataChange]:
    before = {(item.file, item.path): item.md5 for item in base.pipeline.data} if base else {}
    after = {(item.file, item.path): item.md5 for item in head.pipeline.data}
    for name in dict.fromkeys((*before, *after)) if base else ():
        if before.get(name) != after.get(name) or (name in before) != (name in after):
            yield DataChange(*name, before.get(name), after.get(name))


def _unknown(stages: tuple[Stage, ...]) -> Iterator[UnknownDependency]:
    for stage in stages:
        yield from (UnknownDependency(stage.name, dep.path) for dep in stage.deps if dep.external)
