"""A team in memory: its repository, GitHub, DVC remote, registry and ledger, each a stateful fake.

The fakes of GitHub, the runner, the registry, the records and the objects are those that the contract tests
hold to the real things; what is added here is a repository of commits.
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from bot.adapters.files import ModelDirectories
from bot.errors import InvalidInputError, NotEvaluatedError, StaleError, UnavailableError
from bot.evidence.bundle import Bundle, encode_bundle, parse_bundle
from bot.evidence.smoke import Smoke
from bot.lineage.tree import MemoryTree
from bot.ports.git import Commit as Commit_
from bot.ports.git import CommittedFile
from bot.ports.github import CheckRun, PullRequest, Review, WorkflowRun
from bot.promotion.ledger import BRANCH, read_records
from bot.promotion.recall import Asked
from bot.usecases import promote as promoting
from bot.usecases import report as reporting
from bot.usecases import reproduce as reproducing
from bot.usecases import rollback as undoing
from bot.usecases.carry import CarryWorld
from bot.usecases.check import Checked
from bot.usecases.check import check as run_check
from bot.usecases.judge import Occasion
from bot.usecases.promote_world import PromoteWorld, Where
from bot.usecases.report import Brought, ReportWorld
from bot.usecases.reproduce import ReproduceWorld
from bot.usecases.scope import Scope, scope_of
from bot.usecases.status import Status
from bot.usecases.status import status as read_status
from bot.usecases.verify import Verified, VerifyWorld, verify

TESTS = Path(__file__).parents[1]
REPOSITORY, FORK, NUMBER = "acme/tiny", "mallory/tiny", 7
OCCASION = Occasion(datetime(2026, 3, 1, 12, tzinfo=UTC), "0.1.0", REPOSITORY, "https://github.com")
WHERE = Where("main", "production", newest=True, workflow_run=90, workflow_attempt=1)
POLICY = b"""\
version: 1
model: tiny
artifact: model
metrics:
  auc: {better: higher, min: 0.7, max_regression: 0.01}
"""


def _load(name: str, path: Path) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


shop = _load("promotion_fakes", TESTS / "unit" / "promotion" / "fakes.py")
publish = _load("publish_fakes", TESTS / "contract" / "publish" / "conftest.py")
dvc_fakes = _load("dvc_fakes", TESTS / "contract" / "dvc" / "fakes.py")
START = dvc_fakes.START | {"policies/tiny.yaml": POLICY}


@dataclass(frozen=True)
class Commit:
    files: dict[str, bytes]
    parents: tuple[str, ...]


@dataclass
class Repository:
    """Commits, and branches at origin; a person's clone is always up to date."""

    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def add(self, files: dict[str, bytes], *parents: str) -> str:
        sha = hashlib.sha1(repr((len(self.commits), sorted(files.items()), parents)).encode()).hexdigest()
        self.commits[sha] = Commit(dict(files), parents)
        return sha

    def files(self, name: str) -> dict[str, bytes]:
        return dict(self.commits[self.resolve(name)].files)

    def resolve(self, name: str) -> str:
        sha = self.refs.get(name, name)
        if sha not in self.commits:
            raise InvalidInputError(f"There is no revision {name!r} in this repository.")
        return sha

    def fetch(self, ref: str) -> str:
        if ref not in self.refs:
            raise UnavailableError(f"Could not fetch {ref!r} from origin.")
        return self.refs[ref]

    def ancestors(self, sha: str) -> list[str]:
        found, waiting = [], [sha]
        while waiting:
            one = waiting.pop(0)
            if one not in found:
                found.append(one)
                waiting += self.commits[one].parents
        return found

    def merge_base(self, one: str, other: str) -> str:
        common = set(self.ancestors(one)) & set(self.ancestors(other))
        (best,) = [sha for sha in common if not any(sha in self.ancestors(it) for it in common - {sha})]
        return best

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        return ancestor in self.ancestors(descendant)

    def first_parents(self, head: str, limit: int) -> tuple[str, ...]:
        line = [head]
        while self.commits[line[-1]].parents:
            line.append(self.commits[line[-1]].parents[0])
        return tuple(line[:limit])

    def commit_of(self, revision: str) -> Commit_:
        return Commit_(self.commits[self.resolve(revision)].parents, "ben")

    def tree(self, revision: str) -> MemoryTree:
        return MemoryTree(self.files(revision))

    def snapshot(self) -> str:
        return self.refs["HEAD"]

    def start(self, branch: str, parent: str, files: tuple[CommittedFile, ...], message: str) -> str:
        assert message
        if branch in self.refs:
            raise StaleError(f"There is a branch {branch!r} already.")
        whole = self.files(parent) | {file.path: file.data for file in files}
        self.refs[branch] = self.add(whole, parent)
        return self.refs[branch]

    def commit(self, branch: str, parent: str, files: tuple[CommittedFile, ...], message: str) -> str:
        assert message
        if self.refs.get(branch) != parent:
            raise StaleError(f"The branch {branch!r} moved meanwhile; nothing was pushed.")
        whole = self.files(parent) | {file.path: file.data for file in files}
        self.refs[branch] = self.add(whole, parent)
        if branch == self.refs.get("head of pull"):
            self.refs[f"refs/pull/{NUMBER}/head"] = self.refs[branch]
        return self.refs[branch]


