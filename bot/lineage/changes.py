"""What differs between base and head for a stage that need not run. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from bot.lineage.locked import LockedFile, LockedStage
from bot.lineage.reasons import (
    CommandChanged,
    DefinitionChanged,
    DependencyChanged,
    NewStage,
    OutputsDeclaredChanged,
    ParameterChanged,
    Reason,
    ResultChanged,
)
from bot.lineage.stages import Stage
from bot.lineage.workspace import Workspace


def changes_since(stage: Stage, base: Workspace | None, head: Workspace) -> Iterator[Reason]:
    """How the stage's definition and its recorded run differ from the base's; nothing without a base."""
    if base is None:
        return
    before = base.pipeline.stage(stage.name)
    if before is None:
        yield NewStage()
        return
    found = list(_recorded(base.lock.stage(stage.name), head.lock.stage(stage.name)))
    found += [reason for reason in _declared(before, stage) if reason not in found]
    if not found and before != stage:
        found.append(DefinitionChanged())
    yield from found


def _recorded(before: LockedStage | None, after: LockedStage | None) -> Iterator[Reason]:
    if after is None:
        return
    if before is None:
        yield from (ResultChanged(after.from_root(out.path)) for out in after.outs)
        return
    if before.cmd != after.cmd:
        yield CommandChanged(before.cmd, after.cmd)
    old = {(before.from_root(file), key): value for file, key, value in before.params}
    new = {(after.from_root(file), key): value for file, key, value in after.params}
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield ParameterChanged(*name, old.get(name), new.get(name))
    yield from map(DependencyChanged, _differing(before, before.deps, after, after.deps))
    yield from map(ResultChanged, _differing(before, before.outs, after, after.outs))


def _differing(
    before: LockedStage, old: tuple[LockedFile, ...], after: LockedStage, new: tuple[LockedFile, ...]
) -> Iterator[str]:
    hashes = {before.from_root(item.path): (item.hash, item.md5) for item in old}
    for item in new:
        path = after.from_root(item.path)
        if hashes.pop(path, None) != (item.hash, item.md5):
            yield path
    yield from hashes


def _declared(before: Stage, after: Stage) -> Iterator[Reason]:
    if (before.cmd, before.cmd_list) != (after.cmd, after.cmd_list):
        yield CommandChanged(before.cmd, after.cmd)
    old, new = (tuple(out.path for out in stage.outs) for stage in (before, after))
    added, removed = (tuple(p for p in one if p not in other) for one, other in ((new, old), (old, new)))
    if added or removed:
        yield OutputsDeclaredChanged(added, removed)
