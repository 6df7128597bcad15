"""All state behind one lock: accounts, tokens, repositories, numbers, the clock, and deliveries in order."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.localhost.github.access import Caller
from bot.localhost.github.model import (
    ACTIONS_LOGIN,
    ACTIONS_USER_ID,
    CheckRun,
    Kind,
    Repository,
    Rule,
    Token,
    User,
)
from bot.localhost.github.store import BareRepository
from bot.localhost.github.values import Delivery, JsonObject
from bot.localhost.github.wire import Refusal, not_found

Listener = Callable[[Delivery], None]
_STARTS_WORKFLOWS_ANYWAY = ("workflow_dispatch", "repository_dispatch")


class Hub:
    """Everything GitHub on localhost knows.

    Hold `lock` while reading or writing; deliveries leave after it.
    """

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        self.url = url
        self.api_url = f"{url}/api/v3"
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[str, Repository] = {}
        self.dvc_remotes: dict[str, Path] = {}
        self.extra_pages: dict[str, str] = {}
        self.download_key = secrets.token_hex(16)
        self._last_id = 1000
        self._listeners: list[Listener] = []
        self._outbox: deque[Delivery] = deque()
        self._delivering = threading.Lock()
        self.add_user(ACTIONS_LOGIN, "Bot", ACTIONS_USER_ID)

    def next_id(self) -> int:
        """A number nothing else has."""
        with self.lock:
            self._last_id += 1
            return self._last_id

    def now(self) -> datetime:
        """The time, in whole seconds as GitHub gives it, in UTC."""
        return datetime.now(UTC).replace(microsecond=0)

    def add_user(self, login: str, kind: Kind = "User", number: int | None = None) -> User:
        """The account `login`, made if it is new."""
        with self.lock:
            if login not in self.users:
                self.users[login] = User(number or self.next_id(), login, kind, self.now())
            return self.users[login]

    def user(self, login: str) -> User:
        """An account that exists; 404 otherwise."""
        if login not in self.users:
            raise not_found()
        return self.users[login]

    def mint(self, token: Token, prefix: str) -> str:
        """A new secret for `token`."""
        value = prefix + secrets.token_hex(18)
        with self.lock:
            self.tokens[value] = token
        return value

    def caller(self, value: str | None) -> Caller:
        """Who a token acts as; anonymous without one; 401 for one that is unknown or revoked."""
        if value is None:
            return Caller()
        token = self.tokens.get(value)
        if token is None:
            raise Refusal(401, "Bad credentials")
        return Caller(token.user, token.permissions, token.repository)

    def add_repository(self, full_name: str, *, public: bool, fork_of: str | None) -> Repository:
        """An empty repository, or a copy of every branch of the one it is a fork of."""
        owner_login, name = full_name.split("/", 1)
        with self.lock:
            owner = self.add_user(owner_login, "Organization")
            store = BareRepository.create(self.root / owner_login / f"{name}.git", "main")
            repo = Repository(self.next_id(), full_name, owner, public, store, self.now(), fork_of)
            if owner.kind == "User":
                repo.roles[owner_login] = "admin"
            self.repositories[full_name] = repo
        if fork_of:
            store.git(
                "fetch", "--quiet", str(self.repository(fork_of).store.path), "refs/heads/*:refs/heads/*"
            )
        return repo

    def repository(self, full_name: str) -> Repository:
        """A repository that exists; 404 otherwise."""
        if full_name not in self.repositories:
            raise not_found()
        return self.repositories[full_name]

    def branch_rule(self, repo: Repository, branch: str) -> Rule | None:
        """The rule that protects a branch, if one does."""
        return repo.rules.get(branch)

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with every later delivery, one at a time, in order."""
        self._listeners.append(listener)

    def emit(
        self, repo: Repository, event: str, action: str | None, payload: JsonObject, caller: Caller
    ) -> None:
        """Queue a delivery.

        Events a workflow's token causes start no workflows, two kinds excepted (GitHub's rule).
        """
        suppressed = caller.is_workflow and event not in _STARTS_WORKFLOWS_ANYWAY
        actor = caller.user.login if caller.user else ""
        self._outbox.append(Delivery(repo.full_name, event, action, payload, actor, suppressed))

    def deliver(self) -> None:
        """Hand queued deliveries to the listeners. Returns at once when another thread is doing so."""
        while self._outbox and self._delivering.acquire(blocking=False):
            try:
                while self._outbox:
                    delivery = self._outbox.popleft()
                    for listener in self._listeners:
                        listener(delivery)
            finally:
                self._delivering.release()

    def node_id(self, kind: str, number: int) -> str:
        """An opaque id, as GraphQL takes it."""
        return f"{kind}_{number}"

    def checks_of(self, repo: Repository, sha: str) -> list[CheckRun]:
        """The latest check run of each name (and app) on a commit, oldest first."""
        latest: dict[tuple[str, int], CheckRun] = {}
        for check in repo.checks:
            if check.head_sha == sha:
                latest[check.name, check.app.id] = check
        return sorted(latest.values(), key=lambda check: check.id)

    def variables_of(self, full_name: str) -> Mapping[str, str]:
        """The repository's variables."""
        return dict(self.repository(full_name).variables)
