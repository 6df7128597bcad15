"""What the documents say of policies is what the code does."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from bot.policy.noise import noise_of
from bot.policy.parse import parse_policy
from bot.statistics.paired import paired_change
from bot.statistics.rows import PairedRows
from bot.statistics.spec import Kind, Spec

DOCS = Path(__file__).parents[3] / "docs"
REFERENCE = (DOCS / "policy.md").read_text()
WORDS = " ".join(REFERENCE.split())
WRITER = runpy.run_path(str(DOCS / "write.py"))


@pytest.mark.parametrize(
    ("path", "text"), WRITER["written"]().items(), ids=lambda given: Path(given).name[:30]
)
def test_a_generated_file_is_what_the_types_give(path, text):
    assert path.read_text() == text, "run `make docs`"


def test_every_key_of_the_grammar_has_a_row():
    tables = WRITER["key_tables"]()
    for key in ("max_regression_from_best", "must_improve", "fairness", "until", "runs_on", "minimum"):
        assert f"| `{key}` |" in tables
    assert re.search(r"\| `carry` \|.*\*\*Not built yet\.\*\*", tables)
    assert re.search(r"\| `lock` \|.*\*\*Not built yet: `require`\.\*\*", tables)


@pytest.mark.parametrize("policy", re.findall(r"```yaml\n(version: 1\n.*?)```", REFERENCE, re.DOTALL))
def test_every_policy_in_the_reference_is_right(policy):
    assert parse_policy(policy.encode(), "policy.md")


def accuracy(rows, only_main, only_change, both):
    """The change of accuracy; labels are 1, and a model decides 1 where it is right."""
    base, candidate = np.zeros(rows, int), np.zeros(rows, int)
    base[: both + only_main] = 1
    candidate[:both] = 1
    candidate[both + only_main : both + only_main + only_change] = 1
    paired = PairedRows(np.ones(rows, int), base, candidate, None, ())
    return paired_change(Spec(Kind.ACCURACY, 1), paired, seed=1)


def test_the_worked_example_is_worked_out_like_that():
    change = accuracy(1_000, 30, 22, 830)
    noise = noise_of(change, 0.01)
    assert (change.base, change.candidate) == (0.86, 0.852)
    assert f"the interval is {change.low(0.95):.4f} to {change.high(0.95):.4f}:" in WORDS
    assert f"change of about {noise.smallest_visible:.2g}; about {noise.rows_needed:,} could tell" in WORDS
    assert change.high(0.95) >= -0.01 > change.low(0.95) >= -0.025
    larger = accuracy(10_000, 300, 220, 8_300)
    assert f"the interval is {larger.low(0.95):.4f} to {larger.high(0.95):.4f}." in WORDS
    assert -0.02 <= larger.low(0.95) < -0.01 <= larger.high(0.95) < -0.004


@pytest.mark.parametrize("kind", list(Kind))
def test_the_method_of_every_kind_is_told(kind):
    methods = REFERENCE.partition("## Methods")[2].partition("## A worked example")[0]
    assert f"`{kind}`" in methods
