"""Whether a lock can have come from one reproduction of its pipeline. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from bot.lineage.graph import Writer, Writers, collect_writers
from bot.lineage.locked import Lock, LockedStage
from bot.lineage.stages import Pipeline


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """One way in which a lock contradicts itself or its `dvc.yaml`.

    `dependency`: `stage` recorded `found` for `path`, whose writer recorded `expected` (`writer` names it):
    the entries come from different runs. `orphan`: an entry of a stage that does not exist.
    `missing`: a stage without an entry. `outputs`: `path` is declared and not recorded.
    """

    kind: Literal["dependency", "orphan", "missing", "outputs"]
    stage: str
    path: str = ""
    writer: str = ""
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        match self.kind:
            case "dependency":
                recorded = f"{self.stage} read {self.path} as {self.found or 'nothing'}"
                return f"{recorded}, but {self.writer} wrote {self.expected or 'nothing'}"
            case "orphan":
                return f"{self.stage} is in dvc.lock and not in dvc.yaml"
            case "missing":
                return f"{self.stage} has no entry in dvc.lock"
            case "outputs":
                return f"{self.stage} declares the output {self.path} and dvc.lock has no record of it"
            case _:
                assert_never(self.kind)


def inconsistencies(pipeline: Pipeline, lock: Lock) -> tuple[Inconsistency, ...]:
    """Everything in the lock that no single reproduction of this pipeline can have written.

    A dependency inside or around an output directory is not judged: only the data could tell.
    """
    writers = collect_writers(pipeline.stages, pipeline.data)
    data = {item.path: item.md5 for item in pipeline.data}
    found: list[Inconsistency] = []
    for stage in pipeline.stages:
        entry = lock.stage(stage.name)
        if entry is None:
            found.append(Inconsistency("missing", stage.name))
            continue
        recorded = {entry.from_root(out.path) for out in entry.outs}
        found += (
            Inconsistency("outputs", stage.name, out.path) for out in stage.outs if out.path not in recorded
        )
        if not stage.frozen:
            found += _dependencies(entry, writers, lock, data)
    names = {stage.name for stage in pipeline.stages}
    found += (Inconsistency("orphan", entry.name) for entry in lock.stages if entry.name not in names)
    return tuple(found)


def _dependencies(
    entry: LockedStage, writers: Writers, lock: Lock, data: dict[str, str | None]
) -> Iterator[Inconsistency]:
    for dep in entry.deps:
        path = entry.from_root(dep.path)
        writer = writers.by_path.get(path)
        if writer is None:
            continue
        expected = _written(writer, lock, data)
        if expected != dep.md5:
            name = writer.stage or writer.file
            yield Inconsistency("dependency", entry.name, path, name, expected or "", dep.md5 or "")


def _written(writer: Writer, lock: Lock, data: dict[str, str | None]) -> str | None:
    if writer.stage is None:
        return data.get(writer.path)
    out = lock.out(writer.path)
    return out.md5 if out else None
