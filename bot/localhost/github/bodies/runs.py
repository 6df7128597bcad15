"""Bodies of workflow runs and their artifacts."""

from __future__ import annotations

from datetime import timedelta

from bot.localhost.github.bodies.accounts import minimal_repository_body, stamp, user_body
from bot.localhost.github.bodies.checks import pull_minimal_body
from bot.localhost.github.bodies.commits import simple_commit_body
from bot.localhost.github.hub import Hub
from bot.localhost.github.model import Artifact, Repository, WorkflowRun
from bot.localhost.github.values import JsonObject

_RUN_LINKS = ("jobs", "logs", "artifacts", "cancel", "rerun")
_LIFETIME = timedelta(days=90)


def run_body(hub: Hub, repo: Repository, run: WorkflowRun) -> JsonObject:
    """A `workflow-run`."""
    api = f"{hub.api_url}/repos/{repo.full_name}/actions"
    head = hub.repository(run.head_repository)
    commit = repo.store.resolve(run.head_sha)
    return {
        "id": run.id,
        "node_id": hub.node_id("WFR", run.id),
        "name": run.name,
        "path": run.workflow_path,
        "display_title": repo.store.commit(commit).title if commit else run.name,
        "run_number": run.number,
        "run_attempt": 1,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": run.workflow_id,
        "workflow_url": f"{api}/workflows/{run.workflow_id}",
        "check_suite_id": run.id,
        "check_suite_node_id": hub.node_id("CS", run.id),
        "check_suite_url": f"{hub.api_url}/repos/{repo.full_name}/check-suites/{run.id}",
        "url": f"{api}/runs/{run.id}",
        "html_url": f"{hub.url}/{repo.full_name}/actions/runs/{run.id}",
        **{f"{name}_url": f"{api}/runs/{run.id}/{name}" for name in _RUN_LINKS},
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "head_commit": simple_commit_body(repo.store.commit(commit)) if commit else None,
        "head_repository": minimal_repository_body(hub, head),
        "repository": minimal_repository_body(hub, repo),
        "pull_requests": [pull_minimal_body(hub, repo, repo.issues[number]) for number in run.pull_requests],
        "actor": user_body(hub, run.actor),
        "triggering_actor": user_body(hub, run.actor),
        **dict.fromkeys(("created_at", "run_started_at"), stamp(run.created_at)),
        "updated_at": stamp(run.updated_at),
    }


def workflow_body(hub: Hub, repo: Repository, run: WorkflowRun) -> JsonObject:
    """The `workflow` member of a `workflow_run` event."""
    api = f"{hub.api_url}/repos/{repo.full_name}/actions/workflows/{run.workflow_id}"
    page = f"{hub.url}/{repo.full_name}/blob/main/{run.workflow_path}"
    return {
        "id": run.workflow_id,
        "node_id": hub.node_id("W", run.workflow_id),
        "name": run.name,
        "path": run.workflow_path,
        "state": "active",
        "url": api,
        "html_url": page,
        "badge_url": f"{page}/badge.svg",
        **dict.fromkeys(("created_at", "updated_at"), stamp(repo.created_at)),
    }


def artifact_body(hub: Hub, repo: Repository, artifact: Artifact) -> JsonObject:
    """An `artifact`."""
    api = f"{hub.api_url}/repos/{repo.full_name}/actions/artifacts/{artifact.id}"
    run = repo.runs[artifact.run_id]
    return {
        "id": artifact.id,
        "node_id": hub.node_id("AR", artifact.id),
        "name": artifact.name,
        "size_in_bytes": len(artifact.content),
        "url": api,
        "archive_download_url": f"{api}/zip",
        "expired": False,
        "created_at": stamp(artifact.created_at),
        "updated_at": stamp(artifact.created_at),
        "expires_at": stamp(artifact.created_at + _LIFETIME),
        "workflow_run": {
            "id": run.id,
            "repository_id": repo.id,
            "head_repository_id": hub.repository(run.head_repository).id,
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
        },
    }
