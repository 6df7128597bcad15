"""Bodies of check runs, check suites, commit statuses and deployments."""

from __future__ import annotations

from urllib.parse import quote

from bot.localhost.github.bodies.accounts import (
    app_body,
    minimal_repository_body,
    stamp,
    stamp_or_none,
    user_body,
)
from bot.localhost.github.bodies.commits import simple_commit_body
from bot.localhost.github.hub import Hub
from bot.localhost.github.model import (
    CheckRun,
    Deployment,
    DeploymentStatus,
    EnvironmentState,
    Issue,
    Repository,
    Status,
)
from bot.localhost.github.values import Json, JsonObject


def pull_minimal_body(hub: Hub, repo: Repository, issue: Issue) -> JsonObject:
    """A `pull-request-minimal`, as check runs and workflow runs carry it."""
    pull = issue.pull
    if pull is None:
        raise ValueError(f"#{issue.number} is not a pull request")
    head = hub.repository(pull.head_repo)
    return {
        "id": issue.id,
        "number": issue.number,
        "url": f"{hub.api_url}/repos/{repo.full_name}/pulls/{issue.number}",
        "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": _repo_minimal(hub, head)},
        "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": _repo_minimal(hub, repo)},
    }


def _repo_minimal(hub: Hub, repo: Repository) -> JsonObject:
    return {"id": repo.id, "name": repo.name, "url": f"{hub.api_url}/repos/{repo.full_name}"}


def pulls_with_head(repo: Repository, sha: str) -> list[Issue]:
    """Open pull requests of the same repository whose head is `sha` (GitHub leaves forks out)."""
    return [
        issue
        for issue in repo.pulls()
        if issue.pull
        and issue.state == "open"
        and issue.pull.head_sha == sha
        and issue.pull.head_repo == repo.full_name
    ]


def check_run_body(hub: Hub, repo: Repository, check: CheckRun) -> JsonObject:
    """A `check-run`."""
    api = f"{hub.api_url}/repos/{repo.full_name}/check-runs/{check.id}"
    page = f"{hub.url}/{repo.full_name}/runs/{check.id}"
    return {
        "id": check.id,
        "node_id": hub.node_id("CR", check.id),
        "name": check.name,
        "head_sha": check.head_sha,
        "external_id": check.external_id,
        "url": api,
        "html_url": page,
        "details_url": check.details_url or page,
        "status": check.status,
        "conclusion": check.conclusion,
        "started_at": stamp(check.started_at),
        "completed_at": stamp_or_none(check.completed_at),
        "output": {
            "title": check.title,
            "summary": check.summary,
            "text": check.text,
            "annotations_count": len(check.annotations),
            "annotations_url": f"{api}/annotations",
        },
        "check_suite": {"id": check.suite_id},
        "app": app_body(hub, check.app),
        "pull_requests": [
            pull_minimal_body(hub, repo, issue) for issue in pulls_with_head(repo, check.head_sha)
        ],
    }


def annotation_body(hub: Hub, repo: Repository, check: CheckRun, given: JsonObject) -> JsonObject:
    """A `check-annotation` from what was sent."""
    optional: dict[str, Json] = {
        name: given.get(name) for name in ("start_column", "end_column", "title", "raw_details")
    }
    return {
        **optional,
        **{name: given[name] for name in ("path", "start_line", "end_line", "annotation_level", "message")},
        "blob_href": f"{hub.url}/{repo.full_name}/blob/{check.head_sha}/{quote(str(given['path']))}",
    }


def suite_body(hub: Hub, repo: Repository, number: int, checks: list[CheckRun]) -> JsonObject:
    """A `check-suite` over check runs of one app on one commit."""
    api = f"{hub.api_url}/repos/{repo.full_name}/check-suites/{number}"
    sha, done = checks[0].head_sha, all(check.status == "completed" for check in checks)
    bad = any(check.conclusion not in ("success", "neutral", "skipped") for check in checks)
    pulls = pulls_with_head(repo, sha)
    heads = [issue.pull.head_ref for issue in pulls if issue.pull]
    return {
        "id": number,
        "node_id": hub.node_id("CS", number),
        "url": api,
        "check_runs_url": f"{api}/check-runs",
        "head_branch": heads[0] if heads else None,
        "head_sha": sha,
        "before": None,
        "after": sha,
        "status": "completed" if done else "in_progress",
        "conclusion": ("failure" if bad else "success") if done else None,
        "latest_check_runs_count": len(checks),
        "app": app_body(hub, checks[0].app),
        "pull_requests": [pull_minimal_body(hub, repo, issue) for issue in pulls],
        "repository": minimal_repository_body(hub, repo),
        "head_commit": simple_commit_body(repo.store.commit(sha)),
        "created_at": stamp(checks[0].started_at),
        "updated_at": stamp(checks[-1].started_at),
    }


