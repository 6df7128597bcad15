"""What a change does to the environment of the stages: Python and packages that differ. Performs no I/O."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.evidence.code_changes import CodeSide, read_by
from bot.evidence.lock_files import Pinned, is_lock, read_pinned

TOGETHER = 16 << 20
"""Once files with so many bytes were read for one comparison, no more are."""
TOO_MUCH = f"more than {TOGETHER:,} bytes of such files differ"

PROJECT = "pyproject.toml"
_PINS = (".python-version", PROJECT)
_WORD = re.compile(r"[\w./@+-]+")
# These commands read a file that they do not name.
_READ_UNNAMED = {
    "uv sync": "uv.lock",
    "poetry install": "poetry.lock",
    "poetry sync": "poetry.lock",
    "pipenv install": "Pipfile.lock",
    "pipenv sync": "Pipfile.lock",
}


@dataclass(frozen=True, slots=True)
class PackageChange:
    """A package, or Python, whose version differs; None on the side that does not have it, "" for any."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class EnvironmentChange:
    """A file that pins the environment and differs: Python, and packages by name.

    `trouble` says which side cannot be read and why; then nothing is compared. All three are empty where no
    version differs.
    """

    file: str
    python: PackageChange | None = None
    packages: tuple[PackageChange, ...] = ()
    trouble: str = ""


def environment_changes(
    before: CodeSide, after: CodeSide, setup: Iterable[str]
) -> tuple[EnvironmentChange, ...]:
    """Every file that pins the environment of the stages and differs, by path.

    Those are the lock files that a stage reads or a command of `setup` names, and beside them and at the root
    what pins Python. Never raises for what a file holds.
    """
    commands = tuple(setup)
    paths = sorted({*_files(before, commands), *_files(after, commands)})
    found: list[EnvironmentChange] = []
    left = TOGETHER
    for path in paths:
        old, new = before.tree.read(path), after.tree.read(path)
        if old == new:
            continue
        left -= len(old or b"") + len(new or b"")
        change = _change(path, old, new) if left >= 0 else EnvironmentChange(path, trouble=TOO_MUCH)
        found += [change] if change else []
    return tuple(found)


def _files(side: CodeSide, setup: tuple[str, ...]) -> set[str]:
    tracked = set(side.tree.paths())
    named = {word for command in setup for word in _named(command)}
    locks = {path for path in (*read_by(side), *(named & tracked)) if is_lock(path)}
    folders = {"", *map(posixpath.dirname, locks)}
    return locks | {
        path for folder in folders for pin in _PINS if (path := posixpath.join(folder, pin)) in tracked
    }


def _named(command: str) -> Iterable[str]:
    yield from map(posixpath.normpath, _WORD.findall(command))
    words = " ".join(command.split())
    yield from (file for start, file in _READ_UNNAMED.items() if start in words)


def _change(path: str, old: bytes | None, new: bytes | None) -> EnvironmentChange | None:
    before, after = _pinned(old, path), _pinned(new, path)
    if isinstance(before, str):
        return EnvironmentChange(path, trouble=f"on the base, {before}")
    if isinstance(after, str):
        return EnvironmentChange(path, trouble=after)
    found = _compared(path, before, after)
    return None if posixpath.basename(path) == PROJECT and found.python is None else found


def _pinned(data: bytes | None, path: str) -> Pinned | str:
    return Pinned() if data is None else read_pinned(data, path)


def _compared(path: str, before: Pinned, after: Pinned) -> EnvironmentChange:
    python = PackageChange("Python", before.python, after.python) if before.python != after.python else None
    old, new = dict(before.packages), dict(after.packages)
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    packages = tuple(PackageChange(name, old.get(name), new.get(name)) for name in names)
    return EnvironmentChange(path, python, packages)
