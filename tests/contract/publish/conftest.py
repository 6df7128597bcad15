"""One repository with a pull request, twice: a stateful fake, and PyGithub over HTTP to localhost."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

import pytest
import requests

from bot.adapters.github import ACTIONS_BOT_ID, GitHubAdapter
from bot.errors import UnavailableError
from bot.localhost.github.conformance import Conformance
from bot.localhost.github.server import LocalGitHub
from bot.localhost.github.store import BareRepository
from bot.policy.verdict import Conclusion
from bot.ports.github import (
    CheckRun,
    CheckText,
    Comment,
    Deployer,
    Publisher,
    PullRequest,
    Review,
    WorkflowRun,
)
from bot.report.facts import Basis, Invocation, Target

WHO = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
DESCRIPTION = Path(__file__).parents[1] / "github" / "rest-openapi-subset.json"
NEEDED = {
    "actions": "read",
    "checks": "write",
    "contents": "read",
    "pull-requests": "write",
    "deployments": "write",
}


@dataclass(frozen=True)
class SeenComment:
    author_id: int
    body: str
    folded: bool


@dataclass(frozen=True)
class SeenCheck:
    external_id: str
    status: str
    conclusion: str | None
    title: str


class Hub(Publisher, Deployer, Protocol):
    """Everything the adapter does."""


class World(Protocol):
    """What a test asks of either world."""

    github: Hub
    number: int
    head: str
    base: str
    repository: str

    def say(self, body: str) -> None: ...
    def push(self) -> str: ...
    def branch(self, name: str) -> None: ...
    def close(self, number: int) -> None: ...
    def comments(self) -> tuple[SeenComment, ...]: ...
    def checks(self, sha: str) -> tuple[SeenCheck, ...]: ...
    def lose_answer(self, method: Literal["POST"], path: str) -> None: ...
    def deployments(self) -> tuple[tuple[str, tuple[str, ...]], ...]: ...
    def requests(self) -> tuple[int, int]:
        """Requests so far, and how many of them created something."""
        ...


@dataclass(frozen=True)
class Opened:
    """A pull request that we opened."""

    branch: str
    title: str
    body: str
    pull: PullRequest


@dataclass
class FakeGitHub:
    """GitHub in memory. `lost` names the calls whose next answer is lost after the work was done."""

    pull: PullRequest
    said: list[Comment] = field(default_factory=list)
    folded: set[int] = field(default_factory=set)
    runs: dict[int, tuple[str, CheckRun, CheckText]] = field(default_factory=dict)
    deployed_to: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    opened: list[Opened] = field(default_factory=list)
    forbidden: str = ""
    calls: int = 0
    created: int = 0
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def author_id(self) -> int:
        return ACTIONS_BOT_ID

    def workflow_run(self, run_id: int) -> WorkflowRun:
        raise UnavailableError(f"Could not read workflow run {run_id}")

    def artifact(self, run_id: int, name: str, limit: int) -> bytes | None:  # noqa: ARG002 -- the port's
        return None

    def pull_request(self, number: int) -> PullRequest:
        self.calls += 1
        assert number == self.pull.number
        return self.pull

    def pull_requests_of_head(self, repository: str, branch: str, sha: str | None) -> tuple[PullRequest, ...]:
        pull = self.pull
        same = (repository, branch) == (pull.head_repository, pull.head_branch)
        return (pull,) if same and sha in (None, pull.head_sha) else ()

    def pull_requests_of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        return (self.pull,) if self.pull.merge_sha == sha else ()

    def pull_requests_from(self, branch: str, base: str) -> tuple[PullRequest, ...]:
        self.calls += 1
        return tuple(one.pull for one in self.opened if (one.branch, one.pull.base_branch) == (branch, base))

    def open_pull_request(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        self.calls += 1
        if self.forbidden or any(one.branch == branch and one.pull.state == "open" for one in self.opened):
            why = self.forbidden or "A pull request already exists"
            raise UnavailableError(f"Could not open a pull request from {branch}: {why}")
        self.created += 1
        number = self.pull.number + 1 + len(self.opened)
        pull = replace(
            self.pull,
            number=number,
            title=title,
            author="github-actions[bot]",
            head_sha=self.head_of(branch),
            head_branch=branch,
            base_branch=base,
            state="open",
            merged=False,
            merge_sha=None,
            url=f"https://localhost/pull/{number}",
        )
        self.opened.append(Opened(branch, title, body, pull))
        self._answer("pulls")
        return pull

    def head_of(self, branch: str) -> str:  # noqa: ARG002 -- for repositories that have commits
        return "cc" * 20

    def reviews(self, number: int) -> tuple[Review, ...]:  # noqa: ARG002 -- the port's
        return ()

    def role(self, login: str) -> str:  # noqa: ARG002 -- the port's
        return "none"

    def comments(self, number: int) -> tuple[Comment, ...]:  # noqa: ARG002 -- the port's
        self.calls += 1
        return tuple(self.said)

    def checks(self, sha: str, name: str) -> tuple[CheckRun, ...]:
        self.calls += 1
        return tuple(check for where, check, _ in self.runs.values() if (where, check.name) == (sha, name))

    def create_comment(self, number: int, body: str) -> Comment:  # noqa: ARG002 -- the port's
        self.calls += 1
        self.created += 1
        comment = self.add(ACTIONS_BOT_ID, body)
        self._answer("comments")
        return comment

    def update_comment(self, comment: Comment, body: str) -> None:
        self.calls += 1
        at = next(n for n, one in enumerate(self.said) if one.id == comment.id)
        self.said[at] = replace(self.said[at], body=body)

    def minimize_comment(self, comment: Comment) -> None:
        self.calls += 1
        self.folded.add(comment.id)

    def start_check(self, sha: str, name: str, external_id: str, text: CheckText) -> CheckRun:
        self.calls += 1
        self.created += 1
        check = CheckRun(next(self.ids), name, external_id, "in_progress", None)
        self.runs[check.id] = (sha, check, text)
        self._answer("check-runs")
        return check

    def complete_check(self, check: CheckRun, conclusion: Conclusion, text: CheckText) -> None:
        self.calls += 1
        sha, kept, _ = self.runs[check.id]
        self.runs[check.id] = (sha, replace(kept, status="completed", conclusion=conclusion), text)

    def deployed(
        self, sha: str, environment: str, state: Literal["success", "failure"], description: str
    ) -> None:
        states = self.deployed_to.setdefault((sha, environment), [])
        said = f"{state} {description}"
        if not states or states[-1] != said:
            states.append(said)

    def add(self, author: int, body: str) -> Comment:
        number = next(self.ids)
        comment = Comment(number, f"IC_{number}", author, body, f"https://localhost/comment/{number}")
        self.said.append(comment)
        return comment

    def _answer(self, what: str) -> None:
        if what in self.lost:
            self.lost.remove(what)
            raise UnavailableError(f"The answer to {what} was lost.")


class FakeWorld:
    """The world over the fake."""

    repository = "acme/flights"

    def __init__(self) -> None:
        self.number, self.head, self.base = 7, "4f" * 20, "91" * 20
        self._fake = FakeGitHub(
            PullRequest(
                7,
                "More trees",
                "mona",
                "open",
                False,
                None,
                self.head,
                "trees",
                self.repository,
                "main",
                self.base,
                "",
            )
        )
        self.github: Hub = self._fake

    def say(self, body: str) -> None:
        self._fake.add(99, body)

    def push(self) -> str:
        self.head = "aa" * 20
        self._fake.pull = replace(self._fake.pull, head_sha=self.head)
        return self.head

    def branch(self, name: str) -> None:
        """The fake knows no commits."""

    def close(self, number: int) -> None:
        opened = self._fake.opened
        self._fake.opened = [
            replace(one, pull=replace(one.pull, state="closed")) if one.pull.number == number else one
            for one in opened
        ]

    def comments(self) -> tuple[SeenComment, ...]:
        folded = self._fake.folded
        return tuple(SeenComment(one.author_id, one.body, one.id in folded) for one in self._fake.said)

    def checks(self, sha: str) -> tuple[SeenCheck, ...]:
        return tuple(
            SeenCheck(check.external_id, check.status, check.conclusion, text.title)
            for where, check, text in self._fake.runs.values()
            if where == sha
        )

    def lose_answer(self, method: Literal["POST"], path: str) -> None:  # noqa: ARG002 -- the protocol's
        self._fake.lost.add(path)

    def deployments(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple(
            (environment, tuple(said.split(" ", 1)[0] for said in states))
            for (_, environment), states in self._fake.deployed_to.items()
        )

    def requests(self) -> tuple[int, int]:
        return self._fake.calls, self._fake.created


class Localhost:
    """GitHub on localhost, and every request that reached it, checked against GitHub's API description."""

    def __init__(self, root: Path) -> None:
        self.conformance = Conformance(DESCRIPTION)
        self.server = LocalGitHub(root, self.conformance)
        self.names = itertools.count()


