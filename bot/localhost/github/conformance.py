"""Checks exchanges against GitHub's API description: requests and answers, so that this server is not
just trusted.

For tests: needs `jsonschema-rs`. Strict on what succeeds; an error answer is checked where the description
has a schema for it. Paths with slashes (`{ref}`, `{path}`, `{basehead}`, `{branch}`) match across them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from bot.localhost.github.values import Exchange, Json, JsonObject

if TYPE_CHECKING:
    from jsonschema_rs import Draft7Validator

_METHODS = ("get", "post", "put", "patch", "delete")
_PAGING = ("page", "per_page")
_WIDE = ("ref", "path", "basehead", "branch")
# PyGithub adds labels by a bare list: GitHub takes it, its description knows only the object form.
_LOOSE_REQUESTS = ("POST /repos/{owner}/{repo}/issues/{issue_number}/labels",)
_COMBINED = ("$ref", "allOf", "anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Breach:
    """One way in which an exchange departs from the description."""

    method: str
    path: str
    status: int
    what: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} → {self.status}: {self.what}"


@dataclass(frozen=True, slots=True)
class _Operation:
    method: str
    path: str
    pattern: re.Pattern[str]
    facts: JsonObject

    @property
    def weight(self) -> tuple[int, int]:
        """Literal parts first: `/issues/comments/{id}` before `/issues/{n}/{x}`."""
        parts = self.path.split("/")
        return (-sum("{" not in part for part in parts), len(parts))


class Conformance:
    """An observer for `LocalGitHub`: call it with every exchange, then read `breaches` and `exchanges`.

    `beyond` names operations, as `METHOD /path/with/{names}`, that may be used though the cut lacks them.
    """

    def __init__(self, description: Path, beyond: Sequence[str] = ()) -> None:
        self._components, self._operations, self._validators = _loaded(description)
        self._beyond = [_operation(*name.split(" ", 1), facts={}) for name in beyond]
        self._lock = Lock()
        self.breaches: list[Breach] = []
        self.exchanges: list[Exchange] = []
        self.operations: set[str] = set()

    def __call__(self, exchange: Exchange) -> None:
        """Check one exchange."""
        with self._lock:
            self.exchanges.append(exchange)
            self.breaches.extend(
                Breach(exchange.method, exchange.path, exchange.status, what)
                for what in self._check(exchange)
            )

    def _check(self, exchange: Exchange) -> list[str]:
        operation = _find(self._operations, exchange)
        if operation is None:
            known = _find(self._beyond, exchange) or exchange.status >= 400  # noqa: PLR2004 - errors
            return [] if known else ["this operation is not in the description"]
        self.operations.add(f"{operation.method} {operation.path}")
        name = f"{operation.method} {operation.path}"
        if exchange.status >= 400:  # noqa: PLR2004 - what was refused may well be invalid
            return self._answer(operation, name, exchange)
        return [
            *self._query(operation, name, exchange),
            *self._request(operation, name, exchange),
            *self._answer(operation, name, exchange),
        ]

    def _query(self, operation: _Operation, name: str, exchange: Exchange) -> list[str]:
        described = {_text(item, "name"): _object(item, "schema") for item in _parameters(operation)}
        found: list[str] = []
        for key, value in exchange.query.items():
            if key in _PAGING and key not in described:
                continue  # PyGithub sends these with every list, and GitHub ignores what it does not know
            if key not in described:
                found.append(f"query parameter {key} is not in the description")
            else:
                given = _coerced(value, described[key])
                found += self._errors(f"{name} ?{key}", described[key], given, f"query parameter {key}")
        return found

    def _request(self, operation: _Operation, name: str, exchange: Exchange) -> list[str]:
        schema = _json_content(_object(operation.facts, "requestBody"))
        if schema is None or name in _LOOSE_REQUESTS:
            return []
        if exchange.request_json is None:
            required = _object(operation.facts, "requestBody").get("required") is True
            return ["the request has no body"] if required else []
        return self._errors(f"{name} >", schema, exchange.request_json, "request")

    def _answer(self, operation: _Operation, name: str, exchange: Exchange) -> list[str]:
        answers = _object(operation.facts, "responses")
        strict = exchange.status < 400  # noqa: PLR2004 - errors
        if str(exchange.status) not in answers:
            return [f"status {exchange.status} is not in the description"] if strict else []
        schema = _json_content(_object(answers, str(exchange.status)))
        if schema is None or (strict and exchange.response_json is None):
            return []
        return self._errors(f"{name} {exchange.status}", schema, exchange.response_json, "answer")

    def _errors(self, key: str, schema: JsonObject, instance: Json, where: str) -> list[str]:
        from jsonschema_rs import Draft7Validator

        if key not in self._validators:
            whole = {"allOf": [schema], "components": self._components}
            self._validators[key] = Draft7Validator(whole, validate_formats=True)
        errors = self._validators[key].iter_errors(instance)
        return [
            f"{where} {'/'.join(map(str, error.instance_path))}: {error.message[:300]}" for error in errors
        ]


@cache
def _loaded(description: Path) -> tuple[Json, list[_Operation], dict[str, Draft7Validator]]:
    """Schemas, operations and the validators compiled so far: one set for a process, whoever asks."""
    document = json.loads(description.read_text(encoding="utf-8"))
    components = _as_json_schema(document["components"])
    return components, _operations(document["paths"], components), {}


def _operations(paths: JsonObject, components: Json) -> list[_Operation]:
    found: list[_Operation] = []
    for path, methods in paths.items():
        if isinstance(methods, Mapping):
            shared = methods.get("parameters", ())
            for method, facts in methods.items():
                if method in _METHODS and isinstance(facts, Mapping):
                    whole = _resolved(_as_json_schema({"shared": shared, **facts}), components)
                    found.append(_operation(method.upper(), path, facts=whole))
    return sorted(found, key=lambda operation: operation.weight)


def _operation(method: str, path: str, *, facts: JsonObject) -> _Operation:
    def part(match: re.Match[str]) -> str:
        return ".+" if match[1] in _WIDE else "[^/]+"

    pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", part, re.escape(path)))
    return _Operation(method, path, pattern, facts)


def _find(operations: Sequence[_Operation], exchange: Exchange) -> _Operation | None:
    matching = (
        one for one in operations if one.method == exchange.method and one.pattern.fullmatch(exchange.path)
    )
    return next(matching, None)


def _resolved(facts: Json, components: Json) -> JsonObject:
    """Replace references to shared parameters and responses; those to schemas stay."""
    if isinstance(facts, Mapping):
        target = facts.get("$ref")
        if isinstance(target, str) and "/schemas/" not in target and isinstance(components, Mapping):
            kind, name = target.split("/")[-2:]
            return _object(_object(components, kind), name)
        return {key: _resolved_value(value, components) for key, value in facts.items()}
    return {}


def _resolved_value(value: Json, components: Json) -> Json:
    if isinstance(value, Mapping):
        return _resolved(value, components)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_resolved_value(item, components) for item in value]
    return value


def _as_json_schema(node: Json) -> Json:
    """OpenAPI 3.0 to JSON Schema: `nullable` becomes a type, `discriminator` and examples go."""
    if isinstance(node, Mapping):
        plain = {
            key: _as_json_schema(value)
            for key, value in node.items()
            if key not in ("nullable", "discriminator") or (isinstance(value, Mapping) and "type" in value)
        }
        if plain.get("format") == "uri":
            plain = {"anyOf": [plain, {"const": ""}]}  # GitHub gives an empty string where it has no address
        return _nullable(plain) if node.get("nullable") is True else plain
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [_as_json_schema(item) for item in node]
    return node


def _nullable(schema: JsonObject) -> JsonObject:
    kind, enum = schema.get("type"), schema.get("enum")
    if any(key in schema for key in _COMBINED) or not isinstance(kind, str):
        return {"anyOf": [schema, {"type": "null"}]}
    wider = {**schema, "type": [kind, "null"]}
    return {**wider, "enum": [*enum, None]} if isinstance(enum, Sequence) else wider


def _parameters(operation: _Operation) -> list[JsonObject]:
    given = [operation.facts.get("parameters", ()), operation.facts.get("shared", ())]
    items = [item for group in given if isinstance(group, Sequence) for item in group]
    return [item for item in items if isinstance(item, Mapping) and item.get("in") == "query"]


def _json_content(body: JsonObject) -> JsonObject | None:
    content = _object(_object(body, "content"), "application/json")
    return _object(content, "schema") if content else None


def _coerced(value: str, schema: JsonObject) -> Json:
    kind = schema.get("type")
    if kind == "integer" and value.lstrip("-").isdigit():
        return int(value)
    if kind == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def _object(node: JsonObject, key: str) -> JsonObject:
    value = node.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(node: JsonObject, key: str) -> str:
    return str(node.get(key, ""))
