"""Starting Git: one place that times out, translates and never prints a secret."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bot.errors import InvalidInputError, UnavailableError

GIT_TIMEOUT_SECONDS = 300
# Of Git's own variables only those that say how to connect: the others redirect what Git reads and writes
# (a hook sets GIT_DIR and GIT_INDEX_FILE), or trace headers to a log.
CONNECTING = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_PROXY_COMMAND")


def git_environment(header: str | None = None, url: str | None = None) -> dict[str, str]:
    """An environment in which Git asks nobody anything and takes objects for what their names say.

    `header` is an HTTP header (an authorization) for `url` and nothing else; it replaces every header that
    the repository's own configuration has for it, because GitHub refuses two. It travels in the environment
    because arguments are visible to every process of the machine.
    """
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in CONNECTING
    }
    environment |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1"}
    if header:
        key = f"http.{url}.extraHeader" if url else "http.extraHeader"
        environment |= {
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": key,
            "GIT_CONFIG_VALUE_0": "",
            "GIT_CONFIG_KEY_1": key,
            "GIT_CONFIG_VALUE_1": header,
        }
    return environment


def run_git(
    root: Path, *arguments: str, environment: Mapping[str, str] | None = None, data: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run Git below `root` and answer its outcome, whatever its exit code.

    Raises:
        InvalidInputError: `root` is no directory.
        UnavailableError: Git is not installed or did not finish in time.
    """
    if not root.is_dir():
        raise InvalidInputError(f"There is no directory {root}.", "Run modelbot in your checkout.")
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
    except (FileNotFoundError, PermissionError) as error:
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


def author_environment() -> dict[str, str]:
    """The variables by which commits of ours carry our name."""
    name, address = "modelbot", "modelbot@users.noreply.github.com"
    return {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", name), ("EMAIL", address))
    }
