"""Parameter files as DVC reads them: YAML, JSON, TOML and the constants of a Python file. Performs no I/O."""

from __future__ import annotations

import ast
import json
from typing import NoReturn, cast

from bot.errors import InvalidFileError, Problem
from bot.lineage.document import Value, parse_document
from bot.lineage.scalars import Scalar
from bot.lineage.toml import TomlError, load_toml


def parse_values(data: bytes, file: str) -> Value:
    """The content of a parameter file, by its suffix (anything unknown is YAML, as for DVC); {} when empty.

    Raises InvalidFileError naming file and line.
    """
    suffix = file.lower().rpartition(".")[2]
    if suffix == "json":
        return _json(data, file) or {}
    if suffix == "toml":
        return _toml(data, file)
    if suffix == "py":
        return _python(data, file)
    return parse_document(data, file).root or {}


def find_value(root: Value, key: str) -> tuple[Value] | None:
    """The value at a dotted key, wrapped so that a null is not an absence; None when there is none.

    A list is entered by index, as DVC's dpath does.
    """
    value = root
    for part in key.split("."):
        if isinstance(value, dict):
            name = part if part in value else next((k for k in value if str(k) == part), None)
            if name is None:
                return None
            value = value[name]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return (value,)


def _fail(file: str, line: int, col: int, what: str) -> NoReturn:
    raise InvalidFileError((Problem(file, line, col, "", what),), f"Correct {file}.")


def _json(data: bytes, file: str) -> Value:
    def unique(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
        found = dict(pairs)
        if len(found) != len(pairs):
            repeated = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
            _fail(file, 0, 0, f"duplicate key {repeated!r}")
        return found

    try:
        return cast("Value", json.loads(data, object_pairs_hook=unique))
    except json.JSONDecodeError as error:
        _fail(file, error.lineno, error.colno, f"not valid JSON: {error.msg}")
    except (UnicodeDecodeError, RecursionError) as error:
        _fail(file, 0, 0, f"not valid JSON: {error}")


def _toml(data: bytes, file: str) -> Value:
    try:
        return cast("Value", load_toml(data.decode("utf-8")))
    except UnicodeDecodeError as error:
        _fail(file, 0, 0, f"not valid TOML: {error}")
    except TomlError as error:
        _fail(file, error.line, error.col, f"not valid TOML: {error.what}")


def _python(data: bytes, file: str) -> Value:
    try:
        return _constants(ast.parse(data, filename=file).body, own=False)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", 0) or 0
        _fail(file, line, 1, f"not valid Python: {error}")


def _constants(body: list[ast.stmt], *, own: bool) -> dict[Scalar, Value]:
    """Literal assignments, classes as mappings, `self.x = …` of `__init__` (dvc/utils/serialize/_py.py)."""
    found: dict[Scalar, Value] = {}
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            found[statement.name] = _constants(statement.body, own=False)
        elif isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            found.update(_constants(statement.body, own=True))
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            found.update(_assigned(statement, own=own))
    return found


def _assigned(statement: ast.Assign | ast.AnnAssign, *, own: bool) -> dict[Scalar, Value]:
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else statement.targets
    name = _target_name(targets[0], own=own) if len(targets) == 1 else None
    if name is None or statement.value is None:
        return {}
    try:
        value = ast.literal_eval(statement.value)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return {}
    return {name: list(value) if isinstance(value, set | tuple) else value}


def _target_name(target: ast.expr, *, own: bool) -> str | None:
    if isinstance(target, ast.Name) and not own:
        return target.id
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
        return target.attr
    return None
