"""The model directory that train writes, read back by MLflow and skops as they are installed here."""

import json
from pathlib import Path

import evaluate
import flights
import numpy as np
import pandas as pd
import pytest
import skops.io
import train
from threadpoolctl import threadpool_limits

PARAMS = train.Params(
    features=["schedule", "route", "carrier", "weather"],
    max_iter=10,
    learning_rate=0.1,
    min_samples_leaf=20,
    l2=0.0,
    seed=0,
)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    random = np.random.default_rng(0)
    n = 4000
    text = {name: random.choice(["AA", "BB", "CC"], n) for name in sorted(flights.CATEGORICAL)}
    numbers = flights.columns_of(["schedule", "weather", "aircraft", "calendar"])
    frame = pd.DataFrame({**text, **{name: random.normal(size=n) for name in [*numbers, "distance"]}})
    frame.loc[::7, "pressure"] = np.nan
    odds = frame["temp"] + (frame["origin"] == "AA") + random.normal(size=n)
    return frame.assign(row_id=[f"r{i}" for i in range(n)], late=(odds > 0).astype("int64"))


@pytest.fixture(scope="module")
def saved(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "flights"
    train.save(train.fit(rows, PARAMS), rows, path)
    return path


def test_every_type_skops_does_not_know_is_on_our_list(saved: Path):
    unknown = skops.io.get_untrusted_types(file=saved / "model.skops")
    assert set(unknown) == set(flights.TRUSTED)


def test_a_type_that_is_not_on_our_list_is_refused_whatever_the_model_says(tmp_path: Path):
    skops.io.dump(Path, tmp_path / "model.skops")
    (tmp_path / "MLmodel").write_text("flavors: {sklearn: {skops_trusted_types: [pathlib.Path]}}\n", "utf-8")
    with pytest.raises(skops.io.exceptions.UntrustedTypesFoundException):
        evaluate.load(tmp_path)


def test_the_directory_holds_one_skops_file_and_no_pickle_and_no_code(saved: Path):
    assert sorted(path.name for path in saved.rglob("*")) == [
        "MLmodel",
        "conda.yaml",
        "input_example.json",
        "model.skops",
        "python_env.yaml",
        "requirements.txt",
        "serving_input_example.json",
    ]


def test_the_signature_has_doubles_and_text_for_just_the_chosen_columns(saved: Path):
    from mlflow.models import get_model_info

    inputs = {
        column["name"]: column["type"] for column in get_model_info(str(saved)).signature.inputs.to_dict()
    }
    expected = {
        name: "string" if name in flights.CATEGORICAL else "double"
        for name in flights.columns_of(PARAMS.features)
    }
    assert inputs == expected


def test_requirements_are_pinned_to_what_trained_it(saved: Path):
    lines = (saved / "requirements.txt").read_text("utf-8").split()
    assert [line.partition("==")[0] for line in lines] == list(train.REQUIREMENTS)
    assert all("==" in line for line in lines)


def test_two_trainings_predict_the_same_bits_on_any_number_of_threads(rows: pd.DataFrame):
    with threadpool_limits(limits=1, user_api="openmp"):
        one = evaluate.predict(train.fit(rows, PARAMS), rows)
    with threadpool_limits(limits=4, user_api="openmp"):
        four = evaluate.predict(train.fit(rows, PARAMS), rows)
    assert one.tobytes() == four.tobytes()


def test_the_saved_model_predicts_what_the_fitted_one_did(saved: Path, rows: pd.DataFrame):
    fitted = evaluate.predict(train.fit(rows, PARAMS), rows)
    assert evaluate.predict(evaluate.load(saved), rows).tobytes() == fitted.tobytes()


def test_columns_it_does_not_use_and_their_order_do_not_matter(saved: Path, rows: pd.DataFrame):
    model = evaluate.load(saved)
    turned = rows[list(reversed(rows.columns))]
    narrow = rows[flights.columns_of(PARAMS.features)]
    assert evaluate.predict(model, turned).tobytes() == evaluate.predict(model, narrow).tobytes()


def test_a_carrier_never_seen_in_training_is_scored(saved: Path, rows: pd.DataFrame):
    strangers = rows.head(10).assign(carrier="ZZ", dest="XXX")
    assert np.isfinite(evaluate.predict(evaluate.load(saved), strangers)).all()


def test_a_column_the_test_rows_lack_is_named(saved: Path, rows: pd.DataFrame):
    with pytest.raises(ValueError, match="pressure"):
        evaluate.predict(evaluate.load(saved), rows.drop(columns="pressure"))


def test_mlflow_loads_it_and_predicts_the_probabilities_of_its_own_input_example(
    saved: Path, monkeypatch: pytest.MonkeyPatch
):
    import mlflow.pyfunc

    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    # The registry adapter forbids loading in its own process, and a test before this one may have used it.
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    model = mlflow.pyfunc.load_model(str(saved))
    example = json.loads((saved / "input_example.json").read_text("utf-8"))
    frame = pd.DataFrame(example["data"], columns=example["columns"])
    predicted = np.asarray(model.predict(frame))
    assert predicted.shape == (train.EXAMPLE_ROWS, 2)
    assert predicted[:, 1].tobytes() == evaluate.predict(evaluate.load(saved), frame).tobytes()


def test_metrics_hold_headline_and_slices_and_no_nan_is_written(rows: pd.DataFrame, tmp_path: Path):
    predictions = pd.DataFrame(
        {"label": rows["late"], "score": np.linspace(0, 1, len(rows)), "origin": rows["origin"]}
    )
    metrics = evaluate.metrics_of(predictions, evaluate.Params(slices=["origin"], min_slice_rows=50))
    assert set(metrics) == {"auc", "brier", "ece", "log_loss", "positive_rate", "rows", "slices"}
    assert set(metrics["slices"]["origin"]) == {"AA", "BB", "CC"}
    with pytest.raises(ValueError, match="Out of range"):
        evaluate.write_json(tmp_path / "metrics.json", {"auc": float("nan")})
