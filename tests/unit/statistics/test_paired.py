"""Every interval against another way to come by it; and what has no interval says so."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from bot.statistics.change import CannotTell, Change
from bot.statistics.paired import paired_change
from bot.statistics.rows import PairedRows
from bot.statistics.spec import Kind, Spec

SEED = 7
BINARY = [
    Kind.ROC_AUC,
    Kind.AVERAGE_PRECISION,
    Kind.ACCURACY,
    Kind.BALANCED_ACCURACY,
    Kind.F1,
    Kind.PRECISION,
    Kind.RECALL,
    Kind.SPECIFICITY,
    Kind.KAPPA,
    Kind.MCC,
    Kind.LOG_LOSS,
    Kind.BRIER,
]
NUMERIC = [Kind.MAE, Kind.MSE, Kind.RMSE, Kind.R2]


def change_of(kind: Kind, rows: PairedRows, **spec: object) -> Change:
    found = paired_change(Spec(kind, **spec), rows, SEED)
    assert isinstance(found, Change), found
    return found


@pytest.mark.parametrize("kind", list(Kind))
def test_without_rows_nothing_can_be_told(kind):
    none = np.array([], dtype=float)
    assert isinstance(paired_change(Spec(kind), PairedRows(none, none, none), SEED), CannotTell)


@pytest.mark.parametrize("kind", BINARY + NUMERIC)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_nan_and_infinity_are_the_callers_mistake(kind, bad, scored):
    rows = scored(50)
    broken = rows.candidate.copy()
    broken[3] = bad
    with pytest.raises(ValueError, match=r"NaN|finite"):
        paired_change(Spec(kind), PairedRows(rows.label, rows.base, broken), SEED)


def test_one_class_only_has_no_area(scored):
    rows = scored(500)
    found = paired_change(Spec(Kind.ROC_AUC), rows.subset(rows.label == 1), SEED)
    assert isinstance(found, CannotTell)


@pytest.mark.parametrize("kind", [Kind.F1, Kind.PRECISION, Kind.RECALL, Kind.KAPPA, Kind.MCC])
def test_with_fewer_than_20_rows_decided_differently_there_is_no_interval(kind, scored):
    rows = scored(2000)
    candidate = rows.base.copy()
    candidate[:19] = 1 - candidate[:19]
    found = paired_change(Spec(kind), PairedRows(rows.label, rows.base, candidate), SEED)
    assert isinstance(found, CannotTell)
    assert found.discordant is not None
    assert found.discordant < 20


def test_calibration_error_has_values_and_no_interval(scored):
    found = paired_change(Spec(Kind.ECE), scored(), SEED)
    assert isinstance(found, CannotTell)
    assert found.base is not None
    assert found.candidate is not None


@pytest.mark.parametrize("kind", BINARY)
def test_identical_predictions_change_nothing_with_certainty(kind, scored):
    rows = scored()
    found = change_of(kind, PairedRows(rows.label, rows.base, rows.base.copy()))
    assert (found.low(0.95), found.high(0.95), found.difference) == (0, 0, 0)
    assert found.method == "identical predictions"


def test_accuracy_is_bonett_and_prices_adjusted_wald(scored):
    rows = scored(800)
    found = change_of(Kind.ACCURACY, rows)
    right = [(side >= 0.5) == (rows.label == 1) for side in (rows.base, rows.candidate)]
    lost, won = int(np.sum(right[0] & ~right[1])), int(np.sum(~right[0] & right[1]))
    n = len(rows) + 2
    low, high = (lost + 1) / n, (won + 1) / n
    error = math.sqrt((low + high - (high - low) ** 2) / n)
    assert found.low(0.95) == pytest.approx(high - low - stats.norm.ppf(0.95) * error)
    assert found.high(0.95) == pytest.approx(high - low + stats.norm.ppf(0.95) * error)


@pytest.mark.parametrize("kind", [Kind.LOG_LOSS, Kind.BRIER])
def test_mean_losses_are_a_paired_t_test(kind, scored):
    rows = scored(700)
    found = change_of(kind, rows)
    truth = rows.label.astype(float)

    def losses(side):
        if kind is Kind.BRIER:
            return (side - truth) ** 2
        return -(truth * np.log(side) + (1 - truth) * np.log(1 - side))

    wide = stats.ttest_rel(losses(rows.candidate), losses(rows.base)).confidence_interval(0.90)
    assert (found.low(0.95), found.high(0.95)) == pytest.approx(tuple(wide))


def test_a_mean_over_groups_is_the_cluster_robust_regression(measured):
    from statsmodels.api import OLS

    rows = measured(1000, groups=80)
    found = change_of(Kind.MAE, rows)
    difference = np.abs(rows.candidate - rows.label) - np.abs(rows.base - rows.label)
    groups = {"groups": rows.group}
    fit = OLS(difference, np.ones(len(difference))).fit(cov_type="cluster", cov_kwds=groups)
    assert found.center == pytest.approx(fit.params[0])
    assert found.standard_error == pytest.approx(fit.bse[0], rel=0.02)


def brute_force_area(label, side):
    positive, negative = side[label == 1], side[label == 0]
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    return wins.mean(axis=1), wins.mean(axis=0)


@pytest.mark.parametrize("digits", [None, 1], ids=["distinct scores", "tied scores"])
def test_areas_are_delongs_by_brute_force(digits, scored):
    rows = scored(400, digits=digits)
    found = change_of(Kind.ROC_AUC, rows)
    before, after = (brute_force_area(rows.label, side) for side in (rows.base, rows.candidate))
    positive, negative = after[0] - before[0], after[1] - before[1]
    error = math.sqrt(np.var(positive, ddof=1) / len(positive) + np.var(negative, ddof=1) / len(negative))
    assert found.difference == pytest.approx(after[0].mean() - before[0].mean())
    assert found.standard_error == pytest.approx(error)


@pytest.mark.parametrize("kind", [Kind.F1, Kind.RECALL, Kind.MCC, Kind.RMSE, Kind.R2, Kind.AVERAGE_PRECISION])
def test_the_noise_is_that_of_drawing_the_rows_again(kind, scored, measured):
    rows = (measured if kind in NUMERIC else scored)(600)
    found = change_of(kind, rows)
    oracle = {
        Kind.F1: lambda y, s: metrics.f1_score(y, s >= 0.5),
        Kind.RECALL: lambda y, s: metrics.recall_score(y, s >= 0.5),
        Kind.MCC: lambda y, s: metrics.matthews_corrcoef(y, s >= 0.5),
        Kind.RMSE: metrics.root_mean_squared_error,
        Kind.R2: metrics.r2_score,
        Kind.AVERAGE_PRECISION: metrics.average_precision_score,
    }[kind]
    generator = np.random.default_rng(1)
    drawn = [generator.integers(0, len(rows), len(rows)) for _ in range(300)]
    moved = [
        oracle(rows.label[at], rows.candidate[at]) - oracle(rows.label[at], rows.base[at]) for at in drawn
    ]
    assert found.difference == pytest.approx(
        oracle(rows.label, rows.candidate) - oracle(rows.label, rows.base), abs=1e-9
    )
    assert found.standard_error == pytest.approx(np.std(moved), rel=0.25)


@pytest.mark.parametrize("kind", BINARY)
def test_the_order_of_the_rows_changes_nothing(kind, scored):
    rows = scored(500)
    shuffled = rows.subset(np.random.default_rng(3).permutation(len(rows)))
    one, other = change_of(kind, rows), change_of(kind, shuffled)
    assert (one.low(0.95), one.high(0.95)) == pytest.approx((other.low(0.95), other.high(0.95)), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(
    kind=st.sampled_from([Kind.ROC_AUC, Kind.ACCURACY, Kind.LOG_LOSS, Kind.BRIER]), seed=st.integers(0, 99)
)
def test_swapping_the_sides_turns_the_change_around(kind, seed):
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, 300)
    base, candidate = (np.clip(generator.normal(0.4 + 0.2 * label, 0.2), 0.01, 0.99) for _ in range(2))
    there = change_of(kind, PairedRows(label, base, candidate))
    back = change_of(kind, PairedRows(label, candidate, base))
    assert there.low(0.95) == pytest.approx(-back.high(0.95))
    assert there.low(0.95) <= there.center <= there.high(0.95)


def covered(kind: Kind, make, n: int, truth: float, repeats: int) -> float:
    hits = 0
    for seed in range(repeats):
        found = paired_change(Spec(kind), make(n, seed=seed), SEED)
        hits += isinstance(found, Change) and found.low(0.95) <= truth
    return hits / repeats


@pytest.mark.parametrize("kind", [Kind.ACCURACY, Kind.LOG_LOSS, Kind.ROC_AUC])
def test_a_bound_of_95_percent_holds_in_about_95_of_100_cases(kind, scored):
    # The truth is what 200,000 rows of the same population say; binomial range of 300 draws at three sigma.
    large = change_of(kind, scored(200_000, seed=10_000))
    share = covered(kind, scored, 1000, large.difference, 300)
    assert 0.91 <= share <= 0.99, share
