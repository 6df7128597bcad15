"""Codes, orders, curves and classes at their edges, each against numpy or scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from bot.statistics.arrays import compact
from bot.statistics.change import CannotTell
from bot.statistics.curves import calibration_bins, roc_points
from bot.statistics.ordering import order_of
from bot.statistics.paired import paired_change
from bot.statistics.ranking import average_precision
from bot.statistics.rows import PairedRows
from bot.statistics.spec import Kind, Spec
from bot.statistics.values import value


@given(st.lists(st.integers(0, 12), max_size=8) | st.lists(st.integers(-3, 40), max_size=8))
def test_codes_with_gaps_are_renumbered_in_their_order(codes):
    found, groups = compact(np.array(codes, dtype=np.int64))
    values, inverse = np.unique(np.array(codes, dtype=np.int64), return_inverse=True)
    assert (found.tolist(), groups) == (inverse.tolist(), len(values))


class TestOrders:
    @given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=20))
    def test_the_order_of_some_rows_is_that_of_sorting_them_alone(self, rows):
        score, mask = np.array([one for one, _ in rows], dtype=float), np.array([two for _, two in rows])
        within, alone = order_of(score).within(mask), order_of(score[mask])
        assert score[mask][within.rows].tolist() == score[mask][alone.rows].tolist()
        if mask.any():
            assert within.ends().tolist() == alone.ends().tolist()

    @given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=6))
    def test_orders_are_alike_when_every_pair_of_rows_is_ranked_alike(self, rows):
        one, other = (np.array(side, dtype=float) for side in zip(*rows, strict=True))
        signs = [np.sign(side[:, None] - side[None, :]) for side in (one, other)]
        assert order_of(one).is_like(order_of(other)) == np.array_equal(*signs)


class TestAveragePrecision:
    def test_without_positive_rows_it_is_not_defined(self):
        assert math.isnan(average_precision(order_of(np.arange(3.0)), np.zeros(3, dtype=bool)))

    @given(st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=1, max_size=12))
    def test_a_row_that_counts_several_times_is_as_good_as_several_rows(self, rows):
        score, positive, times = (np.array(one) for one in zip(*rows, strict=True))
        found = average_precision(order_of(score), positive, times)
        again = [np.repeat(one, times) for one in (score, positive)]
        if again[1].any():
            assert found == pytest.approx(average_precision(order_of(again[0]), again[1]))
        else:
            assert math.isnan(found)


class TestRoc:
    def points(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        label = np.arange(rows) % 2
        score = np.random.default_rng(0).permutation(rows).astype(float)
        false, true, _ = roc_curve(label, score, drop_intermediate=False)
        found = roc_points(Spec(Kind.ROC_AUC), label, score, ())
        return np.array(found), np.column_stack((false, true))

    def test_of_200_scores_every_step_is_kept(self):
        found, every = self.points(200)
        assert np.allclose(found, every)

    def test_of_more_the_first_and_the_last_step_and_those_between_evenly(self):
        found, every = self.points(399)
        assert np.allclose(found[1:], every[1:][::2])
        assert np.allclose(found[[1, -1]], every[[1, -1]])


class TestCalibration:
    @pytest.mark.parametrize("rows", [1, 2, 3, 5, 9, 10, 11, 23, 105, 1_000])
    def test_ten_bins_hold_equally_many_rows_or_one_more(self, rows):
        chance = np.random.default_rng(0).permutation(rows) / rows
        bins = calibration_bins(Spec(Kind.BRIER), np.arange(rows) % 2 == 0, chance, ())
        sizes = [one.rows for one in bins]
        assert (sum(sizes), len(sizes)) == (rows, min(rows, 10))
        assert max(sizes) - min(sizes) <= 1
        assert [one.chance for one in bins] == sorted(one.chance for one in bins)

    def test_chances_that_lie_on_a_border_go_together(self):
        chance = np.repeat([0.1, 0.2, 0.3], [45, 10, 45])
        bins = calibration_bins(Spec(Kind.BRIER), np.arange(100) % 2, chance, ())
        assert [(one.chance, one.rows) for one in bins] == [
            (pytest.approx(0.1), 45),
            (pytest.approx(0.2), 10),
            (pytest.approx(0.3), 45),
        ]

    @pytest.mark.parametrize("bad", [-1e-9, 1 + 1e-9])
    @pytest.mark.parametrize("kind", [Kind.ECE, Kind.BRIER, Kind.LOG_LOSS])
    def test_0_and_1_are_chances_and_nothing_beyond(self, bad, kind):
        label = np.array([0, 1, 0, 1])
        assert isinstance(value(Spec(kind), label, np.array([0.0, 1.0, 0.5, 1.0])), float)
        assert value(Spec(kind), label, np.array([0.0, 1.0, 0.5, bad])).unfit


class TestPositiveColumn:
    CHANCES = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])

    @pytest.mark.parametrize("classes", [(0, 1), (-1, 1), (False, True), (0.0, 1.0)])
    @pytest.mark.parametrize("kind", [Kind.ROC_AUC, Kind.F1, Kind.RECALL, Kind.AVERAGE_PRECISION])
    def test_of_two_columns_that_of_1_is_positive(self, kind, classes):
        label = np.array(classes)[[0, 1, 1, 0]]
        alone = value(Spec(kind), label == classes[1], self.CHANCES[:, 1])
        assert value(Spec(kind), label, self.CHANCES, classes) == pytest.approx(alone)

    @pytest.mark.parametrize("classes", [(1, 0), (0, 2), (2, 1), (1, 1), (-1, 0)])
    def test_of_two_others_nothing_is_guessed(self, classes):
        label = np.array([0, 1, 1, 0])
        found = value(Spec(Kind.ROC_AUC), label, self.CHANCES, classes)
        assert isinstance(found, CannotTell)
        assert "which one is positive is not said" in found.reason

    def test_nor_of_three(self):
        chances = np.column_stack((self.CHANCES, np.zeros(4)))
        assert isinstance(value(Spec(Kind.ROC_AUC), np.array([0, 1, 1, 0]), chances, (0, 1, 2)), CannotTell)


@pytest.mark.parametrize("kind", [Kind.ACCURACY, Kind.KAPPA, Kind.BALANCED_ACCURACY])
def test_chances_that_are_all_0_or_1_decide_as_any_others(kind):
    """Those of a single decision tree are."""
    generator = np.random.default_rng(0)
    label, base, candidate = generator.integers(0, 3, (3, 200))
    of_trees = PairedRows(label, np.eye(3)[base], np.eye(3)[candidate], None, (0, 1, 2))
    decided = PairedRows(label, base, candidate)
    found, wanted = (paired_change(Spec(kind), rows, 1) for rows in (of_trees, decided))
    assert (found.base, found.candidate, found.center) == (wanted.base, wanted.candidate, wanted.center)
    assert found.low(0.95) == wanted.low(0.95)
