"""Deployments, their statuses, environments, and events sent from outside."""

from __future__ import annotations

from bot.localhost.github.bodies.checks import deployment_body, deployment_status_body, environment_body
from bot.localhost.github.model import Deployment, DeploymentStatus
from bot.localhost.github.movement import common_payload
from bot.localhost.github.resources.checks import MAX_DESCRIPTION
from bot.localhost.github.values import JsonObject
from bot.localhost.github.wire import (
    Call,
    Refusal,
    Reply,
    Routes,
    invalid,
    not_found,
    object_or,
    text,
    text_or,
    within,
)

routes = Routes()
REPO = "/repos/<owner>/<repo>"
STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
MAX_EVENT, MAX_MEMBERS = 100, 10
_FINISHED = ("success",)


def deployment_named(call: Call) -> Deployment:
    """The deployment the path names."""
    wanted = call.number("deployment_id")
    for deployment in call.repo.deployments:
        if deployment.id == wanted:
            return deployment
    raise not_found()


@routes.on("GET", f"{REPO}/deployments", needs="deployments:read")
def list_deployments(call: Call) -> Reply:
    """Newest first; `sha`, `ref`, `task` and `environment` narrow it."""
    asked = {name: call.query[name] for name in ("sha", "ref", "task", "environment") if call.query.get(name)}
    found = [
        deployment
        for deployment in reversed(call.repo.deployments)
        if all(getattr(deployment, name) == value for name, value in asked.items())
    ]
    return call.page(found, lambda deployment: deployment_body(call.hub, call.repo, deployment))


@routes.on("POST", f"{REPO}/deployments", needs="deployments:write")
def create_deployment(call: Call) -> Reply:
    """Record that a commit is to be deployed. 409 when named contexts did not succeed on it."""
    ref = text(call.body, "ref")
    sha = call.repo.store.resolve(ref)
    if sha is None:
        raise Refusal(422, f"No ref found for: {ref}")
    description = within(text_or(call.body, "description"), MAX_DESCRIPTION, "Deployment", "description")
    deployment = Deployment(
        call.hub.next_id(),
        ref,
        sha,
        text_or(call.body, "task", "deploy"),
        text_or(call.body, "environment", "production"),
        description or None,
        call.body.get("payload") or {},
        call.caller.signed_in,
        call.hub.now(),
    )
    call.repo.deployments.append(deployment)
    _emit(call, "deployment", {"deployment": deployment_body(call.hub, call.repo, deployment)})
    return Reply(201, deployment_body(call.hub, call.repo, deployment))


@routes.on("GET", f"{REPO}/deployments/<deployment_id>", needs="deployments:read")
def get_deployment(call: Call) -> Reply:
    """One deployment."""
    return Reply(200, deployment_body(call.hub, call.repo, deployment_named(call)))


@routes.on("GET", f"{REPO}/deployments/<deployment_id>/statuses", needs="deployments:read")
def list_statuses(call: Call) -> Reply:
    """Newest first."""
    deployment = deployment_named(call)
    rows = deployment.statuses[::-1]
    return call.page(rows, lambda status: deployment_status_body(call.hub, call.repo, deployment, status))


@routes.on("POST", f"{REPO}/deployments/<deployment_id>/statuses", needs="deployments:write")
def create_status(call: Call) -> Reply:
    """Add a state.

    A success makes earlier successes of the environment inactive, unless `auto_inactive` is off.
    """
    deployment, state = deployment_named(call), text(call.body, "state")
    if state not in STATES:
        raise invalid("DeploymentStatus", "state", "custom", "state is not included in the list")
    description = within(
        text_or(call.body, "description"), MAX_DESCRIPTION, "DeploymentStatus", "description"
    )
    log = text_or(call.body, "log_url") or text_or(call.body, "target_url")
    if state in _FINISHED and call.body.get("auto_inactive") is not False:
        _retire_others(call, deployment)
    status = _status(call, state, description, text_or(call.body, "environment_url"), log)
    deployment.statuses.append(status)
    shown = deployment_status_body(call.hub, call.repo, deployment, status)
    body = {"deployment_status": shown, "deployment": deployment_body(call.hub, call.repo, deployment)}
    _emit(call, "deployment_status", body)
    return Reply(201, shown)


def _status(call: Call, state: str, description: str, url: str, log: str) -> DeploymentStatus:
    now = call.hub.now()
    return DeploymentStatus(call.hub.next_id(), state, description, url, log, call.caller.signed_in, now)


def _retire_others(call: Call, deployment: Deployment) -> None:
    for other in call.repo.deployments:
        live = bool(other.statuses) and other.statuses[-1].state in _FINISHED
        if other is not deployment and live and other.environment == deployment.environment:
            other.statuses.append(_status(call, "inactive", "", "", ""))


@routes.on("GET", f"{REPO}/environments", needs="actions:read")
def list_environments(call: Call) -> Reply:
    """The environments, without their secrets."""
    rows = tuple(call.repo.environments.values())
    return call.page(rows, lambda row: environment_body(call.hub, call.repo, row), "environments")


@routes.on("GET", f"{REPO}/environments/<path:name>", needs="actions:read")
def get_environment(call: Call) -> Reply:
    """One environment."""
    environment = call.repo.environments.get(call.args["name"])
    if environment is None:
        raise not_found()
    return Reply(200, environment_body(call.hub, call.repo, environment))


@routes.on("POST", f"{REPO}/dispatches", needs="contents:write")
def dispatch(call: Call) -> Reply:
    """Send a `repository_dispatch` event."""
    kind, payload = text(call.body, "event_type"), object_or(call.body, "client_payload")
    if not kind or len(kind) > MAX_EVENT or len(payload) > MAX_MEMBERS:
        raise Refusal(
            422, "Invalid request.\n\nevent_type has 1 to 100 characters, client_payload at most 10 members."
        )
    body: JsonObject = {
        "action": kind, "branch": call.repo.default_branch, "client_payload": payload,
        **common_payload(call.hub, call.repo, call.caller),
    }  # fmt: skip
    call.hub.emit(call.repo, "repository_dispatch", kind, body, call.caller)
    return Reply(204)


def _emit(call: Call, event: str, body: JsonObject) -> None:
    payload = {"action": "created", **body, **common_payload(call.hub, call.repo, call.caller)}
    call.hub.emit(call.repo, event, "created", payload, call.caller)
