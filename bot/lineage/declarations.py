"""What `dvc.yaml` declares beside stages: artifacts, metrics, plots. Performs no I/O."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from bot.lineage.document import Document, Map, Mark, Seq, Value
from bot.lineage.interpolate import Scope, resolve
from bot.lineage.scalars import Scalar
from bot.lineage.stage_definition import from_root
from bot.lineage.stages import Artifact, PlotDeclaration, PlotSeries


def declared_artifacts(document: Document, scope: Scope, root: Map) -> Iterator[Artifact]:
    """The entries of `artifacts:`. Raises InvalidFileError for one without a path."""
    section = _section(document, scope, root, "artifacts")
    if section is None:
        return
    if not isinstance(section, Map):
        document.reject(root.marks["artifacts"], "artifacts", "expected a mapping of names")
    directory = posixpath.dirname(document.file)
    for name, entry in section.items():
        mark = section.marks[name]
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
            document.reject(mark, f"artifacts.{name}", "expected a mapping with a path")
        labels = entry.get("labels")
        yield Artifact(
            name=str(name),
            path=from_root(directory, str(entry["path"])),
            type=_text(entry.get("type")) or "",
            desc=_text(entry.get("desc")) or "",
            labels=tuple(str(label) for label in labels) if isinstance(labels, list) else (),
            file=document.file,
            line=mark[0],
        )


def declared_metrics(document: Document, scope: Scope, root: Map) -> Iterator[str]:
    """The files of the top-level `metrics:`."""
    directory = posixpath.dirname(document.file)
    for item, mark in _items(document, scope, root, "metrics"):
        if not isinstance(item, str):
            document.reject(mark, "metrics", "expected a path")
        yield from_root(directory, item)


def declared_plots(document: Document, scope: Scope, root: Map) -> Iterator[PlotDeclaration]:
    """The entries of the top-level `plots:`: a path, or a name with what to draw."""
    directory = posixpath.dirname(document.file)
    for item, mark in _items(document, scope, root, "plots"):
        entries: dict[Scalar, Value] = item if isinstance(item, dict) else {str(item): None}
        for name, options in entries.items():
            chosen = options if isinstance(options, dict) else {}
            yield _plot(document, directory, str(name), chosen, mark)


def stage_plots(document: Document, wdir: str, resolved: Map) -> Iterator[PlotDeclaration]:
    """The plots a stage writes, one for each set of options."""
    listed = resolved.get("plots")
    if not isinstance(listed, Seq):
        return
    for item, mark in zip(listed, listed.marks, strict=True):
        entries: dict[Scalar, Value] = item if isinstance(item, dict) else {str(item): {}}
        for path, options in entries.items():
            for option in options if isinstance(options, list) else [options]:
                yield _plot(document, wdir, str(path), option if isinstance(option, dict) else {}, mark)


def _plot(
    document: Document, directory: str, name: str, options: dict[Scalar, Value], mark: Mark
) -> PlotDeclaration:
    return PlotDeclaration(
        name=name,
        series=tuple(_series(directory, name, options.get("x"), options.get("y"))),
        template=_text(options.get("template")),
        title=_text(options.get("title")),
        x_label=_text(options.get("x_label")),
        y_label=_text(options.get("y_label")),
        file=document.file,
        line=mark[0],
        header=options.get("header", True) is not False,
    )


def _series(directory: str, name: str, x: Value, y: Value) -> Iterator[PlotSeries]:
    """Where the values stand: fields of the file the plot is named after, or `{file: field}` for each."""
    x_file, x_field = None, _text(x)
    if isinstance(x, dict):
        x_file, x_field = next(((str(file), _text(column)) for file, column in x.items()), (None, None))
    sources = y.items() if isinstance(y, dict) else [(name, y)]
    for file, columns in sources:
        path = from_root(directory, str(file))
        for column in columns if isinstance(columns, list) else [columns]:
            x_path = from_root(directory, x_file) if x_file else path
            yield PlotSeries(path, _text(column), x_path if x_field else None, x_field)


def _section(document: Document, scope: Scope, root: Map, name: str) -> Value:
    if name not in root:
        return None
    return resolve(document, scope, root[name], root.marks[name], name)


def _items(document: Document, scope: Scope, root: Map, name: str) -> Iterator[tuple[Value, Mark]]:
    section = _section(document, scope, root, name)
    if section is None:
        return
    if not isinstance(section, Seq):
        document.reject(root.marks[name], name, "expected a list")
    yield from zip(section, section.marks, strict=True)


def _text(value: Value) -> str | None:
    return None if value is None or isinstance(value, list | dict) else str(value)
