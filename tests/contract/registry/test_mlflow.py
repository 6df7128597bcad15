"""What only MLflow can be asked: its own files, its settings, its outages."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.adapters.files import read_directory
from bot.adapters.mlflow import MlflowRegistry
from bot.errors import InvalidInputError, UnavailableError
from bot.promotion.digest import digest_of

KEY = "k" * 64


def create(registry, model, files, key=KEY):
    return registry.create(model, key, digest_of(read_directory(files)), files, (("modelbot.note", "n"),))


def _new(folder, name):
    path = folder / name
    path.mkdir()
    return path


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
