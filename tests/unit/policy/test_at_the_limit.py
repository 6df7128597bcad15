"""What is decided, and said, exactly at a limit: the tolerance is the pull request's, and zero is no gain."""

from __future__ import annotations

import math

import pytest

from bot.evidence.phrase import plain
from bot.policy.amounts import Margin
from bot.policy.rules.change import Compared
from bot.policy.rules.max_regression import MaxRegression
from bot.policy.rules.must_improve import MustImprove
from bot.policy.rules.numbers import shown, shown_apart
from bot.policy.rules.subject import Subject, tolerance
from bot.policy.verdict import Position, Severity
from bot.statistics.change import Change

SUBJECT = Subject("metrics.auc.x", "max_regression", "auc", Severity.BLOCK, Position("p", 1, 1), "higher")


def compared(center: float, error: float, *, base: float = 0.5, rows: int = 1_000, draws=()) -> Compared:
    change = Change(base, base + center, rows, "made up", center, error, draws=tuple(draws))
    return Compared(base + center, base, center, change, "")


def drop(found: Compared, margin: float):
    return MaxRegression(SUBJECT, Margin(margin)).decided(found, 0.95)


class TestMaxRegression:
    def test_a_limit_that_is_broken_by_little_is_shown_with_the_digits_that_tell(self):
        result = drop(compared(-0.010000004, 1e-12), 0.01)
        assert (result.status, plain(result.reason)) == ("fail", "auc is 0.010000004 lower (limit 0.01)")

    def test_a_limit_that_is_kept_is_shown_in_short(self):
        result = drop(compared(-0.0100000001, 1e-12), 0.01)
        assert (result.status, plain(result.reason)) == ("pass", "auc is 0.01 lower (limit 0.01)")

    @pytest.mark.parametrize("error", [0.0, 1e-12])
    def test_only_what_is_certainly_the_same_is_called_identical(self, error):
        said = plain(drop(compared(0.0, error), 0.01).reason)
        assert said == f"auc is unchanged{': predictions identical' if not error else ''} (limit 0.01)"

    def test_a_certain_change_is_no_identity(self):
        assert plain(drop(compared(0.25, 0.0), 0.01).reason) == "auc is 0.25 higher (limit 0.01)"

    @pytest.mark.parametrize("center", [-0.008, -0.012])
    def test_too_close_to_the_limit_it_says_how_many_rows_could_tell(self, center):
        """Enough rows for a drop as wide as the margin, but this one lies 0.002 beside it."""
        result = drop(compared(center, 0.003), 0.01)
        needed = math.ceil((2.487 * 0.003 / 0.002) ** 2 * 1_000)
        assert needed == 13_917
        assert plain(result.reason).endswith(f"; if it stays as it is, about {needed:,} could tell")
        assert "1,000 test rows show a change of about 0.0075, and this one is too close" in plain(
            result.reason
        )

    @pytest.mark.parametrize(("beside", "advice"), [(0.00168, True), (0.00165, False)])
    def test_more_than_twenty_times_the_rows_is_no_advice(self, beside, advice):
        said = plain(drop(compared(-0.01 - beside, 0.003), 0.01).reason)
        assert ("could tell" in said) == advice
        assert (math.ceil((2.487 * 0.003 / beside) ** 2 * 1_000) <= 20_000) == advice

    def test_exactly_at_the_limit_no_number_of_rows_could_tell(self):
        assert "could tell" not in plain(drop(compared(-0.25, 0.003, base=1.0), 0.25).reason)

    def test_with_too_few_rows_for_the_margin_it_says_how_many_are_needed(self):
        said = plain(drop(compared(0.0, 0.01), 0.01).reason)
        assert said.endswith(
            f"can only show a change of about 0.025; about {math.ceil(2.487**2 * 1_000):,} could tell"
        )

    @pytest.mark.parametrize(("rows", "said"), [(0, ": only a change of about 0.025 would be seen"), (9, "")])
    def test_of_a_reported_number_no_rows_are_told(self, rows, said):
        reason = plain(drop(compared(0.0, 0.01, rows=rows), 0.0).reason)
        assert reason.endswith(said or ": 9 test rows can only show a change of about 0.025")


