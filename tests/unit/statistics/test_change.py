"""Bounds and p values of a change say the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from bot.statistics.change import Change

moderate = st.floats(-100, 100)
errors = st.floats(1e-3, 100)
degrees = st.floats(1, 1e4) | st.just(math.inf)
confidences = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def change(center=0.1, error=0.05, freedom=math.inf, draws=()) -> Change:
    return Change(0.5, 0.5 + center, 100, "made up", center, error, freedom, tuple(draws))


@pytest.mark.parametrize("confidence", [0.0, 1.0, -1.0, 2.0, math.nan])
@pytest.mark.parametrize("draws", [(), (1.0, 2.0)])
def test_a_confidence_outside_0_to_1_is_an_error(confidence, draws):
    with pytest.raises(ValueError, match="between 0 and 1"):
        change(draws=draws).low(confidence)
    with pytest.raises(ValueError, match="between 0 and 1"):
        change(draws=draws).high(confidence)


@pytest.mark.parametrize("sign", [0, 2, -2])
def test_a_sign_is_1_or_minus_1(sign):
    with pytest.raises(ValueError, match="1 or -1"):
        change().oriented(sign)


def test_too_few_draws_for_a_confidence_bound_nothing():
    few = change(draws=[0.1, 0.2, 0.3])
    assert few.low(0.95) == -math.inf
    assert few.high(0.95) == math.inf


def test_of_2000_draws_the_hundredth_from_either_end_bounds_95_percent():
    draws = np.arange(2000.0)
    assert change(draws=draws).low(0.95) == 99
    assert change(draws=draws).high(0.95) == 1900


def test_of_200_draws_the_tenth_from_either_end_bounds_95_percent():
    draws = np.arange(200.0)
    assert change(draws=draws).low(0.95) == 9
    assert change(draws=draws).high(0.95) == 190


def test_no_noise_means_one_point_and_certainty():
    sure = change(0.0, 0.0)
    assert (sure.low(0.95), sure.high(0.95)) == (0.0, 0.0)
    assert (sure.p_at_least(0.0), sure.p_at_most(0.0)) == (1.0, 1.0)
    assert (sure.p_at_least(1e-9), sure.p_at_most(-1e-9)) == (0.0, 0.0)


@given(moderate, errors, degrees, confidences)
def test_bounds_are_those_of_scipy(center, error, freedom, confidence):
    law = stats.norm if math.isinf(freedom) else stats.t(freedom)
    found = change(center, error, freedom)
    assert found.low(confidence) == pytest.approx(center - law.ppf(confidence) * error, rel=1e-9, abs=1e-9)
    assert found.high(confidence) == pytest.approx(center + law.ppf(confidence) * error, rel=1e-9, abs=1e-9)
    assert found.p_at_least(0.3) == pytest.approx(law.cdf((center - 0.3) / error), abs=1e-12)


@given(moderate, errors, degrees, confidences, moderate)
def test_a_small_p_value_means_beyond_the_bound(center, error, freedom, confidence, x):
    found = change(center, error, freedom)
    assume(min(abs(found.high(confidence) - x), abs(found.low(confidence) - x)) > 1e-9)
    assert (found.p_at_least(x) < 1 - confidence) == (found.high(confidence) < x)
    assert (found.p_at_most(x) < 1 - confidence) == (found.low(confidence) > x)


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=300), confidences, st.integers(-60, 60))
def test_a_small_p_value_means_beyond_the_bound_of_draws_too(draws, confidence, x):
    found = change(draws=sorted(map(float, draws)))
    assert (found.p_at_least(x) < 1 - confidence) == (found.high(confidence) < x)
    assert (found.p_at_most(x) < 1 - confidence) == (found.low(confidence) > x)


@given(moderate, errors, degrees, st.lists(moderate, max_size=100), confidences)
def test_turned_around_the_low_bound_is_the_high_one(center, error, freedom, draws, confidence):
    found = change(center, error, freedom, sorted(draws))
    turned = found.oriented(-1)
    assert turned.low(confidence) == pytest.approx(-found.high(confidence))
    assert turned.high(confidence) == pytest.approx(-found.low(confidence))
    assert turned.difference == -found.difference
    assert turned.p_at_least(-0.5) == pytest.approx(found.p_at_most(0.5))
    assert turned.oriented(-1) == found
    assert found.oriented(1) is found
