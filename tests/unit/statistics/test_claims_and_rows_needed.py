"""Several claims at once, what a test set can show, and seeds."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from bot.statistics.change import Change
from bot.statistics.multiplicity import holm
from bot.statistics.power import rows_needed, rows_needed_for, smallest_visible
from bot.statistics.seeds import seed_of
from bot.statistics.spec import Kind, direction_of


@pytest.mark.parametrize("bad", [math.nan, -0.1, 1.1])
def test_what_is_no_p_value_is_an_error(bad):
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm((0.01, bad), 0.05)


def test_of_no_claims_none_is_rejected():
    assert holm((), 0.05) == ()


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1) | st.floats(0, 0.05), min_size=1, max_size=40), st.floats(0.001, 0.2))
def test_holm_rejects_what_statsmodels_rejects(p, alpha):
    assert holm(tuple(p), alpha) == tuple(multipletests(p, alpha, method="holm")[0])


def test_twenty_equal_models_in_slices_are_called_worse_as_often_as_said():
    generator = np.random.default_rng(0)
    wrong = sum(any(holm(tuple(generator.random(20)), 0.05)) for _ in range(2000)) / 2000
    assert 0.03 <= wrong <= 0.065


@pytest.mark.parametrize(("variance", "margin"), [(-0.1, 0.1), (0.1, -0.1)])
def test_a_negative_variance_or_margin_is_an_error(variance, margin):
    with pytest.raises(ValueError, match="negative"):
        rows_needed(variance, margin)


def test_no_number_of_rows_shows_a_change_of_nothing():
    change = Change(0.8, 0.8, 1000, "made up", 0.0, 0.01)
    assert rows_needed(0.1, 0.0) is None
    assert rows_needed_for(change, 0.0) is None
    assert rows_needed_for(change, 1e-300) is None


def test_the_rows_needed_are_those_of_the_formula():
    assert rows_needed(0.1, 0.01) == math.ceil(2.487**2 * 0.1 / 0.01**2) == 6186


def test_a_margin_as_wide_as_the_smallest_visible_drop_needs_the_rows_there_are():
    change = Change(0.8, 0.8, 1234, "made up", 0.0, 0.01)
    assert rows_needed_for(change, smallest_visible(0.01)) in {1234, 1235}
    assert rows_needed_for(change, smallest_visible(0.01) / 2) == pytest.approx(4 * 1234, abs=1)


def test_a_drop_of_the_smallest_visible_size_is_seen_in_80_percent_of_samples():
    seen = stats.norm.cdf(-1.6448536, loc=-smallest_visible(1.0))
    assert seen == pytest.approx(0.80, abs=0.001)


def test_where_a_text_ends_matters_for_the_seed():
    assert seed_of("ab", "c") != seed_of("a", "bc") != seed_of("abc")
    assert seed_of() != seed_of("")


def test_a_seed_is_the_same_in_another_process():
    code = "from bot.statistics.seeds import seed_of; print(seed_of('metrics.auc', 'ü', ''))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(said) == seed_of("metrics.auc", "ü", "") < 2**32


def test_only_a_mean_of_anything_has_no_direction():
    assert [kind for kind in Kind if direction_of(kind) is None] == [Kind.MEAN]
    assert direction_of(Kind.ROC_AUC) == "higher"
    assert direction_of(Kind.LOG_LOSS) == "lower"
