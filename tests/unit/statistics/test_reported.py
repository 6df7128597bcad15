"""Changes of numbers that are reported, not computed."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from bot.statistics.change import CannotTell, Change
from bot.statistics.reported import from_history, from_repeats, from_standard_errors

HISTORY = (101.0, 99.0, 102.0, 98.5, 100.0, 103.0, 97.0, 101.5, 100.5, 99.5, 100.0, 102.5)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_an_error(bad):
    with pytest.raises(ValueError, match="finite"):
        from_standard_errors(bad, 0.1, 0.5, 0.1)
    with pytest.raises(ValueError, match="finite"):
        from_repeats((0.1, bad), (0.1, 0.2))
    with pytest.raises(ValueError, match="finite"):
        from_history(HISTORY, 100.0, bad)


def test_a_negative_standard_error_is_an_error():
    with pytest.raises(ValueError, match="negative"):
        from_standard_errors(0.5, -0.1, 0.5, 0.1)


def test_two_standard_errors_of_zero_are_no_interval():
    found = from_standard_errors(0.5, 0.0, 0.6, 0.0)
    assert found == CannotTell("both reported standard errors are zero", 0.5, 0.6)


def test_reported_standard_errors_add_in_squares():
    found = from_standard_errors(0.5, 0.03, 0.6, 0.04)
    assert isinstance(found, Change)
    assert found.standard_error == pytest.approx(0.05)
    assert found.low(0.95) == pytest.approx(0.1 - 1.6448536 * 0.05)
    assert (found.method, found.rows) == ("reported standard errors", 0)


@pytest.mark.parametrize(("base", "candidate"), [((), ()), ((1.0,), (1.0, 2.0)), ((1.0, 2.0), (1.0,))])
def test_one_repeat_shows_no_noise(base, candidate):
    assert from_repeats(base, candidate) == CannotTell("each side needs at least 2 repeats")


def test_repeats_that_are_all_equal_are_no_interval_of_width_zero():
    found = from_repeats((0.8, 0.8, 0.8), (0.9, 0.9, 0.9))
    assert isinstance(found, CannotTell)
    assert (found.base, found.candidate) == (pytest.approx(0.8), pytest.approx(0.9))


def test_repeats_are_compared_by_welch():
    base, candidate = (0.80, 0.82, 0.81, 0.79, 0.83), (0.84, 0.86, 0.80)
    found = from_repeats(base, candidate)
    oracle = stats.ttest_ind(candidate, base, equal_var=False, alternative="greater")
    low, _ = stats.ttest_ind(candidate, base, equal_var=False).confidence_interval(0.90)
    assert isinstance(found, Change)
    assert found.p_at_most(0.0) == pytest.approx(oracle.pvalue)
    assert found.low(0.95) == pytest.approx(low)
    assert found.method == "5 and 3 repeats"


@pytest.mark.filterwarnings("ignore:Precision loss")
def test_one_side_without_spread_is_compared_all_the_same():
    found = from_repeats((0.8, 0.8), (0.8, 0.9, 0.85))
    low, high = stats.ttest_ind((0.8, 0.9, 0.85), (0.8, 0.8), equal_var=False).confidence_interval(0.90)
    assert isinstance(found, Change)
    assert (found.low(0.95), found.high(0.95)) == (pytest.approx(low), pytest.approx(high))


def test_nine_promotions_are_too_few_to_know_noise():
    assert from_history(HISTORY[:9], 100.0, 105.0) == CannotTell(
        "9 promotions are known; 10 are needed", 100.0, 105.0
    )


def test_a_history_that_never_changed_is_no_interval():
    assert isinstance(from_history((5.0,) * 12, 5.0, 6.0), CannotTell)


def test_a_history_says_how_much_two_single_values_differ_by_chance():
    found = from_history(HISTORY, 100.0, 103.0)
    steps = [later - earlier for earlier, later in pairwise(HISTORY)]
    noise = statistics.fmean(step * step for step in steps) / 2
    assert isinstance(found, Change)
    assert found.standard_error == pytest.approx(math.sqrt(2 * noise))
    assert found.degrees == pytest.approx(2 * 11**2 / 32)
    assert found.method == "prediction interval over the last 12 promotions"


def test_a_trend_over_the_promotions_is_not_taken_for_noise():
    still = from_history(HISTORY, 100.0, 101.0)
    rising = from_history(tuple(x + 0.3 * i for i, x in enumerate(HISTORY)), 100.0, 101.0)
    assert isinstance(still, Change)
    assert isinstance(rising, Change)
    assert rising.standard_error == pytest.approx(still.standard_error, rel=0.1)


def test_a_prediction_interval_covers_the_next_value_95_times_in_100():
    generator = np.random.default_rng(1)
    found = [from_history(tuple(x[:10]), x[10], x[11]) for x in generator.normal(100, 5, (4000, 12))]
    covered = sum(isinstance(one, Change) and one.low(0.95) <= 0 for one in found) / 4000
    assert 0.94 <= covered <= 0.97
