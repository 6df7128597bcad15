"""Against the best ever promoted, against a champion that main has not, and the return of a former one."""

from __future__ import annotations

import math

import pytest

from bot.evidence.facts import Metric
from bot.evidence.phrase import Quoted, plain

BEST = "metrics: {auc: {better: higher, max_regression_from_best: 0.01}}"
SIZE = "resources: {model_size_mb: {better: lower, max_regression_from_best: 10}}"
CHANGE = "metrics: {accuracy: {kind: accuracy, better: higher, min: 0.5, max_regression: 0.05}}"
PREDICTED = "predictions: {file: p.csv, id: row, label: y, score: s}\n"


@pytest.fixture
def promoted(side):
    return lambda *values: tuple(
        side(f"v{number}", None, {} if value is None else {"auc": value})
        for number, value in enumerate(values, 1)
    )


@pytest.mark.parametrize(
    ("head", "values", "status", "said"),
    [
        (0.70, (0.70, 0.71, 0.69), "pass", "auc is 0.01 lower (limit 0.01); best promoted: v2"),
        (0.71 - 0.01 - 0.9e-9, (0.71,), "pass", "auc is 0.01 lower (limit 0.01); best promoted: v1"),
        (0.71 - 0.01 - 1.2e-9, (0.71,), "fail", "auc is 0.010000001 lower (limit 0.01); best promoted: v1"),
        (0.69, (0.68, 0.71, 0.70), "fail", "auc is 0.02 lower (limit 0.01); best promoted: v2"),
        (0.69, (None, 0.70, math.nan), "pass", "auc is 0.01 lower (limit 0.01); best promoted: v2"),
        (0.69, (), "new", "auc: no version that compares was promoted yet"),
        (0.69, (None,), "new", "auc: no version that compares was promoted yet"),
        (math.nan, (), "fail", "auc is NaN"),
    ],
)
def test_margins_do_not_add_up_over_promotions(only, promoted, head, values, status, said):
    result = only(BEST, head={"auc": head}, base={"auc": 0.69}, promoted=promoted(*values))
    assert (str(result.status), plain(result.reason)) == (status, said)


def test_for_a_metric_where_lower_is_better_the_best_is_the_lowest(only, promoted):
    result = only(
        BEST.replace("higher", "lower"), head={"auc": 0.3}, base=None, promoted=promoted(0.4, 0.2, 0.3)
    )
    assert (result.status, result.against, result.base) == ("fail", "v2", 0.2)


def test_a_percentage_is_of_the_best(only, promoted):
    result = only(BEST.replace("0.01", "10%"), head={"auc": 0.4}, promoted=promoted(0.3, 0.5))
    assert (result.limit, result.status) == (0.05, "fail")


def test_where_the_test_changed_the_comparison_begins_anew_and_says_so(only):
    reset = (Quoted("v1 to v4 were measured with other test data"),)
    result = only(BEST, head={"auc": 0.1}, base={"auc": 0.9}, best_reset=reset)
    assert result.status == "new"
    assert plain(result.reason).endswith("; v1 to v4 were measured with other test data")


def test_a_size_is_compared_with_the_smallest_that_was_promoted(only, side):
    sized = [
        side(f"v{n}", None, resources=(Metric("model_size_mb", size),)) for n, size in ((1, 50), (2, 20))
    ]
    head = side("this PR", None, resources=(Metric("model_size_mb", 31.0),))
    result = only(SIZE, head=head, promoted=tuple(sized))
    assert (result.status, result.against, result.severity) == ("fail", "v2", "block")


def test_slices_are_compared_with_the_best_of_the_slice(only, measured, side):
    rules = f"slices: {{by: [c], {BEST}}}"
    past = [
        side(f"v{n}", None, measured({"auc": 0.5}, {"c=BE": (500, {"auc": auc})}))
        for n, auc in ((1, 0.9), (2, 0.6))
    ]
    result = only(rules, head=measured({}, {"c=BE": (500, {"auc": 0.7})}), promoted=tuple(past))
    assert (result.status, result.against) == ("fail", "v1")


class TestChampion:
    @pytest.mark.parametrize(
        ("main", "champion", "status", "against"),
        [
            ("good", "bad", "fail", "main"),
            ("bad", "good", "fail", "champion v12"),
            ("bad", "bad", "pass", None),
            (None, "good", "fail", "champion v12"),
        ],
    )
    def test_the_worse_of_both_comparisons_decides(self, judge, side, rows, main, champion, status, against):
        made = {"good": rows(own=1), "bad": rows(own=1, skill=0.8)}
        sides = {"base": main and side("main", made[main]), "champion": side("champion v12", made[champion])}
        result = judge(PREDICTED + CHANGE, head=side("this PR", rows(own=2, skill=0.8)), **sides).results[1]
        assert (result.status, result.high < -0.05) == (status, status == "fail")
        assert against in (None, result.against)

    def test_a_champion_that_cannot_be_compared_is_worse_than_main_that_can(self, judge, side, rows):
        sides = {"base": side("main", rows(own=1)), "champion": side("champion v12", rows(999, own=1))}
        result = judge(PREDICTED + CHANGE, head=side("this PR", rows(own=1)), **sides).results[1]
        assert (result.status, result.against) == ("inconclusive", "champion v12")
        assert "champion v12" in plain(result.reason)

    def test_thresholds_are_asked_once(self, judge, side, rows):
        sides = {"base": side("main", rows()), "champion": side("champion v12", rows(own=1))}
        results = judge(PREDICTED + CHANGE, head=side("this PR", rows(own=1)), **sides).results
        assert [result.kind for result in results] == ["min", "max_regression"]


class TestReturn:
    RULES = PREDICTED + CHANGE.replace("0.05", "0.0, must_improve: 0.1, max_regression_from_best: 0.0")

    def test_it_is_green_against_a_better_main_and_says_so(self, judge, side, rows):
        sides = {"head": side("this PR", rows(own=1, skill=0.8)), "base": side("main", rows(own=1))}
        assert judge(self.RULES, **sides).status == "fail"
        found = judge(self.RULES, **sides, returning="11")
        assert [result.status for result in found.results] == ["pass", *["skipped"] * 3]
        assert (found.status, found.conclusion) == ("pass", "success")
        assert "return to v11: change rules are skipped, thresholds hold" in map(plain, found.notes)

    def test_its_thresholds_hold(self, judge, side, rows):
        rules = self.RULES.replace("min: 0.5", "min: 0.99")
        assert judge(rules, head=side("this PR", rows()), base=None, returning="11").status == "fail"

    def test_its_slices_hold_to_thresholds_only(self, judge, side, rows):
        limits = "{better: higher, min: 0.99, max_regression: 0.0}"
        rules = f"{PREDICTED}{CHANGE}\nslices: {{by: [c], metrics: {{accuracy: {limits}}}}}"
        found = judge(rules, head=side("this PR", rows(2000)), base=None, returning="11")
        sliced = [(result.kind, str(result.status)) for result in found.results if result.slice]
        assert set(sliced) == {("min", "fail"), ("max_regression", "skipped")}
        assert len(sliced) == 8
