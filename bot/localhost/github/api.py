"""The REST API: finds the route, the caller and the repository, and lets the resource answer under the
lock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request

from bot.localhost.github.access import Caller, authorise
from bot.localhost.github.faults import FaultKnobs, refusal_of
from bot.localhost.github.hub import Hub
from bot.localhost.github.resources import actions, checks, deployments, gitdata, issues, pulls, repositories
from bot.localhost.github.store import GitError
from bot.localhost.github.values import Exchange, Json, JsonObject
from bot.localhost.github.wire import Call, Refusal, Reply, Route, Routes, not_found

Observer = Callable[[Exchange], None]
_RESOURCES: tuple[Routes, ...] = tuple(
    module.routes for module in (repositories, pulls, issues, checks, gitdata, deployments, actions)
)


class LostAnswerError(ConnectionError):
    """The work is done and the connection is to be dropped without an answer."""


def token_in(request: Request) -> str | None:
    """The token a request carries: `token`/`Bearer`, or the password of Basic authentication."""
    given = request.authorization
    if given is None:
        return None
    if given.type == "basic":
        return given.password or given.username
    return given.token


class Api:
    """Every REST endpoint over one hub."""

    def __init__(self, hub: Hub, faults: FaultKnobs, observe: Observer | None) -> None:
        self._hub, self._faults, self._observe = hub, faults, observe
        routes = [route for resource in _RESOURCES for route in resource.all]
        self._map = Map(
            [Rule(route.path, methods=[route.method], endpoint=route) for route in routes],
            merge_slashes=False,
        )

    def answer(self, request: Request, path: str) -> Reply:
        """Answer one request. Raises `LostAnswerError` when that fault was asked for."""
        fault = self._faults.take(request.method, path)
        early = refusal_of(fault) if fault else None
        body: Json = None
        try:
            if early:
                raise early
            body = _json(request)
            reply = self._call(request, path, _fields(body))
        except Refusal as refusal:
            reply = Reply(refusal.status, refusal.body(), refusal.headers)
        except GitError as problem:
            reply = Reply(422, Refusal(422, f"Git refused: {problem}").body())
        self._tell(request, path, body, reply)
        self._hub.deliver()
        if fault and early is None:
            raise LostAnswerError
        return reply

    def _call(self, request: Request, path: str, body: JsonObject) -> Reply:
        route, args = self._match(request.method, path)
        with self._hub.lock:
            caller = self._hub.caller(token_in(request))
            repo = None
            if "owner" in args:
                repo = self._hub.repository(f"{args['owner']}/{args['repo']}")
                authorise(caller, repo, route.needs, route.role)
            query = request.args.to_dict()
            call = Call(self._hub, caller, repo, args, query, body, path, request.headers.get("Accept", ""))
            return route.handler(call)

    def _match(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        try:
            found = self._map.bind("localhost").match(path, method=method)
        except HTTPException as problem:
            raise not_found() from problem
        route: Route = found[0]
        return route, {name: str(value) for name, value in found[1].items()}

    def _tell(self, request: Request, path: str, body: Json, reply: Reply) -> None:
        if self._observe:
            query = request.args.to_dict()
            self._observe(Exchange(request.method, path, query, body, reply.status, reply.body))


def caller_of(hub: Hub, request: Request) -> Caller:
    """Who a request acts as. Raises `Refusal` 401 for a bad token."""
    return hub.caller(token_in(request))


def _fields(body: Json) -> JsonObject:
    """The members of a request. Labels may be added by a bare list, which PyGithub sends."""
    return body if isinstance(body, Mapping) else {"labels": body}


def _json(request: Request) -> Json:
    data = request.get_data()
    if not data:
        return None
    try:
        parsed: Json = json.loads(data)
    except ValueError as problem:
        raise Refusal(400, "Problems parsing JSON") from problem
    return parsed
