"""Scoring a model: the evaluator's tree in a fresh directory, its environment, the sandbox, one file back."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bot.adapters.sandbox import Ended, Limits, Room, run_confined
from bot.adapters.stage_environment import SetupFailure, default_setup, prepare_environment
from bot.errors import NotEvaluatedError
from bot.ports.scorer import Chunks, Scored, Work


class SandboxedScorer:
    """Implements Scorer. `cache` keeps environments; what is `hidden` is covered where the kernel lets us."""

    def __init__(self, cache: Path, hidden: tuple[Path, ...] = (), limits: Limits | None = None) -> None:
        self._cache = cache
        self._hidden = hidden
        self._limits = limits or Limits()

    def score(self, work: Work) -> Scored:
        """Run it in a fresh directory that goes away; its environment was made before, in another.

        Raises NotEvaluatedError, with the last lines that it printed: it failed, was stopped by a limit, or
        wrote no regular file at `output`.
        """
        with tempfile.TemporaryDirectory(prefix="modelbot-score-", ignore_cleanup_errors=True) as scratch:
            folder = Path(scratch)
            root = folder / "tree"
            environment = self._environment(work)
            _write(root, work.files)
            for place in (root / work.wdir, root.joinpath(*work.output.split("/")).parent):
                place.mkdir(parents=True, exist_ok=True)
            room = Room(folder, root / work.wdir, environment, self._hidden)
            isolated = [self._run(command, room) for command in work.commands]
            return Scored(_read(root, work.output, work.most), all(isolated))

    def _environment(self, work: Work) -> Path | None:
        with tempfile.TemporaryDirectory(prefix="modelbot-setup-") as scratch:
            root = Path(scratch)
            _write(root, work.tree)
            command = work.setup or default_setup(root)
            if command is None:
                return None
            made = prepare_environment(root, command, self._cache)
        if isinstance(made, SetupFailure):
            what = f"The setup command ended with exit code {made.exit_code}: {_last(made.log_tail)}"
            raise NotEvaluatedError(what, "Correct `pipeline.setup`, or the files that it reads.")
        return made

    def _run(self, command: str, room: Room) -> bool:
        ended = run_confined(command, room, self._limits)
        if ended.exit_code != 0:
            raise NotEvaluatedError(f"The evaluator {_how(ended, self._limits)}: {_last(ended.tail)}")
        return ended.isolated


def _how(ended: Ended, limits: Limits) -> str:
    if ended.exit_code is None:
        return f"did not end within {limits.seconds} seconds"
    if ended.exit_code < 0:
        return f"was stopped by signal {-ended.exit_code}"
    return f"ended with exit code {ended.exit_code}"


def _last(tail: tuple[str, ...]) -> str:
    return next((line.strip()[:300] for line in reversed(tail) if line.strip()), "it printed nothing")


def _write(root: Path, files: Iterable[tuple[str, Chunks]]) -> None:
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


def _read(root: Path, path: str, most: int) -> bytes:
    """A regular file below `root`, no part of its way a link, and no other name of it."""
    what = f"The evaluator did not write {path} as a regular file of at most {most:,} bytes."
    try:
        with os.fdopen(_opened(root, path.split("/")), "rb") as stream:
            found = os.fstat(stream.fileno())
            plain = stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_size <= most
            data = stream.read(most + 1) if plain else None
    except OSError as error:
        raise NotEvaluatedError(what) from error
    if data is None or len(data) > most:
        raise NotEvaluatedError(what)
    return data


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
