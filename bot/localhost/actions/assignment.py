"""What one job is told before it starts, and the machine it starts on. Performs no I/O."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.localhost.actions.contexts import Hosts
from bot.localhost.actions.definition import Job, Permissions, Workflow
from bot.localhost.actions.door import GitHubDoor
from bot.localhost.actions.occasion import Occasion
from bot.localhost.github.values import Json


@dataclass(frozen=True, slots=True)
class Machine:
    """Where jobs run: `root` takes one directory per job, `bot_environment` has `bin/modelbot` in it.

    Once `closing` is set no step starts any more, not even one with `always()`.
    """

    github: GitHubDoor
    root: Path
    bot_environment: Path
    host_environment: Mapping[str, str]
    path: tuple[str, ...]
    closing: threading.Event

    @property
    def hosts(self) -> Hosts:
        """The addresses of GitHub on localhost."""
        return Hosts(self.github.url, self.github.api_url, self.github.graphql_url)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One job, ready to start: its permissions, its secrets and variables, and what the jobs before it
    said.
    """

    run_id: int
    occasion: Occasion
    workflow: Workflow
    job: Job
    permissions: Permissions
    needs: Mapping[str, Json]
    secrets: Mapping[str, str]
    variables: Mapping[str, str]
    environment: str
