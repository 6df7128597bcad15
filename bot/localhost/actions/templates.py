"""Texts with `${{ }}`: split, parsed, and every name checked against what GitHub allows at that key.

The table is "Context availability" of
https://docs.github.com/en/actions/reference/workflows-and-actions/contexts. Performs no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.localhost.actions.definition import Environ, Template
from bot.localhost.actions.evaluate import text
from bot.localhost.actions.expressions import (
    STATUS_FUNCTIONS,
    Call,
    Context,
    Expression,
    ExpressionError,
    Index,
    Literal,
    parse_expression,
    walk,
)
from bot.localhost.actions.source import Fields, Place, Scalar, Sequence, Value

_BRACES: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_GITHUB: Final = frozenset(
    {
        *(
            "action",
            "action_path",
            "actor",
            "api_url",
            "base_ref",
            "event",
            "event_name",
            "event_path",
            "graphql_url",
        ),
        *(
            "head_ref",
            "job",
            "ref",
            "ref_name",
            "ref_type",
            "repository",
            "repository_owner",
            "run_attempt",
            "run_id",
        ),
        *(
            "run_number",
            "server_url",
            "sha",
            "token",
            "triggering_actor",
            "workflow",
            "workflow_ref",
            "workflow_sha",
        ),
        "workspace",
    }
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an expression may name at one key."""

    contexts: frozenset[str]
    status: bool = False


_RUN = frozenset({"github", "inputs", "vars"})
_JOB = _RUN | {"needs"}
_STEP = _JOB | {"job", "runner", "env", "steps"}
RUN: Final = Allowed(_RUN)
RUN_ENV: Final = Allowed(_RUN | {"secrets"})
JOB: Final = Allowed(_JOB)
JOB_IF: Final = Allowed(_JOB, status=True)
JOB_ENV: Final = Allowed(_JOB | {"secrets"})
JOB_DEFAULTS: Final = Allowed(_JOB | {"env"})
JOB_OUTPUTS: Final = Allowed(_STEP | {"secrets"})
JOB_URL: Final = Allowed(_STEP)
STEP: Final = Allowed(_STEP | {"secrets"})
STEP_IF: Final = Allowed(_STEP, status=True)
_ACTION = frozenset({"github", "inputs", "job", "runner", "env", "steps"})
ACTION: Final = Allowed(_ACTION)
ACTION_IF: Final = Allowed(_ACTION, status=True)


def parse_template(node: Value, key: str, allowed: Allowed) -> Template:
    """A plain value with its expressions parsed. Raises InvalidFileError."""
    if not isinstance(node, Scalar):
        raise node.place.error(key, "must be a plain value")
    if not isinstance(node.value, str):
        return Template((text(node.value),), node.place, key)
    return Template(tuple(_parts(node.value, node.place, key, allowed)), node.place, key)


def parse_condition(node: Value, allowed: Allowed) -> Expression:
    """The value of `if:`, with or without `${{ }}`. Raises InvalidFileError."""
    if not isinstance(node, Scalar) or node.value is None:
        raise node.place.error("if", "must be an expression")
    shown = text(node.value).strip()
    inner = re.fullmatch(r"\$\{\{(.*)\}\}", shown, re.DOTALL)
    body = inner.group(1) if inner else shown
    if "${{" in body:
        raise node.place.error("if", "mixes text and ${{ }}, which is always true; write one expression")
    return _expression(body, node.place, "if", allowed)


def parse_environ(node: Value | None, key: str, allowed: Allowed) -> Environ:
    """A mapping of names to texts, such as `env:` or `with:`. Raises InvalidFileError."""
    if node is None:
        return ()
    fields = Fields(node, key)
    names = [name for name, _, _ in node.entries] if not isinstance(node, Scalar | Sequence) else []
    return tuple((name, parse_template(fields.need(name), name, allowed)) for name in names)


def parse_optional(fields: Fields, key: str, allowed: Allowed) -> Template | None:
    """The text of an optional key."""
    node = fields.take(key)
    return None if node is None else parse_template(node, key, allowed)


def parse_text(node: Value, key: str) -> str:
    """A plain text without expressions. Raises InvalidFileError."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        raise node.place.error(key, "must be a text")
    if "${{" in node.value:
        raise node.place.error(key, "takes no expression here")
    return node.value


def parse_texts(node: Value | None, key: str) -> tuple[str, ...]:
    """One text or a list of texts; nothing is an empty list. Raises InvalidFileError."""
    match node:
        case None:
            return ()
        case Sequence(items, _):
            return tuple(parse_text(item, key) for item in items)
        case _:
            return (parse_text(node, key),)


def parse_bool(node: Value | None, key: str) -> bool:
    """True or false; nothing is false. Raises InvalidFileError."""
    if node is None:
        return False
    if not isinstance(node, Scalar) or not isinstance(node.value, bool):
        raise node.place.error(key, "must be true or false")
    return node.value


def _parts(value: str, place: Place, key: str, allowed: Allowed) -> Iterator[str | Expression]:
    end = 0
    for match in _BRACES.finditer(value):
        if match.start() > end:
            yield value[end : match.start()]
        yield _expression(match.group(1), place, key, allowed)
        end = match.end()
    if "${{" in value[end:]:
        raise place.error(key, "'${{' is not closed")
    if end < len(value) or not value:
        yield value[end:]


def _expression(body: str, place: Place, key: str, allowed: Allowed) -> Expression:
    try:
        tree = parse_expression(body)
    except ExpressionError as error:
        raise place.error(key, str(error)) from error
    for node in walk(tree):
        problem = _problem(node, allowed)
        if problem:
            raise place.error(key, problem)
    return tree


def _problem(node: Expression, allowed: Allowed) -> str:
    match node:
        case Context(name) if name not in allowed.contexts:
            return f"GitHub has no context {name!r} at this key; it has {', '.join(sorted(allowed.contexts))}"
        case Call(name, _) if name in STATUS_FUNCTIONS and not allowed.status:
            return f"{name}() can only stand in an 'if'"
        case Index(Context("github"), Literal(str(name))) if name.lower() not in _GITHUB:
            return f"Actions on localhost does not know github.{name}"
        case _:
            return ""
