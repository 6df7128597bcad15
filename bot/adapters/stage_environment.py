"""The repository's own environment for stage commands, apart from the bot's.

It is a virtual environment outside the checkout, named by a digest of the setup command and of every file
that decides what the command installs, so that it is made once and found again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UnavailableError

# Files that decide what a setup command installs, by the names the ecosystem gives them.
DECIDING = (
    "*.lock",
    "*requirements*.txt",
    "*constraints*.txt",
    "requirements/*.txt",
    "environment*.y*ml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "pylock*.toml",
    "Pipfile",
    ".python-version",
)
# Ends like a package lock, and changes with every run of the pipeline.
PIPELINE_LOCK = "dvc.lock"
READY = ".modelbot-ready"
TAIL = 30
WIDEST = 2_000
WITHHELD = (
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GITHUB_ENV",
    "GITHUB_PATH",
    "GITHUB_OUTPUT",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONDONTWRITEBYTECODE",
)
WITHHELD_PREFIXES = ("ACTIONS_", "MODELBOT_", "GIT_", "INPUT_", "PYTEST_")


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
    """A digest over the command, this Python and every file that may decide what the command installs.

    These are files of well-known names and those that the command itself names.
    """
    digest = hashlib.sha256(f"{sys.version}\0{setup}\0".encode())
    found = {path for pattern in DECIDING for path in checkout.glob(pattern) if path.name != PIPELINE_LOCK}
    for path in sorted(found | set(_named(checkout, setup))):
        data = path.read_bytes() if path.is_file() else b""
        name = os.fsencode(path.relative_to(checkout))
        digest.update(b"%d:%b%d:%b" % (len(name), name, len(data), data))
    return digest.hexdigest()[:20]


def _named(checkout: Path, setup: str) -> Iterator[Path]:
    root = checkout.resolve()
    for word in setup.replace("=", " ").split():
        try:
            path = (root / word.strip("\"'")).resolve()
            if path.is_file() and path.is_relative_to(root):
                yield checkout / path.relative_to(root)
        except OSError:  # too long for a file's name
            continue


def stage_variables(environment: Path | None, tools: Path) -> dict[str, str]:
    """The variables a stage command sees: no token, not the bot's Python, the repository's own."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in WITHHELD and not key.startswith(WITHHELD_PREFIXES)
    }
    path = own_path()
    if environment is not None:
        path.insert(0, str(environment / "bin"))
        kept |= {"VIRTUAL_ENV": str(environment), "UV_PROJECT_ENVIRONMENT": str(environment)}
    return kept | {"PATH": os.pathsep.join([*path, str(tools)])}


def own_path() -> list[str]:
    """Where commands are looked for on this machine, without the bot's own environment."""
    own = (Path(sys.prefix) / "bin").resolve()
    given = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [entry for entry in given if entry and Path(entry).resolve() != own]


def prepare_environment(checkout: Path, setup: str, cache: Path) -> Path | SetupFailure:
    """Make, or find, the environment that `setup` installs for this checkout.

    Two invocations that need the same one wait for each other. One that refers to the checkout itself (a
    project installed in place) is not kept: the checkout goes away.

    Raises:
        UnavailableError: no virtual environment can be made here.
    """
    home = cache.resolve() / "environments" / environment_key(checkout, setup)
    try:
        with _alone(home):
            if (home / READY).is_file():
                return home
            return _prepare(home, checkout, setup, tools_directory(cache))
    except OSError as error:
        what = f"Could not make an environment for the stages in {home}: {error}"
        raise UnavailableError(what, "Look at the disk space, or set MODELBOT_CACHE.") from error


def _prepare(home: Path, checkout: Path, setup: str, tools: Path) -> Path | SetupFailure:
    shutil.rmtree(home, ignore_errors=True)
    variables = stage_variables(home, tools)
    _make(home, checkout, variables, seeded=not setup.startswith("uv "))
    outcome = _run(setup, checkout, variables)
    if outcome.returncode:
        return SetupFailure(outcome.returncode, last_lines(outcome.stdout))
    if not _refers_to(home, checkout):
        (home / READY).touch()
    return home


def last_lines(text: str) -> tuple[str, ...]:
    """The last lines a person needs to see of a command's output, none of them endless."""
    return tuple(line[:WIDEST] for line in text.splitlines()[-TAIL:])


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _refers_to(home: Path, checkout: Path) -> bool:
    names = {os.fsencode(checkout), os.fsencode(checkout.resolve())}
    notes = (
        path
        for pattern in ("*.pth", "__editable__*", "*.dist-info/direct_url.json")
        for path in home.glob(f"lib/python*/site-packages/{pattern}")
        if path.is_file()
    )
    return any(name in data for data in (path.read_bytes() for path in notes) for name in names)


def tools_directory(cache: Path) -> Path:
    """A directory that holds `uv` and nothing else of the bot's environment."""
    tools = cache.resolve() / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    # What we keep below a person's work tree is none of Git's business.
    (tools.parent / ".gitignore").write_text("*\n")
    link = tools / "uv"
    if not link.exists():
        fresh = tools / f"uv.{os.getpid()}"
        fresh.symlink_to(uv_binary())
        fresh.replace(link)
    return tools


def uv_binary() -> str:
    """The path of `uv`: the one in the bot's own environment."""
    from uv import find_uv_bin

    return str(find_uv_bin())


def _make(home: Path, checkout: Path, variables: Mapping[str, str], *, seeded: bool) -> None:
    command = [uv_binary(), "venv", "--quiet", *(["--seed"] if seeded else []), str(home)]
    # In the checkout, so that its own .python-version and requires-python choose the interpreter.
    outcome = subprocess.run(
        command, cwd=checkout, env=dict(variables), capture_output=True, text=True, check=False
    )
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
        encoding="utf-8",
        errors="replace",
        check=False,
    )
