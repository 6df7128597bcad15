"""The same questions to the fake registry, and to MLflow as it is found behind real addresses.

In process on SQLite, a server on SQLite, a server on PostgreSQL, and two that can search by name only, as
Unity Catalog's clients: see `conftest.py`.
"""

from __future__ import annotations

import shutil

import pytest

from bot.adapters.files import read_directory
from bot.errors import InvalidInputError, NotEvaluatedError, StaleError
from bot.ports.registry import RegisteredVersion
from bot.promotion.digest import digest_of

KEY = "k" * 64


def create(registry, model, files, key=KEY):
    return registry.create(model, key, digest_of(read_directory(files)), files, (("modelbot.note", "n"),))


def test_a_model_or_alias_that_does_not_exist_is_none(registry, model, files):
    assert registry.alias(model, "champion") is None
    create(registry, model, files)
    assert registry.alias(model, "champion") is None
    assert registry.alias(model, "previous") is None


def test_nothing_is_found_by_a_key_nobody_used(registry, model, files):
    assert registry.find(model, KEY) == ()
    create(registry, model, files)
    assert registry.find(model, "x" * 64) == ()
    assert registry.find(model + "x", KEY) == ()


def test_every_version_of_a_model_is_listed_whoever_made_it(registry, model, files):
    assert registry.registered(model) == ()
    made = [create(registry, model, files, key) for key in (KEY, "y" * 64)]
    assert [one.version for one in registry.registered(model)] == [one.version for one in made]
    assert [one.key for one in registry.registered(model)] == [KEY, "y" * 64]
    assert registry.registered(model + "x") == ()


def test_a_version_of_somebody_elses_becomes_ours_by_its_tags(registry, model, files, tmp_path):
    create(registry, model, files, "o" * 64)
    made = create(registry, model, files, "p" * 64)
    digest = digest_of(read_directory(files))
    registry.tag(made, KEY, digest, (("modelbot.revision", "abc"),))
    (found,) = registry.find(model, KEY)
    assert (found.version, found.key, found.digest) == (made.version, KEY, digest)
    registry.point(model, "champion", made.version)
    assert registry.alias(model, "champion").key == KEY
    assert digest_of(read_directory(registry.download(found, tmp_path))) == digest


def test_a_version_that_is_gone_gets_no_tag(registry, model, files):
    create(registry, model, files)
    with pytest.raises(StaleError, match="9"):
        registry.tag(RegisteredVersion(model, "9", None, None, "s"), KEY, "d", ())


def test_a_version_loses_our_key_and_is_found_by_it_no_more(registry, model, files):
    made = create(registry, model, files)
    other = create(registry, model, files)
    for _again in range(2):
        registry.disown(made)
    assert [one.version for one in registry.find(model, KEY)] == [other.version]
    (left, _) = registry.registered(model)
    assert (left.version, left.key, left.digest) == (made.version, None, made.digest)


def test_a_version_that_is_gone_loses_nothing(registry, model, files):
    create(registry, model, files)
    with pytest.raises(StaleError, match="9"):
        registry.disown(RegisteredVersion(model, "9", None, None, "s"))


def test_a_version_without_its_files_cannot_be_downloaded(registry, model, files, tmp_path, artifacts):
    made = create(registry, model, files)
    shutil.rmtree(artifacts(made))
    with pytest.raises(NotEvaluatedError, match=made.version):
        registry.download(made, tmp_path)


def test_an_alias_is_never_moved_to_a_version_that_does_not_exist(registry, model, files):
    create(registry, model, files)
    registry.point(model, "champion", "1")
    with pytest.raises(StaleError, match="77"):
        registry.point(model, "champion", "77")
    assert registry.alias(model, "champion").version == "1"


def test_a_name_that_mlflow_refuses_is_said_to_be_one(registry, files):
    for name in ("", "a/b", "a'b", "a:b"):
        with pytest.raises(InvalidInputError):
            create(registry, name, files)


def test_a_version_that_is_gone_cannot_be_downloaded(registry, model, files, tmp_path):
    create(registry, model, files)
    gone = RegisteredVersion(model, "9", KEY, "d", "s")
    with pytest.raises(NotEvaluatedError, match="9"):
        registry.download(gone, tmp_path)


def test_key_and_digest_are_there_as_soon_as_the_version_is(registry, model, files):
    made = create(registry, model, files)
    assert (made.model, made.version, made.key) == (model, "1", KEY)
    assert made.digest == digest_of(read_directory(files))
    assert registry.find(model, KEY) == (made,)


def test_versions_with_one_key_come_oldest_first(registry, model, files):
    for key in (KEY, "other", *[KEY] * 10):
        create(registry, model, files, key)
    found = registry.find(model, KEY)
    assert [one.version for one in found] == ["1", *(str(number) for number in range(3, 13))]


def test_what_is_downloaded_is_every_byte_that_was_uploaded(registry, model, files, tmp_path):
    made = create(registry, model, files)
    first, second = (registry.download(made, _new(tmp_path, name)) for name in "ab")
    assert read_directory(first) == read_directory(second) == read_directory(files)


def test_an_alias_moves_and_moving_it_again_changes_nothing(registry, model, files):
    for key in ("a", "b"):
        create(registry, model, files, key)
    for version in ("1", "2", "2", "1"):
        registry.point(model, "champion", version)
        now = registry.alias(model, "champion")
        assert (now.version, now.key) == (version, {"1": "a", "2": "b"}[version])


def test_two_aliases_of_one_model_are_independent(registry, model, files):
    for key in ("a", "b"):
        create(registry, model, files, key)
    registry.point(model, "previous", "1")
    registry.point(model, "champion", "2")
    assert [registry.alias(model, name).version for name in ("previous", "champion")] == ["1", "2"]


def _new(folder, name):
    path = folder / name
    path.mkdir()
    return path
