"""Settings from the environment variables the ecosystem already uses. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import InvalidInputError

REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class GitHubSettings:
    """One repository at GitHub, and the token we have for it."""

    repository: str
    token: str
    api_url: str
    server_url: str
    author_id: int | None


@dataclass(frozen=True, slots=True)
class ActionsSettings:
    """The workflow run we are in; paths are None outside Actions."""

    event_name: str
    event_path: Path | None
    run_id: int
    attempt: int
    output: Path | None
    summary: Path | None
    actor: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the environment decides."""

    ci: bool
    environment: Mapping[str, str]

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """The settings in these variables, without white space around a value, as secrets often have it."""
        given = {name: value.strip() for name, value in environment.items()}
        return cls(any(_true(given.get(name, "")) for name in ("CI", "GITHUB_ACTIONS")), given)

    def github(self) -> GitHubSettings:
        """GitHub's settings.

        Raises:
            InvalidInputError: a variable that talking to GitHub needs is missing, or makes no sense.
        """
        repository = self._needed("GITHUB_REPOSITORY", "owner/name of the repository")
        if not REPOSITORY.fullmatch(repository):
            raise InvalidInputError(f"GITHUB_REPOSITORY is {repository!r}.", "It must be owner/name.")
        return GitHubSettings(
            repository,
            self._needed("GITHUB_TOKEN", "in a workflow: `env: {GITHUB_TOKEN: ${{ github.token }}}`"),
            self._url("GITHUB_API_URL", "https://api.github.com"),
            self._url("GITHUB_SERVER_URL", "https://github.com"),
            self._number("MODELBOT_AUTHOR_ID") or None,
        )

    def actions(self) -> ActionsSettings:
        """The present workflow run's settings; zeros and None outside Actions.

        Raises:
            InvalidInputError: a number is none.
        """
        return ActionsSettings(
            self.environment.get("GITHUB_EVENT_NAME", ""),
            self._path("GITHUB_EVENT_PATH"),
            self._number("GITHUB_RUN_ID"),
            self._number("GITHUB_RUN_ATTEMPT"),
            self._path("GITHUB_OUTPUT"),
            self._path("GITHUB_STEP_SUMMARY"),
            self.environment.get("GITHUB_ACTOR", ""),
        )

    def mlflow_uri(self, root: Path) -> str:
        """MLFLOW_TRACKING_URI; on a person's machine SQLite below `.modelbot/` when it is not set.

        Raises:
            InvalidInputError: it is not set and this is CI, where the disk goes away with the job.
        """
        given = self.environment.get("MLFLOW_TRACKING_URI")
        if given:
            return given
        self._not_in_ci("MLFLOW_TRACKING_URI", "the address of your MLflow server, or a database URL")
        return f"sqlite:///{root / '.modelbot' / 'mlflow' / 'mlflow.db'}"

    def remote_url(self) -> str | None:
        """MODELBOT_DVC_REMOTE, the address that a trusted job may write to; None: `.dvc/config` decides.

        Raises:
            InvalidInputError: it is not set and this is CI.
        """
        given = self.environment.get("MODELBOT_DVC_REMOTE")
        if not given:
            self._not_in_ci(
                "MODELBOT_DVC_REMOTE", "the address of the DVC remote, from an environment's secret"
            )
        return given or None

    def cache(self, root: Path) -> Path:
        """Where environments for stage commands are kept: MODELBOT_CACHE, else below `.modelbot/`."""
        given = self.environment.get("MODELBOT_CACHE")
        return Path(given) if given else root / ".modelbot" / "cache"

    def _not_in_ci(self, name: str, what: str) -> None:
        if self.ci:
            raise InvalidInputError(
                f"{name} is not set.", f"In CI it must be set: {what}. See docs/operations.md."
            )

    def _needed(self, name: str, what: str) -> str:
        value = self.environment.get(name)
        if not value:
            raise InvalidInputError(f"{name} is not set.", f"Set it: {what}.")
        return value

    def _path(self, name: str) -> Path | None:
        value = self.environment.get(name)
        return Path(value) if value else None

    def _number(self, name: str) -> int:
        value = self.environment.get(name, "")
        if value and not (value.isascii() and value.isdecimal()):
            raise InvalidInputError(f"{name} is {value!r}.", "It must be a whole number, or not set.")
        return int(value) if value else 0

    def _url(self, name: str, usual: str) -> str:
        value = self.environment.get(name) or usual
        if not value.startswith(("https://", "http://")):
            raise InvalidInputError(f"{name} is {value!r}.", "It must be an http(s) address.")
        return value.rstrip("/")


def _true(value: str) -> bool:
    return value.lower() not in {"", "0", "false", "no"}