class HttpWorld:
    """The world over HTTP: a real Git repository, real PyGithub, a GITHUB_TOKEN with just what is needed."""

    def __init__(self, localhost: Localhost) -> None:
        self._localhost, self._server = localhost, localhost.server
        self.repository = f"acme/flights{next(localhost.names)}"
        self._mona = self._server.add_user("mona")
        self._server.add_repository(self.repository, admins=("mona",))
        self._first_commit()
        self.base = self._write("main", "README.md", "flights")
        self._api("POST", "git/refs", {"ref": "refs/heads/trees", "sha": self.base})
        self.head = self._write("trees", "params.yaml", "trees: 10")
        opened = self._api("POST", "pulls", {"title": "More trees", "head": "trees", "base": "main"})
        self.number: int = opened["number"]
        self.token = self._server.mint_token(self.repository, NEEDED)
        self.github: Hub = self.adapter(self.token)
        self._from = len(localhost.conformance.exchanges)

    def adapter(self, token: str) -> GitHubAdapter:
        self.waited: list[float] = []
        return GitHubAdapter(
            self._server.api_url, token, self.repository, sleep=self.waited.append, timeout=2
        )

    @property
    def server(self) -> LocalGitHub:
        return self._server

    def say(self, body: str) -> None:
        self._api("POST", f"issues/{self.number}/comments", {"body": body})
        self._from += 1

    def push(self) -> str:
        self.head = self._write("trees", "more.yaml", "trees: 11")
        self._from += 1
        return self.head

    def branch(self, name: str) -> None:
        self._api("POST", "git/refs", {"ref": f"refs/heads/{name}", "sha": self.base})
        self._write(name, "dvc.lock", "schema: '2.0'")
        self._from += 2

    def close(self, number: int) -> None:
        self._api("PATCH", f"pulls/{number}", {"state": "closed"})
        self._from += 1

    def comments(self) -> tuple[SeenComment, ...]:
        seen = self._server.snapshot(self.repository).comments(self.number)
        return tuple(SeenComment(one.author_id, one.body, one.minimized is not None) for one in seen)

    def checks(self, sha: str) -> tuple[SeenCheck, ...]:
        body = self._api("GET", f"commits/{sha}/check-runs?filter=all&check_name=modelbot", None)
        self._from += 1
        found = sorted(body["check_runs"], key=lambda check: check["id"])
        return tuple(
            SeenCheck(one["external_id"], one["status"], one["conclusion"], one["output"]["title"])
            for one in found
        )

    def lose_answer(self, method: Literal["POST"], path: str) -> None:
        self._server.faults.fail("lost_answer", method=method, path=path)

    def deployments(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found = self._server.snapshot(self.repository).deployments()
        return tuple((one.environment, one.states) for one in found)

    def requests(self) -> tuple[int, int]:
        mine = self._localhost.conformance.exchanges[self._from :]
        return len(mine), sum(one.method == "POST" for one in mine)

    def _first_commit(self) -> None:
        # The contents API cannot write into a repository without a branch, at GitHub neither.
        store = BareRepository(self._server.bare_path(self.repository))
        tree = store.git("mktree", stdin=b"").strip()
        author = {f"GIT_{who}": "mona" for who in WHO}
        store.update_ref("refs/heads/main", store.git("commit-tree", tree, "-m", "Start", env=author).strip())

    def _write(self, branch: str, path: str, text: str) -> str:
        content = base64.b64encode(text.encode()).decode()
        body = {"message": f"Write {path}", "content": content, "branch": branch}
        return self._api("PUT", f"contents/{path}", body)["commit"]["sha"]

    def _api(self, method: str, path: str, body: object) -> dict:
        answer = requests.request(
            method,
            f"{self._server.api_url}/repos/{self.repository}/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._mona}"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def localhost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Localhost]:
    started = Localhost(tmp_path_factory.mktemp("github"))
    with started.server:
        yield started
    assert [str(breach) for breach in started.conformance.breaches] == []


@pytest.fixture
def http_world(localhost: Localhost) -> HttpWorld:
    localhost.server.faults.clear()
    return HttpWorld(localhost)


@pytest.fixture(params=["fake", "http"])
def world(request: pytest.FixtureRequest) -> World:
    return FakeWorld() if request.param == "fake" else request.getfixturevalue("http_world")


@pytest.fixture
def basis(world: World) -> Basis:
    """The question of workflow run 50, first attempt."""
    target = Target(world.repository, world.number, world.head, world.base)
    return Basis(target, Invocation(50, 1), datetime(2026, 3, 1, 12, tzinfo=UTC), "0.1.0")
