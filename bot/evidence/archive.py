"""Zip archives of strangers, read in memory and within limits. Performs no I/O."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import NotEvaluatedError

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an archive may be: bytes packed and unpacked, members, and unpacked over packed."""

    packed: int = 20 * MIB
    unpacked: int = 64 * MIB
    members: int = 64
    ratio: int = 100


def unzip(data: bytes, name: str, limits: Limits) -> Mapping[str, bytes]:
    """Every file of the archive called `name`, by its path.

    Raises:
        NotEvaluatedError: it is no zip, it is over a limit, or a member's name is unsafe or there twice.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            _check_limits(infos, len(data), name, limits)
            return {_safe(info.filename, name): archive.read(info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refused(name, f"it is not a zip archive that can be read ({error})") from error


def _check_limits(infos: list[zipfile.ZipInfo], packed: int, name: str, limits: Limits) -> None:
    unpacked = sum(info.file_size for info in infos)
    names = [info.filename for info in infos]
    if len(names) != len(set(names)):
        raise _refused(name, "a file is in it twice")
    for value, limit, unit in (
        (packed, limits.packed, "bytes packed"),
        (unpacked, limits.unpacked, "bytes unpacked"),
        (len(infos), limits.members, "files"),
        (unpacked // max(packed, 1), limits.ratio, "times its packed size"),
    ):
        if value > limit:
            raise _refused(name, f"it has {value:,} {unit}; at most {limit:,} are read")


def _safe(path: str, name: str) -> str:
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or "\0" in path or {"", ".", ".."} & set(parts):
        raise _refused(name, f"it names a file {path!r}")
    return path


def _refused(name: str, why: str) -> NotEvaluatedError:
    return NotEvaluatedError(
        f"The artifact {name} was not read: {why}.", "Run the pull request's workflow again."
    )
