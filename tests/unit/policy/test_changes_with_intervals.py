"""What change rules say of two models' predictions on the same rows: the interval [L, U] decides."""

from __future__ import annotations

import pytest

from bot.evidence.phrase import plain

KINDS = {
    "accuracy": "kind: accuracy, better: higher",
    "roc_auc": "kind: roc_auc, better: higher",
    "f1": "kind: f1, positive: 1, better: higher",
    "log_loss": "kind: log_loss, better: lower",
    "rmse": "kind: rmse, better: lower",
    "m": "kind: mean, column: m, better: lower",
}
TOL = 1e-9


def drop(metric, margin):
    return f"metrics: {{{metric}: {{{KINDS[metric]}, max_regression: {margin}}}}}"


def gain(metric, least):
    return f"metrics: {{{metric}: {{{KINDS[metric]}, must_improve: {least}}}}}"


@pytest.fixture
def only_result(compared):
    def one(rules, base, head):
        (result,) = compared(rules, base, head).results
        return result

    return one


@pytest.fixture
def worse(rows):
    """Rows of a model that is clearly worse than rows(own=1)."""
    return rows(own=2, skill=0.8)


@pytest.mark.parametrize("metric", KINDS)
class TestMaxRegression:
    def test_a_clear_loss_fails_with_both_bounds_below_the_margin(self, only_result, rows, worse, metric):
        result = only_result(drop(metric, 0.001), rows(own=1), worse)
        assert result.status == "fail"
        assert result.low < result.improvement < 0
        assert result.high < -0.001

    def test_the_lower_bound_decides_a_pass_with_the_tolerance_given_to_the_pull_request(
        self, only_result, rows, worse, metric
    ):
        low = only_result(drop(metric, 0.9), rows(own=1), worse).low
        for short, status in ((0, "pass"), (0.9 * TOL, "pass"), (1.2 * TOL, "inconclusive")):
            margin = repr(-low - short)
            assert only_result(drop(metric, margin), rows(own=1), worse).status == status

    def test_the_upper_bound_decides_a_fail_with_the_tolerance_given_to_the_pull_request(
        self, only_result, rows, worse, metric
    ):
        high = only_result(drop(metric, 0.9), rows(own=1), worse).high
        for short, status in ((0, "inconclusive"), (0.9 * TOL, "inconclusive"), (1.2 * TOL, "fail")):
            margin = repr(-high - short)
            assert only_result(drop(metric, margin), rows(own=1), worse).status == status

    def test_two_models_that_the_rows_cannot_tell_apart_are_inconclusive(self, only_result, rows, metric):
        result = only_result(drop(metric, 0.0001), rows(own=1), rows(own=3))
        assert result.status == "inconclusive"
        assert result.low < -0.0001 < result.high
        assert "1,000 test rows can only show a change of about" in plain(result.reason)
        assert result.noise.rows_needed > 1000

    def test_a_clear_gain_passes(self, only_result, rows, worse, metric):
        result = only_result(drop(metric, 0), worse, rows(own=1))
        assert (result.status, result.limit) == ("pass", 0)
        assert result.low > 0

    def test_identical_predictions_pass_with_the_interval_of_nothing(self, only_result, rows, metric):
        result = only_result(drop(metric, 0), rows(own=1), rows(own=1))
        assert (result.status, result.low, result.high) == ("pass", 0, 0)
        assert "predictions identical" in plain(result.reason)

    def test_a_percentage_is_of_the_value_on_base(self, only_result, rows, worse, metric):
        result = only_result(drop(metric, "150%"), rows(own=1), worse)
        assert result.limit == pytest.approx(1.5 * result.base)
        assert (result.status, result.high < 0) == ("pass", True)


@pytest.mark.parametrize("metric", KINDS)
class TestMustImprove:
    def test_equal_scores_fail(self, only_result, rows, metric):
        result = only_result(gain(metric, 0), rows(own=1), rows(own=1))
        assert result.status == "fail"
        assert plain(result.reason) == f"{metric} is unchanged, and a real improvement is asked"

    def test_a_loss_fails(self, only_result, rows, worse, metric):
        assert only_result(gain(metric, 0), rows(own=1), worse).status == "fail"

    def test_a_clear_gain_passes_only_when_it_is_large_enough(self, only_result, rows, worse, metric):
        found = only_result(gain(metric, 0), worse, rows(own=1))
        assert (found.status, found.low > 0) == ("pass", True)
        for short, status in ((0, "pass"), (-0.9 * TOL, "pass"), (-1.2 * TOL, "inconclusive")):
            asked = repr(found.improvement - short)
            assert only_result(gain(metric, asked), worse, rows(own=1)).status == status

    def test_a_gain_that_even_the_upper_bound_does_not_reach_fails(self, only_result, rows, worse, metric):
        high = only_result(gain(metric, 0), worse, rows(own=1)).high
        for over, status in ((0, "inconclusive"), (0.9 * TOL, "inconclusive"), (1.2 * TOL, "fail")):
            assert only_result(gain(metric, repr(high + over)), worse, rows(own=1)).status == status

    def test_a_gain_that_may_be_noise_is_inconclusive(self, only_result, rows, metric):
        sides = [rows(own=1), rows(own=3)]
        if only_result(gain(metric, 0), *sides).improvement < 0:
            sides.reverse()
        result = only_result(gain(metric, 0), *sides)
        assert (result.status, result.low < 0 < result.improvement) == ("inconclusive", True)
        assert "that may be noise" in plain(result.reason)


@pytest.mark.parametrize(
    ("base", "head", "least", "status"),
    [
        (0.7, 0.69, 0, "fail"),
        (0.7, 0.7, 0, "fail"),
        (0.7, 0.7 + 1e-12, 0, "pass"),
        (0.7, 0.705, 0.01, "fail"),
        (0.7, 0.71 - 1.2e-9, 0.01, "fail"),
        (0.7, 0.71 - 0.9e-9, 0.01, "pass"),
        (0.7, 0.71, 0.01, "pass"),
    ],
)
def test_single_values_must_really_improve_and_by_enough(only, base, head, least, status):
    rules = f"metrics: {{auc: {{better: higher, must_improve: {least}}}}}"
    result = only(rules, base={"auc": base}, head={"auc": head})
    assert (result.status, result.low) == (status, None)


@pytest.mark.parametrize("metric", ["f1", "accuracy"])
def test_a_wider_confidence_only_widens_the_interval(only_result, rows, metric):
    found = [
        only_result(f"compare: {{confidence: {asked}}}\n{drop(metric, 0.01)}", rows(own=1), rows(own=3))
        for asked in ("90%", "95%", "99%")
    ]
    assert found[2].low < found[1].low < found[0].low < found[0].high < found[1].high < found[2].high
