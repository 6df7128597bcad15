"""The same questions to the fake registry, to MLflow on SQLite, and to a real `mlflow server`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from bot.adapters.files import read_directory
from bot.adapters.mlflow import MlflowRegistry
from bot.errors import InvalidInputError, NotEvaluatedError, StaleError, UnavailableError
from bot.ports.registry import RegisteredVersion
from bot.promotion.digest import digest_of

KEY = "k" * 64


@pytest.fixture(autouse=True)
def environment_as_before():
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """A database that MLflow has migrated once: the first use takes seconds, a copy nothing."""
    path = tmp_path_factory.mktemp("migrated") / "mlflow.db"
    before = dict(os.environ)
    MlflowRegistry(f"sqlite:///{path}").alias("flights", "champion")
    os.environ.clear()
    os.environ.update(before)
    return path


@pytest.fixture
def sqlite(migrated, tmp_path):
    folder = tmp_path / "registry"
    folder.mkdir()
    shutil.copy(migrated, folder / "mlflow.db")
    return MlflowRegistry(f"sqlite:///{folder / 'mlflow.db'}")


@pytest.fixture(scope="session")
def server(migrated, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(migrated, folder / "mlflow.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--artifacts-destination", str(folder),
    ]  # fmt: skip
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(url, process):
    for _ in range(300):
        assert process.poll() is None, "mlflow server stopped"
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("mlflow server did not start")


@pytest.fixture(params=["fake", "sqlite", pytest.param("server", marks=pytest.mark.slow)])
def registry(request, fakes, tmp_path):
    if request.param == "fake":
        return fakes.FakeRegistry(tmp_path / "fake")
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite")
    return MlflowRegistry(request.getfixturevalue("server"))


@pytest.fixture
def model(request) -> str:
    """A name of this test's own: the server is shared."""
    return "".join(sign for sign in request.node.name if sign.isalnum())[:60]


@pytest.fixture
def files(tmp_path):
    root = tmp_path / "model"
    (root / "data").mkdir(parents=True)
    (root / "MLmodel").write_text("flavors: {python_function: {loader_module: json, env: {}}}")
    (root / ".hidden").write_text("h")
    (root / "data" / "empty").write_bytes(b"")
    (root / "data" / "weights.bin").write_bytes(bytes(range(256)) * 4000)
    return root


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


# What only MLflow can be asked.


def test_the_bytes_stay_the_same_for_us_when_a_person_loads_the_champion(sqlite, files, tmp_path):
    """Loading `models:/m@champion` writes a file of MLflow's own into the stored version."""
    import mlflow

    made = create(sqlite, "flights", files)
    sqlite.point("flights", "champion", made.version)
    loaded = Path(mlflow.artifacts.download_artifacts("models:/flights@champion"))
    assert (loaded / "registered_model_meta").is_file(), "MLflow stopped doing this: simplify the adapter"
    assert read_directory(sqlite.download(made, _new(tmp_path, "a"))) == read_directory(files)
    (loaded / "registered_model_meta").write_text("model_name: flights\nmodel_version: 1\nextra: 1\n")
    assert read_directory(sqlite.download(made, _new(tmp_path, "b"))) != read_directory(files)


def test_a_changed_byte_in_the_store_is_in_the_download(sqlite, files, tmp_path):
    made = create(sqlite, "flights", files)
    stored = next((tmp_path / "registry").rglob("weights.bin"))
    stored.write_bytes(b"other")
    assert read_directory(sqlite.download(made, _new(tmp_path, "a"))) != read_directory(files)


def test_artifacts_stand_beside_the_database_and_nothing_in_the_working_directory(sqlite, files, tmp_path):
    before = set(Path.cwd().iterdir())
    create(sqlite, "flights", files)
    assert set(Path.cwd().iterdir()) == before
    assert (tmp_path / "registry" / "artifacts").is_dir()


def test_an_experiment_that_was_deleted_is_named(sqlite, files, tmp_path):
    from mlflow import MlflowClient

    create(sqlite, "flights", files)
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'registry' / 'mlflow.db'}")
    client.delete_experiment(client.get_experiment_by_name("modelbot").experiment_id)
    with pytest.raises(InvalidInputError, match="modelbot"):
        create(sqlite, "flights", files, "other")


def test_a_server_that_is_not_there_is_named_without_its_credentials():
    started = time.monotonic()
    with pytest.raises(UnavailableError) as error:
        MlflowRegistry("http://user:hunter2@127.0.0.1:9/").alias("flights", "champion")
    assert "http://127.0.0.1:9/" in str(error.value)
    assert "hunter2" not in str(error.value)
    assert error.value.exit_code == 4
    assert time.monotonic() - started < 20


def test_a_write_is_sent_once_and_a_read_again():
    """A server that is too busy for all that matters counts what it was asked."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    seen: list[str] = []

    class Busy(BaseHTTPRequestHandler):
        def do_GET(self):
            # Moving an alias first asks for the model, to see whether it is a prompt.
            known = self.path.startswith("/api/2.0/mlflow/registered-models/get?")
            self._answer(
                200 if known else 503, b'{"registered_model": {"name": "flights"}}' if known else b""
            )

        def do_POST(self):
            self._answer(503, b"")

        def _answer(self, status, body):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if status != 200:
                seen.append(f"{self.command} {self.path.split('?')[0].rsplit('/', 1)[-1]}")
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        registry = MlflowRegistry(f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(UnavailableError):
            registry.point("flights", "champion", "1")
        assert seen == ["POST alias"]
        with pytest.raises(UnavailableError):
            registry.create("flights", KEY, "d", Path(__file__).parent, ())
        assert seen == ["POST alias", "POST create"]
        with pytest.raises(UnavailableError):
            registry.alias("flights", "champion")
        assert seen[2:] == ["GET alias"] * 3
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("uri", ["gopher://x", "./mlruns"])
def test_an_address_that_mlflow_does_not_take_is_our_files_fault(uri, tmp_path):
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        with pytest.raises(InvalidInputError, match="MLFLOW_TRACKING_URI"):
            MlflowRegistry(uri).alias("flights", "champion")
    finally:
        os.chdir(before)


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(UnavailableError, match=r"mlflow\.db"):
        MlflowRegistry(f"sqlite:///{tmp_path / 'mlflow.db'}").alias("flights", "champion")


def test_settings_that_protect_this_process_are_set():
    MlflowRegistry("sqlite:///:memory:")
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"


@pytest.mark.slow
def test_several_processes_may_use_a_fresh_database_first(tmp_path):
    program = (
        "import sys\n"
        "from bot.adapters.mlflow import MlflowRegistry\n"
        "print(MlflowRegistry(sys.argv[1]).alias('flights', 'champion'))\n"
    )
    command = [sys.executable, "-c", program, f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}"]
    root = Path(__file__).parents[3]
    started = [
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)
    ]
    answers = [process.communicate(timeout=120) for process in started]
    assert [answer[0].decode().strip() for answer in answers] == ["None"] * 3, answers
