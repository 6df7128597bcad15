"""What somebody does to a real MLflow is found and put right: deleted versions, changed tags and bytes."""

from __future__ import annotations

import shutil

import pytest
from mlflow import MlflowClient

MODEL = "flights"
SLOW = pytest.mark.slow
REAL = [
    *("sqlite", "ignores_tags", "refuses_tags"),
    *(pytest.param(name, marks=SLOW) for name in ("server", "postgres_server")),
]
"""Without the fake, which has tests of its own with every kind of damage."""


@pytest.fixture
def live(registry, fakes, tmp_path):
    """Version 2 is champion and 1 was before it, in this registry; what it serves is read at every run."""
    shop = fakes.Shop(registry, fakes.FakeRecords(), tmp_path / "scratch", reads_bytes=True)
    for name in ("one", "two"):
        shop.merge(name, restores=True)
        shop.reconcile()
    return shop


def client(registry) -> MlflowClient:
    return MlflowClient(tracking_uri=registry._uri, registry_uri=registry._uri)


def numbers(shop):
    return [int(shop.registry.alias(MODEL, alias).version) for alias in ("champion", "previous")]


@pytest.mark.parametrize("registry", REAL, indirect=True)
def test_whatever_somebody_does_to_it_the_next_run_puts_right(live, artifacts):
    mlflow = client(live.registry)
    champion, previous = numbers(live)

    def spoil():
        (artifacts(live.registry.alias(MODEL, "champion")) / "artifacts" / "MLmodel").write_text("evil")

    damage = {
        "champion deleted": lambda: mlflow.delete_model_version(MODEL, str(numbers(live)[0])),
        "previous deleted": lambda: mlflow.delete_model_version(MODEL, str(numbers(live)[1])),
        "key taken": lambda: mlflow.delete_model_version_tag(MODEL, str(numbers(live)[0]), "modelbot.key"),
        "digest changed": lambda: mlflow.set_model_version_tag(
            MODEL, str(numbers(live)[0]), "modelbot.digest", "0" * 64
        ),
        "alias moved": lambda: mlflow.set_registered_model_alias(MODEL, "champion", str(numbers(live)[1])),
        "alias deleted": lambda: mlflow.delete_registered_model_alias(MODEL, "champion"),
        "bytes changed": spoil,
        "files gone": lambda: shutil.rmtree(artifacts(live.registry.alias(MODEL, "champion"))),
    }
    for what, done in damage.items():
        done()
        before = live.kinds().count("drift")
        assert (live.reconcile().exit_code, live.champion()) == (0, "two"), what
        assert live.kinds().count("drift") > before, what
        assert live.reconcile().changed is False, what
        assert live.actual(live.wanted, live.model()).damage == (), what
    assert numbers(live)[0] > champion
    assert numbers(live)[1] > previous
    for number in mlflow.search_model_versions(f"name='{MODEL}'"):
        mlflow.delete_model_version(MODEL, number.version)