@dataclass
class Hub(publish.FakeGitHub):
    """GitHub with one pull request, its workflow runs and its reviews."""

    repository: Repository | None = None
    runs_known: dict[int, WorkflowRun] = field(default_factory=dict)
    said_of_it: list[Review] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=lambda: {"ana": "write", "bob": "maintain", "eve": "read"})
    asked_for_reviews: int = 0
    merged: dict[int, tuple[PullRequest, tuple[Review, ...]]] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    down: bool = False
    sharing: tuple[PullRequest, ...] = ()
    breaks: dict[str, tuple[int, ...]] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)

    def artifact(self, run_id: int, name: str, limit: int) -> bytes | None:
        assert run_id in self.runs_known
        data = self.artifacts.get(name)
        if data and len(data) > limit:
            raise NotEvaluatedError(f"The artifact {name} is larger than {limit} bytes.")
        return data

    def workflow_run(self, run_id: int) -> WorkflowRun:
        return self.runs_known[run_id]

    def pull_request(self, number: int) -> PullRequest:
        self._moved()
        return super().pull_request(number)

    def pull_requests_of_head(self, *head: str | None) -> tuple[PullRequest, ...]:
        found = super().pull_requests_of_head(*head) if self.pull.state == "open" else ()
        return (*found, *(self.sharing if found else ()))

    def start_check(self, *what: object) -> CheckRun:
        self._answers("start_check")
        return super().start_check(*what)

    def complete_check(self, *what: object) -> None:
        self._answers("complete_check")
        super().complete_check(*what)

    def _answers(self, call: str) -> None:
        """Fail at the calls that `breaks` numbers, from 1."""
        self.counted[call] = self.counted.get(call, 0) + 1
        if self.counted[call] in self.breaks.get(call, ()):
            raise UnavailableError(f"GitHub did not answer {call}.")

    def reviews(self, number: int) -> tuple[Review, ...]:
        self.asked_for_reviews += 1
        return self.merged[number][1] if number in self.merged else tuple(self.said_of_it)

    def pull_requests_of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        earlier = tuple(pull for pull, _ in self.merged.values() if pull.merge_sha == sha)
        return (*super().pull_requests_of_commit(sha), *earlier)

    def shelve(self) -> None:
        """The merged pull request becomes an earlier one, with its reviews."""
        number = 90 + len(self.merged)
        self.merged[number] = (replace(self.pull, number=number), tuple(self.said_of_it))
        self.pull = replace(self.pull, merge_sha=None)
        self.said_of_it.clear()
        self.said.clear()

    def role(self, login: str) -> str:
        return self.roles.get(login, "none")

    def head_of(self, branch: str) -> str:
        return self.repository.refs[branch]

    def deployed(self, *what: str) -> None:
        if self.down:
            raise UnavailableError("GitHub did not record the deployment.")
        super().deployed(*what)

    def _moved(self) -> None:
        self.pull = replace(self.pull, head_sha=self.repository.refs[f"refs/pull/{NUMBER}/head"])


class Objects(dict[str, bytes]):
    """Files that travel as an artifact."""

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        self[path] = b"".join(chunks)


def travelled(brought: Brought) -> Brought:
    """The bundle as it arrives: its bytes, parsed."""
    bundle = brought.bundle
    return replace(brought, bundle=parse_bundle(encode_bundle(bundle)) if bundle else None)


