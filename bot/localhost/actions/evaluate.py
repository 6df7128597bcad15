"""The value of an expression: GitHub's loose types, truth and comparison.

Numbers compare as numbers, texts without regard to case, and values of different types as numbers
(https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators).
Performs no I/O.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.localhost.actions.expressions import (
    Binary,
    Call,
    Context,
    Expression,
    ExpressionError,
    Index,
    Literal,
    Not,
    read_number,
)
from bot.localhost.github.values import Json


@dataclass(frozen=True, slots=True)
class Status:
    """How the work before this point went; `success` is its own fact because of skipped jobs."""

    success: bool = True
    failure: bool = False
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """The contexts an expression may see, and the status it is asked under."""

    contexts: Mapping[str, Json]
    status: Status = Status()


def evaluate(tree: Expression, scope: Scope) -> Json:
    """The value of the expression. Raises ExpressionError for a context that is not available here."""
    match tree:
        case Literal(value):
            return value
        case Context(name):
            if name not in scope.contexts:
                raise ExpressionError(f"the context {name!r} is not available here")
            return scope.contexts[name]
        case Index(target, index):
            return _member(evaluate(target, scope), evaluate(index, scope))
        case Not(operand):
            return not truth(evaluate(operand, scope))
        case Binary(operator, left, right):
            return _binary(operator, evaluate(left, scope), lambda: evaluate(right, scope))
        case Call(name, arguments):
            return _call(name, tuple(evaluate(argument, scope) for argument in arguments), scope.status)
        case _:
            assert_never(tree)


def truth(value: Json) -> bool:
    """False, 0, NaN, '' and null are false; everything else, also an empty list, is true."""
    match value:
        case None | False | "":
            return False
        case int() | float():
            return value != 0 and not math.isnan(value)
        case _:
            return True


def text(value: Json) -> str:
    """What the value becomes inside a text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _number_text(float(value))
        case str():
            return value
        case Mapping():
            return "Object"
        case _:
            return "Array"


def _number_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value.is_integer() else repr(value)


def _member(target: Json, index: Json) -> Json:
    if isinstance(target, Mapping):
        wanted = text(index).lower()
        return next((value for key, value in target.items() if key.lower() == wanted), None)
    if isinstance(target, Sequence) and not isinstance(target, str):
        at = _number(index)
        return target[int(at)] if at.is_integer() and 0 <= at < len(target) else None
    return None


def _binary(operator: str, left: Json, right: Callable[[], Json]) -> Json:
    if operator == "&&":
        return right() if truth(left) else left
    if operator == "||":
        return left if truth(left) else right()
    if operator in {"==", "!="}:
        return _equal(left, right()) == (operator == "==")
    return _ordered(operator, left, right())


def _equal(left: Json, right: Json) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if isinstance(left, Mapping | list | tuple) or isinstance(right, Mapping | list | tuple):
        return left is right
    return (left is None and right is None) or _number(left) == _number(right)


def _ordered(operator: str, left: Json, right: Json) -> bool:
    first, second = (
        (left.lower(), right.lower()) if isinstance(left, str) and isinstance(right, str) else ("", "")
    )
    a, b = (
        (float((first > second) - (first < second)), 0.0)
        if first or second
        else (_number(left), _number(right))
    )
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def _number(value: Json) -> float:
    match value:
        case None | "":
            return 0.0
        case int() | float():
            return float(value)
        case str():
            try:
                return read_number(value.strip()) if value.strip() else 0.0
            except ValueError:
                return math.nan
        case _:
            return math.nan


def _call(name: str, values: tuple[Json, ...], status: Status) -> Json:  # noqa: PLR0911 - one per function
    match name:
        case "success":
            return status.success and not status.cancelled
        case "failure":
            return status.failure and not status.cancelled
        case "cancelled":
            return status.cancelled
        case "always":
            return True
        case "tojson":
            return json.dumps(values[0], indent=2, default=dict)
        case "fromjson":
            return _from_json(text(values[0]))
        case "format":
            return _format(text(values[0]), tuple(text(value) for value in values[1:]))
        case "join":
            return _join(values)
        case _:
            return _search(name, values[0], values[1])


def _search(name: str, within: Json, wanted: Json) -> bool:
    if name == "contains" and isinstance(within, Sequence) and not isinstance(within, str):
        return any(_equal(item, wanted) for item in within)
    haystack, needle = text(within).lower(), text(wanted).lower()
    match name:
        case "contains":
            return needle in haystack
        case "startswith":
            return haystack.startswith(needle)
        case "endswith":
            return haystack.endswith(needle)
        case _:
            raise ExpressionError(f"unknown function {name!r}")


def _join(values: tuple[Json, ...]) -> str:
    separator = text(values[1]) if len(values) > 1 else ","
    first = values[0]
    if isinstance(first, Sequence) and not isinstance(first, str):
        return separator.join(text(item) for item in first)
    return text(first)


def _from_json(document: str) -> Json:
    try:
        value: Json = json.loads(document)
    except ValueError as error:
        raise ExpressionError(f"fromJSON cannot read {document[:40]!r}: {error}") from error
    return value


def _format(pattern: str, values: tuple[str, ...]) -> str:
    def replace(match: re.Match[str]) -> str:
        piece = match.group(0)
        if piece in {"{{", "}}"}:
            return piece[0]
        if match.group(1) is None or int(match.group(1)) >= len(values):
            raise ExpressionError(f"format has no value for {piece!r}")
        return values[int(match.group(1))]

    return re.sub(r"\{\{|\}\}|\{(\d+)\}|[{}]", replace, pattern)
