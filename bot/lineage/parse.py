"""Every `dvc.yaml` and `.dvc` file of a tree → one `Pipeline`. Performs no I/O."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from bot.errors import InvalidFileError, Problem
from bot.lineage.datafile import parse_data_file
from bot.lineage.declarations import declared_artifacts, declared_metrics, declared_plots, stage_plots
from bot.lineage.document import Document, Map, parse_document
from bot.lineage.expand import Member, expand
from bot.lineage.graph import collect_writers, order_stages
from bot.lineage.ignore import read_ignore
from bot.lineage.interpolate import Scope, Spelling
from bot.lineage.stage_definition import define_stage
from bot.lineage.stages import Artifact, DataFile, Pipeline, PlotDeclaration, Stage
from bot.lineage.tree import Tree
from bot.lineage.variables import file_scope, read_spelling


@dataclass(slots=True)
class _Found:
    """What the files say, before order: filled file by file."""

    stages: list[Stage] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    plots: list[PlotDeclaration] = field(default_factory=list)
    data: list[DataFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    todo: str = ""

    def note(self, error: InvalidFileError) -> None:
        """Keep a problem and go on, so that a person sees all of them at once."""
        self.problems += error.problems
        self.todo = self.todo or error.todo


def parse_pipeline(tree: Tree) -> Pipeline:
    """The pipeline of a tree: every file DVC would find, `matrix`, `foreach`, `vars` and `${…}` resolved.

    Raises InvalidFileError with every problem found: YAML, keys, variables, outputs with two writers, cycles.
    """
    found = _Found()
    ignore = read_ignore(tree)
    spelling = read_spelling(tree)
    paths = [path for path in tree.paths() if _is_pipeline_file(path) and not ignore.ignored(path)]
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        try:
            _read_file(tree, path, spelling, found)
        except InvalidFileError as error:
            found.note(error)
    if found.problems:
        raise InvalidFileError(tuple(dict.fromkeys(found.problems)), found.todo)
    return _pipeline(found)


def _is_pipeline_file(path: str) -> bool:
    name = posixpath.basename(path)
    return name == "dvc.yaml" or (name.endswith(".dvc") and name != ".dvc")


def _pipeline(found: _Found) -> Pipeline:
    stages = tuple(found.stages)
    writers = collect_writers(stages, found.data)
    written = (out.path for stage in stages for out in stage.outs if out.kind == "metric")
    return Pipeline(
        stages=order_stages(stages, writers),
        artifacts=tuple(found.artifacts),
        metrics=tuple(dict.fromkeys((*written, *found.metrics))),
        plots=tuple(found.plots),
        data=tuple(found.data),
    )


def _read_file(tree: Tree, path: str, spelling: Spelling, found: _Found) -> None:
    data = tree.read(path) or b""
    if path.endswith(".dvc"):
        found.data += parse_data_file(data, path)
        return
    document = parse_document(data, path)
    root = document.root
    if root is None:
        return
    if not isinstance(root, Map):
        document.reject((0, 0), "", "expected a mapping with stages")
    scope = file_scope(tree, document, posixpath.dirname(path), spelling, root.get("vars"))
    _read_stages(tree, document, scope, root, found)
    found.artifacts += declared_artifacts(document, scope, root)
    found.metrics += declared_metrics(document, scope, root)
    found.plots += declared_plots(document, scope, root)


def _read_stages(tree: Tree, document: Document, scope: Scope, root: Map, found: _Found) -> None:
    section = root.get("stages")
    if section is None:
        return
    if not isinstance(section, Map):
        document.reject(root.marks["stages"], "stages", "expected a mapping of names to stages")
    for name, definition in section.items():
        mark = section.marks[name]
        try:
            for member in expand(document, scope, str(name), definition, mark):
                _read_member(tree, document, member, mark, found)
        except InvalidFileError as error:
            found.note(error)


def _read_member(
    tree: Tree, document: Document, member: Member, mark: tuple[int, int], found: _Found
) -> None:
    stage, resolved = define_stage(tree, document, member, mark)
    found.stages.append(stage)
    found.plots += stage_plots(document, stage.wdir, resolved)
