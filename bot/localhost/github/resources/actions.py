"""Workflow runs, their artifacts, and starting a workflow by hand."""

from __future__ import annotations

import hashlib
import hmac

from bot.localhost.github.bodies.runs import artifact_body, run_body
from bot.localhost.github.hub import Hub
from bot.localhost.github.model import Artifact, Repository, WorkflowRun
from bot.localhost.github.movement import HEADS, common_payload
from bot.localhost.github.wire import Call, Refusal, Reply, Routes, not_found, object_or, text

routes = Routes()
ACTIONS = "/repos/<owner>/<repo>/actions"
READ, WRITE = "actions:read", "actions:write"


def run_named(call: Call) -> WorkflowRun:
    """The workflow run the path names."""
    run = call.repo.runs.get(call.number("run_id"))
    if run is None:
        raise not_found()
    return run


def artifacts_of(repo: Repository) -> list[Artifact]:
    """Every artifact of a repository, newest first."""
    return [artifact for run in reversed(repo.runs.values()) for artifact in reversed(run.artifacts)]


@routes.on("GET", f"{ACTIONS}/runs", needs=READ)
@routes.on("GET", f"{ACTIONS}/workflows/<workflow>/runs", needs=READ)
def list_runs(call: Call) -> Reply:
    """Newest first; of one workflow (number or file name); branch, event, head_sha, actor and status
    narrow it.
    """
    workflow = call.args.get("workflow")
    asked = {name: call.query.get(query) for name, query in _RUN_FILTERS.items()}
    found = [
        run
        for run in reversed(call.repo.runs.values())
        if workflow in (None, str(run.workflow_id), run.workflow_path.rsplit("/", 1)[-1])
        and all(value in (None, "", getattr(run, name)) for name, value in asked.items())
        and call.query.get("status") in (None, "", run.status, run.conclusion)
    ]
    if workflow and not found and _workflow_id(call.repo, workflow) is None:
        raise not_found()
    return call.page(found, lambda run: run_body(call.hub, call.repo, run), "workflow_runs")


_RUN_FILTERS = {"head_branch": "branch", "event": "event", "head_sha": "head_sha"}


def _workflow_id(repo: Repository, named: str) -> str | None:
    tip = repo.store.branch(repo.default_branch) or ""
    paths = {path: str(number) for path, number in repo.workflows.items()}
    path = next((path for path, number in paths.items() if number == named), f".github/workflows/{named}")
    return path if tip and repo.store.object_at(tip, path) else None


@routes.on("GET", f"{ACTIONS}/runs/<run_id>", needs=READ)
def get_run(call: Call) -> Reply:
    """One workflow run."""
    return Reply(200, run_body(call.hub, call.repo, run_named(call)))


@routes.on("GET", f"{ACTIONS}/runs/<run_id>/artifacts", needs=READ)
def list_run_artifacts(call: Call) -> Reply:
    """The artifacts of one run; `name` narrows it."""
    return _artifacts(call, run_named(call).artifacts)


@routes.on("GET", f"{ACTIONS}/artifacts", needs=READ)
def list_artifacts(call: Call) -> Reply:
    """The artifacts of every run."""
    return _artifacts(call, artifacts_of(call.repo))


def _artifacts(call: Call, artifacts: list[Artifact]) -> Reply:
    name = call.query.get("name")
    found = [artifact for artifact in artifacts if name in (None, artifact.name)]
    return call.page(found, lambda artifact: artifact_body(call.hub, call.repo, artifact), "artifacts")


def artifact_named(call: Call) -> Artifact:
    """The artifact the path names."""
    wanted = call.number("artifact_id")
    for artifact in artifacts_of(call.repo):
        if artifact.id == wanted:
            return artifact
    raise not_found()


@routes.on("GET", f"{ACTIONS}/artifacts/<artifact_id>", needs=READ)
def get_artifact(call: Call) -> Reply:
    """One artifact."""
    return Reply(200, artifact_body(call.hub, call.repo, artifact_named(call)))


@routes.on("GET", f"{ACTIONS}/artifacts/<artifact_id>/zip", needs=READ)
def download_artifact(call: Call) -> Reply:
    """302 to an address that needs no token, as GitHub's storage gives."""
    artifact = artifact_named(call)
    link = f"{call.hub.url}/_artifacts/{artifact.id}?sig={download_signature(call.hub, artifact.id)}"
    return Reply(302, headers={"Location": link}, raw=b"")


def download_signature(hub: Hub, artifact_id: int) -> str:
    """What proves that an artifact's address was handed out by us."""
    return hmac.new(hub.download_key.encode(), str(artifact_id).encode(), hashlib.sha256).hexdigest()


@routes.on("POST", f"{ACTIONS}/workflows/<workflow>/dispatches", needs=WRITE)
def dispatch_workflow(call: Call) -> Reply:
    """Start a workflow by hand: a `workflow_dispatch` delivery with the branch and the inputs."""
    path = _workflow_id(call.repo, call.args["workflow"])
    ref = text(call.body, "ref")
    branch = ref.removeprefix(HEADS)
    if path is None:
        raise not_found()
    if call.repo.store.branch(branch) is None:
        raise Refusal(422, f"No ref found for: {ref}")
    payload = {
        "inputs": object_or(call.body, "inputs"),
        "ref": HEADS + branch,
        "workflow": path,
        **common_payload(call.hub, call.repo, call.caller),
    }
    call.hub.emit(call.repo, "workflow_dispatch", None, payload, call.caller)
    return Reply(204)


@routes.on("GET", f"{ACTIONS}/permissions/workflow", needs="administration:read", role="admin")
def workflow_permissions(_call: Call) -> Reply:
    """The default permissions of workflow tokens: read, and no approving."""
    return Reply(200, {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False})
