"""Running stages and moving content-addressed objects. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StageRun:
    """One stage that DVC really ran, with its time in seconds."""

    stage: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What the runner did: stages run in order; when one failed, which and the last lines it printed.

    `restored` stages were not run: DVC's run cache had their outputs.
    """

    ran: tuple[StageRun, ...]
    restored: tuple[str, ...] = ()
    failed: str | None = None
    exit_code: int = 0
    log_tail: tuple[str, ...] = ()


class Runner(Protocol):
    """Reproduces stages in a fresh checkout."""

    def prepare(self, checkout: Path, setup: str | None) -> Reproduction | None:
        """Make the repository's own environment; answers a failed Reproduction if it fails."""
        ...

    def reproduce(self, checkout: Path, stages: tuple[str, ...], inputs: tuple[str, ...]) -> Reproduction:
        """Run just these stages, in this order, after bringing just these paths that they read.

        Raises NotEvaluatedError when they cannot run for a reason that is not theirs, and when one writes
        anything but plain files (a symbolic link), naming stage and path.
        """
        ...


class ObjectReader(Protocol):
    """Reads content-addressed objects (`files/md5/ab/cdef…`); every byte is re-hashed on the way."""

    def read(self, md5: str) -> bytes | None:
        """The object's bytes, None when it is not there.

        Raises NotEvaluatedError, naming the object, when its bytes are not what its name says.
        """
        ...

    def chunks(self, md5: str) -> Iterator[bytes]:
        """The object in pieces, hashed while read.

        Raises MissingObjectError when it is not there, NotEvaluatedError after the last piece when its bytes
        are not what its name says.
        """
        ...


class ObjectWriter(ObjectReader, Protocol):
    """Stores objects and makes sure that they are really there."""

    def write(self, md5: str, chunks: Iterable[bytes]) -> bool:
        """Store an object under its hash and read it back; False when it was already there, whole.

        Raises NotEvaluatedError, having stored nothing, when the bytes are not what the name says.
        """
        ...
