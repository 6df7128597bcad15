"""What each rule says of single values: the truth tables of the policy reference."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bot.errors import ExitCode
from bot.evidence.facts import Metric, MetricTable, Repeats, Unreadable
from bot.evidence.phrase import Quoted, plain
from bot.policy.verdict import Position, Severity, Status

NAN, INF = math.nan, math.inf
MIN = "metrics: {auc: {min: 0.7}}"
MAX = "metrics: {auc: {max: 0.7}}"
DROP = "metrics: {auc: {better: higher, max_regression: 0.01}}"
RISE = "metrics: {auc: {better: lower, max_regression: 0.01}}"
WIDE = DROP.replace("0.01", "1e9")
PERCENT = "metrics: {auc: {better: higher, max_regression: 10%}}"


@pytest.mark.parametrize(
    ("rules", "value", "status", "reason"),
    [
        (MIN, 0.69, "fail", "auc is 0.69, below the minimum 0.7"),
        (MIN, 0.7, "pass", "auc is 0.7 (at least 0.7)"),
        (MIN, 0.7 - 0.9e-9, "pass", "auc is 0.7 (at least 0.7)"),
        (MIN, 0.7 - 1.1e-9, "fail", "auc is 0.699999999, below the minimum 0.7"),
        (MIN, NAN, "fail", "auc is NaN"),
        (MIN, INF, "fail", "auc is infinity"),
        (MIN, None, "fail", "auc is missing in the metrics files"),
        (MAX, 0.71, "fail", "auc is 0.71, above the maximum 0.7"),
        (MAX, 0.7, "pass", "auc is 0.7 (at most 0.7)"),
        (MAX, 0.7 + 0.9e-9, "pass", "auc is 0.7 (at most 0.7)"),
        (MAX, 0.7 + 1.1e-9, "fail", "auc is 0.700000001, above the maximum 0.7"),
        (MAX, -INF, "fail", "auc is -infinity"),
        (MAX, NAN, "fail", "auc is NaN"),
        (MAX, None, "fail", "auc is missing in the metrics files"),
    ],
)
def test_a_threshold_is_inclusive_and_never_met_by_what_is_not_a_number(only, rules, value, status, reason):
    result = only(rules, head={} if value is None else {"auc": value}, base={"auc": 0.5})
    assert (result.status, plain(result.reason)) == (status, reason)
    assert result.limit == 0.7


@pytest.mark.parametrize(
    ("rules", "base", "head", "status", "reason"),
    [
        (DROP, 0.7, 0.679, "fail", "auc is 0.021 lower (limit 0.01)"),
        (DROP, 0.7, 0.69, "pass", "auc is 0.01 lower (limit 0.01)"),
        (DROP, 0.7, 0.69 - 0.9e-9, "pass", "auc is 0.01 lower (limit 0.01)"),
        (DROP, 0.7, 0.69 - 1.1e-9, "fail", "auc is 0.010000001 lower (limit 0.01)"),
        (DROP, 0.7, 0.7, "pass", "auc is unchanged (limit 0.01)"),
        (DROP, 0.7, 0.9, "pass", "auc is 0.2 higher (limit 0.01)"),
        (DROP, 1e12, 1e12 - 900, "pass", "auc is 900 lower (limit 0.01)"),
        (WIDE, 5e8, -5e8 - 0.9, "pass", "auc is 1e+09 lower (limit 1e+09)"),
        (WIDE, 5e8, -5e8 - 1.1, "fail", "auc is 1000000001 lower (limit 1000000000)"),
        (RISE, 0.7, 0.72, "fail", "auc is 0.02 higher (limit 0.01)"),
        (RISE, 0.7, 0.71, "pass", "auc is 0.01 higher (limit 0.01)"),
        (RISE, 0.7, 0.1, "pass", "auc is 0.6 lower (limit 0.01)"),
        (PERCENT, 0.5, 0.44, "fail", "auc is 0.06 lower (limit 0.05, 10% of 0.5)"),
        (PERCENT, 0.5, 0.45, "pass", "auc is 0.05 lower (limit 0.05, 10% of 0.5)"),
        (PERCENT, -0.5, -0.56, "fail", "auc is 0.06 lower (limit 0.05, 10% of 0.5)"),
        (PERCENT, -0.5, -0.55, "pass", "auc is 0.05 lower (limit 0.05, 10% of 0.5)"),
        (
            PERCENT,
            0.0,
            -1e-6,
            "fail",
            "auc is 1e-06 lower (limit 10% of 0 is 0; an absolute margin says more)",
        ),
        (PERCENT, 0.0, 0.0, "pass", "auc is unchanged (limit 10% of 0 is 0; an absolute margin says more)"),
        (DROP, 0.7, NAN, "fail", "auc is NaN"),
        (DROP, NAN, NAN, "fail", "auc is NaN"),
        (DROP, 0.7, None, "fail", "auc is missing in the metrics files"),
        (DROP, NAN, 0.7, "inconclusive", "auc cannot be compared: main has NaN"),
        (DROP, -INF, 0.7, "inconclusive", "auc cannot be compared: main has -infinity"),
        (DROP, None, 0.7, "new", "auc is 0.7 and new: not measured on main"),
        (DROP, 1e308, -1e308, "fail", "auc is 1.7977e+308 lower (limit 0.01)"),
    ],
)
def test_a_change_is_judged_against_the_margin_in_metric_units(only, rules, base, head, status, reason):
    sides = ({} if value is None else {"auc": value} for value in (base, head))
    result = only(rules, base=next(sides), head=next(sides))
    assert (result.status, plain(result.reason)) == (status, reason)
    assert (result.low, result.high) == (None, None)


def test_a_change_result_carries_every_number_it_was_decided_on(only):
    result = only(PERCENT, base={"auc": 0.5}, head={"auc": 0.25})
    assert (result.base, result.candidate, result.improvement, result.limit) == (0.5, 0.25, -0.25, 0.05)
    assert (result.against, result.direction, result.metric) == ("main", "higher", "auc")


def test_a_rule_is_named_by_its_path_and_knows_its_line(judge):
    rules = "metrics:\n  auc:\n    better: higher\n    min: 0.5\n    max_regression: 0.01\n"
    results = judge(rules, head={"auc": 0.7}, base={"auc": 0.7}).results
    assert [(result.rule, result.kind, result.position) for result in results] == [
        ("metrics.auc.min", "min", Position("policies/flights.yaml", 6, 5)),
        ("metrics.auc.max_regression", "max_regression", Position("policies/flights.yaml", 7, 5)),
    ]


def test_names_from_files_stay_quoted(only):
    result = only(DROP, base={"auc": 0.7}, head={"auc": 0.6})
    assert result.reason[0] == Quoted("auc")
    assert all("auc" not in part for part in result.reason[1:] if isinstance(part, str))


def test_a_metric_without_a_limit_must_be_there_and_is_never_a_pass(judge):
    rules = "metrics: {auc: {min: 0.5}, f1: {better: higher}}"
    shown = judge(rules, head={"auc": 0.7, "f1": 0.4})
    assert [result.status for result in shown.results] == ["skipped", "pass"]
    assert shown.results[0].rule == "metrics.f1"
    for head in ({"auc": 0.7}, {"auc": 0.7, "f1": NAN}):
        assert judge(rules, head=head).status is Status.FAIL


def test_optional_skips_a_missing_metric_and_nothing_else(judge):
    rules = "metrics: {auc: {min: 0.5}, f1: {better: higher, min: 0.4, max_regression: 1%, optional: true}}"
    assert judge(rules, head={"auc": 0.7}, base={"f1": 0.4}).status is Status.PASS
    assert judge(rules, head={"auc": 0.7, "f1": NAN}, base={"f1": 0.4}).status is Status.FAIL
    assert judge(rules, head={"auc": 0.7, "f1": 0.3}, base={"f1": 0.4}).status is Status.FAIL


@pytest.mark.parametrize("severity", [Severity.WARN, Severity.INFO])
@pytest.mark.parametrize("head", [{"auc": 0.1}, {"auc": NAN}, {}])
def test_a_rule_that_may_only_warn_never_blocks(judge, severity, head):
    verdict = judge(f"metrics: {{auc: {{min: 0.5, severity: {severity}}}}}", head=head)
    assert (verdict.results[0].status, verdict.results[0].severity) == (Status.FAIL, severity)
    assert verdict.status is Status.PASS


def test_unreadable_metrics_of_the_head_are_an_error_even_where_every_rule_only_warns(judge):
    broken = Unreadable("metrics.json", "the metrics file is missing", "Run the pipeline.")
    verdict = judge("metrics: {auc: {min: 0.5, severity: warn}}", head=broken, base={"auc": 0.7})
    assert verdict.status is Status.ERROR
    assert verdict.exit_code == ExitCode.NOT_EVALUATED
    assert verdict.conclusion == "failure"
    (result,) = verdict.results
    assert plain(result.reason) == (
        "the metrics of this PR cannot be read: metrics.json: the metrics file is missing. Run the pipeline."
    )


def test_unreadable_metrics_of_the_base_make_its_change_rules_errors_and_leave_thresholds_alone(judge):
    broken = Unreadable("metrics.json", "the file is empty")
    rules = "metrics: {auc: {better: higher, min: 0.5, max_regression: 0.01}}"
    verdict = judge(rules, head={"auc": 0.7}, base=broken)
    assert [result.status for result in verdict.results] == ["pass", "error"]
    assert plain(verdict.results[1].reason) == (
        "auc cannot be compared: metrics.json of main: the file is empty"
    )
    assert verdict.status is Status.ERROR
    assert judge(MIN, head={"auc": 0.7}, base=broken).status is Status.PASS


def test_the_first_model_is_new_to_change_rules_and_still_meets_thresholds(judge):
    rules = "metrics: {auc: {better: higher, min: 0.5, max_regression: 0.01}}"
    verdict = judge(rules, head={"auc": 0.7})
    assert [result.status for result in verdict.results] == ["pass", "new"]
    assert verdict.status is Status.PASS
    assert judge(rules, head={"auc": 0.4}).status is Status.FAIL


def test_nothing_to_compare_with_and_no_threshold_asks_a_person(judge):
    verdict = judge(DROP, head={"auc": 0.7})
    assert (verdict.status, verdict.conclusion) == (Status.INCONCLUSIVE, "neutral")
    assert "nothing to compare with and no threshold set" in map(plain, verdict.notes)


def test_no_rule_evaluated_is_an_error(judge):
    verdict = judge("metrics: {auc: {min: 0.5, optional: true}}", head={"f1": 1.0})
    assert verdict.status is Status.ERROR
    assert "no rule was evaluated, and that is never a pass" in map(plain, verdict.notes)


@pytest.mark.parametrize(
    ("main", "champion", "status", "against"),
    [
        (0.70, 0.60, "pass", "main"),
        (0.60, 0.70, "pass", "champion v12"),
        (0.60, 0.80, "fail", "champion v12"),
        (0.80, 0.60, "fail", "main"),
        (0.80, 0.90, "fail", "champion v12"),
        (None, 0.80, "fail", "champion v12"),
        (None, 0.70, "pass", "champion v12"),
        (NAN, 0.70, "inconclusive", "main"),
        (NAN, 0.80, "fail", "champion v12"),
        (0.70, NAN, "inconclusive", "champion v12"),
        (0.70, Unreadable("metrics.json", "broken"), "error", "champion v12"),
    ],
)
def test_where_main_is_not_the_champion_the_worse_of_both_comparisons_decides(
    only, main, champion, status, against
):
    base = None if main is None else {"auc": main}
    other = champion if isinstance(champion, Unreadable) else {"auc": champion}
    result = only(DROP, head={"auc": 0.7}, base=base, champion=other)
    assert (result.status, result.against) == (status, against)


def test_the_reason_names_the_side_it_lost_against_where_there_are_two(only):
    result = only(DROP, head={"auc": 0.7}, base={"auc": 0.7}, champion={"auc": 0.8})
    assert plain(result.reason) == "auc is 0.1 lower than champion v12 (limit 0.01)"


class TestReturn:
    RULES = "metrics: {auc: {better: higher, min: 0.5, max_regression: 0.01}}"

    def test_a_return_is_green_although_main_scores_better(self, judge):
        verdict = judge(self.RULES, head={"auc": 0.6}, base={"auc": 0.9}, returning="1")
        assert [result.status for result in verdict.results] == ["pass", "skipped"]
        assert plain(verdict.results[1].reason) == "auc is not compared: return to v1"
        assert verdict.status is Status.PASS

    def test_thresholds_hold_for_a_return(self, judge):
        assert judge(self.RULES, head={"auc": 0.4}, base={"auc": 0.9}, returning="1").status is Status.FAIL

    def test_nan_fails_a_return(self, judge):
        assert judge(DROP, head={"auc": NAN}, base={"auc": 0.9}, returning="1").status is Status.FAIL

    def test_a_return_that_no_threshold_judges_asks_a_person(self, judge):
        verdict = judge(DROP, head={"auc": 0.6}, base={"auc": 0.9}, returning="1")
        assert (verdict.status, verdict.conclusion) == (Status.INCONCLUSIVE, "neutral")


def test_an_unchanged_model_and_a_metric_that_is_gone_are_noted(judge):
    verdict = judge(MIN, head={"auc": 0.8}, base={"auc": 0.8, "lift": 2.0, "gain": 1.0}, model_unchanged=True)
    assert [plain(note) for note in verdict.notes] == [
        "model unchanged, nothing to promote",
        "disappeared: lift, gain measured on main, named by no rule",
    ]
    assert Quoted("lift") in verdict.notes[1]
    assert verdict.status is Status.PASS


def test_what_a_rule_names_anywhere_has_not_disappeared_unnamed(judge):
    rules = (
        "metrics: {auc: {better: higher, stderr: auc_se, max_regression: 1}, f1: {min: 0, repeats: seeds}}\n"
        "resources: {latency_p95_ms: {max: 9}}"
    )
    before = {"auc": 0.7, "auc_se": 0.1, "f1": 0.5, "latency_p95_ms": 5, "lift": 2.0}
    base = MetricTable(
        tuple(Metric(*one) for one in before.items()), (), (Repeats("seeds", (0.5,)), Repeats("runs", (1.0,)))
    )
    verdict = judge(rules, head={"auc": 0.7}, base=base)
    assert "disappeared: lift, runs measured on main, named by no rule" in map(plain, verdict.notes)


def test_a_list_where_one_number_is_asked_is_an_error_that_says_what_to_report(judge):
    head = MetricTable((), (), (Repeats("auc", (0.7, 0.8)),))
    rules = "metrics: {auc: {better: higher, min: 0.5, max_regression: 0.1, optional: true}}"
    verdict = judge(rules, head=head, base={"auc": 0.7})
    said = (
        "auc is a list of 2 numbers in the metrics files, and a rule is about one: "
        "report their mean as auc, and name the list with `repeats:`"
    )
    assert {(str(one.status), plain(one.reason)) for one in verdict.results} == {("error", said)}
    assert verdict.exit_code == ExitCode.NOT_EVALUATED


def test_a_new_metric_is_new_to_change_rules_and_meets_thresholds(judge):
    rules = "metrics: {auc: {better: higher, min: 0.5, max_regression: 0.01, must_improve: 0}}"
    for value, status in ((0.5, "pass"), (0.4, "fail")):
        verdict = judge(rules, head={"auc": value}, base={"f1": 0.9})
        assert [str(one.status) for one in verdict.results] == [status, "new", "new"]
        assert verdict.status == status


def test_single_values_say_that_their_noise_is_unknown(judge):
    verdict = judge(DROP, head={"auc": 0.8}, base={"auc": 0.8})
    assert "changes are single values: how noisy they are is unknown" in map(plain, verdict.notes)


@pytest.mark.parametrize(
    ("asked", "approvals", "conclusion", "code"),
    [
        ("ask", 0, "neutral", 0),
        ("ask", 2, "action_required", 5),
        ("fail", 0, "failure", 5),
        ("pass", 2, "success", 0),
    ],
)
def test_the_policy_says_what_becomes_of_a_third_answer(judge, asked, approvals, conclusion, code):
    rules = f"{DROP}\ncompare: {{inconclusive: {asked}}}"
    verdict = replace(judge(rules, head={"auc": 0.7}, base={"auc": NAN}), approvals=approvals)
    assert verdict.status is Status.INCONCLUSIVE
    assert (verdict.conclusion, verdict.exit_code) == (conclusion, code)


def test_a_verdict_names_its_policy(judge):
    verdict = judge(MIN, head={"auc": 0.8})
    assert (verdict.policy.file, verdict.policy.revision) == ("policies/flights.yaml", "91d0e77")
    assert len(verdict.policy.digest) == 64


def test_where_every_rule_only_warns_and_none_could_be_told_nothing_passes(judge):
    broken = Unreadable("metrics.json", "is not there", "")
    rules = "metrics: {auc: {better: higher, max_regression: 0.1, severity: warn}}"
    verdict = judge(rules, head={"auc": 0.7}, base=broken)
    assert [result.status for result in verdict.results] == [Status.ERROR]
    assert verdict.status is Status.ERROR
    assert (verdict.passes, verdict.conclusion) == (False, "failure")


def test_a_warning_that_could_not_be_told_beside_a_rule_that_passes_only_warns(judge):
    broken = Unreadable("metrics.json", "is not there", "")
    rules = "metrics: {auc: {better: higher, min: 0.5, max_regression: 0.1, severity: warn}}"
    assert judge(rules, head={"auc": 0.7}, base=broken).status is Status.PASS
