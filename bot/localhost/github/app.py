"""The WSGI application: REST, GraphQL, Git, artifacts, DVC remotes and pages behind one address."""

from __future__ import annotations

import hmac
import json
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

from bot.localhost.github import git_http, graphql
from bot.localhost.github.api import Api, LostAnswerError, Observer, caller_of
from bot.localhost.github.faults import FaultKnobs
from bot.localhost.github.hub import Hub
from bot.localhost.github.pages.site import page_response
from bot.localhost.github.resources.actions import artifacts_of, download_signature
from bot.localhost.github.wire import Refusal, Reply, not_found

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

API_PREFIX = "/api/v3"
_EMPTY = 204
_GIT_TAILS = ("info/refs", "git-upload-pack", "git-receive-pack")


class Application:
    """A WSGI application over one hub."""

    def __init__(self, hub: Hub, faults: FaultKnobs, observe: Observer | None) -> None:
        self._hub = hub
        self._api = Api(hub, faults, observe)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        try:
            response = self._route(request)
        except Refusal as refusal:
            response = _response(Reply(refusal.status, refusal.body(), refusal.headers))
        except LostAnswerError:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise
        return response(environ, start_response)

    def _route(self, request: Request) -> Response:
        path = request.path
        if path.startswith(f"{API_PREFIX}/"):
            return _response(self._api.answer(request, path.removeprefix(API_PREFIX)))
        if path == "/api/graphql":
            return _response(graphql.execute(self._hub, caller_of(self._hub, request), request))
        if path.startswith("/_artifacts/"):
            return self._artifact(request)
        if path.startswith("/_dvc/"):
            return self._dvc(request)
        full_name, git, tail = path.strip("/").partition(".git/")
        if git and tail in _GIT_TAILS:
            return git_http.serve(self._hub, request, full_name, tail)
        return page_response(self._hub, request)

    def _artifact(self, request: Request) -> Response:
        number = request.path.rsplit("/", 1)[-1]
        if not number.isdigit():
            raise not_found()
        expected = download_signature(self._hub, int(number))
        if not hmac.compare_digest(request.args.get("sig", ""), expected):
            raise Refusal(403, "Server failed to authenticate the request.")
        for repo in self._hub.repositories.values():
            for artifact in artifacts_of(repo):
                if artifact.id == int(number):
                    return Response(artifact.content, 200, mimetype="application/zip")
        raise not_found()

    def _dvc(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise Refusal(405, "This view of the DVC remote is read-only", headers={"Allow": "GET, HEAD"})
        owner, name, *parts = request.path.removeprefix("/_dvc/").split("/")
        root = self._hub.dvc_remotes.get(f"{owner}/{name}")
        found = _inside(root, parts) if root else None
        if found is None:
            raise not_found()
        return send_file(found, request.environ, mimetype="application/octet-stream")


def _inside(root: Path, parts: list[str]) -> Path | None:
    path = root.joinpath(*parts).resolve()
    return path if path.is_file() and path.is_relative_to(root.resolve()) and "" not in parts else None


def _response(reply: Reply) -> Response:
    empty = reply.status == _EMPTY
    data = reply.raw if reply.raw is not None else b"" if empty else json.dumps(reply.body).encode()
    fixed = {
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "4999",
    }
    return Response(
        data, reply.status, {**fixed, **reply.headers}, content_type=None if empty else reply.media
    )
