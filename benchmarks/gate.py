"""What judging costs: predictions of 10,000 and of 1,000,000 rows, 3 metrics, 25 slices, one process each.

`first` is the first time in a process, with the imports that it needs; `best` and `median` are of five more.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

POLICY = b"""
version: 1
model: bench
predictions: {file: predictions.parquet, id: row, label: y, score: p}
metrics:
  auc: {kind: roc_auc, better: higher, min: 0.5, max_regression: 0.01}
  log_loss: {kind: log_loss, better: lower, max: 0.9, max_regression: 2%}
  brier: {kind: brier, better: lower, max_regression: 0.01}
slices:
  by: [place]
  metrics: {auc: {better: higher, max_regression: 0.02}}
"""
SIZES = (10_000, 1_000_000)
SLICES = 25
ROUNDS = 5


def make(folder: Path, rows: int) -> None:
    """Two files of the same rows, the second in another order: a model, and one a little different."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    generator = np.random.default_rng(rows)
    label = (generator.random(rows) < 0.3).astype(np.int64)
    signal = generator.normal(size=rows) + 1.5 * label - 1
    place = pa.array([f"place {code:02}" for code in generator.integers(0, SLICES, rows).tolist()])
    for name, order in (("base", np.arange(rows)), ("head", generator.permutation(rows))):
        score = 1 / (1 + np.exp(-signal - generator.normal(size=rows) * 0.3))
        table = pa.table({"row": np.arange(rows), "y": label, "p": score, "place": place})
        parquet.write_table(table.take(order), folder / f"{name}.parquet")


def gate(folder: Path) -> Callable[[], None]:
    """The whole gate, from two files to a verdict; made sure that every slice was compared."""
    from bot.evidence.facts import Evidence, EvidenceLevel, MetricTable, Side
    from bot.evidence.predictions import read_predictions
    from bot.policy.columns import columns_asked
    from bot.policy.evaluate import evaluate
    from bot.policy.load import LoadedPolicy
    from bot.policy.parse import parse_policy

    loaded = LoadedPolicy("bench.yaml", "", parse_policy(POLICY, "bench.yaml"))
    asked = columns_asked(loaded.policy)
    assert asked is not None

    def side(name: str) -> Side:
        found = read_predictions((folder / f"{name}.parquet").read_bytes(), asked)
        return Side(name, name, MetricTable(()), EvidenceLevel.RESCORED, predictions=found)

    def judge() -> None:
        verdict = evaluate(loaded, "0" * 40, Evidence(head=side("head"), base=side("base")))
        compared = [result for result in verdict.results if result.noise is not None]
        assert len(compared) == 3 + SLICES, len(compared)

    return judge


def measure(folder: Path, rows: int) -> None:
    """Print one line: seconds of this process, and the most memory it ever held."""
    started = time.perf_counter()
    judge = gate(folder)
    spent = []
    for _round in range(1 + ROUNDS):
        judge()
        spent.append(time.perf_counter() - started)
        started = time.perf_counter()
    first, *rest = spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    name = f"gate: {rows:,} rows, 3 metrics, {SLICES} slices"
    print(f"{name:50} {first:7.3f}s {min(rest):7.3f}s {statistics.median(rest):7.3f}s {peak:6.2f} GB")


def main() -> None:
    """Each step in a process of its own, so that none is charged with another's memory."""
    print(f"{'':50} {'first':>8} {'best':>8} {'median':>8} {'peak':>9}", flush=True)
    for rows in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            for step in ("make", "measure"):
                line = [sys.executable, __file__, step, folder, str(rows)]
                subprocess.run(line, check=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        steps = {"make": make, "measure": measure}
        steps[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
