"""Git over HTTP: `git http-backend` behind the same tokens, roles and branch rules as the API."""

from __future__ import annotations

import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request, Response

from bot.localhost.github.access import Caller, authorise
from bot.localhost.github.api import caller_of
from bot.localhost.github.hub import Hub
from bot.localhost.github.merging import may_bypass
from bot.localhost.github.model import Repository
from bot.localhost.github.movement import Move, moved, refused_push
from bot.localhost.github.store import git_environment
from bot.localhost.github.wire import Refusal

_UNKNOWN, _FORBIDDEN, _HIDDEN = 401, 403, 404
_CHUNK = 64 * 1024
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="GitHub on localhost"'}

UPDATE_HOOK = """#!/bin/sh
# Refuses what a branch's rule refuses. $LOCALHOST_RULES: one line per protected branch, ref, commits, words.
ref="$1" old="$2" new="$3" zero=0000000000000000000000000000000000000000
case "$ref" in refs/pull/*) echo "error: deny updating a hidden ref" >&2; exit 1;; esac
[ -f "$LOCALHOST_RULES" ] || exit 0
tab=$(printf '\\t')
refuse() {
  printf 'error: GH006: Protected branch update failed for %s.\\nerror: %s\\n' "$ref" "$1" >&2
  exit 1
}
while IFS="$tab" read -r name green words; do
  [ "$name" = "$ref" ] || continue
  if [ "$new" = "$zero" ]; then
    refuse 'Cannot delete a protected branch.'
  fi
  [ "$old" = "$zero" ] && exit 0
  if ! git merge-base --is-ancestor "$old" "$new"; then
    refuse 'Cannot force-push to this branch.'
  fi
  case " $green " in *" any "*|*" $new "*) exit 0;; esac
  refuse "$words"
done < "$LOCALHOST_RULES"
exit 0
"""
POST_RECEIVE_HOOK = """#!/bin/sh
cat > "$LOCALHOST_MOVES"
"""


def install_hooks(path: Path) -> None:
    """Put the hooks into a bare repository that branch rules and events need."""
    for name, text in (("update", UPDATE_HOOK), ("post-receive", POST_RECEIVE_HOOK)):
        hook = path / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(text, encoding="utf-8")
        hook.chmod(0o755)


def serve(hub: Hub, request: Request, full_name: str, tail: str) -> Response:
    """Answer one request of a Git client. Raises `Refusal` when the caller may not."""
    repo = hub.repository(full_name)
    writing = "git-receive-pack" in (request.args.get("service", ""), tail)
    with hub.lock:
        caller = _caller(hub, request, repo, writing=writing)
        rules = _rules(hub, repo, caller) if writing else ""
    with tempfile.TemporaryDirectory(prefix="localhost-git-", dir=hub.root) as scratch:
        folder = Path(scratch)
        (folder / "rules").write_text(rules, encoding="utf-8")
        answer = _backend(hub, request, repo, tail, folder)
        if (folder / "moves").exists():
            _moved(hub, repo, (folder / "moves").read_text(), caller)
        return answer


def _caller(hub: Hub, request: Request, repo: Repository, *, writing: bool) -> Caller:
    try:
        caller = caller_of(hub, request)
        authorise(
            caller, repo, "contents:write" if writing else "contents:read", "write" if writing else "read"
        )
    except Refusal as refusal:
        if refusal.status == _UNKNOWN or (refusal.status == _HIDDEN and not request.authorization):
            raise Refusal(_UNKNOWN, refusal.message, headers=_CHALLENGE) from refusal
        who = request.authorization and hub.tokens.get(request.authorization.password or "")
        words = f"Permission to {repo.full_name}.git denied to {who.user.login if who else 'you'}."
        raise Refusal(
            refusal.status, words if refusal.status == _FORBIDDEN else "Repository not found."
        ) from refusal
    return caller


def _rules(hub: Hub, repo: Repository, caller: Caller) -> str:
    lines = []
    for branch, rule in repo.rules.items():
        green = "any" if may_bypass(repo, rule, caller.user) else " ".join(_green(hub, repo, branch))
        words = " ".join(refused_push(hub, repo, rule, "")) or "Changes must be made through a pull request."
        lines.append(f"refs/heads/{branch}\t{green or 'none'}\t{words}\n")
    return "".join(lines)


def _green(hub: Hub, repo: Repository, branch: str) -> list[str]:
    rule = repo.rules[branch]
    if not rule.required_checks and not rule.required_approvals:
        return ["any"]
    known = {check.head_sha for check in repo.checks} | {status.sha for status in repo.statuses}
    return [sha for sha in known if not refused_push(hub, repo, rule, sha)]


def _backend(hub: Hub, request: Request, repo: Repository, tail: str, folder: Path) -> Response:
    env = {
        "GIT_PROJECT_ROOT": str(repo.store.path),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{tail}",
        "QUERY_STRING": request.query_string.decode(),
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.content_type or "",
        "REMOTE_USER": "localhost",
        "LOCALHOST_RULES": str(folder / "rules"),
        "LOCALHOST_MOVES": str(folder / "moves"),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }
    spool = folder / "request"
    with spool.open("wb") as sink:
        for chunk in _body(request):
            sink.write(chunk)
    env["CONTENT_LENGTH"] = str(spool.stat().st_size)
    answer = tempfile.TemporaryFile(dir=hub.root)  # noqa: SIM115 - the response owns it
    with spool.open("rb") as source:
        subprocess.run(
            ("git", "http-backend"),
            stdin=source,
            stdout=answer,
            env=git_environment(env),
            cwd=folder,
            check=False,
        )
    return _response(answer)


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def _body(request: Request) -> Iterator[bytes]:
    stream: _Readable = request.stream
    unzip = zlib.decompressobj(31) if request.headers.get("Content-Encoding") in ("gzip", "x-gzip") else None
    while chunk := stream.read(_CHUNK):
        yield unzip.decompress(chunk) if unzip else chunk
    if unzip:
        yield unzip.flush()


def _response(answer: IO[bytes]) -> Response:
    answer.seek(0)
    headers, status = Headers(), 200
    while line := answer.readline().rstrip(b"\r\n"):
        name, _colon, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers.add(name, value.strip())
    body = iter(lambda: answer.read(_CHUNK), b"")
    response = Response(body, status, headers)
    response.call_on_close(answer.close)
    return response


def _moved(hub: Hub, repo: Repository, text: str, caller: Caller) -> None:
    with hub.lock:
        for line in text.splitlines():
            old, new, ref = line.split(" ", 2)
            moved(hub, repo, Move(ref, old, new), caller)
    hub.deliver()
