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

from bot.adapters.dvc_command import REFUSED
from bot.adapters.dvc_config import localise
from bot.adapters.stage_environment import (
    WIDEST,
    SetupFailure,
    default_setup,
    prepare_environment,
    stage_variables,
    tools_directory,
)
from bot.errors import NotEvaluatedError
from bot.ports.dvc import Reproduction, StageRun

RUNNING = re.compile(r"^Running stage '(?P<name>.+)':$")
RESTORED = re.compile(r"^Stage '(?P<name>.+)' is cached - skipping run, checking out outputs")
# dvc/repo/reproduce.py and dvc/stage/run.py, DVC 3.67: whose command failed, and with which code.
FAILED = re.compile(r"^ERROR: failed to reproduce '(?P<name>.+?)': failed to run: ")
EXITED = re.compile(r", exited with (?P<code>-?\d+)$")
ERROR = re.compile(r"^ERROR: (?P<what>.+)$")
UNWRITTEN = re.compile(r"output .* does not exist")
ODD = re.compile(rf"^failed to reproduce '(?P<name>.+?)': (?P<what>{REFUSED}: .+)$")
TAIL = 30


@dataclass
class _Progress:
    """What DVC has said so far."""

    ran: list[StageRun] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    current: tuple[str, float] | None = None
    failed: str | None = None
    exit_code: int = 1
    error: str = ""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL))

    def hear(self, line: str, now: float) -> None:
        if found := RUNNING.match(line):
            self.finish(now)
            self.current = (found["name"], now)
            self.tail.clear()
        self.tail.append(line[:WIDEST])
        if found := RESTORED.match(line):
            self.restored.append(found["name"])
        if found := ERROR.match(line):
            self.error = found["what"]
        if found := FAILED.match(line):
            self.failed = found["name"]
        if self.failed and (found := EXITED.search(line)):
            self.exit_code = int(found["code"])

    def trouble(self, exit_code: int) -> NotEvaluatedError:
        """Why DVC stopped, where no stage's command is to blame."""
        if found := ODD.match(self.error):
            what = f"Stage {found['name']} {found['what'][:WIDEST]}."
            return NotEvaluatedError(what, "Let the stage write a copy of the file in its place.")
        told = self.error or " ".join(" ".join(self.tail).split()) or f"exit code {exit_code}"
        what = f"DVC could not run the stages: {told[:WIDEST]}"
        if UNWRITTEN.search(self.error):
            return NotEvaluatedError(what, "Let the stage write it, or take it out of dvc.yaml.")
        return NotEvaluatedError(
            what, "Push what is missing with `dvc push`, or look at the log of this job."
        )

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

    def reproduce(self, checkout: Path, stages: tuple[str, ...], inputs: tuple[str, ...]) -> Reproduction:
        """`dvc pull` what these stages read, then `dvc repro --single-item` them in order.

        `repro --pull` is not used: it looks for the inputs of a stage outside the root in the wrong place,
        and with `--allow-missing` it takes a new output or a deleted script for "not pulled" and skips the
        stage (DVC 3.67). Without the run cache the stages are forced: the impact has said that they run.

        Raises:
            NotEvaluatedError: DVC stopped for another reason than a stage's command: an object is missing,
                the remote does not answer, `dvc.yaml` is wrong, a stage wrote a symbolic link.
        """
        flags = ["--single-item", *(() if self._run_cache else ("--no-run-cache", "--force"))]
        progress = _Progress()
        with tempfile.TemporaryDirectory(prefix="modelbot-", ignore_cleanup_errors=True) as site:
            exit_code = self._bring(inputs, checkout, Path(site), progress) or self._run(
                ["repro", *flags, "--", *stages], checkout, Path(site), progress
            )
        progress.finish(time.monotonic())
        if not exit_code:
            return Reproduction(tuple(progress.ran), tuple(progress.restored))
        if progress.failed is None:
            raise progress.trouble(exit_code)
        ran = tuple(run for run in progress.ran if run.stage != progress.failed)
        return Reproduction(
            ran, tuple(progress.restored), progress.failed, progress.exit_code, tuple(progress.tail)
        )

    def _bring(self, inputs: tuple[str, ...], checkout: Path, site: Path, progress: _Progress) -> int:
        return self._run(["pull", "--", *inputs], checkout, site, progress) if inputs else 0

    def _run(self, arguments: list[str], checkout: Path, site: Path, progress: _Progress) -> int:
        variables = stage_variables(self._environment, tools_directory(self._cache))
        variables |= {"DVC_NO_ANALYTICS": "1", "CI": "true", "DVC_SITE_CACHE_DIR": str(site)}
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "bot.adapters.dvc_command", *arguments],
            cwd=checkout,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            self._listen(process.stdout or (), progress)
            return process.wait()

    def _listen(self, lines: Iterable[str], progress: _Progress) -> None:
        for raw in lines:
            line = raw.rstrip("\n")
            self._echo(line)
            progress.hear(line, time.monotonic())
