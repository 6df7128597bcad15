"""`record` and `adopt` as they are typed: real DVC, Git and MLflow, a champion that was named by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

DVC_YAML = """\
stages:
  train:
    cmd: mkdir -p model && cp params.yaml model/weights
    params: [rate]
    outs: [model]
  evaluate:
    cmd: 'echo "{\\"auc\\": 0.8}" > metrics.json'
    deps: [model]
    metrics:
      - metrics.json: {cache: false}
artifacts:
  tiny: {path: model, type: model}
"""
POLICY = "version: 1\nmodel: tiny\nartifact: model\nmetrics:\n  auc: {better: higher, min: 0.7}\n"


@dataclass(frozen=True)
class Team:
    """A checkout whose pipeline ran here, before there was a bot; its origin, DVC remote and MLflow."""

    root: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def tracking(self) -> str:
        return f"sqlite:///{self.root}/mlflow.db"

    def run(self, *command: str, where: Path | None = None) -> tuple[int, str]:
        who = {f"GIT_{role}_{part}": "mona" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        settings = {"PATH": os.environ["PATH"], "HOME": str(self.root), "LANG": "C.UTF-8", "NO_COLOR": "1"}
        done = subprocess.run(
            command,
            cwd=where or self.work,
            env=settings | who | {"MLFLOW_TRACKING_URI": self.tracking, "DVC_NO_ANALYTICS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def must(self, *command: str, where: Path | None = None) -> str:
        code, said = self.run(*command, where=where)
        assert code == 0, said
        return said

    def typed(self, *arguments: str) -> tuple[int, str]:
        return self.run(sys.executable, "-m", "bot", *arguments)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    made = Team(tmp_path)
    made.must("git", "init", "-q", "--bare", "--initial-branch=main", "origin.git", where=tmp_path)
    made.must("git", "clone", "-q", "origin.git", "work", where=tmp_path)
    made.must("git", "checkout", "-q", "-B", "main")
    made.must("git", "config", "user.name", "mona")
    made.must("git", "config", "user.email", "mona@localhost")
    files = {"dvc.yaml": DVC_YAML, "params.yaml": "rate: 1\n", "policies/tiny.yaml": POLICY}
    for name, text in files.items():
        (made.work / name).parent.mkdir(exist_ok=True)
        (made.work / name).write_text(text)
    dvc = (sys.executable, "-m", "dvc")
    made.must(*dvc, "init", "-q")
    made.must(*dvc, "remote", "add", "-q", "--default", "storage", "../storage")
    made.must(*dvc, "repro", "-q")
    made.must(*dvc, "push", "-q")
    made.must("git", "add", "--all")
    made.must("git", "commit", "-q", "-m", "before the bot")
    made.must("git", "push", "-q", "origin", "main")
    return made


def champion(team: Team, weights: str) -> None:
    """Registered and named by hand, as a team does without a bot."""
    from mlflow import MlflowClient

    files = team.root / "by-hand"
    files.mkdir()
    (files / "weights").write_text(weights)
    client = MlflowClient(team.tracking, team.tracking)
    client.create_registered_model("tiny")
    version = client.create_model_version("tiny", source=str(files))
    client.set_registered_model_alias("tiny", "champion", version.version)


def test_record_needs_to_be_told_where_and_a_stage_that_there_is(team: Team) -> None:
    assert team.typed("record")[0] == 2
    code, said = team.typed("record", "trian", "--where", "Slurm job 4711")
    assert code == 2
    assert "no entry of a stage 'trian'" in said
    assert "name one of: train, evaluate." in said
    assert "modelbot/runs" not in team.must("git", "branch", "-r")


def test_record_puts_a_persons_word_at_origin_once(team: Team) -> None:
    code, said = team.typed("record", "train", "--where", "Slurm job 4711")
    assert code == 0
    assert "train: recorded; you vouch for the run" in said
    assert team.typed("record", "train", "--where", "again") == (
        0,
        "train: on record already (external)",
    )
    kept = team.must("git", "log", "-p", "--format=%H", "modelbot/runs", where=team.root / "origin.git")
    assert kept.count("Slurm job 4711") == 1
    assert "again" not in kept


def test_adopt_takes_the_champion_over_and_everything_agrees(team: Team) -> None:
    champion(team, "rate: 1\n")
    code, said = team.typed("adopt")
    assert code == 0, said
    assert "train: recorded" in said
    assert "version 1, which was there before, is champion on record" in said
    assert team.typed("verify", "--all")[0] == 0
    assert "mona" in team.must(sys.executable, "-m", "bot", "evidence", "1")
    again = team.typed("adopt")
    assert again[0] == 0
    assert "version 1 is on record already" in again[1]


def test_adopt_refuses_other_bytes_and_changes_no_version(team: Team) -> None:
    champion(team, "rate: 2\n")
    code, said = team.typed("adopt")
    assert code == 5
    assert "tiny: not adopted" in said
    assert "has other bytes" in said
    code, said = team.typed("evidence", "1")
    assert code == 2
    assert "nothing was promoted yet" in said
