"""The state of GitHub on localhost: mutable records, guarded by the one lock of `Hub`. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.localhost.github.store import BareRepository
from bot.localhost.github.values import Json, JsonObject, Role

Kind = Literal["User", "Bot", "Organization"]

ACTIONS_LOGIN = "github-actions[bot]"
ACTIONS_USER_ID = 41898282
ACTIONS_APP_ID = 15368


@dataclass(slots=True)
class User:
    """A person, an app's bot account or an organization."""

    id: int
    login: str
    kind: Kind
    created_at: datetime


@dataclass(slots=True)
class Token:
    """Who a token acts as. `permissions` is None for a person or an app: the role decides."""

    user: User
    permissions: Mapping[str, str] | None = None
    repository: str | None = None


@dataclass(slots=True)
class Rule:
    """What a protected branch asks before it moves."""

    branch: str
    required_checks: tuple[str, ...] = ()
    required_approvals: int = 0
    enforce_admins: bool = False
    dismiss_stale: bool = False


@dataclass(slots=True)
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str = ""


@dataclass(slots=True)
class Reaction:
    """One person's emoji on a comment."""

    id: int
    user: User
    content: str
    created_at: datetime


@dataclass(slots=True)
class Comment:
    """A comment in the conversation of an issue or pull request."""

    id: int
    number: int
    author: User
    body: str
    created_at: datetime
    updated_at: datetime
    minimized: str | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True)
class Review:
    """A submitted review of a pull request."""

    id: int
    author: User
    state: str
    body: str
    commit_id: str
    submitted_at: datetime


@dataclass(slots=True)
class Merged:
    """How a pull request reached its base. `before` is the base's tip just before it."""

    sha: str
    by: User
    at: datetime
    before: str


@dataclass(slots=True)
class Pull:
    """What a pull request has beyond an issue. `fork_point` is the merge base its files are compared with."""

    head_repo: str
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    fork_point: str
    draft: bool = False
    merged: Merged | None = None
    reviews: list[Review] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of a timeline: a comment or review by `number`, commits by `text`."""

    kind: Literal["commits", "comment", "review", "merged", "closed", "reopened"]
    actor: User
    when: datetime
    number: int = 0
    text: str = ""


@dataclass(slots=True)
class Issue:
    """An issue, and a pull request where `pull` is set."""

    id: int
    number: int
    title: str
    body: str
    author: User
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    labels: list[Label] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    pull: Pull | None = None
    timeline: list[Happening] = field(default_factory=list)

    @property
    def state(self) -> Literal["open", "closed"]:
        """`open` or `closed`; a merged pull request is closed."""
        return "closed" if self.closed_at else "open"


@dataclass(slots=True)
class CheckRun:
    """A check run on one commit."""

    id: int
    suite_id: int
    name: str
    head_sha: str
    app: User
    status: str
    started_at: datetime
    conclusion: str | None = None
    completed_at: datetime | None = None
    external_id: str = ""
    details_url: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[JsonObject] = field(default_factory=list)


@dataclass(slots=True)
class Status:
    """A commit status."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: User
    created_at: datetime


@dataclass(slots=True)
class DeploymentStatus:
    """One state a deployment went through."""

    id: int
    state: str
    description: str
    environment_url: str
    log_url: str
    creator: User
    created_at: datetime


@dataclass(slots=True)
class Deployment:
    """A deployment of one commit to an environment."""

    id: int
    ref: str
    sha: str
    task: str
    environment: str
    description: str | None
    payload: Json
    creator: User
    created_at: datetime
    statuses: list[DeploymentStatus] = field(default_factory=list)


@dataclass(slots=True)
class Artifact:
    """A zip file that a workflow run left behind."""

    id: int
    run_id: int
    name: str
    content: bytes
    created_at: datetime


@dataclass(slots=True)
class WorkflowRun:
    """A workflow run, as its runner reports it."""

    id: int
    number: int
    workflow_id: int
    workflow_path: str
    name: str
    event: str
    head_branch: str
    head_sha: str
    head_repository: str
    actor: User
    pull_requests: tuple[int, ...]
    created_at: datetime
    updated_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    artifacts: list[Artifact] = field(default_factory=list)


@dataclass(slots=True)
class EnvironmentState:
    """A deployment environment with its own secrets and variables."""

    id: int
    name: str
    reviewers: tuple[str, ...]
    secrets: dict[str, str]
    variables: dict[str, str]
    created_at: datetime


@dataclass(slots=True)
class Repository:
    """A repository: its Git store and everything GitHub keeps beside it."""

    id: int
    full_name: str
    owner: User
    public: bool
    store: BareRepository
    created_at: datetime
    fork_of: str | None = None
    roles: dict[str, Role] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    checks: list[CheckRun] = field(default_factory=list)
    suites: dict[tuple[str, int], int] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    environments: dict[str, EnvironmentState] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    runs: dict[int, WorkflowRun] = field(default_factory=dict)
    workflows: dict[str, int] = field(default_factory=dict)
    default_branch: str = "main"

    @property
    def name(self) -> str:
        """The part after the owner."""
        return self.full_name.split("/", 1)[1]

    def pulls(self) -> list[Issue]:
        """Every pull request, oldest first."""
        return [issue for issue in self.issues.values() if issue.pull]
