"""What a change must not depend on, and what it says of how it was worked out."""

from __future__ import annotations

import numpy as np
import pytest

from bot.statistics.change import CannotTell, Change
from bot.statistics.draws import resampled_totals
from bot.statistics.paired import paired_change
from bot.statistics.rows import PairedRows
from bot.statistics.spec import Kind, Spec

SEED = 3


def change_of(spec: Spec, rows: PairedRows) -> Change:
    found = paired_change(spec, rows, SEED)
    assert isinstance(found, Change), found
    return found


def grouped(rows: PairedRows, size: int) -> PairedRows:
    return PairedRows(rows.label, rows.base, rows.candidate, np.arange(len(rows)) // size, rows.classes)


class TestUnits:
    """The same predictions in another unit: degrees of Fahrenheit are 1.8 of Celsius and 32."""

    @pytest.mark.parametrize("size", [None, 5])
    @pytest.mark.parametrize(("kind", "scale"), [("r2", 1), ("rmse", 1.8), ("mae", 1.8), ("mse", 1.8**2)])
    def test_errors_and_their_noise_follow_the_unit_and_r2_does_not(self, kind, scale, size, measured):
        rows = measured(300) if size is None else grouped(measured(300), size)
        turned = PairedRows(*(1.8 * one + 32 for one in (rows.label, rows.base, rows.candidate)), rows.group)
        one, other = change_of(Spec(Kind(kind)), rows), change_of(Spec(Kind(kind)), turned)
        assert other.difference == pytest.approx(scale * one.difference)
        assert other.center == pytest.approx(other.difference)
        assert other.standard_error == pytest.approx(scale * one.standard_error)
        assert other.degrees == one.degrees

    @pytest.mark.parametrize("kind", [Kind.ROC_AUC, Kind.AVERAGE_PRECISION])
    def test_a_ranking_does_not_depend_on_the_scale_of_its_scores(self, kind, scored):
        rows = scored(300)
        turned = PairedRows(rows.label, 10 * rows.base - 3, np.exp(rows.candidate))
        assert change_of(Spec(kind), turned) == change_of(Spec(kind), rows)


class TestSaid:
    @pytest.mark.parametrize("average", ["macro", "weighted"])
    def test_several_classes(self, average, of_classes):
        spec, rows = Spec(Kind.ROC_AUC, average=average), of_classes(300)
        assert change_of(spec, rows).method == "DeLong for several classes"
        assert change_of(spec, grouped(rows, 5)).method == "DeLong for several classes over 60 groups"

    @pytest.mark.parametrize(
        ("kind", "rows_alone", "in_groups"),
        [
            ("roc_auc", "DeLong", "DeLong (Obuchowski) over 80 groups"),
            ("average_precision", "Poisson bootstrap, 200 draws", "Poisson bootstrap, 200 draws"),
            ("log_loss", "paired t", "paired t over 80 groups"),
            ("accuracy", "adjusted Wald (Bonett-Price)", "paired t over 80 groups"),
            ("f1", "bootstrap of the joint table, 2,000 draws", "bootstrap of 80 groups, 2,000 draws"),
            ("rmse", "delta method", "delta method over 80 groups"),
        ],
    )
    def test_the_method_is_named(self, kind, rows_alone, in_groups, scored):
        rows = scored(800, noise=1.5)
        assert change_of(Spec(Kind(kind)), rows).method == rows_alone
        assert change_of(Spec(Kind(kind)), grouped(rows, 10)).method == in_groups

    @pytest.mark.parametrize("kind", [Kind.F1, Kind.MCC, Kind.AVERAGE_PRECISION])
    @pytest.mark.parametrize("size", [None, 4])
    def test_the_center_of_draws_is_the_difference_and_their_error_is_that_of_a_sample(
        self, kind, size, scored
    ):
        rows = scored(400, noise=1.5) if size is None else grouped(scored(400, noise=1.5), size)
        found = change_of(Spec(kind), rows)
        assert found.center == found.difference
        assert found.standard_error == pytest.approx(np.std(found.draws, ddof=1), rel=1e-9)
        assert found.draws == tuple(sorted(found.draws))
        assert (found.seed, found.rows) == (SEED, 400)

    @pytest.mark.parametrize("kind", [Kind.ACCURACY, Kind.F1, Kind.MCC])
    @pytest.mark.parametrize("size", [None, 4])
    def test_discordant_are_the_rows_that_only_one_model_decides_rightly(self, kind, size, scored):
        rows = scored(400, noise=1.5) if size is None else grouped(scored(400, noise=1.5), size)
        assert change_of(Spec(kind), rows).discordant == np.sum((rows.base >= 0.5) != (rows.candidate >= 0.5))


class TestDrawsOfUnits:
    @pytest.mark.parametrize(("count", "whole"), [(5_000, True), (5_001, False)])
    def test_only_more_than_5000_units_are_drawn_as_their_sum_is_distributed(self, count, whole):
        units = np.arange(count, dtype=float)[:, np.newaxis]
        drawn = resampled_totals(units, np.ones(count), SEED, draws=500)
        assert drawn.shape == (500, 1)
        assert (drawn % 1 == 0).all() == whole
        assert len(np.unique(drawn)) > 450

    def test_the_same_seed_gives_the_same_totals(self):
        units, times = np.eye(3), np.array([5.0, 10.0, 20.0])
        found = [resampled_totals(units, times, seed).tolist() for seed in (1, 1, 2)]
        assert found[0] == found[1] != found[2]


class TestOneColumn:
    @pytest.mark.parametrize("kind", [Kind.MEAN, Kind.MAE, Kind.MSE, Kind.RMSE, Kind.R2])
    def test_chances_of_classes_are_not_one_number_for_each_row(self, kind):
        label, chances = np.arange(60) % 2, np.random.default_rng(0).random((2, 60, 2))
        found = paired_change(Spec(kind), PairedRows(label, *chances, None, (0, 1)), SEED)
        assert isinstance(found, CannotTell)
        assert found.unfit
        assert found.reason == "the predictions are several numbers for each row, and this kind needs one"
