"""Dated exceptions: honoured while they hold, said when they do not, and never hiding a row."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.errors import InvalidFileError
from bot.evidence.facts import Unreadable
from bot.evidence.phrase import Quoted, plain
from bot.policy.parse import parse_policy

TODAY = date(2026, 6, 1)
MIN = "metrics: {auc: {min: 0.7}}"
SLICES = "metrics: {auc: {min: 0.1}}\nslices: {by: [c], metrics: {auc: {min: 0.7}}}"


def waived(rules, rule="metrics.auc.min", until=TODAY, by="@lead", reason="known, see 412"):
    written = f'{{rule: "{rule}", reason: "{reason}", by: "{by}", until: {until}}}'
    return f"{rules}\nwaivers:\n  - {written}\n"


def told(verdict):
    return [plain(note) for note in verdict.notes]


@pytest.mark.parametrize("until", [TODAY, TODAY + timedelta(180)])
def test_a_failure_is_waived_to_the_last_day_and_keeps_its_row_numbers_and_reason(judge, until):
    found = judge(waived(MIN, until=until), head={"auc": 0.6}, day=TODAY)
    (result,) = found.results
    assert (result.status, result.candidate, result.limit) == ("waived", 0.6, 0.7)
    words = f"auc is 0.6, below the minimum 0.7; waived until {until} by @lead: known, see 412"
    assert plain(result.reason) == words
    assert {Quoted("@lead"), Quoted("known, see 412")} <= set(result.reason)
    assert (found.status, told(found)) == ("pass", [])


@pytest.mark.parametrize(
    ("until", "day", "said"),
    [
        (TODAY - timedelta(1), TODAY, "its waiver expired on 2026-05-31"),
        (TODAY + timedelta(181), TODAY, "does not count: it ends more than 180 days ahead"),
        (TODAY, None, "its waiver has an end, and nobody said which day it is"),
    ],
)
def test_a_waiver_that_does_not_hold_leaves_a_failure_that_says_so(judge, until, day, said):
    found = judge(waived(MIN, until=until), head={"auc": 0.6}, day=day)
    (result,) = found.results
    assert (result.status, found.status) == ("fail", "fail")
    assert plain(result.reason).startswith("auc is 0.6, below the minimum 0.7; ")
    assert plain(result.reason).endswith(said)
    assert told(found) == []


@pytest.mark.parametrize("until", [TODAY, TODAY - timedelta(1)])
def test_a_waiver_that_is_no_longer_needed_is_reported(judge, until):
    found = judge(waived(MIN, until=until), head={"auc": 0.8}, day=TODAY)
    assert [result.status for result in found.results] == ["pass"]
    assert told(found) == ["the waiver of metrics.auc.min is no longer needed: remove it"]


def test_what_cannot_be_told_is_waived_but_an_error_is_not(judge):
    rules = "metrics: {auc: {better: higher, max_regression: 0.01, min: 0.1}}"
    asked = waived(rules, "metrics.auc.max_regression")
    unclear = judge(asked, head={"auc": 0.7}, base={"auc": float("nan")}, day=TODAY)
    assert [result.status for result in unclear.results] == ["pass", "waived"]
    broken = judge(asked, head={"auc": 0.7}, base=Unreadable("m.json", "is gone"), day=TODAY)
    assert [result.status for result in broken.results] == ["pass", "error"]
    assert broken.status == "error"


def test_only_the_named_rule_is_waived(judge):
    rules = "metrics: {auc: {min: 0.7, better: higher, max_regression: 0.01}, auc2: {min: 0.7}}"
    found = judge(waived(rules), head={"auc": 0.6, "auc2": 0.6}, base={"auc": 0.9}, day=TODAY)
    assert {one.rule: str(one.status) for one in found.results} == {
        "metrics.auc.min": "waived",
        "metrics.auc.max_regression": "fail",
        "metrics.auc2.min": "fail",
    }


@pytest.mark.parametrize(
    ("rule", "statuses"),
    [
        ("slices.auc.min[c=LU]", ["pass", "fail", "waived"]),
        ("slices.auc.min", ["pass", "waived", "waived"]),
    ],
)
def test_one_slice_is_waived_or_all_of_a_rule(judge, measured, rule, statuses):
    head = measured({"auc": 0.9}, {"c=BE": (500, {"auc": 0.5}), "c=LU": (500, {"auc": 0.5})})
    found = judge(waived(SLICES, rule), head=head, day=TODAY)
    assert [result.status for result in found.results] == statuses


def test_an_expired_waiver_does_not_stand_in_the_way_of_one_that_holds(judge, measured):
    expired = waived(SLICES, "slices.auc.min", TODAY - timedelta(1))
    both = expired + waived("", "slices.auc.min[c=LU]").removeprefix("\nwaivers:\n")
    head = measured({"auc": 0.9}, {"c=BE": (500, {"auc": 0.5}), "c=LU": (500, {"auc": 0.5})})
    assert [one.status for one in judge(both, head=head, day=TODAY).results] == ["pass", "fail", "waived"]


def test_a_waiver_of_a_missing_metric_shows_it_as_missing(judge):
    (result,) = judge(waived(MIN), head={}, day=TODAY).results
    assert (result.status, result.candidate) == ("waived", None)
    assert plain(result.reason).startswith("auc is missing in the metrics files; waived")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("metrics.auc.max", "did you mean metrics.auc.min?"),
        ("metrics.auc", "did you mean metrics.auc.min?"),
        ("slices.auc.min[d=LU]", "did you mean slices.auc.min?"),
        ("metrics.auc.min[c=LU]", "did you mean metrics.auc.min?"),
        ("evidence.minimum", "its id is the path that reports show"),
    ],
)
def test_a_waiver_of_no_rule_is_an_error_when_the_policy_is_read(rule, said):
    data = f"version: 1\nmodel: m\n{waived(SLICES, rule)}".encode()
    with pytest.raises(InvalidFileError) as caught:
        parse_policy(data, "p.yaml")
    (problem,) = caught.value.problems
    assert (problem.key, problem.line) == ("waivers[0].rule", 6)
    assert f"no rule of this policy is called {rule}; " in problem.what
    assert problem.what.endswith(said)


def test_where_the_day_is_known_a_waiver_that_ends_too_late_is_an_error_when_the_policy_is_read():
    def read(until):
        return parse_policy(f"version: 1\nmodel: m\n{waived(MIN, until=until)}".encode(), "p.yaml", TODAY)

    assert read(TODAY + timedelta(180)).waivers
    with pytest.raises(InvalidFileError, match="180 days ahead: 2026-11-28 at the latest"):
        read(TODAY + timedelta(181))
