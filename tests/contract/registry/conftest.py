"""The registries of the contract: a real one is started once per session, and every test has its own model.

Where there is no PostgreSQL its tests are skipped, loudly; with MODELBOT_POSTGRES=required, as in CI, they
fail.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

from bot.adapters.mlflow import MlflowRegistry

HERE = Path(__file__).parent
REQUIRED = os.environ.get("MODELBOT_POSTGRES") == "required"


def _load(name, path):
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def fakes():
    return _load("promotion_fakes", HERE.parents[1] / "unit" / "promotion" / "fakes.py")


@pytest.fixture
def shop(fakes, tmp_path):
    return fakes.fake_shop(tmp_path)


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
def database(migrated, tmp_path) -> Path:
    folder = tmp_path / "registry"
    folder.mkdir()
    return Path(shutil.copy(migrated, folder / "mlflow.db"))


@pytest.fixture
def sqlite(database):
    return MlflowRegistry(f"sqlite:///{database}")


@pytest.fixture(scope="session")
def servers():
    return _load("mlflow_servers", HERE / "servers.py")


@pytest.fixture(scope="session")
def counting():
    return _load("counting", HERE / "counting.py")


@pytest.fixture(scope="session")
def tiny_project(counting):
    assert counting
    return _load("tiny_project", HERE / "tiny_project.py")


@pytest.fixture(scope="session")
def many_versions():
    return _load("many_versions", HERE / "many_versions.py")


@pytest.fixture(scope="session")
def server_database(migrated, tmp_path_factory) -> Path:
    return Path(shutil.copy(migrated, tmp_path_factory.mktemp("server") / "mlflow.db"))


@pytest.fixture(scope="session")
def server(server_database, servers):
    with servers.mlflow_server(server_database.parent, f"sqlite:///{server_database}") as url:
        yield url


@pytest.fixture(scope="session")
def postgres_server(servers, tmp_path_factory):
    postgres = _load("postgres_cluster", HERE / "postgres.py")
    binaries = postgres.programs()
    if binaries is None:
        pytest.fail(postgres.HOW) if REQUIRED else pytest.skip(postgres.HOW)
    with (
        postgres.cluster(binaries) as address,
        servers.mlflow_server(tmp_path_factory.mktemp("pg"), address) as url,
    ):
        yield url


@pytest.fixture(scope="session")
def by_name_only():
    module = _load("by_name_only", HERE / "by_name_only.py")
    module.register()
    return module


@pytest.fixture
def ignores_tags(by_name_only, database):
    return by_name_only.registry("ignores-tags", database)


@pytest.fixture
def refuses_tags(by_name_only, database):
    return by_name_only.registry("refuses-tags", database)


REGISTRIES = [
    "fake",
    "sqlite",
    pytest.param("server", marks=pytest.mark.slow),
    pytest.param("postgres_server", marks=pytest.mark.slow),
    "ignores_tags",
    "refuses_tags",
]


@pytest.fixture(params=REGISTRIES)
def registry(request, tmp_path):
    """Each registry that the bot is held to."""
    if request.param == "fake":
        return request.getfixturevalue("fakes").FakeRegistry(tmp_path / "fake")
    found = request.getfixturevalue(request.param)
    return MlflowRegistry(found) if isinstance(found, str) else found


@pytest.fixture
def artifacts(registry, fakes, tmp_path_factory):
    """Where the files of a version are kept."""

    def found(version) -> Path:
        if isinstance(registry, fakes.FakeRegistry):
            return registry.files(version)
        (folder,) = tmp_path_factory.getbasetemp().rglob(version.source.removeprefix("models:/"))
        return folder

    return found


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
