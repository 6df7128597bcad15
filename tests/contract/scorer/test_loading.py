"""A model is loaded as a serving host would load it: real models, real environments, the real sandbox."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.adapters.loading import SandboxedLoader
from bot.adapters.model_environment import Wanted, satisfies
from bot.adapters.sandbox import Limits
from bot.errors import NotEvaluatedError
from bot.evidence.answers import parse_answered
from bot.ports.loading import Loaded, Loading

NEEDS = tuple(f"{name}=={version(name)}" for name in ("mlflow-skinny", "numpy", "pandas", "scikit-learn"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    import mlflow.sklearn
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    rows = pd.DataFrame({"a": [0.1, 0.5, 2.0, 3.0], "b": [1.0, 2.0, 3.0, 4.0]})
    fitted = LogisticRegression().fit(rows, [0, 0, 1, 1])
    mlflow.sklearn.save_model(
        fitted,
        tmp_path / "model",
        input_example=rows,
        pip_requirements=list(NEEDS),
        serialization_format="cloudpickle",
    )
    return tmp_path / "model"


def loaded(model: Path, cache: Path, **lock: str) -> Loaded:
    tree = tuple((name.replace("_", "."), (text.encode(),)) for name, text in lock.items())
    return SandboxedLoader(cache).load(Loading(model, tree, None))


def test_it_answers_its_input_example_in_the_environment_of_its_own_requirements(model, cache):
    found = loaded(model, cache)
    assert (found.failure, found.environment) == ("", "own")
    answered = parse_answered(found.answer)
    assert (answered.rows, answered.answer) == (4, [0, 0, 1, 1])


def test_recorded_outputs_come_with_it(model, cache):
    (model / "output_example.json").write_text(json.dumps([1, 1, 1, 1]))
    assert loaded(model, cache).recorded == b"[1, 1, 1, 1]"


def test_a_package_that_its_requirements_leave_out_is_named(model, cache):
    (model / "requirements.txt").write_text("\n".join(NEEDS[:3]))
    found = loaded(model, cache)
    assert found.failure.endswith("ModuleNotFoundError: No module named 'sklearn'")


def test_requirements_that_cannot_be_installed_are_no_pass(model, cache):
    (model / "requirements.txt").write_text("--no-index\nno-such-package==1\n")
    with pytest.raises(NotEvaluatedError, match=r"requirements\.txt cannot be installed: .*no-such-package"):
        loaded(model, cache)


def test_without_requirements_and_without_an_environment_nothing_can_load_it(model, cache):
    (model / "requirements.txt").unlink()
    with pytest.raises(NotEvaluatedError, match=r"no requirements\.txt"):
        loaded(model, cache)


def test_the_repositorys_environment_does_where_it_has_what_the_model_asks_for(model, cache):
    assert loaded(model, cache, requirements_txt="\n".join(NEEDS)).environment == "repository"


def test_where_it_has_not_the_model_is_held_against_what_it_answers_there(model, cache):
    (model / "requirements.txt").write_text("\n".join((*NEEDS, "toolz==1.1.0")))
    found = loaded(model, cache, requirements_txt="\n".join(NEEDS))
    assert found.environment == "own"
    assert found.reference is not None
    assert parse_answered(found.reference).answer == [0, 0, 1, 1]


def test_one_that_does_not_end_is_stopped(model, cache):
    (model / "requirements.txt").write_text("\n".join(NEEDS))
    loader = SandboxedLoader(cache, limits=Limits(seconds=1, processor_seconds=60))
    assert "did not end within 1 seconds" in loader.load(Loading(model, (), None)).failure


class TestSatisfies:
    @pytest.fixture
    def environment(self, tmp_path: Path) -> Path:
        place = tmp_path / "lib" / "python3.11" / "site-packages" / "Scikit_Learn-1.9.1.dist-info"
        place.mkdir(parents=True)
        (place / "METADATA").write_text("Metadata-Version: 2.1\nName: Scikit_Learn\nVersion: 1.9.1\n")
        return tmp_path

    @pytest.mark.parametrize(
        ("asked", "python", "met"),
        [
            ("scikit-learn==1.9.1", "3.11", True),
            ("# made by mlflow\nscikit-learn>=1.9  # or later\n\n", None, True),
            ("scikit-learn==1.9.1\nother; python_version < '3'", None, True),
            ("scikit-learn==1.9.1", "3.12", False),
            ("scikit-learn==1.9.0", None, False),
            ("scikit-learn==1.9.1\nnumpy", None, False),
            ("scikit-learn[plots]==1.9.1", None, False),
            ("scikit-learn @ https://example.org/it.whl", None, False),
            ("-r other.txt", None, False),
        ],
    )
    def test_only_what_can_be_told_is_met(self, environment, asked, python, met):
        assert satisfies(environment, Wanted(asked, python)) is met
