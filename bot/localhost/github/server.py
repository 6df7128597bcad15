"""The door: a GitHub on localhost, started and stopped as a context manager.

Accounts, repositories, branch rules and environments are set up by method; everything else happens over
HTTP as at GitHub. Repositories are bare Git repositories under `root`; the rest is in memory.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bot.localhost.github import workflow_runs
from bot.localhost.github.access import Caller
from bot.localhost.github.api import Observer
from bot.localhost.github.app import API_PREFIX, Application
from bot.localhost.github.faults import FaultKnobs
from bot.localhost.github.git_http import install_hooks
from bot.localhost.github.hub import Hub, Listener
from bot.localhost.github.model import ACTIONS_LOGIN, EnvironmentState, Rule, Token
from bot.localhost.github.pages.site import extra_path, write_site
from bot.localhost.github.proposals import revert_pull
from bot.localhost.github.snapshot import Snapshot
from bot.localhost.github.values import Environment, Role
from bot.localhost.github.workflow_runs import NewRun

T = TypeVar("T")


class _QuietHandler(WSGIRequestHandler):
    """Logs nothing: the observer sees every exchange."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Drop the line."""


class LocalGitHub:
    """GitHub on localhost. `observe` sees every REST exchange, in the thread that answered it."""

    def __init__(self, root: Path, observe: Observer | None = None) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self.faults = FaultKnobs()
        self._hub = Hub(self.root, "")
        self._application = Application(self._hub, self.faults, observe)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start serving on a free port of 127.0.0.1."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server(
            "127.0.0.1", 0, self._application, threaded=True, request_handler=_QuietHandler
        )
        self._hub.url = f"http://127.0.0.1:{self._server.server_port}"
        self._hub.api_url = self._hub.url + API_PREFIX
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving. The repositories stay under `root`."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Where people and Git clients go."""
        return self._hub.url

    @property
    def api_url(self) -> str:
        """What `GITHUB_API_URL` is set to."""
        return self._hub.api_url

    @property
    def graphql_url(self) -> str:
        """What `GITHUB_GRAPHQL_URL` is set to."""
        return f"{self._hub.url}/api/graphql"

    def add_user(self, login: str, *, kind: Literal["User", "Bot"] = "User") -> str:
        """An account (a `Bot` is an app's); gives a token that acts as it."""
        user = self._hub.add_user(login, kind)
        return self._hub.mint(Token(user), "ghp_" if kind == "User" else "ghs_")

    def email(self, login: str) -> str:
        """The noreply address by which commits are recognised as this account's."""
        user = self._hub.user(login)
        return f"{user.id}+{login}@users.noreply.github.com"

    def add_repository(
        self, full_name: str, *, public: bool = True, fork_of: str | None = None, admins: tuple[str, ...] = ()
    ) -> None:
        """An empty repository (or a fork).

        An owner that is a user administers it; any other becomes an organization.
        """
        repo = self._hub.add_repository(full_name, public=public, fork_of=fork_of)
        install_hooks(repo.store.path)
        for login in admins:
            self.grant(full_name, login, "admin")

    def grant(self, full_name: str, login: str, role: Role) -> None:
        """Give an account a role in a repository."""
        self._hub.user(login)
        self._hub.repository(full_name).roles[login] = role

    def protect(
        self,
        full_name: str,
        branch: str,
        *,
        required_checks: tuple[str, ...] = (),
        required_approvals: int = 0,
        enforce_admins: bool = False,
        dismiss_stale: bool = False,
    ) -> None:
        """Protect a branch; `dismiss_stale` voids approvals when the pull request gets new commits."""
        rule = Rule(branch, required_checks, required_approvals, enforce_admins, dismiss_stale)
        self._hub.repository(full_name).rules[branch] = rule

    def add_environment(
        self,
        full_name: str,
        name: str,
        *,
        reviewers: tuple[str, ...] = (),
        secrets: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Define (or redefine) a deployment environment."""
        hub = self._hub
        state = EnvironmentState(
            hub.next_id(), name, reviewers, dict(secrets or {}), dict(variables or {}), hub.now()
        )
        hub.repository(full_name).environments[name] = state

    def environment(self, full_name: str, name: str) -> Environment:
        """An environment with its secrets, for the runner. Raises `KeyError` when there is none."""
        state = self._hub.repository(full_name).environments[name]
        return Environment(name, state.reviewers, dict(state.secrets), dict(state.variables))

    def set_variable(self, full_name: str, name: str, value: str) -> None:
        """Set a repository variable."""
        self._hub.repository(full_name).variables[name] = value

    def set_secret(self, full_name: str, name: str, value: str) -> None:
        """Set a repository secret."""
        self._hub.repository(full_name).secrets[name] = value

    def variables(self, full_name: str) -> Mapping[str, str]:
        """The repository's variables."""
        return dict(self._hub.repository(full_name).variables)

    def secrets(self, full_name: str) -> Mapping[str, str]:
        """The repository's secrets, for the runner."""
        return dict(self._hub.repository(full_name).secrets)

    def serve_dvc_remote(self, full_name: str, directory: Path) -> str:
        """A GET- and HEAD-only address of a DVC remote's directory."""
        self._hub.repository(full_name)
        self._hub.dvc_remotes[full_name] = directory
        return f"{self._hub.url}/_dvc/{full_name}"

    def mint_token(self, full_name: str, permissions: Mapping[str, str]) -> str:
        """A GITHUB_TOKEN: acts as github-actions[bot] in one repository, with these permissions and no
        others.
        """
        named = {name.replace("-", "_"): level for name, level in permissions.items()}
        wrong = [level for level in named.values() if level not in ("none", "read", "write")]
        if wrong:
            raise ValueError(f"unknown permission level {wrong[0]!r}: use none, read or write")
        return self._hub.mint(Token(self._hub.user(ACTIONS_LOGIN), named, full_name), "ghs_")

    def revoke_token(self, token: str) -> None:
        """The token is worth nothing from now on."""
        self._hub.tokens.pop(token, None)

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with every later delivery, one at a time and in order.

        It runs in the thread of the request that caused the event, before its answer: return quickly.
        """
        self._hub.subscribe(listener)

    def open_run(
        self,
        full_name: str,
        *,
        workflow_path: str,
        name: str,
        event: str,
        head_branch: str,
        head_sha: str,
        head_repository: str,
        actor: str,
        pull_requests: tuple[int, ...] = (),
    ) -> int:
        """A queued workflow run; announces `workflow_run` requested."""
        new = NewRun(workflow_path, name, event, head_branch, head_sha, head_repository, actor, pull_requests)
        return self._locked(lambda: workflow_runs.open_run(self._hub, self._hub.repository(full_name), new))

    def update_run(self, full_name: str, run_id: int, *, status: str, conclusion: str | None = None) -> None:
        """Move a run on; announces `workflow_run` in_progress or completed."""
        repo = self._hub.repository(full_name)
        self._locked(lambda: workflow_runs.update_run(self._hub, repo, run_id, status, conclusion))

    def report_job(
        self, full_name: str, run_id: int, name: str, *, status: str, conclusion: str | None = None
    ) -> int:
        """The check run of one job, made on first sight and then moved on (on GitHub each job is one)."""
        repo = self._hub.repository(full_name)
        return self._locked(
            lambda: workflow_runs.report_job(self._hub, repo, run_id, name, status, conclusion)
        )

    def add_artifact(self, full_name: str, run_id: int, name: str, zip_bytes: bytes) -> int:
        """Keep a zip that a run leaves behind; gives its number."""
        repo = self._hub.repository(full_name)
        return self._locked(lambda: workflow_runs.add_artifact(self._hub, repo, run_id, name, zip_bytes))

    def artifact(self, full_name: str, run_id: int, name: str) -> bytes | None:
        """The zip of one artifact, or None."""
        run = self._hub.repository(full_name).runs[run_id]
        return next((artifact.content for artifact in run.artifacts if artifact.name == name), None)

    def revert(self, full_name: str, number: int, login: str) -> int:
        """A person's Revert button: opens the pull request that undoes a merged one; gives its number."""
        repo, caller = self._hub.repository(full_name), Caller(self._hub.user(login))
        return self._locked(lambda: revert_pull(self._hub, repo, repo.issues[number], caller).number)

    def bare_path(self, full_name: str) -> Path:
        """The bare repository on disk."""
        return self._hub.repository(full_name).store.path

    def snapshot(self, full_name: str) -> Snapshot:
        """Frozen views of a repository's state."""
        return Snapshot(self._hub, full_name)

    def add_page(self, title: str, html: str) -> str:
        """A page of somebody else's beside ours (a fragment, or a whole document); gives its address."""
        self._hub.extra_pages[title] = html
        return self._hub.url + extra_path(title)

    def write_pages(self, out: Path, extra_pages: Mapping[str, str] | None = None) -> tuple[Path, ...]:
        """Write the pages as files that open without a server; `index.html` first.

        `extra_pages`: title → HTML.
        """
        with self._hub.lock:
            self._hub.extra_pages.update(extra_pages or {})
            return write_site(self._hub, out)

    def _locked(self, act: Callable[[], T]) -> T:
        with self._hub.lock:
            done = act()
        self._hub.deliver()
        return done
