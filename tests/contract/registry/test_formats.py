"""Models of every usual format, and none, on the whole way to the alias over real MLflow; nothing is loaded.

The way is that of a promotion: objects of the DVC remote, a directory, digest, upload, download, digest,
alias, record. The models are saved by MLflow's own flavours, as a training stage saves them.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from pathlib import Path

import numpy as np
import pytest

from bot.adapters.files import read_directory
from bot.promotion.digest import digest_of

REQUIREMENTS = ["scikit-learn"]
PICKLED = {
    "model.pkl": "sklearn: {pickled_model: model.pkl, serialization_format: pickle}",
    "python_model.pkl": "python_function: {loader_module: mlflow.pyfunc, python_model: python_model.pkl}",
    "model.joblib": "sklearn: {pickled_model: model.joblib, serialization_format: cloudpickle}",
    "data/model.pth": "pytorch: {model_data: data}",
    "weights.npy": "python_function: {loader_module: numpy, data: weights.npy}",
}


def _field(number: int, value: bytes | int) -> bytes:
    """One field of a protocol buffer: a small number, or bytes of less than 128."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


# ONNX's ModelProto: y = Identity(x), both one float. `onnx.checker` takes it.
FLOAT = _field(2, _field(1, _field(1, 1) + _field(2, _field(1, _field(1, 1)))))
NODE = _field(1, b"x") + _field(2, b"y") + _field(4, b"Identity")
GRAPH = (
    _field(1, NODE)
    + _field(2, b"g")
    + _field(11, _field(1, b"x") + FLOAT)
    + _field(12, _field(1, b"y") + FLOAT)
)
IDENTITY = _field(1, 8) + _field(7, GRAPH) + _field(8, _field(2, 17))


@pytest.fixture(scope="module")
def rows():
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(60, 3))
    return numbers, (numbers[:, 0] > 0).astype(int)


def _sklearn(folder, rows, serialization):
    import mlflow.sklearn
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(*rows)
    mlflow.sklearn.save_model(
        model, folder, serialization_format=serialization, pip_requirements=REQUIREMENTS
    )


def _skops(folder, rows):
    _sklearn(folder, rows, "skops")


def _pickle(folder, rows):
    _sklearn(folder, rows, "pickle")


def _cloudpickle(folder, rows):
    _sklearn(folder, rows, "cloudpickle")


def _lightgbm(folder, rows):
    try:
        import lightgbm
    except OSError as error:
        pytest.skip(f"LightGBM needs a library of the system ({error}): `apt install libgomp1`")
    import mlflow.lightgbm

    settings = {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 1}
    model = lightgbm.train(settings, lightgbm.Dataset(rows[0], rows[1]), 3)
    mlflow.lightgbm.save_model(model, folder, pip_requirements=REQUIREMENTS)


def _onnx(folder, _rows):
    """As `mlflow.onnx` lays it out; that needs onnxruntime, whose packages are too heavy for one test."""
    folder.mkdir()
    (folder / "model.onnx").write_bytes(IDENTITY)
    (folder / "MLmodel").write_text("flavors: {onnx: {data: model.onnx, onnx_version: 1.23.2}}\n")


def _no_mlflow_model(folder, _rows):
    (folder / "tokenizer" / "naïve name").mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(bytes(range(256)) * 1000)
    (folder / "tokenizer" / "naïve name" / "vocab.txt").write_text("a\nb\n")
    (folder / ".gitattributes").write_text("* binary\n")
    (folder / "README").write_bytes(b"")


FORMATS = {
    "skops": (_skops, "model.skops"),
    "pickle": (_pickle, "model.pkl"),
    "cloudpickle": (_cloudpickle, "model.pkl"),
    "LightGBM": (_lightgbm, "model.lgb"),
    "ONNX": (_onnx, "model.onnx"),
    "no MLflow model": (_no_mlflow_model, "weights.safetensors"),
}


@pytest.fixture
def shop(fakes, sqlite, tmp_path):
    return fakes.Shop(sqlite, fakes.FakeRecords(), tmp_path / "scratch")


def promote(shop, fakes, folder: Path):
    """Put the directory onto the DVC remote, let main name it, and promote; answers the champion."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    head = hashlib.sha1(str(folder).encode()).hexdigest()
    shop.line.append(head)
    outcome = shop.reconcile(fakes.desired(head, shop.objects.put_directory(files)))
    assert outcome.kind == "promoted"
    return shop.registry.alias("flights", "champion")


class Plant:
    """Unpickled, it leaves a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return (Path.touch, (self.file,))


def _poisoned(folder: Path, name: str, planted: Path) -> bytes:
    """A model directory whose `name` is a trap; the trap's bytes."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    data = pickle.dumps(Plant(planted))
    if name.endswith(".npy"):
        stream = io.BytesIO()
        np.save(stream, np.array([Plant(planted)], dtype=object), allow_pickle=True)
        data = stream.getvalue()
    (folder / name).write_bytes(data)
    (folder / "MLmodel").write_text(f"artifact_path: model\nflavors: {{{PICKLED[name]}}}\n")
    return data


@pytest.mark.parametrize("name", PICKLED)
def test_a_model_whose_loading_plants_a_file_is_promoted_and_plants_none(shop, fakes, tmp_path, name):
    folder, planted = tmp_path / "trap", tmp_path / "planted"
    data = _poisoned(folder, name, planted)
    champion = promote(shop, fakes, folder)
    assert champion.digest == digest_of(read_directory(folder))
    assert not planted.exists(), "something in the bot's process loaded the model"
    np.load(io.BytesIO(data), allow_pickle=True) if name.endswith(".npy") else pickle.loads(data)
    assert planted.exists(), "the trap is one"


@pytest.mark.parametrize("name", FORMATS)
def test_every_byte_of_a_model_arrives_whatever_its_format(shop, fakes, tmp_path, rows, name):
    save, telling = FORMATS[name]
    folder = tmp_path / "saved"
    save(folder, rows)
    assert any(path.name == telling for path in folder.rglob("*")), sorted(folder.rglob("*"))
    champion = promote(shop, fakes, folder)
    (tmp_path / "served").mkdir()
    served = shop.registry.download(champion, tmp_path / "served")
    assert read_directory(served) == read_directory(folder)
    assert champion.digest == digest_of(read_directory(folder))


def test_the_same_model_saved_twice_is_two_models(shop, fakes, tmp_path, rows):
    """Nobody can tell from its bytes that it is the same: what was judged is what is promoted."""
    versions = []
    for name in ("one", "other"):
        _skops(tmp_path / name, rows)
        versions.append(promote(shop, fakes, tmp_path / name))
    assert [one.version for one in versions] == ["1", "2"]
    assert versions[0].digest != versions[1].digest
