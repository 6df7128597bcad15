"""One repository at GitHub: what we read and what we write. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.policy.verdict import Conclusion


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """A workflow run as the API tells it; nothing of it comes from an artifact."""

    id: int
    attempt: int
    workflow_path: str
    event: str
    status: str
    conclusion: str | None
    head_sha: str
    head_branch: str
    head_repository: str
    url: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the API tells it."""

    number: int
    title: str
    author: str
    state: Literal["open", "closed"]
    merged: bool
    merge_sha: str | None
    head_sha: str
    head_branch: str
    head_repository: str
    base_branch: str
    base_sha: str
    url: str


@dataclass(frozen=True, slots=True)
class Review:
    """A review: who, what they said of which commit."""

    author: str
    state: str
    commit: str


@dataclass(frozen=True, slots=True)
class Comment:
    """An issue comment."""

    id: int
    node_id: str
    author_id: int
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check run of ours on one head."""

    id: int
    name: str
    external_id: str
    status: str
    conclusion: str | None


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note on lines of a file, shown in the pull request's diff."""

    path: str
    line: int
    level: Literal["notice", "warning", "failure"]
    message: str
    title: str


@dataclass(frozen=True, slots=True)
class CheckText:
    """What a check run shows. `title` under 255 characters, `summary` under 65,535 bytes."""

    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()


class GitHubReader(Protocol):
    """Reads one repository through GitHub's API."""

    def author_id(self) -> int:
        """The account id under which this token writes comments."""
        ...

    def workflow_run(self, run_id: int) -> WorkflowRun:
        """One workflow run."""
        ...

    def artifact(self, run_id: int, name: str, limit: int) -> bytes | None:
        """The run's artifact as zip bytes, None when there is none.

        Raises NotEvaluatedError when it is larger than `limit` bytes.
        """
        ...

    def pull_request(self, number: int) -> PullRequest:
        """One pull request."""
        ...

    def pull_requests_of_head(self, repository: str, branch: str, sha: str | None) -> tuple[PullRequest, ...]:
        """The open pull requests whose head is exactly this owner's branch, at this sha unless it is None."""
        ...

    def pull_requests_from(self, branch: str, base: str) -> tuple[PullRequest, ...]:
        """The pull requests, open or closed, from this branch of this repository to `base`."""
        ...

    def pull_requests_of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """The merged pull requests that brought this commit."""
        ...

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Every review, oldest first."""
        ...

    def role(self, login: str) -> str:
        """A person's role here: read, triage, write, maintain or admin; none for who has no access."""
        ...

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Every comment, over all pages, oldest first."""
        ...

    def checks(self, sha: str, name: str) -> tuple[CheckRun, ...]:
        """The check runs of this name on this commit."""
        ...


class Publisher(GitHubReader, Protocol):
    """Writes reports: comments and check runs."""

    def open_pull_request(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open a pull request from a branch of this repository. Not retried: found again by its branch."""
        ...

    def create_comment(self, number: int, body: str) -> Comment:
        """Add a comment. Not retried: a lost answer is found again by the marker in the body."""
        ...

    def update_comment(self, comment: Comment, body: str) -> None:
        """Replace a comment's body."""
        ...

    def minimize_comment(self, comment: Comment) -> None:
        """Fold a comment as outdated."""
        ...

    def start_check(self, sha: str, name: str, external_id: str, text: CheckText) -> CheckRun:
        """Open a check run in progress. Not retried: found again by name and external id."""
        ...

    def complete_check(self, check: CheckRun, conclusion: Conclusion, text: CheckText) -> None:
        """Complete a check run."""
        ...


class Deployer(Protocol):
    """Writes deployments: what people see of a promotion at GitHub; never a condition for it."""

    def deployed(
        self, sha: str, environment: str, state: Literal["success", "failure"], description: str
    ) -> None:
        """Record a deployment of `sha` and its state; finds and reuses its own earlier record."""
        ...
