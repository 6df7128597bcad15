"""Content-addressed objects on a DVC remote, through DVC's own file systems; every byte re-hashed.

DVC verifies nothing on the way out, and `dvc push` calls a remote up to date when a directory object is
there and one of its members is missing. So objects are read and written one by one, under their names.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Protocol

from bot.adapters.dvc_config import chosen_remote
from bot.errors import InvalidInputError, MissingObjectError, NotEvaluatedError, UnavailableError

CHUNK = 1 << 20
NO_REMOTE = "Set a default remote: `dvc remote add --default NAME URL`, or MODELBOT_DVC_REMOTE."
NAME = re.compile(r"[0-9a-f]{32}(\.dir)?")


class _Stream(Protocol):
    def read(self, size: int) -> bytes: ...


class _Objects(ABC):
    """What reading has in common: hash while streaming, missing is None or an error, never empty bytes."""

    place = ""

    @abstractmethod
    def _open(self, md5: str) -> AbstractContextManager[_Stream]:
        """A stream over the object's bytes; raises FileNotFoundError when it is not there."""

    def read(self, md5: str) -> bytes | None:
        """The object's bytes, None when it is not there; raises NotEvaluatedError when they are others."""
        try:
            return b"".join(self.chunks(md5))
        except MissingObjectError:
            return None

    def chunks(self, md5: str) -> Iterator[bytes]:
        """The object in pieces.

        Raises:
            MissingObjectError: it is not there.
            NotEvaluatedError: its bytes are not what its name says (told after the last piece), or it is no
                name of an object at all.
        """
        _check_name(md5)
        digest = hashlib.md5(usedforsecurity=False)
        try:
            with self._open(md5) as stream:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
                    yield chunk
        except FileNotFoundError as error:
            what = f"The object {md5} is not in the {self.place}."
            raise MissingObjectError(what, "Push it from a machine that has it: `dvc push`.") from error
        if digest.hexdigest() != md5.removesuffix(".dir"):
            what = f"The object {md5} in the {self.place} has other bytes: their md5 is {digest.hexdigest()}."
            raise NotEvaluatedError(
                what, "Remove it there, and push it from a machine that has it: `dvc push`."
            )


class DvcRemote(_Objects):
    """Implements ObjectWriter on the default remote of the DVC repository at `root`, or on `url`.

    Relative addresses and credentials come from that repository's `.dvc/config`: give it the trusted one.
    """

    place = "DVC remote"

    def __init__(self, root: Path, url: str | None = None) -> None:
        self._root = root
        self._url = url

    @contextmanager
    def _open(self, md5: str) -> Iterator[_Stream]:
        with self._answers(md5), self._files.open(self._path(md5), "rb") as stream:
            yield stream

    def write(self, md5: str, chunks: Iterable[bytes]) -> bool:
        """Store an object under its hash and read it back; False when it was already there, whole.

        Raises:
            NotEvaluatedError: the bytes are not what the name says; nothing was stored.
        """
        _check_name(md5)
        if self._whole(md5):
            return False
        with tempfile.TemporaryDirectory(dir=self._scratch.name) as folder:
            source = Path(folder) / "object"
            _spool(md5, chunks, source)
            with self._answers(md5):
                path = self._path(md5)
                self._files.makedirs(self._files.parent(path), exist_ok=True)
                self._files.put_file(str(source), path)
        if not self._whole(md5):
            what = f"The object {md5} was written to the DVC remote and cannot be read back."
            raise UnavailableError(what, "Look at the remote's permissions and space.")
        return True

    def _whole(self, md5: str) -> bool:
        try:
            for _chunk in self.chunks(md5):
                pass
        except NotEvaluatedError:
            return False
        return True

    def _path(self, md5: str) -> str:
        return str(self._store.oid_to_path(md5))

    @property
    def _files(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 -- fsspec has no types
        return self._store.fs

    @cached_property
    def _store(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 -- DVC has no types
        from dvc.repo import Repo

        remote = chosen_remote(self._root, self._url)
        # DVC would keep notes about files below /var; here they go away with the temporary directory.
        config: dict[str, object] = {"core": {"site_cache_dir": self._scratch.name, "analytics": "false"}}
        if remote:
            config |= {"remote": {remote[0]: {"url": remote[1]}}}
        try:
            return Repo(str(self._root), config=config).cloud.get_remote_odb(remote[0] if remote else None)
        except _dvc_errors() as error:
            raise InvalidInputError(f"There is no DVC remote to use: {error}", NO_REMOTE) from error

    @cached_property
    def _scratch(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="modelbot-", ignore_cleanup_errors=True)

    @contextmanager
    def _answers(self, md5: str) -> Iterator[None]:
        from aiohttp import ClientError

        silent: tuple[type[Exception], ...] = (OSError, ClientError, NotImplementedError, *_dvc_errors())
        try:
            yield
        except FileNotFoundError as error:
            if not isinstance(error.__cause__, ClientError) or _is_absent(error.__cause__):
                raise
            raise _unanswered(md5, error.__cause__) from error
        except silent as error:
            raise _unanswered(md5, error) from error


class LocalCache(_Objects):
    """Implements ObjectReader on a DVC cache directory (`.dvc/cache`)."""

    place = "DVC cache"

    def __init__(self, cache: Path) -> None:
        self._objects = cache / "files" / "md5"

    def _open(self, md5: str) -> AbstractContextManager[_Stream]:
        return self.path(md5).open("rb")

    def path(self, md5: str) -> Path:
        """Where the object stands, whether it is there or not."""
        return self._objects / md5[:2] / md5[2:]


def _is_absent(error: BaseException) -> bool:
    """Whether HTTP said that there is none. fsspec calls every failure FileNotFoundError, a refused
    connection too (fsspec/implementations/http.py, `_info`).
    """
    return getattr(error, "status", None) in {404, 410}


def _unanswered(md5: str, error: BaseException) -> UnavailableError:
    what = f"The DVC remote did not answer for the object {md5}: {type(error).__name__}: {error}"
    return UnavailableError(what, "Try again; then look at the remote's address and rights.")


def _dvc_errors() -> tuple[type[Exception], ...]:
    from dvc.exceptions import DvcException
    from dvc_objects.fs.errors import AuthError, ConfigError, RemoteMissingDepsError

    return (DvcException, AuthError, ConfigError, RemoteMissingDepsError)


def _check_name(md5: str) -> None:
    if not NAME.fullmatch(md5):
        what = f"{md5!r} is not the name of an object: 32 hexadecimal digits, and .dir for a directory."
        raise NotEvaluatedError(what, "Look at dvc.lock: run the stage again, so that DVC writes it.")


def _spool(md5: str, chunks: Iterable[bytes], target: Path) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    with target.open("wb") as stream:
        for chunk in chunks:
            digest.update(chunk)
            stream.write(chunk)
    if digest.hexdigest() != md5.removesuffix(".dir"):
        what = f"The object that came as {md5} has other bytes: their md5 is {digest.hexdigest()}."
        raise NotEvaluatedError(what, "Run the pull request's workflow again.")
