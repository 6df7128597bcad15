"""Stage evaluate: score the saved model on the test rows.

It needs nothing of the training run but the model directory, so it scores any candidate that is put there.
The model is loaded by skops with our list of types; the list in the model's own MLmodel is not read,
because whoever made the model wrote it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import skops.io
from flights import EVAL, LABEL, MODEL, ROW_ID, TEST, TRUSTED, read_params
from scores import Array, calibration, headline, roc, slices
from sklearn.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Params:
    """Section ``evaluate`` of params.yaml: columns to slice by, and the fewest rows a slice is judged on."""

    slices: list[str]
    min_slice_rows: int


def load(model: Path) -> Pipeline:
    """The scikit-learn pipeline of an MLflow model directory in skops format.

    Raises:
        skops.io.exceptions.UntrustedTypesFoundException: the file holds a type that is not on our list.
    """
    return cast("Pipeline", skops.io.load(model / "model.skops", trusted=list(TRUSTED)))


def predict(model: Pipeline, rows: pd.DataFrame) -> Array:
    """The probability of being late for each row, as float64."""
    return np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)


def metrics_of(predictions: pd.DataFrame, params: Params) -> dict[str, Any]:
    """Everything eval/metrics.json holds, from a frame with ``label``, ``score`` and the slice columns."""
    label, score = predictions["label"].to_numpy(), predictions["score"].to_numpy()
    columns = {name: predictions[name].to_numpy(dtype=object) for name in params.slices}
    return {**headline(label, score), "slices": slices(label, score, columns, params.min_slice_rows)}


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON with sorted keys; NaN is refused with a ValueError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")


def main() -> None:
    """Write predictions, metrics and the data of the plots below eval/."""
    params = Params(**read_params("evaluate"))
    rows = pd.read_parquet(TEST)
    predictions = rows[[ROW_ID, *params.slices]].assign(label=rows[LABEL], score=predict(load(MODEL), rows))
    label, score = predictions["label"].to_numpy(), predictions["score"].to_numpy()
    metrics = metrics_of(predictions, params)
    write_json(EVAL / "metrics.json", metrics)
    write_json(EVAL / "plots" / "roc.json", roc(label, score))
    write_json(EVAL / "plots" / "calibration.json", calibration(label, score))
    pq.write_table(pa.Table.from_pandas(predictions, preserve_index=False), EVAL / "predictions.parquet")
    print(f"{len(rows)} rows, AUC {metrics['auc']}, log loss {metrics['log_loss']}")


if __name__ == "__main__":
    main()
