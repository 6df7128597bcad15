"""What goes into a confined process, and how what it leaves is read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from bot.adapters.sandbox import Ended, Limits
from bot.ports.scorer import Chunks


def how_it_ended(ended: Ended, limits: Limits) -> str:
    """In words that follow the name of what ran."""
    if ended.exit_code is None:
        return f"did not end within {limits.seconds} seconds"
    if ended.exit_code < 0:
        return f"was stopped by signal {-ended.exit_code}"
    return f"ended with exit code {ended.exit_code}"


def last_said(tail: tuple[str, ...]) -> str:
    """The last line that says something."""
    return next((line.strip()[:300] for line in reversed(tail) if line.strip()), "it printed nothing")


def write_files(root: Path, files: Iterable[tuple[str, Chunks]]) -> None:
    """Each file below `root`, by its path; scripts may be executed."""
    for path, chunks in files:
        target = root.joinpath(*path.split("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            for chunk in chunks:
                stream.write(chunk)
        if _is_script(target):
            target.chmod(0o755)


def _is_script(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"#!"


def read_written(root: Path, path: str, most: int) -> bytes | None:
    """A regular file below `root` of at most `most` bytes; None when there is none such.

    No part of its way is a link, and it has no other name.
    """
    try:
        with os.fdopen(_opened(root, path.split("/")), "rb") as stream:
            found = os.fstat(stream.fileno())
            plain = stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_size <= most
            data = stream.read(most + 1) if plain else None
    except OSError:
        return None
    return data if data is not None and len(data) <= most else None


def _opened(root: Path, parts: list[str]) -> int:
    """A file descriptor of a path below `root`, each part opened without following a link."""
    place = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    for number, part in enumerate(parts, 1):
        kind = os.O_NONBLOCK if number == len(parts) else os.O_DIRECTORY
        try:
            following = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | kind, dir_fd=place)
        finally:
            os.close(place)
        place = following
    return place
