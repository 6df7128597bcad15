"""A command of a stranger's, with nothing to take and nowhere to send it.

Always: a process group of its own, an environment of a few plain variables, limits on time, processor time,
memory, and the size of what it writes. Where the kernel lets us make namespaces (`unshare`, util-linux): no
network, no other process to be seen, our own files and credentials covered by empty directories, nothing but
its own directory to write in, and no capability left to take the covers away.
"""

from __future__ import annotations

import os
import resource
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from bot.adapters.stage_environment import last_lines, own_path

GIB = 1 << 30
TAIL_BYTES = 64 * 1024
UNSHARE = (
    *("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--ipc", "--uts"),
    *("--fork", "--kill-child", "--mount-proc"),
)
POWERLESS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs")
PRIVATE = (".aws", ".azure", ".cache", ".config", ".docker", ".gnupg", ".kube", ".local/state", ".ssh")
READ_ONLY = """\
while read -r _ _ _ _ place flags _; do
  case $place in
    {own}|/proc|/proc/*|/dev/shm) ;;
    *) mount -o "remount,bind,ro${{flags#rw}}" "$place" 2>&- || : ;;
  esac
done </proc/self/mountinfo"""
"""Each mount becomes read-only with the flags it has: we may add to those in our namespace, and take none."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a command may use: seconds by the clock and of one processor, bytes of memory and of one file."""

    seconds: int = 900
    processor_seconds: int = 1_800
    memory: int = 16 * GIB
    file: int = 1 * GIB


@dataclass(frozen=True, slots=True)
class Room:
    """Where a command runs. `folder` is its own; `environment` may be read, what is `hidden` may not."""

    folder: Path
    wdir: Path
    environment: Path | None
    hidden: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: its exit code (None: stopped by the clock), and the last lines it printed."""

    exit_code: int | None
    tail: tuple[str, ...]
    isolated: bool


@cache
def can_isolate() -> bool:
    """Whether this kernel lets us make namespaces and cover directories in them."""
    if not all(map(shutil.which, ("unshare", "setpriv"))):
        return False
    trial = [*UNSHARE, "sh", "-c", f"mount -t tmpfs none /tmp && exec {shlex.join(POWERLESS)} true"]
    try:
        return subprocess.run(trial, capture_output=True, check=False, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def run_confined(command: str, room: Room, limits: Limits) -> Ended:
    """Run a shell command in `room`; whatever it started is gone afterwards."""
    isolated = can_isolate()
    arguments = [*UNSHARE, "sh", "-ec", _covered(command, room)] if isolated else ["sh", "-c", command]
    # Without a name that the command could replace by a link to a file of ours.
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            arguments,
            cwd=room.wdir,
            env=_variables(room),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_limited(limits),  # noqa: PLW1509 -- only limits are set there
        )
        exit_code = _waited(process, limits.seconds)
        return Ended(exit_code, last_lines(_end_of(printed)), isolated)


def _waited(process: subprocess.Popen[bytes], seconds: int) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # What it left running in its group ends with it; in a namespace of its own, everything does.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _variables(room: Room) -> dict[str, str]:
    places = [str(room.environment / "bin")] if room.environment else []
    home, temporary = room.folder / ".home", room.folder / ".tmp"
    for place in (home, temporary):
        place.mkdir(exist_ok=True)
    return {
        "PATH": os.pathsep.join([*places, *own_path()]),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    } | ({"VIRTUAL_ENV": str(room.environment)} if room.environment else {})


def _covered(command: str, room: Room) -> str:
    """The shell lines that cover what is hidden, leave one directory to write in, and run the command."""
    kept = [one.resolve() for one in (room.folder, room.environment) if one]
    covers = _outermost([*room.hidden, *_private()])
    return "\n".join(
        [
            *(f"exec {number}<{_quoted(one)}" for number, one in enumerate(kept, 8)),
            *(f"mount -t tmpfs -o size=1m none {_quoted(one)}" for one in covers),
            *(f"mkdir -p {_quoted(one)}; {_bound(number, one)}" for number, one in enumerate(kept, 8)),
            "test ! -d /dev/shm || mount -t tmpfs none /dev/shm",
            READ_ONLY.format(own=_quoted(room.folder.resolve())),
            f"cd {_quoted(room.wdir.resolve())}",
            f"exec {shlex.join(POWERLESS)} sh -c {shlex.quote(command)}",
        ]
    )


def _bound(number: int, place: Path) -> str:
    """Back where it was, by the descriptor that was opened before a cover came over it."""
    return f"mount --no-canonicalize --bind /proc/self/fd/{number} {_quoted(place)}; exec {number}<&-"


def _private() -> list[Path]:
    """Directories where other work of this machine, and its credentials, lie."""
    home = Path.home()
    shared = Path(tempfile.gettempdir()), Path("/var/tmp")  # noqa: S108 -- covered, not written to
    return [*shared, *(home / name for name in PRIVATE)]


def _outermost(places: list[Path]) -> list[Path]:
    found = sorted({one.resolve() for one in places if one.is_dir()})
    return [one for one in found if not any(one.is_relative_to(other) for other in found if other != one)]


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _limited(limits: Limits) -> Callable[[], None]:
    asked = (
        (resource.RLIMIT_CPU, limits.processor_seconds),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_CORE, 0),
    )

    def set_them() -> None:
        for which, most in asked:
            resource.setrlimit(which, (most, most))

    return set_them


def _end_of(printed: IO[bytes]) -> str:
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(size - TAIL_BYTES, 0))
    return printed.read().decode(errors="replace")