@dataclass
class Team:
    """Everybody's view, and what people and workflows do."""

    root: Path
    repository: Repository = field(default_factory=Repository)
    remote: dvc_fakes.Store = field(default_factory=dvc_fakes.Store)
    records: object = field(default_factory=shop.FakeRecords)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(50))
    where: Where = WHERE
    occasion: Occasion = OCCASION

    def __post_init__(self) -> None:
        self.workshop = dvc_fakes.Workshop(self.repository.files, remote=self.remote)
        self.registry = shop.FakeRegistry(self.root / "registry")
        files = dict(START)
        self.workshop.run("train", files)
        self.workshop.run("evaluate", files)
        self.workshop.trained = 0
        self.remote.objects |= self.workshop.cache.objects
        self.repository.refs["main"] = self.repository.refs["HEAD"] = self.repository.add(
            dvc_fakes.tracked(files)
        )
        self.hub = Hub(pull_request(self.main, self.main), repository=self.repository)

    @property
    def main(self) -> str:
        return self.repository.refs["main"]

    @property
    def head(self) -> str:
        return self.repository.refs[f"refs/pull/{NUMBER}/head"]

    def propose(self, *, repository: str = REPOSITORY, removed: tuple[str, ...] = (), **files: str) -> int:
        """Open the pull request with these files (`__` is a dot); answers its workflow run's id."""
        text = {name.replace("__", "."): data.encode() for name, data in files.items()}
        changed = self.repository.files("main") | text
        self.repository.refs.pop("change", None)
        self.move({path: data for path, data in changed.items() if path not in removed})
        self.hub.pull = replace(pull_request(self.head, self.main), head_repository=repository)
        if repository == REPOSITORY:
            self.repository.refs |= {"change": self.head, "head of pull": "change"}
        return self.begin()

    def move(self, files: dict[str, bytes]) -> None:
        """The author pushes."""
        head = self.repository.add(files, self.repository.refs.get("change", self.main))
        self.repository.refs |= {f"refs/pull/{NUMBER}/head": head, "HEAD": head}
        if "change" in self.repository.refs:
            self.repository.refs["change"] = head

    def adopt_pull(self, opened: publish.Opened) -> int:
        """Somebody closes and reopens a pull request of the bot's: its workflow starts."""
        self.hub.shelve()
        self.repository.refs |= {
            "change": self.repository.refs[opened.branch],
            f"refs/pull/{NUMBER}/head": self.repository.refs[opened.branch],
            "HEAD": self.repository.refs[opened.branch],
            "head of pull": "change",
        }
        self.hub.pull = pull_request(self.head, self.main)
        return self.begin()

    def begin(self) -> int:
        """The pull request's workflow starts on its head."""
        run, pull = next(self.numbers), self.hub.pull
        self.hub.runs_known[run] = WorkflowRun(
            run, 1, ".github/workflows/model-pr.yml", "pull_request", "completed", "success",
            pull.head_sha, pull.head_branch, pull.head_repository, f"https://localhost/runs/{run}",
        )  # fmt: skip
        return run

    def review(self, author: str = "ana", state: str = "APPROVED", commit: str = "") -> int:
        """Somebody reviews the pull request; answers the id of the workflow run that says so."""
        self.hub.said_of_it.append(Review(author, state, commit or self.head))
        run, pull = next(self.numbers), self.hub.pull_request(NUMBER)
        self.hub.runs_known[run] = WorkflowRun(
            run, 1, ".github/workflows/model-review.yml", "pull_request_review", "completed", "success",
            pull.head_sha, pull.head_branch, pull.head_repository, f"https://localhost/runs/{run}",
        )  # fmt: skip
        return run

    def scope(self) -> Scope:
        return scope_of(self.repository, "HEAD", "main")

    def reproduce_world(self) -> ReproduceWorld:
        cache = self.workshop.cache
        return ReproduceWorld(self.repository, self.workshop, self.workshop, cache, lambda: self.remote)

    def reproduce(self) -> Bundle:
        return reproducing.reproduce(self.reproduce_world(), self.scope(), "0.1.0")

    def carried(self, bundle: Bundle) -> Brought:
        objects = Objects()
        reproducing.carry_objects(bundle, self.repository.tree("HEAD"), self.workshop.cache, objects)
        return Brought(bundle, objects)

    def report_world(self) -> ReportWorld:
        carry = CarryWorld(self.repository, self.records, lambda: self.remote)
        return ReportWorld(self.hub, self.repository, carry)

    def report(self, run: int, brought: Brought | None = None):
        """The trusted job; without `brought` on what an honest job leaves."""
        given = brought or self.carried(self.reproduce())
        return reporting.report(self.report_world(), run, OCCASION, lambda _run: travelled(given))

    def start(self, run: int) -> bool:
        return reporting.start(self.report_world(), run, OCCASION)

    def check(self, *, run: bool = True) -> Checked:
        return run_check(self.reproduce_world(), self.records, self.scope(), OCCASION, run=run)

    def approve(self, author: str = "ana") -> None:
        self.hub.said_of_it.append(Review(author, "APPROVED", self.head))

    def merge(self) -> str:
        """The pull request becomes main."""
        files = self.repository.files(self.head)
        self.repository.refs["main"] = self.repository.add(files, self.main, self.head)
        self.repository.refs["HEAD"] = self.main
        self.hub.pull = replace(
            self.hub.pull, state="closed", merged=True, merge_sha=self.main, head_sha=self.head
        )
        return self.main

    def put(self, **files: str) -> str:
        """Somebody pushes to main directly."""
        whole = self.repository.files("main") | {
            name.replace("__", "."): data.encode() for name, data in files.items()
        }
        self.repository.refs["main"] = self.repository.add(whole, self.main)
        return self.main

    def promote_world(self, *, github: bool = True) -> PromoteWorld:
        files = ModelDirectories(self.remote, self.root / "scratch")
        hub = self.hub if github else None
        return PromoteWorld(
            self.repository,
            self.records,
            self.registry,
            files,
            self.remote,
            hub,
            hub,
            branches=self.repository,
        )

    def promote(self, *smokes: Smoke, github: bool = True) -> promoting.Promotion:
        made = {one.model: one for one in smokes}
        world = replace(self.promote_world(github=github), smokes=lambda: made)
        return promoting.promote(world, WHERE, OCCASION)

    def asking(self) -> tuple[Where, Occasion]:
        return WHERE, OCCASION

    def release(self, rate: str) -> promoting.Promotion:
        """A pull request with this learning rate is reported, approved, merged and promoted."""
        self.hub.shelve()
        self.report(self.propose(params__yaml=f"lr: {rate}\n"))
        self.approve()
        self.merge()
        return self.promote()

    def rollback(self, asked: Asked) -> undoing.Rollback:
        return undoing.rollback(self.promote_world(), WHERE, asked, OCCASION)

    def resume(self) -> undoing.Resumption:
        asked = Asked("", "", None, "mona", "the revert is merged")
        return undoing.resume(self.promote_world(), WHERE, asked, OCCASION)

    def preview(self) -> promoting.Promotion:
        return promoting.preview(self.promote_world(), WHERE, OCCASION)

    def status(self) -> Status:
        return read_status(self.promote_world(), WHERE, OCCASION)

    def verify(
        self, *, every: bool = False, known: tuple[str, ...] = (), registry: object = None
    ) -> Verified:
        files = ModelDirectories(self.remote, self.root / "scratch")
        return verify(VerifyWorld(self.records, registry or self.registry, files), every=every, known=known)

    def champion(self) -> str | None:
        """The weights that the alias serves."""
        found = self.registry.alias("tiny", "champion")
        return (self.registry.files(found) / "weights").read_text() if found else None

    def ledger(self) -> list[object]:
        return [committed.record for committed in read_records(self.records.entries(BRANCH))]

    def checks(self, sha: str) -> list[tuple[str, str | None, str]]:
        """Status, conclusion and title of our checks on a commit."""
        found = (one for one in self.hub.runs.values() if one[0] == sha)
        return [(check.status, check.conclusion, text.title) for _, check, text in found]

    def comments(self) -> list[str]:
        return [comment.body for comment in self.hub.said]

    def state(self) -> tuple[object, ...]:
        """Everything that lasts."""
        return (
            dict(self.repository.refs),
            {branch: list(line) for branch, line in self.records.branches.items()},
            dict(self.remote.objects),
            dict(self.registry.versions),
            dict(self.registry.aliases),
            self.comments(),
            [(where, check) for where, check, _ in self.hub.runs.values()],
            {key: list(states) for key, states in self.hub.deployed_to.items()},
        )


def pull_request(head: str, base: str) -> PullRequest:
    return PullRequest(
        NUMBER, "A change", "ben", "open", False, None, head, "change", REPOSITORY, "main", base, ""
    )  # fmt: skip


@pytest.fixture(scope="session")
def fakes() -> ModuleType:
    return shop


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """A team whose main has a model with auc 0.8 that nobody promoted yet."""
    (tmp_path / "scratch").mkdir()
    return Team(tmp_path)


@pytest.fixture
def promoted(team: Team) -> Team:
    """The same, with main's model promoted as version 1."""
    assert team.promote(github=False).exit_code == 0
    return team


@pytest.fixture
def object_name():
    """DVC's name of the model that is trained with a learning rate."""
    return dvc_fakes.model


@pytest.fixture
def lock_of():
    """The `dvc.lock` of a pipeline that was run with a learning rate."""
    return dvc_fakes.lock


@pytest.fixture
def store():
    """An empty place for objects."""
    return dvc_fakes.Store()
