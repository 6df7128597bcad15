"""Directories that travel as artifacts, and the files of a checkout."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.errors import InvalidInputError


class Folder:
    """A directory to be filled; made when the first file is written."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write one file; `path` is posix and relative."""
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            for chunk in chunks:
                stream.write(chunk)

    def read_all(self) -> dict[str, bytes]:
        """Every regular file below the directory, by posix path.

        Raises:
            InvalidInputError: there is no such directory.
        """
        if not self._root.is_dir():
            raise InvalidInputError(
                f"There is no directory {self._root}.", "Name the bundle that `reproduce` wrote."
            )
        tree = DirectoryTree(self._root)
        return {path: tree.must_read(path) for path in tree.paths()}


class DirectoryTree:
    """The regular files below a directory, as they are on disk. A symbolic link is not a file here."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None when there is no regular file of that name."""
        target = self._root / path
        return target.read_bytes() if self._regular(target) else None

    def must_read(self, path: str) -> bytes:
        """The file's bytes; raises InvalidInputError when it is gone."""
        data = self.read(path)
        if data is None:
            raise InvalidInputError(f"{self._root / path} is not a regular file any more.")
        return data

    def paths(self, prefix: str = "") -> tuple[str, ...]:
        """Every regular file below `prefix`, sorted; `.git` is left out."""
        return tuple(sorted(self._walk(self._root / prefix)))

    def md5(self, path: str) -> str | None:
        """md5 of the file's bytes, None when it is absent."""
        data = self.read(path)
        return None if data is None else hashlib.md5(data, usedforsecurity=False).hexdigest()

    def _walk(self, top: Path) -> Iterator[str]:
        for folder, folders, files in os.walk(top):
            folders[:] = [name for name in folders if name != ".git"]
            for name in files:
                path = Path(folder) / name
                if self._regular(path):
                    yield path.relative_to(self._root).as_posix()

    def _regular(self, path: Path) -> bool:
        try:
            return stat.S_ISREG(path.lstat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False
