"""Frozen values that leave GitHub on localhost: deliveries, exchanges, environments and views for tests.

Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
"""Any JSON value, read-only."""

JsonObject: TypeAlias = Mapping[str, Json]
"""A JSON object, read-only."""

Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
"""A person's role in one repository, weakest first."""

ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as GitHub would deliver it.

    `suppressed`: it starts no workflow, because a workflow caused it.
    """

    full_name: str
    event: str
    action: str | None
    payload: JsonObject
    actor: str
    suppressed: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer at the REST API.

    `path` has no prefix and no query, as in the API's description.
    """

    method: str
    path: str
    query: Mapping[str, str]
    request_json: Json
    status: int
    response_json: Json


@dataclass(frozen=True, slots=True)
class Environment:
    """A deployment environment: who must approve, and what its jobs are given."""

    name: str
    reviewers: tuple[str, ...]
    secrets: Mapping[str, str]
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CommentView:
    """One comment of a conversation. `minimized` is the reason it is folded, or None."""

    id: int
    author: str
    author_id: int
    body: str
    minimized: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One submitted review of a pull request."""

    author: str
    state: str
    body: str
    commit_id: str


@dataclass(frozen=True, slots=True)
class CheckRunView:
    """One check run. `conclusion` is None until it is completed."""

    id: int
    name: str
    head_sha: str
    app: str
    status: str
    conclusion: str | None
    title: str
    summary: str
    external_id: str
    annotations: int


@dataclass(frozen=True, slots=True)
class DeploymentView:
    """One deployment with the states it went through, oldest first."""

    id: int
    environment: str
    sha: str
    creator: str
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PullView:
    """One pull request. `state` is open, closed or merged."""

    number: int
    title: str
    body: str
    author: str
    state: Literal["open", "closed", "merged"]
    head: str
    head_sha: str
    base: str
    merge_sha: str | None
    merged_by: str | None
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunView:
    """One workflow run with the names of its artifacts."""

    id: int
    workflow_path: str
    name: str
    event: str
    head_branch: str
    head_sha: str
    status: str
    conclusion: str | None
    artifacts: tuple[str, ...]
