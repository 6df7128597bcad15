"""How long the example's four stages take, on the demo's sample and on the whole year; twice, same bytes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bot.adapters.stage_environment import SetupFailure, prepare_environment

ROOT = Path(__file__).parent.parent
STAGES = ("ingest", "features", "train", "evaluate")
WHOLE_YEAR = {
    "train_months: [1, 2, 3, 4, 5, 6]": "train_months: [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]",
    "train_rows: 40000": "train_rows: null",
    "test_rows: 10000": "test_rows: null",
}
KEPT = ("eval/metrics.json", "eval/predictions.parquet", "eval/plots/roc.json")


def environment() -> Path:
    """The environment that the example's policy names, made when it is not there."""
    setup = "uv pip sync --require-hashes pipeline/requirements.lock"
    made = prepare_environment(ROOT, setup, ROOT / ".modelbot" / "cache")
    if isinstance(made, SetupFailure):
        raise SystemExit("\n".join(made.log_tail))
    return made


def run(home: Path, folder: Path, changes: dict[str, str]) -> tuple[tuple[float, ...], str]:
    """Seconds of each stage in an empty folder, and one hash over metrics, predictions and plot."""
    shutil.copytree(ROOT / "pipeline", folder / "pipeline")
    text = (ROOT / "params.yaml").read_text()
    for before, after in changes.items():
        assert before in text, before
        text = text.replace(before, after)
    (folder / "params.yaml").write_text(text)
    for name in ("data", "models", "eval/plots"):
        (folder / name).mkdir(parents=True)
    spent = []
    for stage in STAGES:
        started = time.perf_counter()
        subprocess.run(
            [home / "bin" / "python", f"pipeline/{stage}.py"], cwd=folder, check=True, capture_output=True
        )
        spent.append(time.perf_counter() - started)
    digest = hashlib.sha256(b"".join((folder / path).read_bytes() for path in KEPT)).hexdigest()
    return tuple(spent), digest


def main() -> None:
    """Measure and print."""
    home = environment()
    print(f"{'seconds':28}" + "".join(f"{stage:>10}" for stage in STAGES) + f"{'together':>10}  bytes")
    for name, changes in (("sample", {}), ("sample, again", {}), ("whole year", WHOLE_YEAR)):
        with tempfile.TemporaryDirectory() as folder:
            spent, digest = run(home, Path(folder) / "work", changes)
        cells = "".join(f"{value:10.1f}" for value in (*spent, sum(spent)))
        print(f"{name:28}{cells}  {digest[:12]}")


if __name__ == "__main__":
    main()
