"""A model's bytes on disk: brought from content-addressed storage, and hashed. Performs no I/O."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HashedFile:
    """One file of a directory: posix path from its root, size in bytes, sha256 of its bytes (hex)."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Materialised:
    """A directory that was written, with every file hashed while it was."""

    directory: Path
    files: tuple[HashedFile, ...]


class ModelFiles(Protocol):
    """Brings and reads a model's directory. Nothing here loads a model."""

    def materialise(self, lock_md5: str, path: str) -> Materialised:
        """The bytes that `dvc.lock` names for the output at `path`, every one re-hashed on the way.

        Raises MissingObjectError or NotEvaluatedError naming the object that is missing or differs.
        """
        ...

    def read(self, root: Path) -> tuple[HashedFile, ...]:
        """Every file below `root`, hashed; nothing is left out.

        Raises InvalidInputError naming a symbolic link, a special file or an unsafe name.
        """
        ...

    def scratch(self) -> AbstractContextManager[Path]:
        """An empty directory, removed at exit."""
        ...
