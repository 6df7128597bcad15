from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

NAME = "promotion_fakes"


def _load():
    if NAME not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            NAME, Path(__file__).parents[2] / "unit" / "promotion" / "fakes.py"
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[NAME] = module
        spec.loader.exec_module(module)
    return sys.modules[NAME]


@pytest.fixture(scope="session")
def fakes():
    return _load()


@pytest.fixture
def shop(fakes, tmp_path):
    return fakes.fake_shop(tmp_path)
