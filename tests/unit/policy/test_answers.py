"""What rule results add up to: verdict, exit code, the check's conclusion, and who may merge."""

from __future__ import annotations

import itertools

import pytest

from bot.policy.verdict import PolicyRef, Position, RuleResult, Severity, Status, Verdict

WORST_FIRST = (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE)
HARMLESS = (Status.PASS, Status.NEW, Status.SKIPPED, Status.WAIVED)


def result(status, severity=Severity.BLOCK):
    return RuleResult("metrics.auc.min", "min", "auc", status, severity, ("",), Position("p.yaml", 1, 1))


def verdict(*results, **answers):
    return Verdict("flights", PolicyRef("p.yaml", "1", "2"), tuple(results), **answers)


@pytest.mark.parametrize("worst", WORST_FIRST)
def test_the_worst_blocking_result_is_the_verdict_in_any_order_and_company(worst):
    milder = (*WORST_FIRST[WORST_FIRST.index(worst) + 1 :], *HARMLESS)
    for company in itertools.combinations(milder, 2):
        for order in itertools.permutations((worst, *company)):
            assert verdict(*map(result, order)).status is worst


@pytest.mark.parametrize("severity", [Severity.WARN, Severity.INFO])
@pytest.mark.parametrize("status", WORST_FIRST)
def test_what_may_only_warn_or_inform_never_blocks_beside_a_pass(status, severity):
    assert verdict(result(Status.PASS), result(status, severity)).status is Status.PASS


@pytest.mark.parametrize("harmless", HARMLESS)
def test_a_pass_beside_what_was_not_judged_is_a_pass(harmless):
    found = verdict(result(Status.PASS), result(harmless))
    assert (found.status, found.conclusion, found.exit_code, found.passes) == ("pass", "success", 0, True)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ((), "error"),
        (("skipped",), "error"),
        (("skipped", "skipped"), "error"),
        (("new",), "inconclusive"),
        (("new", "skipped"), "inconclusive"),
        (("waived",), "pass"),
    ],
)
def test_nothing_evaluated_is_an_error_and_nothing_to_compare_with_is_a_question(statuses, status):
    assert verdict(*(result(Status(one)) for one in statuses)).status == status


@pytest.mark.parametrize("severity", list(Severity))
def test_only_errors_are_an_error_even_where_they_may_only_warn(severity):
    found = verdict(result(Status.ERROR, severity), result(Status.SKIPPED))
    assert (found.status, found.conclusion, found.exit_code) == ("error", "failure", 5)


@pytest.mark.parametrize("approvals", [0, 2])
@pytest.mark.parametrize("answer", ["ask", "fail", "pass"])
@pytest.mark.parametrize(("status", "code"), [(Status.FAIL, 1), (Status.ERROR, 5)])
def test_no_answer_to_the_third_answer_and_no_approval_turns_a_no_or_an_error(
    status, code, answer, approvals
):
    found = verdict(result(status), inconclusive=answer, approvals=approvals, approved=True)
    assert (found.passes, found.conclusion, found.exit_code) == (False, "failure", code)


@pytest.mark.parametrize(
    ("answer", "approvals", "approved", "conclusion", "code"),
    [
        ("ask", 0, False, "neutral", 0),
        ("ask", 1, False, "action_required", 5),
        ("ask", 1, True, "success", 0),
        ("fail", 0, False, "failure", 5),
        ("fail", 1, False, "failure", 5),
        ("fail", 1, True, "failure", 5),
        ("pass", 0, False, "success", 0),
        ("pass", 1, False, "success", 0),
        ("pass", 1, True, "success", 0),
    ],
)
def test_the_third_answer_is_resolved_as_the_policy_says(answer, approvals, approved, conclusion, code):
    found = verdict(result(Status.INCONCLUSIVE), inconclusive=answer, approvals=approvals, approved=approved)
    assert (found.status, found.conclusion, found.exit_code) == ("inconclusive", conclusion, code)


@pytest.mark.parametrize("answer", ["ask", "fail", "pass"])
@pytest.mark.parametrize("approvals", [0, 1])
@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("status", [*WORST_FIRST, Status.PASS])
def test_what_could_be_merged_is_what_promotion_takes(status, approved, approvals, answer):
    """A required check lets `success` and `neutral` merge; `passes` is what promotion asks."""
    found = verdict(result(status), inconclusive=answer, approvals=approvals, approved=approved)
    assert found.passes == (found.conclusion in {"success", "neutral"}) == (found.exit_code == 0)


class TestReportMode:
    WORSE = "{min: 0.9, better: higher, max_regression: 0.01"

    def test_on_a_rule_it_only_informs(self, judge):
        rules = f"metrics: {{auc: {self.WORSE}, mode: report}}, f1: {{min: 0.5}}}}"
        found = judge(rules, head={"auc": 0.7, "f1": 0.6}, base={"auc": 0.8})
        assert [one.status for one in found.results] == ["fail", "pass", "fail"]
        assert [one.severity for one in found.results] == ["info", "block", "info"]
        assert found.status is Status.PASS

    def test_on_the_file_it_informs_for_every_rule(self, judge):
        rules = (
            f"mode: report\nmetrics: {{auc: {self.WORSE}, severity: block}}}}\n"
            "evidence: {minimum: reproduced}\n"
            f"slices: {{by: [c], metrics: {{auc: {self.WORSE}}}}}, "
            "fairness: {metric: auc, max_gap: 0.1}}\n"
            "resources: {model_size_mb: {max: 1}}\nartifacts: {require: [MLmodel]}\n"
            "data: {report: r.json, checks: {rows: {min: 10}}}"
        )
        found = judge(rules, head={"auc": 0.7}, base={"auc": 0.8}, files=())
        assert {one.severity for one in found.results} == {Severity.INFO}
        assert sum(one.status is Status.FAIL for one in found.results) > 5
        assert (found.status, found.conclusion, found.exit_code) == ("pass", "success", 0)

    def test_on_the_file_numbers_of_too_low_a_level_do_not_block(self, judge, side):
        claimed = side("this PR", None, {"auc": 0.7}, level="claimed")
        rules = "metrics: {auc: {min: 0.5}}\nevidence: {minimum: reproduced}"
        assert judge(rules, head=claimed).status is Status.ERROR
        assert judge(f"mode: report\n{rules}", head=claimed).status is Status.PASS

    def test_it_still_is_an_error_when_nothing_was_evaluated(self, judge):
        found = judge("mode: report\nmetrics: {auc: {min: 0.5, optional: true}}", head={})
        assert (found.status, found.conclusion) == ("error", "failure")
