"""Which pull request a completed workflow run is about: asked of the API, never of an artifact."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import ModelbotError, NotEvaluatedError
from bot.ports.git import Revisions
from bot.ports.github import GitHubReader, PullRequest, WorkflowRun
from bot.report.publish import CHECK_NAME, run_of
from bot.usecases.scope import Scope

WORKFLOW = ".github/workflows/model-pr.yml"
REVIEWS = ".github/workflows/model-review.yml"


@dataclass(frozen=True, slots=True)
class Subject:
    """A run of the pull request's workflow, and the one open pull request whose head it ran."""

    run: WorkflowRun
    pull: PullRequest


@dataclass(frozen=True, slots=True)
class Nobody:
    """A run whose head is not that of one open pull request: of none, or of the several `sharing` it."""

    run: WorkflowRun
    sharing: tuple[PullRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A pull request that was reviewed, and the run whose report stands on its head."""

    run: WorkflowRun
    pull: PullRequest


def reviewed_by(github: GitHubReader, review: WorkflowRun) -> Reviewed | None:
    """What to judge again, when the run says that there was a review; None when nothing stands there yet.

    Then the report that is still to come asks for the reviews itself.

    Raises:
        NotEvaluatedError: the run was started by another event, or what stands there is no report of a run.
    """
    _check(review, REVIEWS, "pull_request_review")
    pulls = github.pull_requests_of_head(review.head_repository, review.head_branch, None)
    if len(pulls) != 1:
        return None
    checks = github.checks(pulls[0].head_sha, CHECK_NAME)
    newest = max(checks, key=lambda check: check.id, default=None)
    ours = run_of(newest, pulls[0].number) if newest and newest.status == "completed" else None
    if ours is None:
        return None
    return Reviewed(_check(github.workflow_run(ours), WORKFLOW, "pull_request"), pulls[0])


def is_fork(subject: Subject, repository: str) -> bool:
    """Whether the pull request's branch is in another repository than this one, or in one that is gone."""
    return subject.pull.head_repository != repository


def subject_of(github: GitHubReader, run: WorkflowRun) -> Subject | Nobody:
    """The run's pull request; Nobody when it was closed, moved on, or is not one.

    Raises:
        NotEvaluatedError: the run is of another workflow, or started by another event.
    """
    _check(run, WORKFLOW, "pull_request")
    pulls = github.pull_requests_of_head(run.head_repository, run.head_branch, run.head_sha)
    return Subject(run, pulls[0]) if len(pulls) == 1 else Nobody(run, pulls)


def is_review(run: WorkflowRun) -> bool:
    """Whether a run only says that there was a review."""
    return _path(run) == REVIEWS


def _check(run: WorkflowRun, path: str, event: str) -> WorkflowRun:
    if _path(run) != path or run.event != event:
        what = f"Workflow run {run.id} is of {run.workflow_path} on {run.event}."
        raise NotEvaluatedError(what, f"Only runs of {path} on {event} are reported.")
    return run


def _path(run: WorkflowRun) -> str:
    return run.workflow_path.split("@")[0]


def gone_on(github: GitHubReader, revisions: Revisions, run: WorkflowRun) -> Subject | None:
    """The open pull request of this repository whose branch went on from the run's head, with a new dvc.lock.

    So it is after our own lock commit, and after an author's: who asks has to compare what the commit holds.
    """
    try:
        tip = revisions.fetch(run.head_branch)
        if tip == run.head_sha or not revisions.is_ancestor(run.head_sha, tip):
            return None
        if _locks(revisions, tip) == _locks(revisions, run.head_sha):
            return None
    except ModelbotError:
        # The branch is gone, or was rewritten.
        return None
    pulls = github.pull_requests_of_head(run.head_repository, run.head_branch, tip)
    return Subject(run, pulls[0]) if len(pulls) == 1 else None


def _locks(revisions: Revisions, revision: str) -> dict[str, str | None]:
    tree = revisions.tree(revision)
    return {path: tree.md5(path) for path in tree.paths() if path.split("/")[-1] == "dvc.lock"}


def scope_of_pull(revisions: Revisions, subject: Subject) -> Scope | None:
    """What to compare, fetched from origin: what the run ran with base; None when the head has moved on.

    The run's head is the pull request's, or the commit before our own lock commit.
    """
    pull, ran = subject.pull, subject.run.head_sha
    base = revisions.fetch(pull.base_branch)
    head = revisions.fetch(f"refs/pull/{pull.number}/head")
    if head != pull.head_sha:
        return None
    return Scope(ran, base, revisions.merge_base(base, ran))
