"""What a fresh clone with all its data would hold, as its tree and lock tell. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.lineage.datafile import LEGACY_HASH
from bot.lineage.graph import Writer, Writers, collect_writers
from bot.lineage.hashing import directory_md5, folded_md5
from bot.lineage.ignore import Ignore, read_ignore
from bot.lineage.locked import Lock
from bot.lineage.stages import Pipeline
from bot.lineage.tree import Tree


@dataclass(frozen=True, slots=True)
class Known:
    """The path is there, with this hash."""

    md5: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing in the revision makes this path."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """The path lies in, or around, a directory of data: its hash is in the data.

    `parts` is what the tree does say about it: two equal `Opaque` hold the same bytes.
    """

    parts: tuple[tuple[str, str], ...]


Content = Known | Absent | Opaque


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tree, its pipeline and its lock, asked for the content of a path.

    Many stages read the same code: what is at a path is worked out once.
    """

    tree: Tree
    pipeline: Pipeline
    lock: Lock
    writers: Writers
    ignore: Ignore
    data: dict[str, str | None]
    found: dict[tuple[str, str], Content] = field(default_factory=dict, repr=False, compare=False)

    def content(self, path: str, hash_name: str = "md5") -> Content:
        """What is at `path` (from the root): a file, a directory, an output, or parts of one.

        A tracked file counts before what the lock says, as on disk.
        """
        asked = (path, hash_name)
        if asked not in self.found:
            self.found[asked] = self._content(path, hash_name)
        return self.found[asked]

    def tracked_output(self, path: str, hash_name: str) -> str | None:
        """The hash of an output as Git has it (a file or a whole directory), None when Git has none of it."""
        digest = self._file(path, hash_name)
        if digest is not None:
            return digest
        members = list(self._tracked(path, hash_name))
        return directory_md5(members) if members else None

    def _content(self, path: str, hash_name: str) -> Content:
        digest = self._file(path, hash_name)
        if digest is not None:
            return Known(digest)
        writer = next(self.writers.above(path), None)
        if writer is None or (writer.path == path and self._is_tracked_output(writer)):
            return self._directory(path, hash_name)
        digest = self._written(writer)
        if digest is None:
            return Absent()
        return Known(digest) if writer.path == path else Opaque(((writer.path, digest),))

    def _is_tracked_output(self, writer: Writer) -> bool:
        stage = self.pipeline.producer(writer.path)
        uncached = stage is not None and any(out.path == writer.path and not out.cache for out in stage.outs)
        return uncached and bool(self.tree.paths(writer.path))

    def _file(self, path: str, hash_name: str) -> str | None:
        if hash_name != LEGACY_HASH:
            return self.tree.md5(path)
        data = self.tree.read(path)
        return None if data is None else folded_md5(data)

    def _written(self, writer: Writer) -> str | None:
        if writer.stage is None:
            return self.data.get(writer.path)
        out = self.lock.out(writer.path)
        return out.md5 if out else None

    def _directory(self, path: str, hash_name: str) -> Content:
        tracked = list(self._tracked(path, hash_name))
        written = [(writer, self._written(writer)) for writer in self.writers.below(path)]
        members = tracked + [(_inside(path, w.path), md5) for w, md5 in written if md5 is not None]
        if not tracked and not written:
            return Absent()
        if any(md5 is None or md5.endswith(".dir") for _, md5 in written):
            return Opaque(tuple(sorted(members)))
        return Known(directory_md5(dict(members).items()))

    def _tracked(self, path: str, hash_name: str) -> Iterator[tuple[str, str]]:
        for member in self.tree.paths("" if path == "." else path):
            digest = None if self.ignore.ignored(member) else self._file(member, hash_name)
            if digest is not None:
                yield _inside(path, member), digest


def _inside(directory: str, path: str) -> str:
    return path if directory == "." else path[len(directory) + 1 :]


def open_workspace(tree: Tree, pipeline: Pipeline, lock: Lock) -> Workspace:
    """The workspace a fresh clone of `tree` would be."""
    writers = collect_writers(pipeline.stages, pipeline.data)
    data = {item.path: item.md5 for item in pipeline.data}
    return Workspace(tree, pipeline, lock, writers, read_ignore(tree), data)
