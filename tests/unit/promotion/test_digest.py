"""The digest of a model directory, and how directories are written and read."""

from __future__ import annotations

import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.files import ModelDirectories, read_directory
from bot.errors import InvalidInputError, MissingObjectError, NotEvaluatedError, UnavailableError
from bot.ports.candidate import HashedFile
from bot.promotion.digest import digest_of


def digest(root):
    return digest_of(read_directory(root))


@pytest.fixture
def model(tmp_path):
    root = tmp_path / "model"
    (root / "data").mkdir(parents=True)
    (root / "MLmodel").write_text("flavors: {}")
    (root / "data" / "model.bin").write_bytes(b"\0\1")
    return root


def test_an_empty_directory_is_no_model(tmp_path):
    with pytest.raises(InvalidInputError, match="no files"):
        digest(tmp_path)


def test_a_directory_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match="nowhere"):
        digest(tmp_path / "nowhere")


@pytest.mark.parametrize("target", ["MLmodel", "/etc/passwd", "nothing", "data"])
def test_a_symbolic_link_is_refused_and_named(model, target):
    (model / "data" / "link").symlink_to(target)
    with pytest.raises(InvalidInputError, match=r"symbolic link.*data/link") as error:
        digest(model)
    assert error.value.todo


def test_a_link_to_the_whole_directory_is_refused(model, tmp_path):
    (tmp_path / "link").symlink_to(model)
    with pytest.raises(InvalidInputError):
        digest(tmp_path / "link")


def test_a_pipe_is_refused_without_being_opened(model):
    os.mkfifo(model / "pipe")
    with pytest.raises(InvalidInputError, match=r"special file.*pipe"):
        digest(model)


def test_a_name_that_is_not_utf8_is_refused(model):
    os.mknod(os.fsencode(model) + b"/\xff")
    with pytest.raises(InvalidInputError, match="UTF-8"):
        digest(model)


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../b", "./a", "a//b", "a/", "a\\b", "a\0b", "\udcff"]
)
def test_an_unsafe_name_is_never_part_of_a_digest(path):
    with pytest.raises(InvalidInputError):
        digest_of([HashedFile(path, 1, "0" * 64)])


def test_one_name_twice_is_refused():
    with pytest.raises(InvalidInputError, match="twice"):
        digest_of([HashedFile("a", 1, "0" * 64), HashedFile("a", 2, "1" * 64)])


def test_every_change_of_a_byte_a_name_or_a_file_changes_the_digest(model):
    seen = {digest(model)}
    (model / ".hidden").write_text("")
    seen.add(digest(model))
    (model / "data" / "model.bin").write_bytes(b"\0\2")
    seen.add(digest(model))
    (model / "data" / "model.bin").rename(model / "model.bin")
    seen.add(digest(model))
    assert len(seen) == 4


def test_times_permissions_and_order_do_not_count(model):
    before = digest(model)
    os.utime(model / "MLmodel", (0, 0))
    (model / "MLmodel").chmod(0o755)
    assert digest(model) == before
    assert digest_of(reversed(read_directory(model))) == before


def test_the_digest_is_the_documented_formula():
    entries = [HashedFile("é", 2, "b" * 64), HashedFile("a", 1, "a" * 64)]
    text = '[["a",1,"' + "a" * 64 + '"],["\\u00e9",2,"' + "b" * 64 + '"]]'
    assert digest_of(entries) == hashlib.sha256(text.encode()).hexdigest()


name = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"), min_size=1).filter(
    lambda text: text not in {".", ".."}
)
listing = st.dictionaries(name, st.tuples(st.integers(0, 9), st.sampled_from(["0", "1"])), min_size=1)


@given(listing, listing)
def test_two_different_listings_never_share_a_digest(one, other):
    first, second = (
        digest_of(HashedFile(path, *rest) for path, rest in files.items()) for files in (one, other)
    )
    assert (first == second) == (one == other)


@pytest.fixture
def objects(fakes):
    return fakes.FakeObjects()


@pytest.fixture
def files(objects, tmp_path):
    return ModelDirectories(objects, tmp_path / "scratch")


def test_what_is_materialised_has_the_digest_of_what_is_read_back(objects, files):
    md5 = objects.put_directory({"MLmodel": b"x" * 10, "data/a": b"", "data/b/c": b"yz"})
    written = files.materialise(md5, "models/flights")
    assert digest_of(written.files) == digest(written.directory)
    assert files.materialise(md5, "models/flights") == written


def test_a_model_that_is_one_file_becomes_a_directory_with_it(objects, files):
    written = files.materialise(objects.put(b"onnx"), "models/flights.onnx")
    assert [item.path for item in written.files] == ["flights.onnx"]


def test_a_missing_member_leaves_nothing_behind(objects, files, tmp_path):
    md5 = objects.put_directory({"a": b"a", "b": b"b"})
    del objects.objects[hashlib.md5(b"b").hexdigest()]
    with pytest.raises(MissingObjectError):
        files.materialise(md5, "models/flights")
    assert list((tmp_path / "scratch").iterdir()) == []


class LyingObjects:
    """A reader that forgets to verify what it reads."""

    def __init__(self, honest):
        self.honest = honest

    def read(self, md5):
        return self.honest.objects[md5]

    def chunks(self, md5):
        yield b"swapped" + md5.encode()


def test_a_swapped_member_is_found_even_when_the_reader_does_not_look(objects, tmp_path):
    md5 = objects.put_directory({"a": b"a"})
    with pytest.raises(NotEvaluatedError, match="'a'"):
        ModelDirectories(LyingObjects(objects), tmp_path / "scratch").materialise(md5, "models/flights")
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize("path", ["../evil", "/tmp/evil", "a/../../evil", "", "a//b"])
def test_a_member_that_would_be_written_elsewhere_is_refused(objects, files, path):
    md5 = objects.put_directory({path: b"evil"})
    with pytest.raises(NotEvaluatedError):
        files.materialise(md5, "models/flights")


def test_a_member_below_another_member_is_refused(objects, files):
    md5 = objects.put_directory({"a": b"file", "a/b": b"below it"})
    with pytest.raises(NotEvaluatedError):
        files.materialise(md5, "models/flights")


def test_a_full_disk_is_said_and_leaves_nothing(objects, fakes, tmp_path):
    class Full(fakes.FakeObjects):
        def chunks(self, md5):
            yield md5[:1].encode()
            raise OSError(28, "No space left on device")

    full = Full()
    full.objects = objects.objects
    md5 = objects.put_directory({"a": b"aaaa"})
    full.read = objects.read
    with pytest.raises(UnavailableError, match="No space left"):
        ModelDirectories(full, tmp_path / "scratch").materialise(md5, "models/flights")
    assert list((tmp_path / "scratch").iterdir()) == []
