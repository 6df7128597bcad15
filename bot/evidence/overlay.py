"""A revision's files with some of them replaced. Performs no I/O of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.lineage.tree import Tree


@dataclass(frozen=True, slots=True)
class OverlayTree:
    """`under` as it would be after a commit of `files` on top of it."""

    under: Tree
    files: Mapping[str, bytes]

    def read(self, path: str) -> bytes | None:
        """The replaced bytes, else those underneath."""
        return self.files[path] if path in self.files else self.under.read(path)

    def paths(self, prefix: str = "") -> tuple[str, ...]:
        """Every file of both, below `prefix`, sorted."""
        below = prefix.rstrip("/") + "/" if prefix else ""
        own = {path for path in self.files if path.startswith(below)}
        return tuple(sorted({*self.under.paths(prefix), *own}))

    def md5(self, path: str) -> str | None:
        """md5 of the replaced bytes, else of those underneath."""
        if path in self.files:
            return hashlib.md5(self.files[path], usedforsecurity=False).hexdigest()
        return self.under.md5(path)

    def warm(self, paths: Iterable[str]) -> None:
        """Whatever is not replaced will be read underneath."""
        self.under.warm(path for path in paths if path not in self.files)
