"""The contexts expressions see and the variables a step's program gets. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.localhost.actions.definition import Environ, Job, Level, Permissions, Workflow
from bot.localhost.actions.evaluate import Scope, text
from bot.localhost.actions.occasion import Occasion
from bot.localhost.github.values import Json

_DEFAULT_PERMISSIONS: Permissions = {"contents": "read", "packages": "read"}
_VARIABLES = (
    *(
        "action",
        "actor",
        "api_url",
        "base_ref",
        "event_name",
        "event_path",
        "graphql_url",
        "head_ref",
        "job",
        "ref",
    ),
    *(
        "ref_name",
        "ref_type",
        "repository",
        "repository_owner",
        "run_attempt",
        "run_id",
        "run_number",
        "server_url",
    ),
    *("sha", "triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace"),
)


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where GitHub on localhost answers."""

    server_url: str
    api_url: str
    graphql_url: str


def github_context(occasion: Occasion, workflow: Workflow, run_id: int, hosts: Hosts) -> dict[str, Json]:
    """The `github` context of a run, before a job adds its token and its places."""
    branch = occasion.ref.removeprefix("refs/heads/").removeprefix("refs/pull/").removeprefix("refs/tags/")
    return {
        "event": occasion.payload,
        "event_name": occasion.event,
        "sha": occasion.sha,
        "ref": occasion.ref,
        "ref_name": branch,
        "ref_type": "tag" if occasion.ref.startswith("refs/tags/") else "branch",
        "head_ref": occasion.head_ref,
        "base_ref": occasion.base_ref,
        "repository": occasion.full_name,
        "repository_owner": occasion.full_name.split("/", 1)[0],
        "actor": occasion.actor,
        "triggering_actor": occasion.actor,
        "run_id": str(run_id),
        "run_number": str(run_id),
        "run_attempt": "1",
        "workflow": workflow.name,
        "workflow_ref": f"{occasion.full_name}/{workflow.path}@{occasion.ref}",
        "workflow_sha": occasion.sha,
        "server_url": hosts.server_url,
        "api_url": hosts.api_url,
        "graphql_url": hosts.graphql_url,
    }


def github_variables(context: Mapping[str, Json]) -> dict[str, str]:
    """The `GITHUB_…` variables of the context."""
    return {f"GITHUB_{name.upper()}": text(context.get(name)) for name in _VARIABLES}


def effective_permissions(workflow: Workflow, job: Job, occasion: Occasion) -> dict[str, Level]:
    """What the job's token may do: the job's own words, else the workflow's, else GitHub's default.

    A pull request from a fork gets `read` where `write` is written
    (https://docs.github.com/en/actions/concepts/security/github_token).
    """
    named = job.permissions if job.permissions is not None else workflow.permissions
    given = named if named is not None else _DEFAULT_PERMISSIONS
    readable: dict[str, Level] = {
        scope: "read" if occasion.from_fork else level for scope, level in given.items() if level != "none"
    }
    return {"metadata": "read", **readable}


def merge_environ(environ: Environ, values: Mapping[str, str], scope: Scope) -> dict[str, str]:
    """`values` with one more level of `env:` on top. Expressions of that level do not see each other."""
    return {**values, **{name: template.text(scope) for name, template in environ}}
