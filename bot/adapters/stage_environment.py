"""The repository's own environment for stage commands, apart from the bot's.

It is a virtual environment outside the checkout, named by a digest of the setup command and of every file
that decides what the command installs, so that it is made once and found again.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UnavailableError

LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "requirements.txt", "pyproject.toml", ".python-version")
READY = ".modelbot-ready"
WITHHELD = ("GITHUB_TOKEN", "GH_TOKEN", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
WITHHELD_PREFIXES = ("ACTIONS_", "MODELBOT_", "GIT_", "INPUT_")


@dataclass(frozen=True, slots=True)
class SetupFailure:
    """The setup command's exit code and the last lines it printed."""

    exit_code: int
    log_tail: tuple[str, ...]


def default_setup(checkout: Path) -> str | None:
    """The command for a repository whose policy names none, from its lock file; None when it has none."""
    if (checkout / "uv.lock").is_file():
        return "uv sync --frozen"
    if (checkout / "requirements.txt").is_file():
        return "uv pip install -r requirements.txt"
    return None


def environment_key(checkout: Path, setup: str) -> str:
    """A digest over the command, this Python and every lock file it may read."""
    digest = hashlib.sha256(f"{sys.version}\0{setup}\0".encode())
    named = [word for word in shlex.split(setup) if not word.startswith("-")]
    for name in sorted({*LOCKS, *named}):
        path = checkout / name
        if path.is_file():
            digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def stage_variables(environment: Path | None, tools: Path) -> dict[str, str]:
    """The variables a stage command sees: no token, not the bot's Python, the repository's own."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in WITHHELD and not key.startswith(WITHHELD_PREFIXES)
    }
    own = str(Path(sys.prefix) / "bin")
    path = [entry for entry in kept.get("PATH", os.defpath).split(os.pathsep) if entry and entry != own]
    if environment is not None:
        path.insert(0, str(environment / "bin"))
        kept |= {"VIRTUAL_ENV": str(environment), "UV_PROJECT_ENVIRONMENT": str(environment)}
    return kept | {"PATH": os.pathsep.join([*path, str(tools)])}


def prepare_environment(checkout: Path, setup: str, cache: Path) -> Path | SetupFailure:
    """Make, or find, the environment that `setup` installs for this checkout.

    Raises:
        UnavailableError: no virtual environment can be made here.
    """
    home = cache / "environments" / environment_key(checkout, setup)
    if (home / READY).is_file():
        return home
    shutil.rmtree(home, ignore_errors=True)
    _make(home, seeded=not setup.startswith("uv "))
    outcome = _run(setup, checkout, stage_variables(home, tools_directory(cache)))
    if outcome.returncode:
        return SetupFailure(outcome.returncode, tuple(outcome.stdout.splitlines()[-30:]))
    (home / READY).touch()
    return home


def tools_directory(cache: Path) -> Path:
    """A directory that holds `uv` and nothing else of the bot's environment."""
    tools = cache / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    link = tools / "uv"
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(uv_binary())
    return tools


def uv_binary() -> str:
    """The path of `uv`: the one in the bot's own environment."""
    from uv import find_uv_bin

    return str(find_uv_bin())


def _make(home: Path, *, seeded: bool) -> None:
    command = [uv_binary(), "venv", "--quiet", *(["--seed"] if seeded else []), str(home)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.returncode:
        what = f"Could not make a virtual environment: {outcome.stderr.strip()}"
        raise UnavailableError(what, "Look at the disk space and at the Python that uv found.")


def _run(setup: str, checkout: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S602 -- the policy of the trusted base names this command
        setup,
        shell=True,
        cwd=checkout,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
