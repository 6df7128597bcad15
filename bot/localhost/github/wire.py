"""What travels between the dispatcher and a resource: calls, replies, refusals, routes, and strict
readers of JSON.

Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from bot.localhost.github.values import Json, JsonObject, Role

if TYPE_CHECKING:
    from bot.localhost.github.access import Caller
    from bot.localhost.github.hub import Hub
    from bot.localhost.github.model import Repository

T = TypeVar("T")
Handler = Callable[["Call"], "Reply"]

DOCS = "https://docs.github.com/rest"
MAX_PER_PAGE = 100
DEFAULT_PER_PAGE = 30


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of ours
    """A request that is answered with an error status, in GitHub's words."""

    def __init__(
        self, status: int, message: str, errors: Sequence[Json] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def body(self) -> JsonObject:
        """The error as GitHub's JSON."""
        errors: JsonObject = {"errors": self.errors} if self.errors else {}
        return {"message": self.message, **errors, "documentation_url": DOCS, "status": str(self.status)}


def not_found() -> Refusal:
    """What GitHub answers when something is missing or hidden."""
    return Refusal(404, "Not Found")


def invalid(resource: str, name: str, code: str, message: str = "") -> Refusal:
    """A 422 about one field."""
    detail: JsonObject = {"message": message} if message else {}
    return Refusal(422, "Validation Failed", ({"resource": resource, "field": name, "code": code, **detail},))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `raw` replaces the JSON body when set."""

    status: int
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    media: str = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request at a resource."""

    hub: Hub
    caller: Caller
    found: Repository | None
    args: Mapping[str, str]
    query: Mapping[str, str]
    body: JsonObject
    path: str
    accept: str = ""
    raw: bytes = b""

    @property
    def repo(self) -> Repository:
        """The repository the path names."""
        if self.found is None:
            raise not_found()
        return self.found

    def number(self, name: str) -> int:
        """A number in the path; 404 when it is not one."""
        if not self.args[name].isdigit():
            raise not_found()
        return int(self.args[name])

    def page(self, items: Sequence[T], body: Callable[[T], Json], key: str | None = None) -> Reply:
        """One page of a list, with the `Link` header.

        With `key`: an object with `total_count` and the list.
        """
        size = min(max(_count(self.query.get("per_page"), DEFAULT_PER_PAGE), 1), MAX_PER_PAGE)
        page = max(_count(self.query.get("page"), 1), 1)
        rows = [body(item) for item in items[(page - 1) * size : page * size]]
        last = max(-(-len(items) // size), 1)
        headers = {"Link": self._links(page, last)} if last > 1 else {}
        return Reply(200, {"total_count": len(items), key: rows} if key else rows, headers)

    def _links(self, page: int, last: int) -> str:
        targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        wanted = ("next", "last") if page == 1 else ("prev", "first") if page >= last else tuple(targets)
        return ", ".join(f'<{self._page_url(targets[rel])}>; rel="{rel}"' for rel in wanted)

    def _page_url(self, page: int) -> str:
        return f"{self.hub.api_url}{self.path}?{urlencode({**self.query, 'page': page})}"


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: `needs` as `permission:level`, alternatives joined by `|`; `role` is what a person
    needs.
    """

    method: str
    path: str
    needs: str
    role: Role
    handler: Handler


class Routes:
    """The endpoints of one resource."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def on(
        self, method: str, path: str, *, needs: str = "metadata:read", role: Role | None = None
    ) -> Callable[[Handler], Handler]:
        """Register a handler.

        Without `role`, `write` permission asks for the write role and `read` for read.
        """
        least: Role = role or ("write" if needs.endswith(":write") else "read")

        def register(handler: Handler) -> Handler:
            self.all.append(Route(method, path, needs, least, handler))
            return handler

        return register


def text(body: JsonObject, name: str) -> str:
    """A string that must be there; 422 otherwise."""
    value = body.get(name)
    if not isinstance(value, str):
        raise Refusal(422, f'Invalid request.\n\n"{name}" wasn\'t supplied or is not a string.')
    return value


def text_or(body: JsonObject, name: str, default: str = "") -> str:
    """A string, or `default` when absent or null."""
    return default if body.get(name) is None else text(body, name)


def flag_or(body: JsonObject, name: str, *, default: bool) -> bool:
    """A boolean, or `default` when absent or null."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise Refusal(422, f'Invalid request.\n\nFor "{name}", {value!r} is not a boolean.')
    return value


def list_or(body: JsonObject, name: str) -> tuple[Json, ...]:
    """A list, empty when absent or null."""
    value = body.get(name)
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise Refusal(422, f'Invalid request.\n\nFor "{name}", {value!r} is not an array.')
    return tuple(value)


def object_or(body: JsonObject, name: str) -> JsonObject:
    """An object, empty when absent or null."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Refusal(422, f'Invalid request.\n\nFor "{name}", {value!r} is not an object.')
    return value


def within(value: str, limit: int, resource: str, name: str) -> str:
    """`value`, if it has at most `limit` characters; 422 in GitHub's words otherwise."""
    if len(value) > limit:
        raise invalid(resource, name, "custom", f"{name} is too long (maximum is {limit} characters)")
    return value


def _count(value: str | None, default: int) -> int:
    return int(value) if value and value.isdigit() else default
