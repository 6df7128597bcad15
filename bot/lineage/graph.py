"""How stages hang together by paths: who writes what another reads, and in which order. Performs no I/O."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.errors import InvalidFileError, Problem
from bot.lineage.stages import DataFile, Stage


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes a path: a stage, or a `.dvc` file (`stage` is then None)."""

    path: str
    stage: str | None
    file: str
    line: int


@dataclass(frozen=True)
class Writers:
    """Every output of a tree, found by path: exactly, above, or below a directory."""

    by_path: dict[str, Writer]
    ordered: tuple[str, ...]

    def overlapping(self, path: str) -> Iterator[Writer]:
        """The writers of `path` itself, of a directory that holds it, or of anything inside it."""
        yield from self.above(path)
        yield from self.below(path)

    def above(self, path: str) -> Iterator[Writer]:
        """The writers of `path` itself and of every directory that holds it."""
        end = len(path)
        while end > 0:
            found = self.by_path.get(path[:end])
            if found is not None:
                yield found
            end = path.rfind("/", 0, end)

    def below(self, directory: str) -> Iterator[Writer]:
        """The writers of anything strictly inside `directory` ("." is the root)."""
        prefix = "" if directory == "." else f"{directory}/"
        start = bisect_left(self.ordered, prefix)
        for path in self.ordered[start:]:
            if not path.startswith(prefix):
                return
            yield self.by_path[path]


def collect_writers(stages: Iterable[Stage], data: Iterable[DataFile]) -> Writers:
    """Every output by its path.

    Raises InvalidFileError when two outputs are the same path, or one lies inside another.
    """
    writers: dict[str, Writer] = {}
    for writer in _all_writers(stages, data):
        other = writers.get(writer.path)
        if other is not None:
            _refuse(writer, other, f"{writer.path} is also an output of {_who(other)}")
        writers[writer.path] = writer
    found = Writers(writers, tuple(sorted(writers)))
    for writer in writers.values():
        outer = next((above for above in found.above(writer.path) if above is not writer), None)
        if outer is not None:
            _refuse(writer, outer, f"{writer.path} lies inside {outer.path}, an output of {_who(outer)}")
    return found


def _all_writers(stages: Iterable[Stage], data: Iterable[DataFile]) -> Iterator[Writer]:
    for item in data:
        yield Writer(item.path, None, item.file, 1)
    for stage in stages:
        for out in stage.outs:
            yield Writer(out.path, stage.name, stage.file, stage.line)


def _who(writer: Writer) -> str:
    return f"{writer.stage} ({writer.file}:{writer.line})" if writer.stage else writer.file


def _refuse(writer: Writer, other: Writer, what: str) -> None:
    problem = Problem(writer.file, writer.line, 1, writer.stage or "outs", what)
    todo = "Give every output a path of its own; each path has one writer."
    raise InvalidFileError((problem,), todo if writer.file else str(other))


def order_stages(stages: tuple[Stage, ...], writers: Writers) -> tuple[Stage, ...]:
    """The stages, each after those it reads from, otherwise in the order of the files.

    Raises InvalidFileError for a cycle, naming it; one through a frozen stage is one too, as for DVC.
    """
    by_name = {stage.name: stage for stage in stages}
    needs = {stage.name: _needs(stage, writers) for stage in stages}
    done: dict[str, Stage] = {}
    for stage in stages:
        _visit(stage.name, by_name, needs, done)
    return tuple(done.values())


def input_paths(stage: Stage) -> tuple[str, ...]:
    """Every path the stage reads: dependencies and parameter files, without repetition."""
    return tuple(dict.fromkeys((*(dep.path for dep in stage.deps), *(param.file for param in stage.params))))


def _needs(stage: Stage, writers: Writers) -> list[str]:
    names = (writer.stage for path in input_paths(stage) for writer in writers.overlapping(path))
    return list(dict.fromkeys(name for name in names if name is not None))


def _visit(name: str, by_name: dict[str, Stage], needs: dict[str, list[str]], done: dict[str, Stage]) -> None:
    """Depth first with a stack of our own: a thousand stages in a row are no deep recursion."""
    path: dict[str, Iterator[str]] = {} if name in done else {name: iter(needs[name])}
    while path:
        current = next(reversed(path))
        following = next((need for need in path[current] if need not in done), None)
        if following is None:
            path.pop(current)
            done[current] = by_name[current]
        elif following in path:
            _refuse_cycle([*path, following], by_name)
        else:
            path[following] = iter(needs[following])


def _refuse_cycle(path: list[str], by_name: dict[str, Stage]) -> None:
    cycle = path[path.index(path[-1]) :]
    stage = by_name[cycle[0]]
    what = f"stages read from each other in a circle: {' → '.join(cycle)}"
    problem = Problem(stage.file, stage.line, 1, stage.name, what)
    raise InvalidFileError((problem,), "Take one of these dependencies away.")