class TestMustImprove:
    def decided(self, found: Compared, gain: float = 0.0):
        return MustImprove(SUBJECT, gain)._decided(found, 0.95)

    def test_a_bound_of_exactly_zero_is_not_above_zero(self):
        for lowest, status in ((0.0, "inconclusive"), (1e-12, "pass")):
            draws = [lowest] * 200 + [0.1] * 1_800
            assert self.decided(compared(0.05, 0.01, draws=draws)).status == status

    def test_a_single_value_that_is_worse_by_less_than_the_tolerance_is_no_gain(self, only):
        rule = "metrics: {auc: {better: higher, must_improve: 0}}"
        assert only(rule, head={"auc": 0.7 - 5e-10}, base={"auc": 0.7}).status == "fail"
        assert only(rule, head={"auc": 0.7 + 5e-10}, base={"auc": 0.7}).status == "pass"

    def test_a_gain_short_by_exactly_the_tolerance_is_enough(self, only):
        rule = "metrics: {auc: {better: higher, must_improve: 0.5}}"
        assert only(rule, head={"auc": 0.5 - 1e-9}, base={"auc": 0.0}).status == "pass"

    @pytest.mark.parametrize(("center", "status"), [(0.0, "fail"), (-0.01, "fail"), (0.01, "inconclusive")])
    def test_what_may_be_noise_is_a_question_only_where_it_is_a_gain(self, center, status):
        result = self.decided(compared(center, 0.02))
        assert result.status == status
        assert ("with 1,000 test rows that may be noise" in plain(result.reason)) == (center > 0)

    def test_of_a_reported_number_only_that_it_may_be_noise_is_told(self):
        assert plain(self.decided(compared(0.01, 0.02, rows=0)).reason).endswith(
            "is asked; that may be noise"
        )

    def test_a_gain_that_is_asked_is_shown_beside_the_one_that_there_is(self):
        passed = self.decided(compared(0.1, 1e-6), 0.05)
        assert plain(passed.reason) == "auc is 0.1 higher (at least 0.05 better is asked)"
        failed = self.decided(compared(0.05 - 1e-8, 1e-12), 0.05)
        assert plain(failed.reason) == "auc is 0.05 higher, and at least 0.05 better is asked"


@pytest.mark.parametrize(
    ("rule", "status"),
    [("min: 0.5", "pass"), ("max: 0.5", "pass"), ("better: higher, max_regression: 0.5", "pass")],
)
def test_exactly_the_tolerance_beyond_a_limit_is_within_it(only, rule, status):
    value = {"min": 0.5 - 1e-9, "max": 0.5 + 1e-9, "bet": -0.5 - 1e-9}[rule[:3]]
    assert only(f"metrics: {{auc: {{{rule}}}}}", head={"auc": value}, base={"auc": 0.0}).status == status


def test_the_tolerance_grows_with_the_largest_number():
    assert [tolerance(0.0), tolerance(0.5, -0.7), tolerance(-20, 3)] == [1e-9, 1e-9, 2e-8]


def test_numbers_are_shown_with_five_digits_and_told_apart_with_more():
    assert [shown(0.0), shown(-0.0), shown(0.123456), shown(12.0)] == ["0", "0", "0.12346", "12"]
    assert shown(0.123456, 2) == "0.12"
    assert [shown(math.inf), shown(-math.inf), shown(math.nan)] == ["infinity", "-infinity", "NaN"]
    assert shown_apart(0.1234561, 0.1234562) == ("0.1234561", "0.1234562")
    assert shown_apart(0.1, 0.2) == ("0.1", "0.2")
    assert shown_apart(0.5, 0.5) == ("0.5", "0.5")
    assert shown_apart(0.1 + 0.2, 0.3) == ("0.30000000000000004", "0.3")
