"""The demo's world: GitHub and Actions on localhost, a DVC remote, an MLflow registry, and the people."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.stage_environment import uv_binary
from bot.localhost.actions.runner import LocalActions
from bot.localhost.demo.person import Person
from bot.localhost.demo.serving import Serving
from bot.localhost.github.api import Observer
from bot.localhost.github.server import LocalGitHub

REPOSITORY = "skyline/flights"
MODEL = "flights"
CHECK = "modelbot"
PRODUCTION = "production"
DATA = "modelbot-data"
PASSED_ON = ("UV_", "PIP_", "SSL_", "HTTP_", "HTTPS_", "NO_PROXY", "http_", "https_", "no_proxy")


@dataclass(frozen=True, slots=True)
class Places:
    """Directories of one demo, all below one root that is emptied at the start."""

    root: Path

    @property
    def remote(self) -> Path:
        """The DVC remote."""
        return self.root / "dvc-remote"

    @property
    def registry(self) -> str:
        """The MLflow registry's address."""
        return f"sqlite:///{self.root / 'mlflow' / 'mlflow.db'}"

    @property
    def pages(self) -> Path:
        """Where the pages are written."""
        return self.root / "pages"


@dataclass(frozen=True, slots=True)
class Town:
    """Everything the acts play in. `source` is the checkout whose files become the demo's main."""

    source: Path
    places: Places
    cache: Path
    github: LocalGitHub
    actions: LocalActions
    people: Mapping[str, Person]
    serving: Serving

    @property
    def head(self) -> str:
        """The sha of main."""
        return self.github.snapshot(REPOSITORY).branches()["main"]


@contextmanager
def town(source: Path, root: Path, cache: Path, observe: Observer | None = None) -> Iterator[Town]:
    """Start everything, and stop it at the end; `root` is emptied first."""
    shutil.rmtree(root, ignore_errors=True)
    places = Places(root)
    for folder in (places.remote, root / "mlflow"):
        folder.mkdir(parents=True)
    with LocalGitHub(root / "github", observe) as github, Serving(places.registry) as serving:
        people = _settle_people(github, root / "people")
        _settings(github, places)
        with LocalActions(
            github,
            root / "actions",
            bot_environment=Path(sys.prefix),
            host_environment=_host_environment(cache),
        ) as actions:
            yield Town(source, places, cache, github, actions, people, serving)


def _settle_people(github: LocalGitHub, folder: Path) -> dict[str, Person]:
    tokens = {login: github.add_user(login) for login in ("ana", "ben", "cam")}
    github.add_repository(REPOSITORY, admins=("ana",))
    github.grant(REPOSITORY, "ben", "write")
    github.grant(REPOSITORY, "cam", "write")
    return {
        login: Person(login, token, github.email(login), github.url, github.api_url, folder / login)
        for login, token in tokens.items()
    }


def _settings(github: LocalGitHub, places: Places) -> None:
    readable = github.serve_dvc_remote(REPOSITORY, places.remote)
    github.set_variable(REPOSITORY, "MODELBOT_DVC_REMOTE", readable)
    github.set_variable(REPOSITORY, "MLFLOW_TRACKING_URI", places.registry)
    github.add_environment(REPOSITORY, DATA, secrets={"MODELBOT_DVC_REMOTE": str(places.remote)})
    github.add_environment(
        REPOSITORY,
        PRODUCTION,
        reviewers=("ana",),
        secrets={"MODELBOT_DVC_REMOTE": str(places.remote), "MLFLOW_TRACKING_URI": places.registry},
    )


def _host_environment(cache: Path) -> dict[str, str]:
    passed = {key: value for key, value in os.environ.items() if key.startswith(PASSED_ON)}
    found = subprocess.run([uv_binary(), "cache", "dir"], capture_output=True, text=True, check=True)
    # Two jobs run side by side: threads of both that wait for each other's core take four times as long.
    threads = max(1, (os.cpu_count() or 2) // 2)
    own = {
        "MODELBOT_CACHE": str(cache),
        "UV_CACHE_DIR": found.stdout.strip(),
        "OMP_NUM_THREADS": str(threads),
    }
    return passed | own
