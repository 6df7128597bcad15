"""A DVC pipeline as values. Every path is posix and relative to the root of the repository, unless it is
external (a URL, an absolute path, a path above the root), which stays as written. Performs no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal


@dataclass(frozen=True, slots=True)
class Dep:
    """A file or directory that a stage reads."""

    path: str

    @property
    def external(self) -> bool:
        """Whether the path lies outside the repository, where a tree cannot tell its state."""
        return is_external(self.path)


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter a stage depends on; `key` is dotted, None when the stage tracks the whole file."""

    file: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Out:
    """A file or directory that a stage writes. `cache` false: Git keeps it (or nobody), not DVC."""

    path: str
    cache: bool = True
    kind: Literal["out", "metric", "plot"] = "out"
    persist: bool = False
    push: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage after interpolation.

    `name` is DVC's address of it: `train`, `sub/dvc.yaml:train`, `train@a`. `cmd` is what a person reads;
    when `dvc.yaml` gave a list it is its lines, and `cmd_list` is the list. Position and description do not
    take part in equality: two equal stages define the same work.
    """

    name: str
    file: str
    line: int = field(compare=False)
    wdir: str
    cmd: str
    cmd_list: tuple[str, ...] | None = None
    deps: tuple[Dep, ...] = ()
    params: tuple[Param, ...] = ()
    outs: tuple[Out, ...] = ()
    frozen: bool = False
    always_changed: bool = False
    desc: str = field(default="", compare=False)

    @property
    def callback(self) -> bool:
        """Whether it has neither dependencies nor outputs, so that DVC runs it every time."""
        return not (self.deps or self.params or self.outs)


@dataclass(frozen=True, slots=True)
class Artifact:
    """An `artifacts:` entry: the name people use for an output, `dvc artifacts get`'s declaration."""

    name: str
    path: str
    type: str
    desc: str
    labels: tuple[str, ...]
    file: str
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class PlotSeries:
    """One line of a plot: `y` of the file `path` against `x` of `x_path` (None: DVC's default, the index)."""

    path: str
    y: str | None = None
    x_path: str | None = None
    x: str | None = None


@dataclass(frozen=True, slots=True)
class PlotDeclaration:
    """A plot that `dvc.yaml` declares, at the top level or as an output of a stage.

    `header` false: the first row of the table holds values already.
    """

    name: str
    series: tuple[PlotSeries, ...]
    template: str | None
    title: str | None
    x_label: str | None
    y_label: str | None
    file: str
    line: int = field(compare=False)
    header: bool = True


@dataclass(frozen=True, slots=True)
class DataFile:
    """One output of a `.dvc` file (`dvc add`, `dvc import`). Sizes are bytes; None: not recorded."""

    file: str
    path: str
    hash: str
    md5: str | None
    size: int | None
    nfiles: int | None


@dataclass(frozen=True)
class Pipeline:
    """Every stage of a tree, each after the stages whose outputs it reads, and what `dvc.yaml` declares.

    `metrics` are the metrics files of stages and of the top level, without repetition.
    """

    stages: tuple[Stage, ...]
    artifacts: tuple[Artifact, ...] = ()
    metrics: tuple[str, ...] = ()
    plots: tuple[PlotDeclaration, ...] = ()
    data: tuple[DataFile, ...] = ()

    def stage(self, name: str) -> Stage | None:
        """The stage with this address, None when there is none."""
        return self._by_name.get(name)

    def producer(self, path: str) -> Stage | None:
        """The stage that declares exactly this path as an output, None when no stage does."""
        return self._by_out.get(path)

    @cached_property
    def _by_name(self) -> dict[str, Stage]:
        return {stage.name: stage for stage in self.stages}

    @cached_property
    def _by_out(self) -> dict[str, Stage]:
        return {out.path: stage for stage in self.stages for out in stage.outs}


def is_external(path: str) -> bool:
    """Whether a normalised path leaves the repository: a URL, an absolute path, or one that starts above."""
    return "://" in path or path.startswith(("/", "../")) or path == ".."
