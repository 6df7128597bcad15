"""Zip archives that an untrusted job may send instead of evidence."""

import io
import stat
import struct
import tracemalloc
import zipfile

import pytest

from bot.errors import ExitCode, NotEvaluatedError
from bot.evidence.archive import MIB, Limits, unzip

SMALL = Limits(packed=MIB, unpacked=4 * MIB, members=20, ratio=100)


def packed(members, compression=zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def refused(data: bytes, why: str, limits: Limits = SMALL) -> None:
    with pytest.raises(NotEvaluatedError, match=why) as caught:
        unzip(data, "modelbot-bundle", limits)
    assert caught.value.exit_code == ExitCode.NOT_EVALUATED
    assert "modelbot-bundle" in caught.value.what


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip" * 100, b"PK\5\6" + b"\0" * 17, b"\0" * 22])
def test_what_is_no_zip_is_refused(data):
    refused(data, "not a zip archive")


@pytest.mark.parametrize("cut", [1, 10, 30, 60])
def test_a_truncated_zip_is_refused(cut):
    refused(packed([("a", b"x" * 100)])[:-cut], "not a zip archive|list of members")


def test_every_single_byte_changed_is_either_refused_or_harmless():
    good = packed([("a.txt", b"hello"), ("b/c.txt", b"world" * 50)])
    for at in range(len(good)):
        for flip in (0x01, 0x80, 0xFF):
            bad = good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :]
            try:
                found = unzip(bad, "modelbot-bundle", SMALL)
            except NotEvaluatedError:
                continue
            assert sum(map(len, found.values())) <= SMALL.unpacked


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = packed([("zeros", b"\0" * (3 * MIB))])
    assert len(bomb) < 5_000
    refused(bomb, "times its packed size")
    large = packed([("a", bytes(range(256)) * 20_000)], zipfile.ZIP_STORED)
    refused(large, "bytes packed")
    refused(packed([("a", b"ab" * (3 * MIB))]), "bytes unpacked")


def test_a_member_that_is_larger_than_it_says_is_refused_and_takes_no_memory():
    bomb = packed([("zeros", b"\0" * (64 * MIB))])
    lying = bomb.replace(struct.pack("<I", 64 * MIB), struct.pack("<I", 10))
    tracemalloc.start()
    refused(lying, "not a zip archive")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * MIB


def test_too_many_members_are_refused_before_each_becomes_an_object():
    many = packed([(f"f{number}", b"") for number in range(21)])
    refused(many, "21 members")
    refused(packed([(f"d{number}/", b"") for number in range(21)]), "21 members")
    crowd = packed([(f"{number:0200}", b"") for number in range(2_000)])
    tracemalloc.start()
    refused(crowd, "list of members")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MIB


def test_a_zip64_record_does_not_hide_a_crowd():
    data = packed([(f"{number:0200}", b"") for number in range(2_000)])
    end = data[-22:]
    size, offset = struct.unpack("<II", end[12:20])
    zip64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2_000, 2_000, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(data) - 22, 1)
    small = end[:8] + struct.pack("<2H2LH", 1, 1, 46, 0, 0)
    refused(data[:-22] + zip64 + locator + small, "list of members")


@pytest.mark.parametrize(
    "name",
    [
        "../up",
        "a/../../up",
        "/etc/passwd",
        "a//b",
        "./a",
        "a/.",
        "C:\\x",
        "a\\..\\b",
        "n" * 1001,
        "é" * 200,
        "a\nb",
        "\x1b[2J",
        "a\x9bb",
    ],
)
def test_an_unsafe_name_is_refused(name):
    refused(packed([("ok", b"1"), (name, b"2")]), "names a file")


def test_a_name_twice_is_refused():
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = packed([("a", b"1"), ("a", b"2")])
    refused(twice, "twice")
    refused(packed([("a", b"1"), ("a/b", b"2")]), "a file and a directory")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_what_is_no_regular_file_is_refused(kind):
    info = zipfile.ZipInfo("link")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    refused(packed([(info, b"/etc/passwd")]), "no regular file")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_artifacts_are_packed_with_is_read(compression):
    refused(packed([("a", b"1")], compression), "packed in a way")


def test_an_encrypted_member_is_refused():
    data = bytearray(packed([("a", b"1")]))
    for signature, at in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        data[data.index(signature) + at] |= 1
    refused(bytes(data), "not a zip archive")


def test_an_honest_archive_is_read_with_its_directories_left_out():
    members = [("bundle.json", b"{}"), ("files/", b""), ("files/dvc.lock", b"x" * 500), ("files/é.json", b"")]
    found = unzip(packed(members), "modelbot-bundle", SMALL)
    assert found == {name: data for name, data in members if not name.endswith("/")}
    assert unzip(packed([]), "modelbot-bundle", SMALL) == {}
