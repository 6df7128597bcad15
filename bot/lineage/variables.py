"""Which variables `vars:` and `params.yaml` bring into scope. Performs no I/O.

The rules are DVC's (dvc/parsing/context.py, 3.67): names that are not strings are dropped, mappings merge,
a name is defined once, a file is loaded whole or by keys but not both.
"""

from __future__ import annotations

import posixpath
from configparser import ConfigParser
from configparser import Error as ConfigError

from bot.lineage.document import Document, Mark, Seq, Value
from bot.lineage.interpolate import Scope, Spelling, is_template
from bot.lineage.params import parse_values
from bot.lineage.scalars import Scalar
from bot.lineage.tree import Tree

DEFAULT_FILE = "params.yaml"


def file_scope(tree: Tree, document: Document, directory: str, spelling: Spelling, declared: Value) -> Scope:
    """The scope of one `dvc.yaml`: `params.yaml` beside it when there is one, then its `vars`."""
    scope = Scope({}, {}, {}, spelling)
    default = posixpath.normpath(posixpath.join(directory, DEFAULT_FILE))
    data = tree.read(default)
    if data is not None:
        scope = _merge(document, scope, _named(document, (1, 1), data, default), default, (1, 1))
        scope.imports[default] = None
    return add_vars(tree, document, scope, directory, declared, "vars")


def add_vars(
    tree: Tree, document: Document, scope: Scope, directory: str, declared: Value, where: str
) -> Scope:
    """The scope with the entries of a `vars:` list on top; `where` names the list in messages.

    Raises InvalidFileError: a file or key that is not there, a name defined twice, a template inside.
    """
    if not declared:
        return scope
    if not isinstance(declared, Seq):
        document.reject((0, 0), where, "expected a list of files and mappings")
    for index, (entry, mark) in enumerate(zip(declared, declared.marks, strict=True)):
        if _has_template(entry):
            document.reject(mark, where, "${…} is not allowed inside vars", "Write the value out.")
        if isinstance(entry, str):
            scope = _load(tree, document, scope, directory, entry, mark)
        elif isinstance(entry, dict):
            scope = _merge(document, scope, string_names(entry), f"{where}[{index}]", mark)
        else:
            document.reject(mark, where, "expected a file name or a mapping")
    return scope


def string_names(values: dict[Scalar, Value]) -> dict[Scalar, Value]:
    """The mapping without names that are not strings, at every level: templates cannot reach those."""
    return {
        name: string_names(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if isinstance(name, str)
    }


def read_spelling(tree: Tree) -> Spelling:
    """`[parsing]` of the committed `.dvc/config`; DVC's defaults where it says nothing."""
    config = ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string((tree.read(".dvc/config") or b"").decode("utf-8", "replace"))
    except ConfigError:
        return Spelling()
    return Spelling(
        negate_false=config.get("parsing", "bool", fallback="").strip() == "boolean_optional",
        repeat_lists=config.get("parsing", "list", fallback="").strip() == "append",
    )


def _has_template(value: Value) -> bool:
    if isinstance(value, dict):
        return any(_has_template(key) or _has_template(inner) for key, inner in value.items())
    if isinstance(value, list):
        return any(_has_template(item) for item in value)
    return isinstance(value, str) and is_template(value)


def _load(tree: Tree, document: Document, scope: Scope, directory: str, entry: str, mark: Mark) -> Scope:
    name, _, listed = entry.partition(":")
    path = posixpath.normpath(posixpath.join(directory, name))
    keys = tuple(key for key in listed.split(",") if key)
    if path in scope.imports and not keys and scope.imports[path] is None:
        return scope
    _refuse_reload(document, scope, path, keys, entry, mark)
    data = tree.read(path)
    if data is None:
        todo = f"Commit {path}, or remove it from vars."
        document.reject(mark, "vars", f"{path} is not in this revision", todo)
    values = _named(document, mark, data, path)
    for key in keys:
        if key not in values:
            document.reject(
                mark, "vars", f"{path} has no key {key!r}", f"Add it to {path}, or correct the name."
            )
    chosen: dict[Scalar, Value] = {key: values[key] for key in keys} if keys else values
    merged = _merge(document, scope, chosen, path, mark)
    merged.imports[path] = (*(scope.imports.get(path) or ()), *keys) if keys else None
    return merged


def _refuse_reload(
    document: Document, scope: Scope, path: str, keys: tuple[str, ...], entry: str, mark: Mark
) -> None:
    if path not in scope.imports:
        return
    loaded = scope.imports[path]
    if loaded is None or not keys or set(keys) & set(loaded):
        document.reject(mark, "vars", f"{entry} is loaded already, whole or in part", "Name each key once.")


def _named(document: Document, mark: Mark, data: bytes, path: str) -> dict[Scalar, Value]:
    values = parse_values(data, path)
    if not isinstance(values, dict):
        document.reject(mark, "vars", f"{path} is not a mapping of names to values", f"Correct {path}.")
    return string_names(values)


def _merge(document: Document, scope: Scope, values: dict[Scalar, Value], source: str, mark: Mark) -> Scope:
    sources = dict(scope.sources)
    merged = _merged(document, scope.values, values, source, sources, mark)
    sources |= {str(name): source for name in values if str(name) not in sources}
    return Scope(merged, sources, dict(scope.imports), scope.spelling)


def _merged(
    document: Document,
    into: dict[Scalar, Value],
    values: dict[Scalar, Value],
    source: str,
    sources: dict[str, str],
    mark: Mark,
) -> dict[Scalar, Value]:
    merged = dict(into)
    for name, value in values.items():
        present = merged.get(name)
        if isinstance(present, dict) and isinstance(value, dict):
            merged[name] = _merged(document, present, value, source, sources, mark)
        elif name in merged:
            first = sources.get(str(name), "an earlier entry")
            what = f"{name} from {source} is already defined by {first}"
            document.reject(mark, "vars", what, "Keep one of the two.")
        else:
            merged[name] = value
    return merged
