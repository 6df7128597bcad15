"""Rules on slices: which are judged, which are not, and that none can vanish unnoticed."""

from __future__ import annotations

import math

import pytest

from bot.evidence.phrase import Quoted, plain
from bot.policy.verdict import SliceKey, Status

DROP = "slices: {by: [origin], metrics: {auc: {better: higher, max_regression: 0.01}}}"
MIN = "slices: {by: [origin], metrics: {auc: {min: 0.6}}}"
BOTH = "slices: {by: [origin], metrics: {auc: {better: higher, min: 0.6, max_regression: 0.01}}}"
EWR = {"origin=EWR": (500, {"auc": 0.7})}


def outcomes(verdict):
    return {result.rule: (str(result.status), plain(result.reason)) for result in verdict.results}


def test_each_slice_is_judged_by_itself(judge, measured):
    base = measured({}, {"origin=JFK": (500, {"auc": 0.7}), **EWR})
    head = measured({}, {"origin=JFK": (500, {"auc": 0.679}), **EWR})
    verdict = judge(DROP, head=head, base=base)
    assert outcomes(verdict) == {
        "slices.auc.max_regression[origin=EWR]": ("pass", "auc for origin=EWR is unchanged (limit 0.01)"),
        "slices.auc.max_regression[origin=JFK]": (
            "fail",
            "auc for origin=JFK is 0.021 lower (limit 0.01)",
        ),
    }
    failed = verdict.results[1]
    assert failed.slice == SliceKey("origin", "JFK")
    assert failed.reason[:3] == (Quoted("auc"), " for ", Quoted("origin=JFK"))
    assert verdict.status is Status.FAIL


@pytest.mark.parametrize(
    ("rows", "status", "reason"),
    [
        (199, "skipped", "auc for origin=JFK is not judged: 199 rows, fewer than 200"),
        (200, "fail", "auc for origin=JFK is 0.5, below the minimum 0.6"),
        (0, "skipped", "auc for origin=JFK is not judged: 0 rows, fewer than 200"),
        (None, "fail", "auc for origin=JFK is 0.5, below the minimum 0.6"),
    ],
)
def test_only_a_stated_row_count_excuses_a_slice(judge, measured, rows, status, reason):
    head = measured({}, {"origin=JFK": (rows, {"auc": 0.5}), **EWR})
    assert outcomes(judge(MIN, head=head))["slices.auc.min[origin=JFK]"] == (status, reason)


def test_what_was_not_judged_is_counted(judge, measured):
    head = measured({}, {"origin=JFK": (5, {"auc": 0.5}), "origin=LGA": (6, {"auc": 0.5}), **EWR})
    assert "2 slice results not judged" in map(plain, judge(MIN, head=head).notes)


def test_a_policy_may_set_its_own_number_of_examples(judge, measured):
    head = measured({}, {"origin=JFK": (50, {"auc": 0.5})})
    assert judge(MIN.replace("{by", "{min_examples: 50, by"), head=head).status is Status.FAIL


@pytest.mark.parametrize("rules", [MIN, DROP, BOTH])
def test_a_slice_that_is_on_main_and_gone_from_the_pull_request_fails(judge, measured, rules):
    base = measured({}, {"origin=JFK": (500, {"auc": 0.7}), **EWR})
    verdict = judge(rules, head=measured({}, EWR), base=base)
    gone = [result for result in verdict.results if result.slice == SliceKey("origin", "JFK")]
    assert {result.status for result in gone} == {Status.FAIL}
    assert {plain(result.reason) for result in gone} == {"auc for origin=JFK is missing in the metrics files"}


def test_a_vanished_slice_that_main_did_not_judge_either_is_not_judged(judge, measured):
    base = measured({}, {"origin=JFK": (3, {"auc": 0.7}), **EWR})
    verdict = judge(DROP, head=measured({}, EWR), base=base)
    assert outcomes(verdict)["slices.auc.max_regression[origin=JFK]"] == (
        "skipped",
        "auc for origin=JFK is not judged: 3 rows, fewer than 200",
    )


def test_a_metric_that_vanished_from_one_slice_fails(judge, measured):
    base = measured({}, {"origin=JFK": (500, {"auc": 0.7}), **EWR})
    head = measured({}, {"origin=JFK": (500, {"recall": 0.7}), **EWR})
    assert judge(DROP, head=head, base=base).status is Status.FAIL


