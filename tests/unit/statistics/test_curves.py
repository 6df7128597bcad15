"""ROC and calibration against scikit-learn, on rows with ties and without."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import auc, roc_auc_score, roc_curve

from bot.statistics.change import CannotTell
from bot.statistics.curves import MOST_POINTS, calibration_bins, roc_points
from bot.statistics.spec import Kind, Spec

RANK, CHANCE = Spec(Kind.ROC_AUC), Spec(Kind.BRIER)


def rows(n: int, *, decimals: int | None = None):
    generator = np.random.default_rng(n)
    label = generator.integers(0, 2, n)
    score = np.clip(0.3 * label + 0.7 * generator.random(n), 0, 1)
    return label, score if decimals is None else score.round(decimals)


@pytest.mark.parametrize("decimals", [None, 1])
def test_a_roc_of_few_scores_is_scikit_learns(decimals):
    label, score = rows(150, decimals=decimals)
    false, true, _ = roc_curve(label, score, drop_intermediate=False)
    assert np.allclose(roc_points(RANK, label, score, ()), np.column_stack((false, true)))


def test_a_long_roc_is_thinned_and_keeps_its_ends_and_its_area():
    label, score = rows(20_000)
    points = roc_points(RANK, label, score, ())
    assert len(points) == MOST_POINTS + 1
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert auc(*zip(*points, strict=True)) == pytest.approx(roc_auc_score(label, score), abs=1e-4)


def test_one_class_has_no_roc():
    label, score = rows(50)
    assert isinstance(roc_points(RANK, np.ones_like(label), score, ()), CannotTell)


def test_calibration_is_scikit_learns_with_equally_many_rows_in_each_bin():
    label, score = rows(1_000)
    share, chance = calibration_curve(label, score, n_bins=10, strategy="quantile")
    bins = calibration_bins(CHANCE, label, score, ())
    assert sum(one.rows for one in bins) == 1_000
    assert np.allclose([one.chance for one in bins], chance, atol=2e-3)
    assert np.allclose([one.share for one in bins], share, atol=0.02)


def test_equal_chances_are_never_parted():
    label = np.array([0, 1] * 50)
    (only,) = calibration_bins(CHANCE, label, np.full(100, 0.25), ())
    assert (only.chance, only.share, only.rows) == (0.25, 0.5, 100)


def test_scores_that_are_no_chances_have_no_calibration():
    label, score = rows(50)
    assert isinstance(calibration_bins(CHANCE, label, 10 * score, ()), CannotTell)
