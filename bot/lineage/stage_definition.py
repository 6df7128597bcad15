"""One stage of `dvc.yaml`, resolved into a `Stage`. Performs no I/O."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Literal

from bot.lineage.document import Document, Map, Mark, Seq, Value
from bot.lineage.expand import Member
from bot.lineage.interpolate import Scope, resolve
from bot.lineage.scalars import Scalar
from bot.lineage.stages import Dep, Out, Param, Stage
from bot.lineage.tree import Tree
from bot.lineage.variables import DEFAULT_FILE, add_vars

_KNOWN = frozenset(
    "cmd wdir deps params vars frozen meta desc always_changed outs metrics plots matrix".split()  # noqa: SIM905
)
_KINDS: tuple[tuple[str, Literal["out", "metric", "plot"]], ...] = (
    ("outs", "out"),
    ("metrics", "metric"),
    ("plots", "plot"),
)


def from_root(directory: str, path: str) -> str:
    """A path as `dvc.yaml` writes it, normalised from the root; a URL or an absolute path stays itself."""
    if "://" in path or path.startswith("/"):
        return path
    return posixpath.normpath(posixpath.join(directory, path))


def define_stage(tree: Tree, document: Document, member: Member, mark: Mark) -> tuple[Stage, Map]:
    """The stage a template makes in its scope, and the resolved template (for its plots).

    Raises InvalidFileError: a key with a meaning we do not know, a value of the wrong kind, a variable that
    is not there.
    """
    where = f"stages.{member.name}"
    _check_keys(document, member.template, mark, where)
    directory = posixpath.dirname(document.file)
    wdir = _wdir(document, member, directory, where)
    scope = _with_vars(tree, document, member, wdir, where)
    resolved = Map()
    for key, value in member.template.items():
        if key != "vars":
            place = resolved.marks[key] = member.template.marks[key]
            resolved[key] = resolve(document, scope, value, place, f"{where}.{key}")
    stage = _stage(document, _Fields(document, resolved, mark, where), member.name, mark, wdir)
    return stage, resolved


def _check_keys(document: Document, template: Map, mark: Mark, where: str) -> None:
    for key in template:
        if key not in _KNOWN:
            todo = "Remove it, or use a modelbot that knows this key: it may decide what has to run."
            document.reject(template.marks[key], f"{where}.{key}", "unknown key of a stage", todo)
    if "cmd" not in template:
        document.reject(mark, where, "has no cmd", "Say what the stage runs.")


def _wdir(document: Document, member: Member, directory: str, where: str) -> str:
    written = member.template.get("wdir")
    if not written:
        return directory
    place = member.template.marks["wdir"]
    return from_root(directory, str(resolve(document, member.scope, written, place, f"{where}.wdir")))


def _with_vars(tree: Tree, document: Document, member: Member, wdir: str, where: str) -> Scope:
    declared = member.template.get("vars")
    if member.generated and isinstance(declared, list):
        reserved = {"item", "key"} & {
            str(name) for entry in declared if isinstance(entry, dict) for name in entry
        }
        if reserved:
            what = f"{', '.join(sorted(reserved))} belongs to the generated stage"
            document.reject(member.template.marks["vars"], f"{where}.vars", what, "Choose another name.")
    return add_vars(tree, document, member.scope, wdir, declared, f"{where}.vars")


class _Fields:
    """Reads the keys of one resolved stage, with an error at the key for a value of the wrong kind."""

    def __init__(self, document: Document, values: Map, mark: Mark, where: str) -> None:
        self._document = document
        self._values = values
        self._mark = mark
        self._where = where

    def items(self, key: str) -> Iterator[tuple[Value, Mark]]:
        """The entries of a list, each with its place."""
        value = self._values.get(key)
        if value is None:
            return
        if not isinstance(value, Seq):
            self._document.reject(self._values.marks[key], f"{self._where}.{key}", "expected a list")
        yield from zip(value, value.marks, strict=True)

    def flag(self, key: str) -> bool:
        """A true or false, false when it is not there."""
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            self._document.reject(self._values.marks[key], f"{self._where}.{key}", "expected true or false")
        return value

    def text(self, key: str) -> str:
        """A scalar as text, empty when it is not there."""
        value = self._values.get(key)
        return "" if value is None or isinstance(value, list | dict) else str(value)

    def command(self) -> tuple[str, tuple[str, ...] | None]:
        """The command as text, and as a list when it was written as one."""
        value = self._values["cmd"]
        if isinstance(value, list):
            commands = tuple(str(item) for item in value)
            return "\n".join(commands), commands
        if not value or isinstance(value, dict):
            self.reject(self._values.marks["cmd"], "cmd", "expected a command or a list of commands")
        return str(value), None

    def reject(self, mark: Mark, key: str, what: str) -> None:
        """Raise InvalidFileError at a place of this stage."""
        self._document.reject(mark, f"{self._where}.{key}", what)

    def strings(self, key: str) -> tuple[str, ...]:
        """The entries of a list of scalars, as text."""
        found: list[str] = []
        for item, mark in self.items(key):
            if item is None or isinstance(item, list | dict):
                self.reject(mark, key, "expected a path")
            found.append(str(item))
        return tuple(found)


def _stage(document: Document, fields: _Fields, name: str, mark: Mark, wdir: str) -> Stage:
    command, listed = fields.command()
    return Stage(
        name=name if document.file == "dvc.yaml" else f"{document.file}:{name}",
        file=document.file,
        line=mark[0],
        wdir=wdir,
        cmd=command,
        cmd_list=listed,
        deps=tuple(Dep(from_root(wdir, path)) for path in fields.strings("deps")),
        params=_params(fields, wdir),
        outs=tuple(out for key, kind in _KINDS for out in _outs(fields, key, kind, wdir)),
        frozen=fields.flag("frozen"),
        always_changed=fields.flag("always_changed"),
        desc=fields.text("desc"),
    )


def _params(fields: _Fields, wdir: str) -> tuple[Param, ...]:
    """As DVC merges them (dvc/dependency/__init__.py): a file named without keys is tracked whole."""
    keys: dict[str, list[str]] = {}
    whole: dict[str, None] = {}
    for item, mark in fields.items("params"):
        if isinstance(item, dict):
            for file, listed in item.items():
                path = from_root(wdir, str(file))
                if listed:
                    keys.setdefault(path, []).extend(_param_keys(fields, listed, mark))
                else:
                    whole[path] = None
        elif isinstance(item, list) or item is None:
            fields.reject(mark, "params", "expected a parameter name or a mapping of a file to names")
        else:
            keys.setdefault(from_root(wdir, DEFAULT_FILE), []).append(str(item))
    tracked = [Param(file, None) for file in whole]
    single = (Param(file, key) for file, names in keys.items() if file not in whole for key in names)
    return tuple(dict.fromkeys((*single, *tracked)))


def _param_keys(fields: _Fields, listed: Value, mark: Mark) -> list[str]:
    if not isinstance(listed, list):
        fields.reject(mark, "params", "expected a list of parameter names")
        return []
    return [str(key) for key in listed]


def _outs(fields: _Fields, key: str, kind: Literal["out", "metric", "plot"], wdir: str) -> Iterator[Out]:
    flags: dict[str, dict[Scalar, Value]] = {}
    for item, mark in fields.items(key):
        if isinstance(item, dict):
            for path, options in item.items():
                merged = flags.setdefault(str(path), {})
                for option in options if isinstance(options, list) else [options]:
                    merged.update(option if isinstance(option, dict) else {})
        elif item is None or isinstance(item, list):
            fields.reject(mark, key, "expected a path")
        else:
            flags.setdefault(str(item), {})
    for path, options in flags.items():
        yield Out(
            path=from_root(wdir, path),
            cache=options.get("cache", True) is not False,
            kind=kind,
            persist=options.get("persist") is True,
            push=options.get("push", True) is not False,
        )
