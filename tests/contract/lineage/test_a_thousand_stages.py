"""A large pipeline in a real repository, through the command as a person starts it."""

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "many_stages.py"


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    """The repository of `make bench`: a thousand stages in chains of three, every tenth parameter changed."""
    spec = importlib.util.spec_from_file_location("many_stages", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.repository(tmp_path_factory.mktemp("bench"), 1000)


def test_the_impact_on_a_thousand_stages_is_told_in_seconds(many):
    started = time.monotonic()
    command = [sys.executable, "-m", "bot", "impact", "--base", "HEAD~1", "--json"]
    outcome = subprocess.run(command, cwd=many, capture_output=True, text=True, check=True)
    took = time.monotonic() - started
    actions = [stage["action"] for stage in json.loads(outcome.stdout)["stages"]]
    assert actions == ["run"] * 201
    assert took < 10, "about half a second on a quiet machine, see `make bench`"
