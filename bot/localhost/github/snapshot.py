"""Frozen views of the state, for tests and for whoever asks a question about what happened."""

from __future__ import annotations

from bot.localhost.github.bodies.pulls import pull_of
from bot.localhost.github.hub import Hub
from bot.localhost.github.model import Issue, Repository
from bot.localhost.github.values import (
    CheckRunView,
    CommentView,
    DeploymentView,
    PullView,
    ReviewView,
    RunView,
)


class Snapshot:
    """Reads one repository's state; every answer is a tuple of frozen values, oldest first."""

    def __init__(self, hub: Hub, full_name: str) -> None:
        self._hub = hub
        self._repo: Repository = hub.repository(full_name)

    def pulls(self) -> tuple[PullView, ...]:
        """Every pull request."""
        with self._hub.lock:
            return tuple(_pull_view(issue) for issue in self._repo.pulls())

    def pull(self, number: int) -> PullView:
        """One pull request. Raises `KeyError` when there is none."""
        with self._hub.lock:
            return _pull_view(self._repo.issues[number])

    def comments(self, number: int) -> tuple[CommentView, ...]:
        """The conversation of an issue or pull request."""
        with self._hub.lock:
            return tuple(
                CommentView(
                    comment.id,
                    comment.author.login,
                    comment.author.id,
                    comment.body,
                    comment.minimized,
                    comment.created_at,
                    comment.updated_at,
                )
                for comment in self._repo.issues[number].comments
            )

    def reviews(self, number: int) -> tuple[ReviewView, ...]:
        """The reviews of a pull request."""
        with self._hub.lock:
            reviews = pull_of(self._repo.issues[number]).reviews
            return tuple(ReviewView(one.author.login, one.state, one.body, one.commit_id) for one in reviews)

    def check_runs(self, sha: str) -> tuple[CheckRunView, ...]:
        """The latest check run of each name on a commit."""
        with self._hub.lock:
            return tuple(
                CheckRunView(
                    check.id,
                    check.name,
                    check.head_sha,
                    check.app.login,
                    check.status,
                    check.conclusion,
                    check.title or "",
                    check.summary or "",
                    check.external_id,
                    len(check.annotations),
                )
                for check in self._hub.checks_of(self._repo, sha)
            )

    def deployments(self) -> tuple[DeploymentView, ...]:
        """Every deployment."""
        with self._hub.lock:
            return tuple(
                DeploymentView(
                    one.id,
                    one.environment,
                    one.sha,
                    one.creator.login,
                    tuple(status.state for status in one.statuses),
                )
                for one in self._repo.deployments
            )

    def runs(self) -> tuple[RunView, ...]:
        """Every workflow run."""
        with self._hub.lock:
            return tuple(
                RunView(
                    run.id,
                    run.workflow_path,
                    run.name,
                    run.event,
                    run.head_branch,
                    run.head_sha,
                    run.status,
                    run.conclusion,
                    tuple(artifact.name for artifact in run.artifacts),
                )
                for run in self._repo.runs.values()
            )

    def branches(self) -> dict[str, str]:
        """Branch → tip."""
        refs = self._repo.store.refs("refs/heads/")
        return {name.removeprefix("refs/heads/"): sha for name, (sha, _kind) in refs.items()}


def _pull_view(issue: Issue) -> PullView:
    pull = pull_of(issue)
    owner = pull.head_repo.split("/", 1)[0]
    merged = pull.merged
    return PullView(
        issue.number,
        issue.title,
        issue.body,
        issue.author.login,
        "merged" if merged else issue.state,
        f"{owner}:{pull.head_ref}",
        pull.head_sha,
        pull.base_ref,
        merged.sha if merged else None,
        merged.by.login if merged else None,
        tuple(label.name for label in issue.labels),
    )
