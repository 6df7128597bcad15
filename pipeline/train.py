"""Stage train: fit a gradient-boosted classifier and save it as an MLflow model directory.

The saved pipeline selects and encodes its columns itself: it predicts from any frame that has them, with or
without others. It is made of scikit-learn's own classes only, so that skops loads it without code of ours.
"""

import logging
import os
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from flights import CATEGORICAL, FEATURES, LABEL, MODEL, TRUSTED, columns_of, read_params
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

REQUIREMENTS = ("mlflow-skinny", "numpy", "pandas", "scikit-learn", "skops")
EXAMPLE_ROWS = 5


@dataclass(frozen=True, slots=True)
class Params:
    """Section ``train`` of params.yaml: column groups, and the classifier's settings."""

    features: list[str]
    max_iter: int
    learning_rate: float
    min_samples_leaf: int
    l2: float
    seed: int


def unfitted(params: Params) -> Pipeline:
    """Columns selected by name, text as categories (unseen or missing: missing), then gradient boosting."""
    columns = columns_of(params.features)
    text = [column for column in columns if column in CATEGORICAL]
    numbers = [column for column in columns if column not in CATEGORICAL]
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    select = ColumnTransformer([("text", codes, text), ("numbers", "passthrough", numbers)])
    classifier = HistGradientBoostingClassifier(
        categorical_features=list(range(len(text))),
        early_stopping=False,
        l2_regularization=params.l2,
        learning_rate=params.learning_rate,
        max_iter=params.max_iter,
        min_samples_leaf=params.min_samples_leaf,
        random_state=params.seed,
    )
    return Pipeline([("select", select), ("classify", classifier)])


def fit(rows: pd.DataFrame, params: Params) -> Pipeline:
    """The model of these rows: equal rows and parameters give equal predictions, bit for bit.

    scikit-learn 1.9 shares this work out by row and by feature and never adds up across threads, so that the
    number of cores does not show.
    """
    model = unfitted(params)
    model.fit(rows[columns_of(params.features)], rows[LABEL])
    return model


def save(model: Pipeline, rows: pd.DataFrame, path: Path) -> None:
    """Write the model directory, replacing what was there; loaded by pyfunc it predicts both probabilities.

    MLflow is imported after it has been told not to report home, which it decides while it is imported.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow.sklearn  # noqa: PLC0415
    from mlflow.models import infer_signature  # noqa: PLC0415

    logging.getLogger("mlflow.utils.environment").setLevel(logging.ERROR)  # it warns where uv left out pip
    example = rows[list(model.feature_names_in_)].dropna().head(EXAMPLE_ROWS)
    shutil.rmtree(path, ignore_errors=True)
    mlflow.sklearn.save_model(
        model,
        path,
        serialization_format="skops",
        skops_trusted_types=list(TRUSTED),
        signature=infer_signature(example, model.predict_proba(example)),
        input_example=example,
        pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        pyfunc_predict_fn="predict_proba",
    )


def main() -> None:
    """Write models/flights."""
    params = Params(**read_params("train"))
    rows = pd.read_parquet(FEATURES)
    model = fit(rows, params)
    save(model, rows, MODEL)
    print(f"{len(rows)} rows, {len(model.feature_names_in_)} columns, {params.max_iter} trees")


if __name__ == "__main__":
    main()
