"""Why a stage has to run: a revision's files against its own `dvc.lock`. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.lineage.graph import input_paths
from bot.lineage.locked import LockedFile, LockedStage
from bot.lineage.parameters import ParameterFiles
from bot.lineage.reasons import (
    AlwaysChanged,
    CommandChanged,
    DependencyChanged,
    DependencyMissing,
    DependencyUnknown,
    NeverRun,
    NewStage,
    OutputChanged,
    OutputsDeclaredChanged,
    Reason,
    UpstreamChanged,
)
from bot.lineage.stages import Dep, Stage
from bot.lineage.workspace import Absent, Known, Opaque, Workspace


@dataclass(slots=True)
class Staleness:
    """Asks one stage after another, in an order in which they can run, and remembers which do.

    `base` settles only what `head` alone cannot tell: None when there is no base to compare with.
    """

    head: Workspace
    base: Workspace | None
    parameters: ParameterFiles
    running: set[str] = field(default_factory=set)

    def reasons(self, stage: Stage) -> tuple[Reason, ...]:
        """Every reason for which the stage has to run; empty when it need not. A frozen stage never runs.

        Raises InvalidFileError when a parameter the stage names is not there.
        """
        if stage.frozen:
            return ()
        found = tuple(self._find(stage))
        if found:
            self.running.add(stage.name)
        return found

    def _find(self, stage: Stage) -> Iterator[Reason]:
        entry = self.head.lock.stage(stage.name)
        parameters = self.parameters.changes(stage, entry)
        if stage.always_changed or stage.callback:
            yield AlwaysChanged()
        if entry is None:
            is_new = self.base is not None and self.base.pipeline.stage(stage.name) is None
            yield NewStage() if is_new else NeverRun()
        elif (entry.cmd, entry.cmd_list) != (stage.cmd, stage.cmd_list):
            yield CommandChanged(entry.cmd, stage.cmd)
        yield from parameters
        yield from self._upstream(stage)
        for dep in stage.deps:
            yield from self._dependency(stage, dep, entry)
        if entry is not None:
            yield from self._outputs(stage, entry)

    def _upstream(self, stage: Stage) -> Iterator[UpstreamChanged]:
        seen: set[str] = set()
        for path in input_paths(stage):
            for writer in self.head.writers.overlapping(path):
                if writer.stage is not None and writer.stage in self.running and writer.stage not in seen:
                    seen.add(writer.stage)
                    yield UpstreamChanged(writer.stage, writer.path)

    def _dependency(self, stage: Stage, dep: Dep, entry: LockedStage | None) -> Iterator[Reason]:
        if dep.external or any(w.stage in self.running for w in self.head.writers.overlapping(dep.path)):
            return
        locked = locked_dependency(entry, dep.path)
        content = self.head.content(dep.path, locked.hash if locked else "md5")
        if isinstance(content, Absent):
            yield DependencyMissing(dep.path)
        elif entry is None:
            return
        elif locked is None or (isinstance(content, Known) and locked.md5 != content.md5):
            yield DependencyChanged(dep.path)
        elif isinstance(content, Opaque) and self._may_differ(stage, dep, locked, content):
            yield DependencyUnknown(dep.path)

    def _may_differ(self, stage: Stage, dep: Dep, locked: LockedFile, content: Opaque) -> bool:
        """Whether the data around a dependency moved since the base while the recorded hash did not."""
        if self.base is None:
            return False
        before = locked_dependency(self.base.lock.stage(stage.name), dep.path)
        if before is None or before.md5 != locked.md5:
            return False
        return self.base.content(dep.path, locked.hash) != content

    def _outputs(self, stage: Stage, entry: LockedStage) -> Iterator[Reason]:
        locked = {entry.from_root(out.path): out for out in entry.outs}
        added = tuple(out.path for out in stage.outs if out.path not in locked)
        if added:
            declared = {out.path for out in stage.outs}
            yield OutputsDeclaredChanged(added, tuple(path for path in locked if path not in declared))
        for out in stage.outs:
            if not out.cache and out.path in locked and self._output_differs(out.path, locked[out.path]):
                yield OutputChanged(out.path)

    def _output_differs(self, path: str, locked: LockedFile) -> bool:
        """Git has other bytes than the lock says, or has them no longer.

        An uncached output that Git never had is not judged: each clone lacks it, and `--allow-missing`
        does not mind.
        """
        now = self.head.tracked_output(path, locked.hash)
        if now is None:
            return self.base is not None and self.base.tracked_output(path, locked.hash) is not None
        return now != locked.md5


def locked_dependency(entry: LockedStage | None, path: str) -> LockedFile | None:
    """What an entry recorded for the dependency at `path` (from the root), None when it did not."""
    deps = entry.deps if entry else ()
    return next((dep for dep in deps if entry is not None and entry.from_root(dep.path) == path), None)
