"""The files that a pipeline's `plots:` name and Git keeps. Performs no I/O.

A declared path may be a directory: then every file in it is a plot. Of two declarations around a file the
closer one counts (dvc/repo/plots/__init__.py, 3.67). What DVC keeps (a cached output, a `.dvc` file) is not
here: its recorded hash says whether it changed, and its bytes are not in Git.
"""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from bot.lineage.stages import Pipeline, PlotDeclaration, is_external
from bot.lineage.tree import Tree

IMAGES = frozenset((".png", ".svg", ".jpg", ".jpeg", ".gif"))


@dataclass(frozen=True, slots=True)
class Plot:
    """A file that `plots:` names, with what is declared of it; `data` is None where Git does not have it."""

    path: str
    declarations: tuple[PlotDeclaration, ...]
    data: bytes | None = field(repr=False)

    @property
    def suffix(self) -> str:
        """What kind of file its name says it is: `.json`, in small letters."""
        return posixpath.splitext(self.path)[1].lower()

    @property
    def image(self) -> bool:
        """Whether it is a picture already."""
        return self.suffix in IMAGES

    @property
    def header(self) -> bool:
        """Whether the first row of a table names its columns."""
        return all(declaration.header for declaration in self.declarations)

    @property
    def drawn(self) -> tuple[str, ...]:
        """The columns of this file that a plot asks for, without repetition."""
        series = [one for declaration in self.declarations for one in declaration.series]
        x = (one.x for one in series if one.x_path and _holds(one.x_path, self.path))
        y = (one.y for one in series if _holds(one.path, self.path))
        return tuple(dict.fromkeys(name for name in (*x, *y) if name is not None))


def read_plots(tree: Tree, pipeline: Pipeline) -> tuple[Plot, ...]:
    """Every file that the pipeline's plots name and DVC does not keep, by path."""
    named = _named(pipeline)
    kept = {out.path for stage in pipeline.stages for out in stage.outs if out.cache}
    kept |= {data.path for data in pipeline.data}
    found = {file: named[path] for file in tree.paths() if (path := _closest(file, named)) is not None}
    there = {above for file in found for above in _above(file)}
    whole = found | {path: named[path] for path in named if path not in there}
    return tuple(
        Plot(path, tuple(whole[path]), tree.read(path)) for path in sorted(whole) if not _closest(path, kept)
    )


def _named(pipeline: Pipeline) -> dict[str, list[PlotDeclaration]]:
    named: dict[str, list[PlotDeclaration]] = {}
    for declaration in pipeline.plots:
        paths = [path for one in declaration.series for path in (one.path, one.x_path)]
        for path in dict.fromkeys(path for path in paths if path and not is_external(path)):
            named.setdefault(path, []).append(declaration)
    return named


def _holds(declared: str, path: str) -> bool:
    return path == declared or path.startswith(f"{declared}/")


def _closest(path: str, among: Container[str]) -> str | None:
    return next((above for above in _above(path) if above in among), None)


def _above(path: str) -> Iterator[str]:
    while path:
        yield path
        path = posixpath.dirname(path)
