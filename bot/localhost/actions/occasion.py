"""Why a workflow runs: the event with the commit and the branch it stands for. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.localhost.github.values import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Occasion:
    """One event, resolved: what is checked out (`sha`, `ref`) and what the run is listed under (`head_*`).

    `filter_branch` is what `branches:` filters see: the base of a pull request, the pushed branch, the head
    branch of the run that ended; empty where there is none. `compare` are the two commits that `paths:`
    compares.
    """

    full_name: str
    event: str
    action: str
    payload: JsonObject
    actor: str
    sha: str
    ref: str
    head_branch: str
    head_sha: str
    head_repository: str
    base_ref: str = ""
    head_ref: str = ""
    filter_branch: str = ""
    source_workflow: str = ""
    pull_requests: tuple[int, ...] = ()
    compare: tuple[str, str] | None = None
    inputs: tuple[tuple[str, str | bool], ...] = ()

    @property
    def from_fork(self) -> bool:
        """A pull request from another repository: no secrets, and a token that can only read."""
        return self.event.startswith("pull_request") and self.head_repository != self.full_name


def member(value: Json, *names: str) -> Json:
    """A value deep in a payload; None as soon as a name is missing."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def words(value: Json, *names: str) -> str:
    """A text deep in a payload; empty when it is missing or no text."""
    found = member(value, *names)
    return found if isinstance(found, str) else ""


def whole(value: Json, *names: str) -> int:
    """A whole number deep in a payload; 0 when it is missing."""
    found = member(value, *names)
    return found if isinstance(found, int) else 0
