"""Content-addressed objects on real remotes and in a real cache."""

import hashlib
import shutil

import pytest

from bot.adapters.dvc_remote import DvcRemote, LocalCache
from bot.errors import ExitCode, InvalidInputError, MissingObjectError, NotEvaluatedError, UnavailableError
from bot.evidence.manifest import members_of
from bot.usecases.brought import store_objects
from bot.usecases.reproduce import object_path

DATA = b"12345\n"
NAME = hashlib.md5(DATA).hexdigest()
ABSENT = "f" * 32


def stored(root, name):
    return root / "files" / "md5" / name[:2] / name[2:]


def spoil(path, data):
    path.chmod(0o644)
    path.write_bytes(data)


@pytest.fixture(params=["directory", "http", "cache"])
def place(request, project, tmp_path, http_remote):
    """Each reader of objects with the directory that its objects lie in."""
    if request.param == "cache":
        return LocalCache(project.root / ".dvc" / "cache"), project.root / ".dvc" / "cache"
    url = http_remote if request.param == "http" else None
    return DvcRemote(project.root, url), tmp_path / "remote"


def test_an_object_with_other_bytes_is_refused_by_name(place):
    reader, root = place
    for data in (b"12345", b"", DATA * 2):
        spoil(stored(root, NAME), data)
        with pytest.raises(NotEvaluatedError, match=NAME):
            reader.read(NAME)


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", NAME.upper(), NAME[:-1], NAME + "\n", "", NAME + ".dir/x"]
)
def test_what_is_no_name_of_an_object_is_never_looked_for(place, name):
    reader, _ = place
    with pytest.raises(NotEvaluatedError, match="is not the name of an object"):
        reader.read(name)


def test_an_absent_object_is_none_or_missing_and_never_empty_bytes(place):
    reader, _ = place
    assert reader.read(ABSENT) is None
    with pytest.raises(MissingObjectError, match=ABSENT) as caught:
        list(reader.chunks(ABSENT))
    assert "dvc push" in caught.value.todo


def test_files_and_directories_are_read(place, project):
    reader, _ = place
    assert reader.read(NAME) == DATA
    (listing,) = [
        line.split()[-1] for line in (project.root / "dvc.lock").read_text().splitlines() if ".dir" in line
    ][:1]
    members = members_of(reader.read(listing) or b"", listing)
    assert {member.path: reader.read(member.md5) for member in members} == {
        "copy.txt": DATA,
        "extra.txt": b"extra\n",
    }


@pytest.fixture
def remote(project):
    return DvcRemote(project.root)


def test_bytes_that_are_not_what_their_name_says_are_not_stored(remote, tmp_path):
    with pytest.raises(NotEvaluatedError, match="has other bytes"):
        remote.write(ABSENT, (b"anything",))
    with pytest.raises(NotEvaluatedError, match="is not the name of an object"):
        remote.write("../../escaped", (b"anything",))
    assert not stored(tmp_path / "remote", ABSENT).exists()
    assert not list(tmp_path.rglob("escaped*"))


def test_an_object_is_written_once_and_read_back(remote, tmp_path):
    data = b"new" * 1_000_000
    name = hashlib.md5(data).hexdigest()
    assert remote.write(name, (data[:5], data[5:])) is True
    assert stored(tmp_path / "remote", name).read_bytes() == data
    assert remote.write(name, (data,)) is False


def test_a_damaged_object_is_written_again(remote, tmp_path):
    spoil(stored(tmp_path / "remote", NAME), b"half")
    stored(tmp_path / "remote", NAME).chmod(0o444)
    assert remote.write(NAME, (DATA,)) is True
    assert remote.read(NAME) == DATA


def test_a_missing_member_under_a_directory_object_that_is_there_is_written(remote, project, tmp_path):
    """`dvc push` says "Everything is up to date" here."""
    cache = LocalCache(project.root / ".dvc" / "cache")
    (listing,) = {path.parent.name + path.name for path in (tmp_path / "remote").rglob("*.dir")}
    member = stored(tmp_path / "remote", NAME)
    member.unlink()
    names = [listing, *(found.md5 for found in members_of(cache.read(listing) or b"", listing))]
    brought = {object_path(name): cache.read(name) or b"" for name in names}
    assert store_objects((listing,), brought, remote) == 1
    assert member.read_bytes() == DATA
    assert store_objects((listing,), brought, remote) == 0


def test_a_remote_that_does_not_answer_is_unavailable_and_not_an_absent_object(project):
    remote = DvcRemote(project.root, "http://127.0.0.1:9/remote")
    with pytest.raises(UnavailableError, match="did not answer") as caught:
        remote.read(NAME)
    assert caught.value.exit_code == ExitCode.UNAVAILABLE


def test_a_remote_that_takes_no_writes_is_unavailable(project, http_remote):
    data = b"unwritable"
    remote = DvcRemote(project.root, http_remote)
    with pytest.raises(UnavailableError):
        remote.write(hashlib.md5(data).hexdigest(), (data,))


def test_without_a_default_remote_the_error_names_the_remedy(project):
    project.write(".dvc/config", "")
    with pytest.raises(InvalidInputError, match="no DVC remote to use") as caught:
        DvcRemote(project.root).read(NAME)
    assert "dvc remote add --default" in caught.value.todo
    shutil.rmtree(project.root / ".dvc")
    with pytest.raises(InvalidInputError):
        DvcRemote(project.root).read(NAME)


def test_nothing_is_written_outside_the_repository(remote, tmp_path, monkeypatch):
    monkeypatch.delenv("DVC_SITE_CACHE_DIR")
    assert remote.read(NAME) == DATA
    assert not (tmp_path / "site").exists()
