"""A registry that searches by name only, and lists versions without tags: what finding costs there."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import unquote

import pytest

from bot.adapters.files import read_directory
from bot.adapters.mlflow import MlflowRegistry
from bot.errors import InvalidInputError, UnavailableError
from bot.promotion.digest import digest_of

MODEL = "flights"


@pytest.fixture(params=["ignores_tags", "refuses_tags"])
def registry(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def asked(by_name_only):
    by_name_only.ASKED.clear()
    return by_name_only.ASKED


@pytest.fixture
def server_away():
    """A server that is too busy for anything, and what it was asked."""
    asked: list[str] = []

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(unquote(self.path))
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words):
            pass

    with HTTPServer(("127.0.0.1", 0), Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield MlflowRegistry(f"http://127.0.0.1:{server.server_port}"), asked
        server.shutdown()


def create(registry, files, key):
    return registry.create(MODEL, key, digest_of(read_directory(files)), files, ())


def test_a_registry_that_is_away_is_not_taken_for_one_that_cannot_search_by_tag(server_away):
    registry, asked = server_away
    with pytest.raises(UnavailableError):
        registry.find(MODEL, "a")
    assert all("tags." in path for path in asked), "it is not asked for a list of everything"


def test_a_database_that_cannot_be_read_is_not_taken_for_one_either(sqlite, database):
    sqlite.alias(MODEL, "champion")
    database.write_bytes(b"this is no database" * 1000)
    with pytest.raises(InvalidInputError):
        sqlite.find(MODEL, "a")
    assert not sqlite._finder._by_name_only


def test_the_other_versions_are_never_taken_for_ours(registry, files):
    for key in ("a", "b", "a"):
        create(registry, files, key)
    assert [one.version for one in registry.find(MODEL, "b")] == ["2"]
    assert registry.find(MODEL, "c") == ()


def test_a_version_without_tags_is_nobodys(registry, files, database):
    from mlflow import MlflowClient

    made = create(registry, files, "a")
    MlflowClient(f"sqlite:///{database}").create_model_version(MODEL, made.source)
    assert [one.version for one in registry.find(MODEL, "a")] == ["1"]


def test_every_version_is_asked_for_by_its_number_once(registry, files, asked):
    for number in range(6):
        create(registry, files, f"k{number}")
    asked.clear()
    assert [one.version for one in registry.find(MODEL, "k4")] == ["5"]
    assert (asked["search"], asked["get"]) == (2, 6), "two pages of four, and each version once"
    create(registry, files, "k4")
    asked.clear()
    assert [one.version for one in registry.find(MODEL, "k4")] == ["5", "7"]
    assert asked["get"] == 1, "only the new one"


def test_a_version_that_was_deleted_is_not_found_any_more(registry, files, database):
    from mlflow import MlflowClient

    for _ in range(2):
        create(registry, files, "a")
    assert len(registry.find(MODEL, "a")) == 2
    MlflowClient(f"sqlite:///{database}").delete_model_version(MODEL, "1")
    assert [one.version for one in registry.find(MODEL, "a")] == ["2"]


def test_a_refusal_is_remembered(refuses_tags, files, asked):
    create(refuses_tags, files, "a")
    for _ in range(3):
        assert len(refuses_tags.find(MODEL, "a")) == 1
    assert asked["refused"] == 1


def test_one_that_can_search_by_tag_is_asked_once_however_many_versions_there_are(sqlite, files):
    """The tags come with the answer: nothing is asked for by its number."""
    for number in range(6):
        create(sqlite, files, f"k{number}")
    assert isinstance(sqlite, MlflowRegistry)
    assert [one.version for one in sqlite.find(MODEL, "k4")] == ["5"]
    assert not sqlite._finder._by_name_only
