"""Directories that travel as artifacts, and the files of a checkout."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.errors import InvalidInputError, NotEvaluatedError, UnavailableError
from bot.evidence.archive import MIB, Limits

READ = Limits(packed=512 * MIB, unpacked=512 * MIB, members=10_000)


class Folder:
    """A directory to be filled; made when the first file is written."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write one file; `path` is posix and relative.

        Raises:
            NotEvaluatedError: `path` leads out of the directory.
            UnavailableError: the disk refused it.
        """
        if path.startswith("/") or {"", ".", ".."} & set(path.split("/")):
            raise NotEvaluatedError(f"A file of the name {path!r} must not be written.")
        target = self._root / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as stream:
                for chunk in chunks:
                    stream.write(chunk)
        except OSError as error:
            raise UnavailableError(f"Could not write {target}: {error.strerror}.") from error

    def read_all(self, limits: Limits = READ) -> dict[str, bytes]:
        """Every regular file below the directory, by posix path.

        Raises:
            InvalidInputError: there is no such directory.
            NotEvaluatedError: it holds more than the limits allow.
        """
        if not self._root.is_dir():
            raise InvalidInputError(
                f"There is no directory {self._root}.", "Name the one that `modelbot reproduce` wrote."
            )
        tree = DirectoryTree(self._root)
        paths = tree.paths()
        size = sum((self._root / path).lstat().st_size for path in paths)
        if len(paths) > limits.members or size > limits.unpacked:
            what = f"{self._root} holds {len(paths):,} files of {size:,} bytes together."
            raise NotEvaluatedError(
                what, f"At most {limits.members:,} files of {limits.unpacked:,} bytes are read."
            )
        return {path: tree.must_read(path) for path in paths}


class DirectoryTree:
    """The regular files below a directory, as they are on disk.

    A symbolic link is not a file here, and what lies behind one is not below the directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None when there is no regular file of that name."""
        target = self._root / path
        return target.read_bytes() if self._inside(path) and self._regular(target) else None

    def must_read(self, path: str) -> bytes:
        """The file's bytes; raises InvalidInputError when it is gone."""
        data = self.read(path)
        if data is None:
            raise InvalidInputError(f"{self._root / path} is not a regular file any more.")
        return data

    def paths(self, prefix: str = "") -> tuple[str, ...]:
        """Every regular file below the directory `prefix`, sorted; `.git` is left out."""
        top = self._root / prefix
        if prefix and (not self._inside(prefix) or top.is_symlink()):
            return ()
        return tuple(sorted(self._walk(top)))

    def md5(self, path: str) -> str | None:
        """md5 of the file's bytes, None when it is absent."""
        data = self.read(path)
        return None if data is None else hashlib.md5(data, usedforsecurity=False).hexdigest()

    def warm(self, paths: Iterable[str]) -> None:
        """Nothing to do: a file on disk costs the same now and later."""

    def _inside(self, path: str) -> bool:
        parts = path.rstrip("/").split("/")
        above = ("/".join(parts[:end]) for end in range(1, len(parts)))
        return not {"", ".", ".."} & set(parts) and not any(
            (self._root / name).is_symlink() for name in above
        )

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
        except OSError:
            return False
