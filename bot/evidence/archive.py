"""Zip archives of strangers, read in memory and within limits. Performs no I/O."""

from __future__ import annotations

import io
import posixpath
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.errors import NotEvaluatedError

MIB = 1 << 20
LONGEST = 1_000
LONGEST_PART = 255
# A member's entry in the central directory is 46 bytes, its name and its extra fields (APPNOTE.TXT 4.3.12).
DIRECTORY_ENTRY = 46 + LONGEST + 200


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an archive may be: bytes packed and unpacked, members, and unpacked over packed."""

    packed: int = 20 * MIB
    unpacked: int = 64 * MIB
    members: int = 64
    ratio: int = 100


def unzip(data: bytes, name: str, limits: Limits) -> Mapping[str, bytes]:
    """Every file of the archive called `name`, by its path.

    Only what GitHub's artifacts are made of is read: regular files, stored or deflated.

    Raises:
        NotEvaluatedError: it is no zip, it is over a limit, or a member is no regular file, has an unsafe
            name, or is there twice.
    """
    if len(data) > limits.packed:
        raise _over(name, len(data), "bytes packed", limits.packed)
    try:
        _check_directory(data, name, limits)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check_limits(infos, len(data), name, limits)
            files = [info for info in infos if not info.is_dir()]
            _check_names([info.filename for info in files], name)
            return {info.filename: _read(archive, _regular(info, name)) for info in files}
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError) as error:
        raise _refused(name, f"it is not a zip archive that can be read ({error})") from error


def _check_directory(data: bytes, name: str, limits: Limits) -> None:
    """Refuse a central directory that is too long before `zipfile` makes an object of each of its entries.

    The end record is found as `zipfile` finds it; a ZIP64 record before it counts instead (4.3.14-16).
    """
    at = len(data) - 22
    if at < 0 or data[at : at + 4] != b"PK\5\6" or data[-2:] != b"\0\0":
        at = data.rfind(b"PK\5\6")
    size = int.from_bytes(data[at + 12 : at + 16], "little") if at >= 0 else 0
    if at >= 76 and data[at - 20 : at - 16] == b"PK\6\7" and data[at - 76 : at - 72] == b"PK\6\6":  # noqa: PLR2004
        size = int.from_bytes(data[at - 36 : at - 28], "little")
    if size > limits.members * DIRECTORY_ENTRY:
        raise _refused(name, f"its list of members has {size:,} bytes")


def _check_limits(infos: list[zipfile.ZipInfo], packed: int, name: str, limits: Limits) -> None:
    unpacked = sum(info.file_size for info in infos)
    for value, limit, unit in (
        (unpacked, limits.unpacked, "bytes unpacked"),
        (len(infos), limits.members, "members"),
        (unpacked // max(packed, 1), limits.ratio, "times its packed size"),
    ):
        if value > limit:
            raise _over(name, value, unit, limit)


def _check_names(names: list[str], name: str) -> None:
    if len(names) != len(set(names)):
        raise _refused(name, "a file is in it twice")
    for path in names:
        if unsafe_path(path):
            raise _refused(name, f"it names a file {path[:LONGEST_PART]!r}")
    inside = set(names) & {above for path in names for above in _above(path)}
    if inside:
        raise _refused(name, f"{min(inside)!r} is a file and a directory in it")


def unsafe_path(path: str) -> bool:
    """Whether a relative posix path of a stranger may lead elsewhere, or is no path that anybody means."""
    parts = path.split("/")
    return (
        len(path) > LONGEST
        or any(len(part.encode("utf-8", "surrogatepass")) > LONGEST_PART for part in parts)
        or not {"", ".", ".."}.isdisjoint(parts)
        or "\\" in path
        or any(ord(character) < ord(" ") or 0x7F <= ord(character) < 0xA0 for character in path)  # noqa: PLR2004
        or any(0xD800 <= ord(character) < 0xE000 for character in path)  # noqa: PLR2004
    )


def _above(path: str) -> Iterable[str]:
    while path := posixpath.dirname(path):
        yield path


def _regular(info: zipfile.ZipInfo, name: str) -> zipfile.ZipInfo:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise _refused(name, f"{info.filename!r} is no regular file")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _refused(name, f"{info.filename!r} is packed in a way that artifacts are not")
    return info


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The member's bytes. Asked for without a size, `zipfile` unpacks more than the member says it has."""
    with archive.open(info) as stream:
        return stream.read(info.file_size)


def _over(name: str, value: int, unit: str, limit: int) -> NotEvaluatedError:
    return _refused(name, f"it has {value:,} {unit}; at most {limit:,} are read")


def _refused(name: str, why: str) -> NotEvaluatedError:
    return NotEvaluatedError(
        f"The artifact {name} was not read: {why}.", "Run the pull request's workflow again."
    )
