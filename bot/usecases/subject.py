"""Which pull request a completed workflow run is about: asked of the API, never of an artifact."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import NotEvaluatedError
from bot.ports.git import Revisions
from bot.ports.github import GitHubReader, PullRequest, WorkflowRun
from bot.usecases.reproduce import Scope

WORKFLOW = ".github/workflows/model-pr.yml"


@dataclass(frozen=True, slots=True)
class Subject:
    """A run of the pull request's workflow, and the one open pull request whose head it ran."""

    run: WorkflowRun
    pull: PullRequest


def is_fork(subject: Subject, repository: str) -> bool:
    """Whether the pull request's branch is in another repository than this one, or in one that is gone."""
    return subject.pull.head_repository != repository


def subject_of(github: GitHubReader, run_id: int) -> Subject | None:
    """The run's pull request; None when there is nobody to tell: it was closed, moved on, or is not one.

    Raises:
        NotEvaluatedError: the run is of another workflow, or started by another event.
    """
    run = github.workflow_run(run_id)
    if run.workflow_path.split("@")[0] != WORKFLOW or run.event != "pull_request":
        what = f"Workflow run {run_id} is of {run.workflow_path} on {run.event}."
        raise NotEvaluatedError(what, f"Only runs of {WORKFLOW} on pull_request are reported.")
    pulls = github.pull_requests_of_head(run.head_repository, run.head_branch, run.head_sha)
    return Subject(run, pulls[0]) if len(pulls) == 1 else None


def scope_of_pull(revisions: Revisions, pull: PullRequest) -> Scope | None:
    """What to compare, fetched from origin; None when the head has moved on already."""
    base = revisions.fetch(pull.base_branch)
    head = revisions.fetch(f"refs/pull/{pull.number}/head")
    if head != pull.head_sha:
        return None
    return Scope(head, base, revisions.merge_base(base, head))
