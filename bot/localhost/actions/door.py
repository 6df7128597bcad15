"""What Actions on localhost needs from GitHub on localhost. Performs no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from bot.localhost.github.values import Delivery, Environment


class GitHubDoor(Protocol):
    """The part of GitHub that a runner talks to behind the scenes; jobs themselves use HTTP and their
    token.
    """

    @property
    def url(self) -> str:
        """The address of the pages and of Git."""
        ...

    @property
    def api_url(self) -> str:
        """The address of the REST API."""
        ...

    @property
    def graphql_url(self) -> str:
        """The address of the GraphQL API."""
        ...

    def environment(self, full_name: str, name: str) -> Environment:
        """A deployment environment. Raises KeyError when nobody made it."""
        ...

    def variables(self, full_name: str) -> Mapping[str, str]:
        """The repository's variables."""
        ...

    def secrets(self, full_name: str) -> Mapping[str, str]:
        """The repository's secrets."""
        ...

    def mint_token(self, full_name: str, permissions: Mapping[str, str]) -> str:
        """A GITHUB_TOKEN that may do only this."""
        ...

    def revoke_token(self, token: str) -> None:
        """End a token."""
        ...

    def subscribe(self, listener: Callable[[Delivery], None]) -> None:
        """Call the listener for every event from now on."""
        ...

    def open_run(
        self,
        full_name: str,
        *,
        workflow_path: str,
        name: str,
        event: str,
        head_branch: str,
        head_sha: str,
        head_repository: str,
        actor: str,
        pull_requests: tuple[int, ...] = (),
    ) -> int:
        """Record a queued workflow run and give its id; emits `workflow_run` requested."""
        ...

    def update_run(self, full_name: str, run_id: int, *, status: str, conclusion: str | None = None) -> None:
        """Record a run's new status; emits `workflow_run` in_progress or completed."""
        ...

    def report_job(
        self, full_name: str, run_id: int, name: str, *, status: str, conclusion: str | None = None
    ) -> int:
        """Record where a job stands, as the check run it is at GitHub."""
        ...

    def add_artifact(self, full_name: str, run_id: int, name: str, zip_bytes: bytes) -> int:
        """Keep an artifact and give its id. Raises ValueError when the run has one of that name."""
        ...

    def artifact(self, full_name: str, run_id: int, name: str) -> bytes | None:
        """An artifact's zip file, or None."""
        ...

    def bare_path(self, full_name: str) -> Path:
        """Where the repository's bare Git directory is."""
        ...
