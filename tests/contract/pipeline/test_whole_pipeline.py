"""The example's stages as dvc.yaml names them, on the whole year and, twice, on the demo's sample."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from bot.adapters.folder import DirectoryTree
from bot.adapters.stage_environment import prepare_environment, stage_variables
from bot.lineage.parse import parse_pipeline
from bot.localhost.demo.main_branch import copy_files
from bot.usecases.reproduce import setup_of

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).parents[3]
CACHE = SOURCE / ".modelbot" / "cache"
# One process for the four commands: their imports take longer than their work.
PROGRAM = """
import runpy, sys
sys.path.insert(0, "pipeline")
for file in sys.argv[1:]:
    runpy.run_path(file, run_name="__main__")
"""
WRITTEN = (
    "eval/metrics.json",
    "eval/predictions.parquet",
    "eval/plots/roc.json",
    "eval/plots/calibration.json",
)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's files as the demo's main has them, before anything was run."""
    folder = tmp_path_factory.mktemp("example")
    copy_files(SOURCE, folder)
    for path in ("dvc.lock", *WRITTEN):
        (folder / path).unlink(missing_ok=True)
    return folder


@pytest.fixture(scope="module")
def environment(example: Path) -> Path:
    """What the policy's setup command installs; the demo uses the same."""
    made = prepare_environment(example, setup_of(DirectoryTree(example)) or "", CACHE)
    assert isinstance(made, Path), made
    return made


def run(example: Path, environment: Path, folder: Path, **variables: str) -> str:
    """Run every stage in a copy of the example; answers what they print."""
    shutil.copytree(example, folder, dirs_exist_ok=True)
    stages = parse_pipeline(DirectoryTree(folder)).stages
    files = [stage.cmd.removeprefix("python ") for stage in stages]
    known = stage_variables(environment, CACHE / "tools") | variables
    outcome = subprocess.run(
        [environment / "bin" / "python", "-c", PROGRAM, *files],
        cwd=folder,
        env=known,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


@pytest.fixture(scope="module")
def year(example: Path, environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every flight of 2013: July to test on, the other months to train on."""
    folder = tmp_path_factory.mktemp("year")
    shutil.copytree(example, folder, dirs_exist_ok=True)
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    months = [month for month in range(1, 13) if month not in params["ingest"]["test_months"]]
    params["ingest"] |= {"train_months": months, "train_rows": None, "test_rows": None}
    yaml.dump(params, folder / "params.yaml")
    run(folder, environment, folder / "run")
    return folder / "run"


def numbers(value: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a JSON document, with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, f"{path}.{key}")
    else:
        yield path, value


def test_the_whole_year_loses_no_flight(year: Path) -> None:
    """336,776 flights left New York in 2013; 327,346 of them landed where they should."""
    train, test, features = (
        pq.read_table(year / "data" / f"{name}.parquet") for name in ("train", "test", "features")
    )
    assert (train.num_rows, test.num_rows) == (307_351, 28_293)
    assert features.num_rows == train.num_rows - train["late"].null_count == 327_346 - test.num_rows
    assert train.num_rows == 336_776 - 29_425, "July has 29,425 flights"
    assert set(train["month"].to_pylist()) | set(test["month"].to_pylist()) == set(range(1, 13))


def test_the_whole_year_s_metrics_are_finite_and_where_they_should_be(year: Path) -> None:
    metrics = json.loads((year / "eval" / "metrics.json").read_text())
    assert [path for path, value in numbers(metrics) if not math.isfinite(value)] == []
    assert metrics["rows"] == 28_293
    assert 0.70 < metrics["auc"] < 0.73
    assert 0.57 < metrics["log_loss"] < 0.60
    assert 0.19 < metrics["brier"] < 0.21
    assert 0.05 < metrics["ece"] < 0.11
    assert 0.322 < metrics["positive_rate"] < 0.3221
    assert set(metrics["slices"]["origin"]) == {"EWR", "JFK", "LGA"}
    assert sum(one["n"] for one in metrics["slices"]["carrier"].values()) == 28_293


def test_the_whole_year_s_predictions_are_one_probability_for_each_flight(year: Path) -> None:
    rows = pq.read_table(year / "eval" / "predictions.parquet")
    assert pc.count_distinct(rows["row_id"]).as_py() == rows.num_rows == 28_293
    bounds = pc.min_max(rows["score"]).as_py()
    assert 0 < bounds["min"] < bounds["max"] < 1
    assert rows["score"].null_count == 0


def test_a_second_run_gives_the_same_bytes_on_another_number_of_threads(
    example: Path, environment: Path, tmp_path: Path
) -> None:
    def once(threads: str) -> str:
        return run(example, environment, tmp_path / threads, OMP_NUM_THREADS=threads, PYTHONHASHSEED=threads)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(once, ("1", "2"))
    assert one.startswith("40000 training rows, 10000 test rows\n")
    assert other == one
    for path in WRITTEN:
        assert (tmp_path / "1" / path).read_bytes() == (tmp_path / "2" / path).read_bytes(), path
