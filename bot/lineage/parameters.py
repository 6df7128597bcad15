"""The parameters a stage depends on: their values now, and how they differ from the lock. Performs no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from bot.errors import InvalidFileError, Problem
from bot.lineage.document import Value
from bot.lineage.locked import LockedStage
from bot.lineage.params import find_value, parse_values
from bot.lineage.reasons import ParameterChanged
from bot.lineage.scalars import Scalar, json_text
from bot.lineage.stages import Param, Stage
from bot.lineage.workspace import Workspace


@dataclass(slots=True)
class ParameterFiles:
    """The parameter files of one revision, each read once."""

    workspace: Workspace
    _roots: dict[str, dict[Scalar, Value] | None] = field(default_factory=dict)

    def changes(self, stage: Stage, entry: LockedStage | None) -> tuple[ParameterChanged, ...]:
        """The parameters whose value is not the one recorded in `entry` (None: only check they are there).

        Raises InvalidFileError when a file or a parameter that the stage names is not in the revision.
        """
        locked = {(entry.from_root(file), key): value for file, key, value in entry.params} if entry else {}
        found: list[ParameterChanged] = []
        for param in stage.params:
            root = self._root(stage, param.file)
            if root is not None:
                found += _differences(param, _tracked(stage, root, param), locked)
        return tuple(found) if entry else ()

    def _root(self, stage: Stage, file: str) -> dict[Scalar, Value] | None:
        """The file's content; None where a stage or a `.dvc` file writes it and Git does not have it."""
        if file not in self._roots:
            self._roots[file] = self._read(stage, file)
        return self._roots[file]

    def _read(self, stage: Stage, file: str) -> dict[Scalar, Value] | None:
        data = self.workspace.tree.read(file)
        if data is None:
            if next(self.workspace.writers.above(file), None) is None:
                _refuse(stage, f"parameter file {file} is not in this revision", f"Commit {file}.")
            return None
        root = parse_values(data, file)
        if not isinstance(root, dict):
            _refuse(stage, f"{file} is not a mapping of names to values", f"Correct {file}.")
        return root


def _tracked(stage: Stage, root: dict[Scalar, Value], param: Param) -> dict[Scalar, Value]:
    if param.key is None:
        return root
    found = find_value(root, param.key)
    if found is None:
        todo = f"Add {param.key} to {param.file}, or take it out of the stage's params."
        _refuse(stage, f"parameter {param.key} is not in {param.file}", todo)
    return {param.key: found[0]}


def _differences(
    param: Param, values: dict[Scalar, Value], locked: dict[tuple[str, str], str]
) -> Iterator[ParameterChanged]:
    """Compared as Python does, as in DVC: 1 is 1.0, and NaN never equals itself."""
    for name, value in values.items():
        key, text = str(name), json_text(value)
        before = locked.get((param.file, key))
        if before is None:
            yield ParameterChanged(param.file, key, None, text)
        else:
            yield from _leaves(param.file, key, json.loads(before), json.loads(text))
    if param.key is None:
        names = {str(name) for name in values}
        for (file, key), before in locked.items():
            if file == param.file and key not in names:
                yield ParameterChanged(file, key, before, None)


def _leaves(file: str, key: str, before: object, after: object) -> Iterator[ParameterChanged]:
    """What differs, named as far down as both sides are groups of parameters."""
    if before == after:
        return
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield ParameterChanged(file, key, json.dumps(before), json.dumps(after))
        return
    for name in dict.fromkeys((*before, *after)):
        below = f"{key}.{name}"
        if name in before and name in after:
            yield from _leaves(file, below, before[name], after[name])
        else:
            sides = (json.dumps(side[name]) if name in side else None for side in (before, after))
            yield ParameterChanged(file, below, *sides)


def _refuse(stage: Stage, what: str, todo: str) -> NoReturn:
    raise InvalidFileError((Problem(stage.file, stage.line, 1, f"stages.{stage.name}", what),), todo)
