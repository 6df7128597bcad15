"""Headline, slices and curves."""

import numpy as np
import pytest
import scores

LABEL = np.array([0, 0, 1, 1] * 50)
SCORE = np.tile([0.1, 0.4, 0.35, 0.8], 50)


def test_a_slice_with_one_class_has_a_count_and_no_auc():
    assert scores.slice_numbers(np.ones(300), np.linspace(0, 1, 300), min_rows=50) == {"n": 300}


def test_a_slice_with_too_few_rows_has_a_count_and_no_auc():
    assert scores.slice_numbers(LABEL[:49], SCORE[:49], min_rows=50) == {"n": 49}


def test_headline_numbers_are_those_worked_out_by_hand():
    numbers = scores.headline(LABEL, SCORE)
    assert numbers["auc"] == 0.75
    assert numbers["rows"] == 200
    assert numbers["positive_rate"] == 0.5
    assert numbers["log_loss"] == pytest.approx(-np.log([0.9, 0.6, 0.35, 0.8]).mean(), abs=1e-6)
    assert numbers["brier"] == pytest.approx((0.01 + 0.16 + 0.4225 + 0.04) / 4, abs=1e-6)
    assert numbers["ece"] == pytest.approx((0.1 + 0.4 + 0.65 + 0.2) / 4, abs=1e-6)


def test_slices_are_told_apart_by_every_value_of_a_column():
    found = scores.slices(LABEL, SCORE, {"origin": np.array(["EWR"] * 100 + ["JFK"] * 100, dtype=object)}, 50)
    assert {name: numbers["n"] for name, numbers in found["origin"].items()} == {"EWR": 100, "JFK": 100}
    assert found["origin"]["JFK"]["auc"] == 0.75


def test_a_score_of_exactly_one_falls_into_the_last_bin():
    assert scores.calibration(np.array([1, 1]), np.array([0.95, 1.0])) == [
        {"n": 2, "observed": 1.0, "predicted": 0.975}
    ]


def test_a_roc_curve_of_many_rows_is_thinned_and_keeps_its_ends():
    random = np.random.default_rng(0)
    curve = scores.roc(random.integers(0, 2, 5000), random.random(5000))
    assert len(curve) <= 200
    assert (curve[0], curve[-1]) == ({"fpr": 0.0, "tpr": 0.0}, {"fpr": 1.0, "tpr": 1.0})
