"""DVC's command line as the runner of stages, in a fresh checkout and the repository's own environment."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.dvc_config import localise
from bot.adapters.stage_environment import (
    SetupFailure,
    default_setup,
    prepare_environment,
    stage_variables,
    tools_directory,
)
from bot.ports.dvc import Reproduction, StageRun

RUNNING = re.compile(r"^Running stage '(?P<name>.+)':$")
RESTORED = re.compile(r"^Stage '(?P<name>.+)' is cached - skipping run, checking out outputs")
TAIL = 30


@dataclass
class _Progress:
    """What DVC has said so far."""

    ran: list[StageRun] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    current: tuple[str, float] | None = None
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL))

    def hear(self, line: str, now: float) -> None:
        self.tail.append(line)
        if found := RESTORED.match(line):
            self.restored.append(found["name"])
        if found := RUNNING.match(line):
            self.finish(now)
            self.current = (found["name"], now)
            self.tail.clear()

    def finish(self, now: float) -> None:
        if self.current:
            name, start = self.current
            self.ran.append(StageRun(name, round(now - start, 3)))
        self.current = None


class DvcRunner:
    """Implements Runner. `run_cache` lets DVC restore outputs it has seen before: only on a person's machine.

    `origin` is the repository whose cache and remote a fresh checkout uses; `remote_url` overrides the
    remote; `echo` hears every line that the stages print.
    """

    def __init__(
        self,
        origin: Path,
        cache: Path,
        *,
        remote_url: str | None = None,
        run_cache: bool = False,
        echo: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._origin = origin
        self._cache = cache
        self._remote_url = remote_url
        self._run_cache = run_cache
        self._echo = echo
        self._environment: Path | None = None

    def prepare(self, checkout: Path, setup: str | None) -> Reproduction | None:
        """Write the clone's DVC settings and make the environment; a failed Reproduction when setup fails."""
        localise(checkout, self._origin, self._remote_url)
        command = setup or default_setup(checkout)
        if command is None:
            return None
        made = prepare_environment(checkout, command, self._cache)
        if isinstance(made, SetupFailure):
            return Reproduction((), (), "setup", made.exit_code, made.log_tail)
        self._environment = made
        return None

    def reproduce(self, checkout: Path, stages: tuple[str, ...]) -> Reproduction:
        """Run `dvc repro --single-item` for these stages in order, pulling what they read."""
        flags = ["--pull", "--allow-missing", "--single-item"]
        if not self._run_cache:
            flags.append("--no-run-cache")
        progress = _Progress()
        with tempfile.TemporaryDirectory() as site:
            exit_code = self._run(["repro", *flags, *stages], checkout, Path(site), progress)
        failed = self._failed(progress, stages) if exit_code else None
        progress.finish(time.monotonic())
        ran = tuple(progress.ran[:-1] if failed and progress.ran else progress.ran)
        return Reproduction(
            ran, tuple(progress.restored), failed, exit_code, tuple(progress.tail) if exit_code else ()
        )

    @staticmethod
    def _failed(progress: _Progress, stages: tuple[str, ...]) -> str:
        return progress.current[0] if progress.current else stages[0]

    def _run(self, arguments: list[str], checkout: Path, site: Path, progress: _Progress) -> int:
        variables = stage_variables(self._environment, tools_directory(self._cache))
        variables |= {"DVC_NO_ANALYTICS": "1", "CI": "true", "DVC_SITE_CACHE_DIR": str(site)}
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "dvc", *arguments],
            cwd=checkout,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            self._listen(process.stdout or (), progress)
            return process.wait()

    def _listen(self, lines: Iterable[str], progress: _Progress) -> None:
        for raw in lines:
            line = raw.rstrip("\n")
            self._echo(line)
            progress.hear(line, time.monotonic())