def status_body(hub: Hub, repo: Repository, status: Status) -> JsonObject:
    """A `status`, which also satisfies `simple-commit-status`."""
    return {
        "id": status.id,
        "node_id": hub.node_id("SC", status.id),
        "url": f"{hub.api_url}/repos/{repo.full_name}/statuses/{status.sha}",
        "avatar_url": f"{hub.url}/avatars/{status.creator.id}",
        "state": status.state,
        "context": status.context,
        "description": status.description,
        "target_url": status.target_url,
        "creator": user_body(hub, status.creator),
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.created_at),
    }


def combined_status_body(hub: Hub, repo: Repository, sha: str, statuses: list[Status]) -> JsonObject:
    """A `combined-commit-status` over the latest status of each context."""
    states = {status.state for status in statuses}
    bad = states & {"failure", "error"}
    api = f"{hub.api_url}/repos/{repo.full_name}/commits/{sha}"
    return {
        "state": "failure" if bad else "success" if states == {"success"} else "pending",
        "sha": sha,
        "total_count": len(statuses),
        "statuses": [status_body(hub, repo, status) for status in statuses],
        "repository": minimal_repository_body(hub, repo),
        "commit_url": api,
        "url": f"{api}/status",
    }


def deployment_body(hub: Hub, repo: Repository, deployment: Deployment) -> JsonObject:
    """A `deployment`."""
    api = f"{hub.api_url}/repos/{repo.full_name}"
    last = deployment.statuses[-1].created_at if deployment.statuses else deployment.created_at
    return {
        "id": deployment.id,
        "node_id": hub.node_id("DE", deployment.id),
        "url": f"{api}/deployments/{deployment.id}",
        "statuses_url": f"{api}/deployments/{deployment.id}/statuses",
        "repository_url": api,
        "ref": deployment.ref,
        "sha": deployment.sha,
        "task": deployment.task,
        "payload": deployment.payload,
        "environment": deployment.environment,
        "original_environment": deployment.environment,
        "description": deployment.description,
        "creator": user_body(hub, deployment.creator),
        "created_at": stamp(deployment.created_at),
        "updated_at": stamp(last),
    }


def deployment_status_body(
    hub: Hub, repo: Repository, deployment: Deployment, status: DeploymentStatus
) -> JsonObject:
    """A `deployment-status`."""
    api = f"{hub.api_url}/repos/{repo.full_name}"
    return {
        "id": status.id,
        "node_id": hub.node_id("DES", status.id),
        "url": f"{api}/deployments/{deployment.id}/statuses/{status.id}",
        "deployment_url": f"{api}/deployments/{deployment.id}",
        "repository_url": api,
        "state": status.state,
        "description": status.description,
        "environment": deployment.environment,
        "environment_url": status.environment_url,
        "target_url": status.log_url,
        "log_url": status.log_url,
        "creator": user_body(hub, status.creator),
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.created_at),
    }


def environment_body(hub: Hub, repo: Repository, environment: EnvironmentState) -> JsonObject:
    """An `environment`; its secrets and variables are never part of it."""
    reviewers: list[Json] = [
        {"type": "User", "reviewer": user_body(hub, hub.user(login))} for login in environment.reviewers
    ]
    number = environment.id
    rule: JsonObject = {
        "id": number, "node_id": hub.node_id("GA", number), "type": "required_reviewers",
        "prevent_self_review": False, "reviewers": reviewers,
    }  # fmt: skip
    return {
        "id": number,
        "node_id": hub.node_id("EN", number),
        "name": environment.name,
        "url": f"{hub.api_url}/repos/{repo.full_name}/environments/{quote(environment.name)}",
        "html_url": f"{hub.url}/{repo.full_name}/deployments/{quote(environment.name)}",
        "created_at": stamp(environment.created_at),
        "updated_at": stamp(environment.created_at),
        "protection_rules": [rule] if reviewers else [],
        "deployment_branch_policy": None,
    }
