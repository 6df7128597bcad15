"""`verify`, `rebuild`, `history --at` and `evidence` as they are typed: real Git, MLflow, DVC remote."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zlib
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.adapters.mlflow import MlflowRegistry
from bot.adapters.records import GitRecords
from bot.cli import main
from bot.promotion.ledger import BRANCH

NAME = "promotion_fakes"


def _fakes():
    if NAME not in sys.modules:
        path = Path(__file__).parents[1] / "unit" / "promotion" / "fakes.py"
        spec = importlib.util.spec_from_file_location(NAME, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[NAME] = module
        spec.loader.exec_module(module)
    return sys.modules[NAME]


@dataclass
class Place:
    """A checkout with an origin, a DVC remote on disk and an MLflow on SQLite."""

    folder: Path
    empty: Path
    shop: object = field(init=False)

    def __post_init__(self) -> None:
        self.work, self.remote = self.folder / "work", self.folder / "remote"
        self.git(self.folder, "init", "--quiet", "--bare", "origin.git")
        self.git(self.folder, "clone", "--quiet", "origin.git", "work")
        (self.work / ".dvc").mkdir()
        config = f"[core]\n    remote = disk\n['remote \"disk\"']\n    url = {self.remote}\n"
        (self.work / ".dvc" / "config").write_text(config)
        (self.work / ".gitignore").write_text(".modelbot\n")
        self.git(self.work, "config", "user.name", "mona")
        self.git(self.work, "config", "user.email", "mona@localhost")
        self.git(self.work, "add", "--all")
        self.git(self.work, "commit", "--quiet", "--message", "start")
        self.shop = _fakes().Shop(self.new_registry("old"), GitRecords(self.work), self.folder / "scratch")
        for name in ("one", "two"):
            self.shop.merge(name)
            self.shop.reconcile()
        for name, data in self.shop.objects.objects.items():
            path = self.object(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def object(self, name: str) -> Path:
        return self.remote / "files" / "md5" / name[:2] / name[2:]

    def git(self, folder: Path, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def new_registry(self, name: str) -> MlflowRegistry:
        """An empty MLflow, in which commands look from here on."""
        database = self.folder / name / "mlflow.db"
        database.parent.mkdir()
        shutil.copy(self.empty, database)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{database}"
        return MlflowRegistry(os.environ["MLFLOW_TRACKING_URI"])


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """An MLflow database that has its tables: to make them takes seconds."""
    path = tmp_path_factory.mktemp("empty") / "mlflow.db"
    MlflowRegistry(f"sqlite:///{path}").alias("flights", "champion")
    return path


@pytest.fixture
def place(tmp_path, empty):
    before = dict(os.environ)
    yield Place(tmp_path, empty)
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def typed(place, capsys):
    """Types a command in the checkout; answers its exit code and everything that it prints."""

    def run(line: str) -> tuple[int, str]:
        asked, sys.argv = sys.argv, ["modelbot", *line.split()]
        try:
            with chdir(place.work):
                main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        else:
            code = 0
        finally:
            sys.argv = asked
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return run


def test_a_registry_that_was_lost_is_built_anew_and_everything_says_the_same_as_before(place, typed):
    assert typed("verify --all")[0] == 0
    before = typed("evidence 2")
    assert before[0] == 0
    place.new_registry("new")
    code, text = typed("verify")
    assert code == 1
    assert "Version 2 of flights is not in MLflow" in text
    code, text = typed("rebuild --dry-run")
    assert code == 0
    assert "2 to register" in text
    code, text = typed("rebuild")
    assert code == 0, text
    assert "flights: rebuilt; 2 registered" in text
    code, text = typed("verify --all --json")
    assert (code, json.loads(text)["versions_hashed"]) == (0, 2)
    assert typed("evidence 2") == before


def test_bytes_that_are_gone_from_the_remote_are_named_and_the_rest_is_rebuilt(place, typed):
    place.shop.registry = place.new_registry("new")
    gone = place.shop.model().former[0].lock_md5
    place.object(gone).unlink()
    code, text = typed("rebuild")
    assert code == 5
    assert f"version 1 was not brought back: The object {gone}" in text
    assert place.shop.champion() == "two"
    assert "version 1 is lost" in typed("history")[1]


def test_a_record_that_was_exchanged_on_the_disk_is_named(place, typed):
    commit = place.git(place.folder / "origin.git", "rev-list", "--reverse", BRANCH).split()[1]
    blob = place.git(place.work, "rev-parse", f"{commit}:record.json")
    path = place.work / ".git" / "objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(zlib.compress(zlib.decompress(path.read_bytes()).replace(b"acme", b"evil", 1)))
    code, text = typed("verify --ledger-only")
    assert code == 1
    assert text.startswith(f"first bad record: 2 in commit {commit[:12]}, field record.json\n")


def test_a_branch_that_was_rewritten_is_told_again_and_again(place, typed):
    first = place.git(place.folder / "origin.git", "rev-list", BRANCH).split()[-1]
    assert typed("verify --ledger-only")[0] == 0
    place.git(place.folder / "origin.git", "update-ref", f"refs/heads/{BRANCH}", first)
    for _round in range(2):
        code, text = typed("verify --ledger-only")
        assert code == 1
        assert "which is not in it any more" in text


def test_where_nobody_answers_nothing_is_sound(place, typed):
    os.environ |= {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0"}
    code, text = typed("verify")
    assert code == 4
    assert "could not ask: MLflow at http://127.0.0.1:9 did not search the registry" in text
    shutil.rmtree(place.folder / "origin.git")
    assert typed("verify --ledger-only")[0] in {2, 4}


def test_what_was_champion_and_why(typed):
    code, text = typed("history --at 2026-11-20T12:00:00Z")
    assert code == 0
    assert "flights: version 2, digest" in text
    assert "no record has a time not after it" in typed("history --at 2026-11-19")[1]
    assert typed("history --at 2026-11-31")[0] == 2
    assert typed("history --at nowhere")[0] == 2
    assert typed("evidence 9")[0] == 2
    assert json.loads(typed("evidence 1 --json")[1])["record"]["version"] == "1"
