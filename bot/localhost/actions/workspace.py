"""The directories and the starting variables of one job. Nothing of the host but what is named here gets
in.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.localhost.actions.assignment import Assignment, Machine
from bot.localhost.actions.contexts import github_variables
from bot.localhost.github.values import Json

_ESSENTIAL: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where one job works. All of it goes away with the job."""

    root: Path
    work: Path
    home: Path
    temp: Path
    event: Path

    def remove(self) -> None:
        """Delete everything the job left, also what it made read-only."""
        for directory in (path for path in self.root.rglob("*") if path.is_dir() and not path.is_symlink()):
            directory.chmod(0o700)
        shutil.rmtree(self.root, ignore_errors=True)


def open_workspace(machine: Machine, assignment: Assignment) -> Workspace:
    """Make the directories of a job and write its event file."""
    root = machine.root / f"run-{assignment.run_id}" / assignment.job.id
    work = root / "work" / assignment.occasion.full_name.split("/", 1)[1]
    place = Workspace(root, work, root / "home", root / "temp", root / "event.json")
    for directory in (place.work, place.home, place.temp):
        directory.mkdir(parents=True)
    place.event.write_text(json.dumps(assignment.occasion.payload, default=dict))
    return place


def essential_path() -> tuple[str, ...]:
    """The system's own directories, and those of git and bash where they live elsewhere."""
    found = (shutil.which(name) for name in ("git", "bash"))
    extra = tuple(str(Path(program).parent) for program in found if program)
    return tuple(dict.fromkeys((*(path for path in _ESSENTIAL if Path(path).is_dir()), *extra)))


def starting_variables(machine: Machine, place: Workspace, github: Mapping[str, Json]) -> dict[str, str]:
    """The variables every step starts from: the host's named extras, then GitHub's own."""
    return {
        **machine.host_environment,
        "PATH": ":".join(machine.path),
        "HOME": str(place.home),
        "TMPDIR": str(place.temp),
        "LANG": "C.UTF-8",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        **github_variables(github),
        **runner_variables(place),
    }


def runner_variables(place: Workspace) -> dict[str, str]:
    """The `RUNNER_…` variables."""
    return {f"RUNNER_{name.upper()}": value for name, value in runner_context(place).items()}


def runner_context(place: Workspace) -> dict[str, str]:
    """The `runner` context.."""
    return {
        "name": "localhost",
        "os": "Linux",
        "arch": "X64",
        "temp": str(place.temp),
        "tool_cache": str(place.root / "tools"),
        "environment": "self-hosted",
    }
