"""GitHub's event payloads as values. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import InvalidInputError

SHA = r"^[0-9a-f]{40}$"


@dataclass(frozen=True, slots=True)
class PullRequestEvent:
    """A pull request was opened or moved."""

    number: int
    head_sha: str
    base_sha: str
    base_branch: str


@dataclass(frozen=True, slots=True)
class WorkflowRunEvent:
    """A run of the pull request's workflow, or on a review of it, was requested, started or completed."""

    run_id: int
    action: str


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """Anything else: what to do is read from the repository, not from the event."""

    name: str


Event = PullRequestEvent | WorkflowRunEvent | OtherEvent


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Side(_Model):
    sha: str = Field(pattern=SHA)
    ref: str


class _PullRequest(_Model):
    number: int = Field(gt=0)
    head: _Side
    base: _Side


class _PullRequestPayload(_Model):
    pull_request: _PullRequest


class _Run(_Model):
    id: int = Field(gt=0)


class _WorkflowRunPayload(_Model):
    action: str
    workflow_run: _Run


def parse_event(name: str, payload: bytes) -> Event:
    """The event called `name` with this payload (the file at GITHUB_EVENT_PATH).

    Raises:
        InvalidInputError: the payload is not what GitHub documents for that event.
    """
    try:
        if name == "pull_request":
            pull = _PullRequestPayload.model_validate_json(payload).pull_request
            return PullRequestEvent(pull.number, pull.head.sha, pull.base.sha, pull.base.ref)
        if name == "workflow_run":
            run = _WorkflowRunPayload.model_validate_json(payload)
            return WorkflowRunEvent(run.workflow_run.id, run.action)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        told = ": ".join(part for part in (".".join(map(str, first["loc"])), first["msg"]) if part)
        what = f"The payload of the event {name!r} is not what GitHub documents: {told}."
        raise InvalidInputError(what, "Run this from the workflow files that came with modelbot.") from error
    return OtherEvent(name)
