"""The files of one revision or of a work tree, as the pipeline sees them. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Protocol


class Tree(Protocol):
    """The tracked files below the root of a DVC repository; paths are posix and relative to that root."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None when there is no such file."""
        ...

    def paths(self, prefix: str = "") -> tuple[str, ...]:
        """Every tracked file below the directory `prefix` ("" is the root), sorted."""
        ...

    def md5(self, path: str) -> str | None:
        """The md5 of the file's bytes as 32 hexadecimal digits, None when there is no such file."""
        ...

    def warm(self, paths: Iterable[str]) -> None:
        """Say which files, or all below which directories, are read soon: fetched at once they cost less."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """A tree held in memory: posix path from the root → bytes."""

    files: Mapping[str, bytes]

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None when there is no such file."""
        return self.files.get(path)

    def paths(self, prefix: str = "") -> tuple[str, ...]:
        """Every file below the directory `prefix`, sorted."""
        below = f"{prefix.rstrip('/')}/" if prefix else ""
        return tuple(sorted(path for path in self.files if path.startswith(below)))

    def md5(self, path: str) -> str | None:
        """The md5 of the file's bytes, None when there is no such file."""
        data = self.files.get(path)
        return None if data is None else md5(data, usedforsecurity=False).hexdigest()

    def warm(self, paths: Iterable[str]) -> None:
        """Nothing to do: they are in memory."""
