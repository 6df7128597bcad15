"""`record` and `adopt` as they are typed: real DVC, Git and MLflow, a champion that was named by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.checkout import Checkout, begun

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


@pytest.fixture
def team(tmp_path: Path) -> Checkout:
    """Their pipeline ran here, before there was a bot."""
    return begun(tmp_path, {"dvc.yaml": DVC_YAML, "params.yaml": "rate: 1\n", "policies/tiny.yaml": POLICY})


def champion(team: Checkout, weights: str) -> None:
    """Registered and named by hand, as a team does without a bot."""
    from mlflow import MlflowClient

    files = team.root / "by-hand"
    files.mkdir()
    (files / "weights").write_text(weights)
    client = MlflowClient(team.tracking, team.tracking)
    client.create_registered_model("tiny")
    version = client.create_model_version("tiny", source=str(files))
    client.set_registered_model_alias("tiny", "champion", version.version)


def test_record_needs_to_be_told_where_and_a_stage_that_there_is(team: Checkout) -> None:
    assert team.typed("record")[0] == 2
    code, said = team.typed("record", "trian", "--where", "Slurm job 4711")
    assert code == 2
    assert "no entry of a stage 'trian'" in said
    assert "name one of: train, evaluate." in said
    assert "modelbot/runs" not in team.must("git", "branch", "-r")


def test_record_puts_a_persons_word_at_origin_once(team: Checkout) -> None:
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


def test_adopt_takes_the_champion_over_and_everything_agrees(team: Checkout) -> None:
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


def test_adopt_refuses_other_bytes_and_changes_no_version(team: Checkout) -> None:
    champion(team, "rate: 2\n")
    code, said = team.typed("adopt")
    assert code == 5
    assert "tiny: not adopted" in said
    assert "has other bytes" in said
    code, said = team.typed("evidence", "1")
    assert code == 2
    assert "nothing was promoted yet" in said
