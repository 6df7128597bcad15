"""Model directories on disk: written from content-addressed objects, read back and hashed."""

from __future__ import annotations

import hashlib
import os
import posixpath
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.errors import InvalidInputError, MissingObjectError, NotEvaluatedError, UnavailableError
from bot.evidence.manifest import Member, members_of
from bot.ports.candidate import HashedFile, Materialised
from bot.ports.dvc import ObjectReader

CHUNK = 1 << 20
REMEDY = "Write the model as plain files, for example by copying what the link points to."


class ModelDirectories:
    """Implements ModelFiles with objects from `objects`; what it writes stands below `scratch`.

    `one_at_a_time`: a model that is brought replaces the one before, for whoever brings many of them.
    """

    def __init__(self, objects: ObjectReader, scratch: Path, *, one_at_a_time: bool = False) -> None:
        self._objects = objects
        self._scratch = scratch
        self._one_at_a_time = one_at_a_time

    def materialise(self, lock_md5: str, path: str) -> Materialised:
        """The output's directory (or a directory with the one file), complete or not there at all.

        Raises:
            MissingObjectError: an object is not there.
            NotEvaluatedError: an object's bytes are not what its name says, or a member's name is unsafe.
        """
        members = self._members(lock_md5, path)
        target = self._scratch / f"candidate-{'only' if self._one_at_a_time else lock_md5}"
        with _disk(target), self.scratch() as folder:
            part = folder / "part"
            part.mkdir()
            files = tuple(self._write(member, part) for member in members)
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)
        return Materialised(target, files)

    def read(self, root: Path) -> tuple[HashedFile, ...]:
        """Every file below `root`, hashed; see `read_directory`."""
        return read_directory(root)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty directory, removed at exit."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def _members(self, lock_md5: str, path: str) -> tuple[Member, ...]:
        if not lock_md5.endswith(".dir"):
            return (Member(posixpath.basename(path), lock_md5),)
        data = self._objects.read(lock_md5)
        if data is None:
            what = f"The object {lock_md5}, the list of files of {path}, is not there."
            raise MissingObjectError(what, "Push it from a machine that has it: `dvc push`.")
        return members_of(data, lock_md5)

    def _write(self, member: Member, folder: Path) -> HashedFile:
        target = folder.joinpath(*member.path.split("/"))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as stream:
                return _hashed(member, _written(self._objects.chunks(member.md5), stream))
        except (FileExistsError, NotADirectoryError, IsADirectoryError, UnicodeEncodeError) as error:
            what = f"The file {member.path!r} of the model cannot be written here: {error}"
            raise NotEvaluatedError(what, "Run the stage that makes this directory again.") from error


def read_directory(root: Path) -> tuple[HashedFile, ...]:
    """Every regular file below `root`, sorted by path; nothing is left out.

    Raises:
        InvalidInputError: `root` is no directory, or something in it is neither a regular file nor a
            directory, or its name is not UTF-8.
    """
    if not root.is_dir() or root.is_symlink():
        raise InvalidInputError(f"{root} is not a directory.", "Name the directory that is the model.")
    return tuple(_read(root, path) for path in sorted(_walk(root)))


def _walk(top: Path) -> Iterator[Path]:
    with os.scandir(top) as entries:
        for entry in entries:
            path = Path(entry.path)
            _checked(path, entry)
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(path)
            else:
                yield path


def _checked(path: Path, entry: os.DirEntry[str]) -> None:
    mode = entry.stat(follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        raise InvalidInputError(f"The model holds a symbolic link: {str(path)!r}.", REMEDY)
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InvalidInputError(f"The model holds a special file: {str(path)!r}.", REMEDY)
    if any("\udc80" <= character <= "\udcff" for character in entry.name):
        raise InvalidInputError(f"The model holds a file whose name is not UTF-8: {str(path)!r}.", REMEDY)


def _read(root: Path, path: Path) -> HashedFile:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return HashedFile(path.relative_to(root).as_posix(), size, digest.hexdigest())


def _written(chunks: Iterable[bytes], stream: BinaryIO) -> Iterator[bytes]:
    for chunk in chunks:
        stream.write(chunk)
        yield chunk


def _hashed(member: Member, chunks: Iterable[bytes]) -> HashedFile:
    """Hash what passes by. The md5 is checked here too, whatever the reader promised."""
    own, named, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    for chunk in chunks:
        own.update(chunk)
        named.update(chunk)
        size += len(chunk)
    if named.hexdigest() != member.md5:
        what = f"The object {member.md5} ({member.path!r}) has other bytes: their md5 is {named.hexdigest()}."
        raise NotEvaluatedError(
            what, "Remove it from the remote, and push it again from a machine that has it."
        )
    return HashedFile(member.path, size, own.hexdigest())


@contextmanager
def _disk(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        what = f"Could not write the model below {target.parent}: {error.strerror or error}."
        raise UnavailableError(what, "Free some space there, and run this again.") from error