def test_a_slice_in_which_the_metric_exists_nowhere_is_not_judged(judge, measured):
    one_class = {"origin=JFK": (500, {"recall": 1.0}), **EWR}
    verdict = judge(BOTH, head=measured({}, one_class), base=measured({}, one_class))
    assert outcomes(verdict)["slices.auc.min[origin=JFK]"] == (
        "skipped",
        "auc for origin=JFK is not judged: not measured in this slice (one class only?)",
    )
    assert verdict.status is Status.PASS


def test_a_new_slice_is_new_to_change_rules_and_meets_thresholds(judge, measured):
    head = measured({}, {"origin=JFK": (500, {"auc": 0.5}), **EWR})
    found = outcomes(judge(BOTH, head=head, base=measured({}, EWR)))
    assert found["slices.auc.max_regression[origin=JFK]"][0] == "new"
    assert found["slices.auc.min[origin=JFK]"][0] == "fail"


@pytest.mark.parametrize(
    "slices", [{}, {"origin=JFK": (500, {"recall": 0.7})}, {"carrier=AA": (9, {"auc": 1.0})}]
)
def test_a_column_or_metric_that_no_slice_has_fails_instead_of_judging_nothing(judge, measured, slices):
    verdict = judge(BOTH, head=measured({}, slices), base=measured({}, slices))
    assert verdict.status is Status.FAIL
    assert [result.rule for result in verdict.results] == [
        "slices.auc.min[origin]",
        "slices.auc.max_regression[origin]",
    ]


def test_a_column_that_the_policy_does_not_name_is_not_judged(judge, measured):
    head = measured({}, {"carrier=AA": (500, {"auc": 0.1}), **EWR})
    assert [result.rule for result in judge(MIN, head=head).results] == ["slices.auc.min[origin=EWR]"]


def test_nan_in_a_slice_fails(judge, measured):
    head = measured({}, {"origin=JFK": (500, {"auc": math.nan}), **EWR})
    assert judge(MIN, head=head).status is Status.FAIL


def test_only_slices_that_are_too_small_are_an_error_not_a_pass(judge, measured):
    assert judge(MIN, head=measured({}, {"origin=JFK": (5, {"auc": 0.9})})).status is Status.ERROR


def test_a_return_skips_changes_of_slices_even_where_its_own_time_measured_none(judge, measured):
    rules = f"metrics: {{auc: {{min: 0.5}}}}\n{DROP}"
    base = measured({"auc": 0.8}, EWR)
    for head in (measured({"auc": 0.7}), measured({"auc": 0.7}, {"origin=EWR": (500, {"auc": 0.1})})):
        assert judge(rules, head=head, base=base, returning="1").status is Status.PASS


def test_the_champion_counts_for_slices_too(judge, measured):
    head, base = measured({}, {"origin=EWR": (500, {"auc": 0.7})}), measured({}, EWR)
    champion = measured({}, {"origin=EWR": (500, {"auc": 0.9})})
    (result,) = judge(DROP, head=head, base=base, champion=champion).results
    assert (result.status, result.against) == (Status.FAIL, "champion v12")


def test_results_come_thresholds_first_then_changes_then_slices(judge, measured):
    rules = f"{BOTH}\nmetrics: {{f1: {{better: higher, max_regression: 1, max: 1}}, auc: {{min: 0.1}}}}"
    head = measured({"f1": 0.5, "auc": 0.5}, EWR)
    assert [result.rule for result in judge(rules, head=head, base=head).results] == [
        "metrics.auc.min",
        "metrics.f1.max",
        "metrics.f1.max_regression",
        "slices.auc.min[origin=EWR]",
        "slices.auc.max_regression[origin=EWR]",
    ]


@pytest.mark.parametrize(("here", "before"), [(5, 500), (500, 5), (5, None)])
def test_a_slice_that_one_side_measured_on_enough_rows_is_judged(judge, measured, here, before):
    base = measured({}, {"origin=JFK": (before, {"auc": 0.7}), **EWR})
    head = measured({}, {"origin=JFK": (here, {"auc": 0.5}), **EWR})
    assert outcomes(judge(DROP, head=head, base=base))["slices.auc.max_regression[origin=JFK]"][0] == "fail"
