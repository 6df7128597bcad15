"""Starting other programs: one place that times out, translates and never prints a secret."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bot.errors import UnavailableError

GIT_TIMEOUT_SECONDS = 300


def git_environment(header: str | None = None) -> dict[str, str]:
    """An environment in which Git asks nobody anything.

    `header` is an HTTP header for origin (an authorization); it travels in the environment because
    arguments are visible to every process of the machine.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1"}
    if header:
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": header,
        }
    return environment


def run_git(
    root: Path, *arguments: str, environment: Mapping[str, str] | None = None, data: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run Git below `root` and answer its outcome, whatever its exit code.

    Raises:
        UnavailableError: Git is not installed or did not finish in time.
    """
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=root,
            env=dict(environment or git_environment()),
            input=data,
            stdin=None if data is not None else subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise UnavailableError(
            "git is not installed, or not on PATH.", "Install Git 2.38 or newer."
        ) from error
    except subprocess.TimeoutExpired as error:
        what = f"git {arguments[0]} did not finish within {GIT_TIMEOUT_SECONDS} seconds."
        raise UnavailableError(
            what, "Run it again; if it keeps happening, look at the connection."
        ) from error


def last_words(outcome: subprocess.CompletedProcess[bytes]) -> str:
    """The last line Git wrote to its standard error, for a message to a person."""
    lines = outcome.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {outcome.returncode}"
