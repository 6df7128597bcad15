"""Start a program in its own process group, keep what it prints, and end all of it in time."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from bot.localhost.actions.log import StepFailedError

_MOST_PRINTED: Final = 1 << 20
_POLL_SECONDS: Final = 0.1
_GRACE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. `code` is negative when a signal ended it."""

    code: int
    output: str
    why: Literal["exited", "timed out", "cancelled"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: at `deadline` on the monotonic clock, or as soon as `cancel` is set."""

    deadline: float
    cancel: threading.Event


def run_program(
    argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str], printed: Path, limits: Limits
) -> Ended:
    """Run until it exits or must stop; then nothing of its process group is left.

    `printed` takes its output while it runs. Raises StepFailedError when it cannot be started.
    """
    with printed.open("w+b") as sink:
        process = _start(argv, cwd, environment, sink)
        try:
            why = _wait(process, limits)
        finally:
            _end_group(process)
        return Ended(process.wait(), _read_capped(sink), why)


def _start(
    argv: Sequence[str], cwd: Path, environment: Mapping[str, str], sink: IO[bytes]
) -> subprocess.Popen[bytes]:
    """The program in a group of its own. One with too large an environment cannot start."""
    try:
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise StepFailedError(f"{argv[0]} cannot be started: {error}") from error


def _wait(process: subprocess.Popen[bytes], limits: Limits) -> Literal["exited", "timed out", "cancelled"]:
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)
            return "exited"
        if limits.cancel.is_set():
            return "cancelled"
        if time.monotonic() >= limits.deadline:
            return "timed out"


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
    _signal(process.pid, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _read_capped(source: IO[bytes]) -> str:
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    if size <= _MOST_PRINTED:
        return source.read().decode("utf-8", "replace")
    head = source.read(_MOST_PRINTED // 2)
    source.seek(size - _MOST_PRINTED // 2)
    tail = source.read()
    left = size - _MOST_PRINTED
    return f"{head.decode('utf-8', 'replace')}\n… {left} bytes left out …\n{tail.decode('utf-8', 'replace')}"
