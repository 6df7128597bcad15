"""Files that travel between jobs. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class FileSink(Protocol):
    """Somewhere to put files; nothing is made before the first one."""

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write one file; `path` is posix and relative."""
        ...
