"""Workflow runs as their runner writes them: opened, moved on, given artifacts and job checks, and
announced.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.localhost.github.access import Caller
from bot.localhost.github.bodies.runs import run_body, workflow_body
from bot.localhost.github.hub import Hub
from bot.localhost.github.model import ACTIONS_LOGIN, Artifact, CheckRun, Repository, WorkflowRun
from bot.localhost.github.movement import common_payload

_ACTIONS = {"queued": "requested", "in_progress": "in_progress", "completed": "completed"}


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a workflow run is opened with.

    `pull_requests` are numbers; a fork's run names none (GitHub's rule).
    """

    workflow_path: str
    name: str
    event: str
    head_branch: str
    head_sha: str
    head_repository: str
    actor: str
    pull_requests: tuple[int, ...]


def open_run(hub: Hub, repo: Repository, new: NewRun) -> int:
    """A queued run; announces `workflow_run` requested."""
    workflow = repo.workflows.setdefault(new.workflow_path, hub.next_id())
    count = sum(run.workflow_id == workflow for run in repo.runs.values())
    actor = hub.user(new.actor)
    run = WorkflowRun(
        hub.next_id(), count + 1, workflow, new.workflow_path, new.name, new.event, new.head_branch,
        new.head_sha,
        new.head_repository, actor, new.pull_requests, hub.now(), hub.now(),
    )  # fmt: skip
    repo.runs[run.id] = run
    _announce(hub, repo, run)
    return run.id


def update_run(hub: Hub, repo: Repository, run_id: int, status: str, conclusion: str | None) -> None:
    """Move a run on; announces `workflow_run` when its status changed. A completed run needs a conclusion."""
    run = repo.runs[run_id]
    if status not in _ACTIONS or (status == "completed") != (conclusion is not None):
        raise ValueError(f"run {run_id}: status {status!r} with conclusion {conclusion!r}")
    changed = run.status != status
    run.status, run.conclusion, run.updated_at = status, conclusion, hub.now()
    if changed:
        _announce(hub, repo, run)


def add_artifact(hub: Hub, repo: Repository, run_id: int, name: str, content: bytes) -> int:
    """Keep a zip under a name new to the run.

    Raises `ValueError` when the name is taken, as version 4 artifacts do.
    """
    run = repo.runs[run_id]
    if any(artifact.name == name for artifact in run.artifacts):
        raise ValueError(f"run {run_id} has an artifact named {name!r} already")
    artifact = Artifact(hub.next_id(), run_id, name, content, hub.now())
    run.artifacts.append(artifact)
    return artifact.id


def report_job(
    hub: Hub, repo: Repository, run_id: int, name: str, status: str, conclusion: str | None
) -> int:
    """The check run that stands for a job of a run, made on first sight and then moved on; gives its
    number.
    """
    run = repo.runs[run_id]
    external = f"{run_id}/{name}"
    app = hub.user(ACTIONS_LOGIN)
    check = next((check for check in repo.checks if check.external_id == external and check.app is app), None)
    if check is None:
        suite = repo.suites.setdefault((run.head_sha, app.id), hub.next_id())
        check = CheckRun(
            hub.next_id(), suite, name, run.head_sha, app, status, hub.now(), external_id=external
        )
        repo.checks.append(check)
    check.status, check.conclusion = status, conclusion
    check.completed_at = hub.now() if status == "completed" else None
    return check.id


def _announce(hub: Hub, repo: Repository, run: WorkflowRun) -> None:
    action = _ACTIONS[run.status]
    caller = Caller(run.actor)
    payload = {
        "action": action,
        "workflow_run": run_body(hub, repo, run),
        "workflow": workflow_body(hub, repo, run),
        **common_payload(hub, repo, caller),
    }
    hub.emit(repo, "workflow_run", action, payload, caller)
