"""`${…}` in `dvc.yaml`: which variables a stage sees and what a template becomes. Performs no I/O.

The grammar and every surprise are DVC's (dvc/parsing/interpolate.py and context.py, 3.67).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.lineage.document import Document, Map, Mark, Seq, Value
from bot.lineage.scalars import Scalar, Timestamp

_TEMPLATE = re.compile(r"(?<!\\)\$\{(?P<inner>.*?)\}")
_EXPRESSION = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[[^.\[\]]+\])*")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How `${mapping}` in a command spells booleans and lists: `[parsing]` of `.dvc/config`."""

    negate_false: bool = False
    repeat_lists: bool = False


class LookupFailedError(Exception):
    """A variable that is not there, or cannot stand where it is used; `str()` says which and why."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The variables a stage sees. `sources` says which file or `vars` entry brought each top-level name."""

    values: dict[Scalar, Value]
    sources: dict[str, str] = field(default_factory=dict)
    imports: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    spelling: Spelling = Spelling()

    def select(self, expression: str) -> Value:
        """The value of `a.b[0].c`. Raises LookupFailedError."""
        if _EXPRESSION.fullmatch(expression) is None:
            raise LookupFailedError(f"cannot read the expression ${{{expression}}}")
        value: Value = self.values
        for part in expression.replace("[", ".").replace("]", "").split("."):
            try:
                value = _enter(value, part.strip())
            except (LookupError, ValueError):
                raise LookupFailedError(
                    f"${{{expression}}} is not in params.yaml, vars or this stage's vars"
                ) from None
        return value

    def with_member(self, item: Value, key: str | None) -> Scope:
        """This scope with the `item` (and `key`, None: not defined) of a foreach or matrix member on top."""
        values: dict[Scalar, Value] = {**self.values, "item": item}
        if key is not None:
            values["key"] = key
        return Scope(values, self.sources, self.imports, self.spelling)


def _enter(value: Value, part: str) -> Value:
    if isinstance(value, dict):
        return value[part]
    if isinstance(value, list):
        return value[int(part)]
    raise LookupError(part)


def is_template(text: str) -> bool:
    """Whether the text holds a `${…}` that is not escaped."""
    return _TEMPLATE.search(text) is not None


def is_whole_template(text: str) -> bool:
    """Whether the text is one `${…}` and nothing else, so that it becomes the value itself."""
    found = _TEMPLATE.fullmatch(text)
    return found is not None and len(_TEMPLATE.findall(text)) == 1


def render(scope: Scope, text: str, *, command: bool = False, structure: bool = False) -> Value:
    """What a template becomes. A mapping may stand only in a command, anything where `structure` is true.

    Raises LookupFailedError.
    """
    if is_whole_template(text):
        value = scope.select(text[2:-1])
        if structure or _may_stand(value, command):
            return render_mapping(value, scope.spelling) if command and isinstance(value, dict) else value
    return _TEMPLATE.sub(lambda found: _piece(scope, found["inner"], command), text).replace(r"\${", "${")


def _piece(scope: Scope, expression: str, command: bool) -> str:
    value = scope.select(expression)
    _may_stand(value, command)
    return render_mapping(value, scope.spelling) if isinstance(value, dict) else text_of(value)


def _may_stand(value: Value, command: bool) -> bool:
    if isinstance(value, list):
        raise LookupFailedError("a list cannot be interpolated here")
    if isinstance(value, dict) and not command:
        raise LookupFailedError("a mapping can be interpolated only in cmd")
    if isinstance(value, Timestamp):
        raise LookupFailedError("a date cannot be interpolated; quote it to make it a string")
    return True


def text_of(value: Value) -> str:
    """A value inside a longer text: true, false, otherwise as Python writes it (None, 1e-05)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.text if isinstance(value, Timestamp) else str(value)


def render_mapping(value: Value, spelling: Spelling) -> str:
    """A mapping as command line options: `--a 1 --b.c 'x y'`, nested names joined by dots."""
    return " ".join(option for name, leaf in _leaves(value, "") for option in _options(name, leaf, spelling))


def _leaves(value: Value, prefix: str) -> Iterator[tuple[str, Value]]:
    if not isinstance(value, dict):
        yield prefix, value
        return
    for key, inner in value.items():
        yield from _leaves(inner, f"{prefix}.{key}" if prefix else str(key))


def _options(name: str, value: Value, spelling: Spelling) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}"] if value else [f"--no-{name}"] if spelling.negate_false else []
    if not isinstance(value, list):
        return [f"--{name} {_quoted(value)}"]
    if any(isinstance(item, list | dict) for item in value):
        raise LookupFailedError(f"a list of lists or mappings ({name}) cannot be interpolated")
    items = [_quoted(item) for item in value]
    if spelling.repeat_lists:
        return [f"--{name} {item}" for item in items]
    return [f"--{name} {' '.join(items)}"] if items else []


def _quoted(value: Value) -> str:
    return shlex.quote(value) if isinstance(value, str) else str(value)


def resolve(
    document: Document, scope: Scope, value: Value, mark: Mark, where: str, *, structure: bool = False
) -> Value:
    """A part of `dvc.yaml` with every template rendered, keys too; `where` names it (`stages.train.cmd`).

    Raises InvalidFileError at the line of the template.
    """
    if isinstance(value, str):
        try:
            return render(scope, value, command=where.endswith(".cmd"), structure=structure)
        except LookupFailedError as error:
            document.reject(mark, where, str(error), "Define it, or correct the name.")
    if isinstance(value, list):
        return _resolve_items(document, scope, value, mark, where, structure)
    if isinstance(value, dict):
        return _resolve_entries(document, scope, value, mark, where, structure)
    return value


def _resolve_items(
    document: Document, scope: Scope, value: list[Value], mark: Mark, where: str, structure: bool
) -> Seq:
    resolved = Seq()
    resolved.marks = value.marks if isinstance(value, Seq) else [mark] * len(value)
    for item, place in zip(value, resolved.marks, strict=True):
        resolved.append(resolve(document, scope, item, place, where, structure=structure))
    return resolved


def _resolve_entries(
    document: Document, scope: Scope, value: dict[Scalar, Value], mark: Mark, where: str, structure: bool
) -> Map:
    resolved = Map()
    for key, inner in value.items():
        place = value.marks[key] if isinstance(value, Map) else mark
        name = resolve(document, scope, key, place, where) if isinstance(key, str) else key
        if isinstance(name, list | dict):
            document.reject(place, where, "a list or mapping cannot be a key")
        resolved.marks[name] = place
        resolved[name] = resolve(document, scope, inner, place, where, structure=structure)
    return resolved
