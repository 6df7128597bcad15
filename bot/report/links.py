"""Addresses of our own at GitHub, safe to stand inside a Markdown link. Performs no I/O."""

from __future__ import annotations

from urllib.parse import quote

from bot.policy.verdict import Position
from bot.report.facts import Invocation, Target


def file_url(target: Target, revision: str, path: str, line: int = 0) -> str:
    """The page of a file at a revision, at a line when one is given (lines count from 1)."""
    anchor = f"#L{line}" if line else ""
    return f"{_repository(target)}/blob/{_part(revision)}/{_part(path)}{anchor}"


def policy_url(target: Target, revision: str, position: Position) -> str:
    """The page of one line of a policy at the revision that it was read from."""
    return file_url(target, revision, position.file, position.line)


def picture_url(target: Target, commit: str, name: str) -> str:
    """The bytes of a file at a commit: to read them takes no more than reading the repository."""
    return f"{_repository(target)}/blob/{_part(commit)}/{_part(name)}?raw=true"


def commit_url(target: Target, sha: str) -> str:
    """The page of a commit."""
    return f"{_repository(target)}/commit/{_part(sha)}"


def run_url(target: Target, invocation: Invocation) -> str:
    """The page of the workflow run's attempt."""
    return f"{_repository(target)}/actions/runs/{invocation.run_id}/attempts/{max(invocation.attempt, 1)}"


def artifacts_url(web_url: str, repository: str, run_id: int) -> str:
    """Where the artifacts of a workflow run can be downloaded."""
    return f"{web_url.rstrip('/')}/{_part(repository)}/actions/runs/{run_id}#artifacts"


def _repository(target: Target) -> str:
    return f"{target.web_url.rstrip('/')}/{_part(target.repository)}"


def _part(text: str) -> str:
    # quote() leaves "~", "." and "_" alone and encodes everything Markdown acts on, brackets included.
    return quote(text, safe="/", errors="replace").replace("_", "%5F").replace("~", "%7E")
