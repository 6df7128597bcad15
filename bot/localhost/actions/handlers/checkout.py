"""actions/checkout: a clone over HTTP from GitHub on localhost, with the job's token and its permissions."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot.localhost.actions.handlers.call import Call, Done
from bot.localhost.actions.log import StepFailedError
from bot.localhost.actions.process import Limits, run_program

_SHA: Final = re.compile(r"[0-9a-f]{40}")
_HEADS: Final = "+refs/heads/*:refs/remotes/origin/*"
_TAGS: Final = "+refs/tags/*:refs/tags/*"


def checkout(call: Call) -> Done:
    """Fetch and check out what the inputs name; without `ref`, the commit of the event.

    `persist-credentials: false` leaves no token behind. Raises StepFailedError when git refuses.
    """
    repository = call.given("repository", call.full_name)
    target = _inside(call.workspace, call.given("path", "."))
    token = call.given("token", call.token)
    call.mask.add(token)
    ref, sha = _wanted(call, repository)
    work = _Git(call, target, _header(token))
    work("init", "--quiet", ".")
    work("remote", "add", "origin", f"{call.machine.github.url}/{repository}.git")
    _fetch(work, ref, sha, call.whole("fetch-depth", 1))
    commit = sha or work(
        "rev-parse", "FETCH_HEAD" if not _branch(ref) else f"refs/remotes/origin/{_branch(ref)}"
    )
    branch = _branch(ref)
    start = ("-B", branch, commit) if branch else ("--detach", commit)
    work("checkout", "--quiet", "--force", *start)
    if branch:
        work("branch", "--quiet", f"--set-upstream-to=origin/{branch}", branch)
    if call.flag("persist-credentials", default=True):
        work("config", f"http.{call.machine.github.url}/.extraheader", _header(token))
    return Done(f"{repository} {ref or sha} at {commit}", (("ref", ref), ("commit", commit)))


def _wanted(call: Call, repository: str) -> tuple[str, str]:
    """The ref and the commit: a full commit, a full ref, or a branch's short name."""
    ref = call.given("ref")
    if _SHA.fullmatch(ref):
        return "", ref
    if ref:
        return ref if ref.startswith("refs/") else f"refs/heads/{ref}", ""
    if repository == call.full_name:
        return call.assignment.occasion.ref, call.assignment.occasion.sha
    return "HEAD", ""


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""


def _fetch(work: _Git, ref: str, sha: str, depth: int) -> None:
    branch = _branch(ref)
    one = f"+{sha or ref}:refs/remotes/origin/{branch}" if branch else sha or ref
    if depth:
        work("fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", one)
    else:
        work("fetch", "--quiet", "--no-tags", "origin", _HEADS, _TAGS, *((sha or ref,) if not branch else ()))


def _inside(workspace: Path, path: str) -> Path:
    target = (workspace / path).resolve()
    if not target.is_relative_to(workspace.resolve()):
        raise StepFailedError(f"path {path!r} is outside the workspace")
    target.mkdir(parents=True, exist_ok=True)
    return target


def _header(token: str) -> str:
    return "AUTHORIZATION: basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()


class _Git:
    """Git in one directory; the token travels in the environment, never on the command line."""

    def __init__(self, call: Call, directory: Path, header: str) -> None:
        self._call = call
        self._directory = directory
        self._header = header
        self._count = 0

    def __call__(self, *arguments: str) -> str:
        self._count += 1
        ended = run_program(
            ("git", *arguments),
            cwd=self._directory,
            environment=self._environment(),
            printed=self._call.folder / f"git-{self._count}",
            limits=Limits(min(self._call.limits.deadline, time.monotonic() + 120), self._call.limits.cancel),
        )
        if ended.why != "exited" or ended.code:
            raise StepFailedError(f"git {arguments[0]} failed ({ended.why}):\n{ended.output.strip()}")
        return ended.output.strip()

    def _environment(self) -> Mapping[str, str]:
        kept = {name: self._call.environment[name] for name in ("PATH", "HOME", "TMPDIR", "LANG")}
        return {
            **kept,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "3",
            "GIT_CONFIG_KEY_0": f"http.{self._call.machine.github.url}/.extraheader",
            "GIT_CONFIG_VALUE_0": self._header,
            "GIT_CONFIG_KEY_1": "init.defaultBranch",
            "GIT_CONFIG_VALUE_1": "main",
            "GIT_CONFIG_KEY_2": "advice.detachedHead",
            "GIT_CONFIG_VALUE_2": "false",
        }
