"""Our identity of a model directory: what it contains, byte for byte. Performs no I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Protocol

from bot.errors import InvalidInputError


class FileEntry(Protocol):
    """One file: posix path from the directory's root, size in bytes, sha256 of its bytes (hex)."""

    @property
    def path(self) -> str:
        """Posix path from the directory's root."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def sha256(self) -> str:
        """sha256 of the bytes, hex."""
        ...


def digest_of(entries: Iterable[FileEntry]) -> str:
    """The digest: sha256 (64 hex digits) of the JSON list of [path, size, sha256], sorted by path.

    JSON without spaces and with everything beyond ASCII escaped: two different directories never have the
    same text. Permissions, times and empty directories do not count; no file is left out.

    Raises:
        InvalidInputError: there is no file at all, one path comes twice, or a path is not a plain name below
            the directory.
    """
    listing = sorted((checked_path(entry.path), entry.size, entry.sha256) for entry in entries)
    if not listing:
        raise InvalidInputError(
            "The model directory has no files.", "Make the training stage write its model there."
        )
    paths = [path for path, _, _ in listing]
    for one, following in pairwise(paths):
        if one == following:
            raise InvalidInputError(f"The model directory lists {one!r} twice.", "Write the model again.")
    text = json.dumps(listing, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def checked_path(path: str) -> str:
    """The path itself, when it is a plain posix name below a directory.

    Raises:
        InvalidInputError: it is absolute, goes upwards, is empty, or is not UTF-8.
    """
    parts = path.split("/")
    if {"", ".", ".."} & set(parts) or "\\" in path or "\0" in path:
        what = f"The model directory names a file {path!r}, which is not a plain path below it."
        raise InvalidInputError(what, "Rename it in the stage that writes the model, and run that again.")
    if any("\ud800" <= character <= "\udfff" for character in path):
        what = f"The model directory has a file whose name is not UTF-8: {path!r}."
        raise InvalidInputError(what, "Rename it in the stage that writes the model, and run that again.")
    return path
