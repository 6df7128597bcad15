"""Small things at the edges of rules, words and positions that larger tests step over."""

from __future__ import annotations

import math
from datetime import date
from hashlib import sha256

import pytest
from pydantic import ValidationError

from bot.errors import InvalidFileError, InvalidInputError
from bot.evidence.facts import Comparability, Ingredient, Metric
from bot.evidence.phrase import plain
from bot.lineage.tree import MemoryTree
from bot.policy.columns import columns_asked
from bot.policy.explained import all_rules, explain_rule
from bot.policy.load import LoadedPolicy, load_policies
from bot.policy.measurement import agrees
from bot.policy.parse import parse_policy
from bot.policy.rules.protected import covers
from bot.policy.verdict import Position

FILE = "policies/flights.yaml"
HEAD = "version: 1\nmodel: flights\n"
TODAY = date(2026, 3, 1)
SE = "metrics: {auc: {better: higher, stderr: auc_se, RULE}}"
LATENCY = "resources: {latency_p95_ms: {better: lower, max_regression: 10%}}"
OTHER_TEST = Comparability((Ingredient("data/test.csv", "2"),))


def policy(rules: str):
    return parse_policy((HEAD + rules).encode(), FILE)


def loaded(rules: str) -> LoadedPolicy:
    data = (HEAD + rules).encode()
    return LoadedPolicy(FILE, sha256(data).hexdigest(), policy(rules))


class TestPositions:
    def test_the_whole_policy_stands_at_its_first_line(self):
        assert policy("metrics: {auc: {min: 0}}").at() == Position(FILE, 1, 1)

    def test_a_key_that_is_not_written_stands_where_the_nearest_above_it_is(self):
        found = policy("metrics:\n  auc: {min: 0}\n")
        assert found.at("metrics", "auc", "max") == found.at("metrics", "auc") == Position(FILE, 4, 3)
        assert found.at("slices", "by") == Position(FILE, 1, 1)

    def test_a_policy_that_comes_from_no_file_has_a_position_all_the_same(self):
        found = policy("metrics: {auc: {min: 0}}").model_copy()
        found._places.clear()
        assert found.at("metrics", "auc") == Position("", 1, 1)

    def test_a_policy_cannot_be_changed_after_it_was_read(self):
        found = policy("metrics: {auc: {min: 0}}")
        with pytest.raises(ValidationError, match="frozen"):
            found.metrics["auc"].min = 1.0

    def test_a_file_of_another_ending_is_told_about_as_a_whole(self):
        name = "policies/flights.yml"
        with pytest.raises(InvalidFileError) as caught:
            load_policies(MemoryTree({name: b"version: 1"}))
        (problem,) = caught.value.problems
        assert (problem.file, problem.line, problem.col) == (name, 0, 0)


class TestColumns:
    def test_predictions_that_no_metric_is_computed_from_are_not_read(self):
        where = "predictions: {file: p.csv, id: i, label: y, score: s}\n"
        assert columns_asked(policy(where + "metrics: {auc: {min: 0}}")) is None
        assert columns_asked(policy("metrics: {auc: {min: 0}}")) is None

    def test_slice_columns_are_read_only_for_slices_of_computed_metrics(self):
        where = "predictions: {file: p.csv, id: i, label: y, score: s}\n"
        computed = "metrics: {auc: {kind: roc_auc, min: 0}, other: {min: 0}}\n"
        both = f"{where}{computed}slices: {{by: [c], metrics: {{NAME: {{min: 0}}}}}}\n"
        assert columns_asked(policy(both.replace("NAME", "auc"))).slices == ("c",)
        assert columns_asked(policy(both.replace("NAME", "other"))).slices == ()


class TestReportedBesideComputed:
    @pytest.mark.parametrize(
        ("reported", "computed", "same"),
        [
            (0.7012, 0.70124, True),
            (0.7012, 0.7013, False),
            (0.701, 0.7014, True),
            (0.701, 0.7016, False),
            (0.7, 0.7009, True),
            (0.7, 0.7012, False),
            (0.70123456, 0.701235, True),
            (0.70123456, 0.70124, False),
            (0.0001, 0.0001011, True),
            (0.0, 0.0000015, True),
            (5000.2, 5000.24, True),
            (5000.0, 5006.0, False),
        ],
    )
    def test_a_number_agrees_within_the_digits_it_was_written_with(self, reported, computed, same):
        assert agrees(reported, computed) is same


class TestChange:
    def test_a_return_that_lost_a_metric_skips_its_change_rule(self, judge):
        rule = "metrics: {auc: {better: higher, max_regression: 0.01}}"
        found = judge(rule, head={}, base={"auc": 0.7}, returning="3").results[0]
        assert (found.status, found.candidate) == ("skipped", None)

    @pytest.mark.parametrize("mine", [None, OTHER_TEST])
    @pytest.mark.parametrize("theirs", [None, OTHER_TEST])
    def test_where_nobody_says_what_was_measured_with_numbers_are_compared(self, only, side, mine, theirs):
        rule = "metrics: {auc: {better: higher, max_regression: 0.01}}"
        head = side("this PR", None, {"auc": 0.7}, compares=mine)
        result = only(rule, head=head, base=side("main", None, {"auc": 0.7}, compares=theirs))
        assert result.status == "pass"

    def test_what_does_not_compare_keeps_both_values(self, only, side):
        rule = "metrics: {auc: {better: higher, max_regression: 0.01}}"
        other = Comparability((Ingredient("data/test.csv", "1"),))
        head = side("this PR", None, {"auc": 0.72}, compares=OTHER_TEST)
        result = only(rule, head=head, base=side("main", None, {"auc": 0.70}, compares=other))
        assert (result.status, result.base, result.candidate) == ("inconclusive", 0.70, 0.72)

    def test_of_two_sides_the_one_with_less_room_decides(self, only):
        rule = "metrics: {auc: {better: higher, max_regression: 0}}"
        result = only(rule, head={"auc": 0.72}, base={"auc": 0.70}, champion={"auc": 0.71})
        assert (result.against, result.base) == ("champion v12", 0.71)

    def test_a_rising_number_is_better_by_at_least_what_is_asked_and_says_so(self, only):
        rule = "metrics: {auc: {better: higher, must_improve: 0.02}}"
        assert only(rule, head={"auc": 0.72}, base={"auc": 0.70}).status == "pass"
        assert only(rule, head={"auc": 0.71}, base={"auc": 0.70}).status == "fail"

    @pytest.mark.parametrize(
        ("value", "said"), [(math.inf, "infinity"), (-math.inf, "-infinity"), (math.nan, "NaN")]
    )
    def test_what_is_not_finite_is_named(self, only, value, said):
        result = only("metrics: {auc: {min: 0.5}}", head={"auc": value}, base=None)
        assert (result.status, plain(result.reason)) == ("fail", f"auc is {said}")


class TestReportedNoise:
    def test_a_standard_error_of_zero_is_one(self, only):
        rule = SE.replace("RULE", "max_regression: 0.01")
        result = only(rule, head={"auc": 0.70, "auc_se": 0.0}, base={"auc": 0.70, "auc_se": 0.004})
        assert result.status == "pass"
        assert result.low == pytest.approx(-1.645 * 0.004, rel=1e-3)

    @pytest.mark.parametrize("bad", [-0.5, -0.004])
    def test_a_negative_one_is_none(self, only, bad):
        rule = SE.replace("RULE", "max_regression: 0.01")
        for base, head in ((bad, 0.004), (0.004, bad)):
            result = only(rule, head={"auc": 0.70, "auc_se": head}, base={"auc": 0.70, "auc_se": base})
            assert "does not report a standard error" in plain(result.reason)

    @pytest.fixture
    def timed(self, side):
        def making(name, value):
            known = () if value is None else (Metric("latency_p95_ms", value),)
            return side(name, None, {}, resources=known)

        return making

    def test_what_a_promotion_did_not_measure_is_no_history(self, judge, timed):
        times = [100.0, 102.0, None, math.nan, 99.0, 101.0, 100.0, 103.0, 98.0, 100.0, 101.0]
        history = tuple(timed(f"v{at}", value) for at, value in enumerate(times))
        sides = {"head": timed("this PR", 104.0), "base": timed("main", 100.0)}
        (nine,) = judge(LATENCY, **sides, promoted=history).results
        assert nine.low is None
        (ten,) = judge(LATENCY, **sides, promoted=(*history, timed("v11", 100.0))).results
        assert ten.low < ten.improvement < ten.high

    @pytest.mark.parametrize("lost", ["head", "base"])
    def test_with_one_side_unmeasured_there_is_nothing_to_compare(self, judge, timed, lost):
        history = tuple(timed(f"v{at}", 100.0 + at % 3) for at in range(12))
        sides = {"head": timed("this PR", 104.0), "base": timed("main", 100.0)} | {lost: timed("x", None)}
        (result,) = judge(LATENCY, **sides, promoted=history).results
        assert result.low is None
        assert result.status in ("fail", "new")

    def test_a_history_too_wild_to_square_is_a_question(self, judge, timed):
        history = tuple(timed(f"v{at}", (-1.0) ** at * 1.5e308) for at in range(12))
        sides = {"head": timed("this PR", 104.0), "base": timed("main", 100.0)}
        (result,) = judge(LATENCY, **sides, promoted=history).results
        assert result.status == "inconclusive"


class TestProtectedPaths:
    @pytest.mark.parametrize(
        ("pattern", "path", "covered"),
        [
            ("a/b.py", "a/b.py", True),
            ("a/b.py", "b.py", False),
            ("a", "a/b/c.py", True),
            ("a/", "a/b.py", True),
            ("a", "ab.py", False),
            ("data/raw/x.csv", "data/raw", True),
            ("data/raw/x.csv", "data", True),
            ("data/rawx", "data/raw", False),
            ("**/*.py", "a/b/c.py", True),
            ("*.py", "a/b.py", False),
            ("*.py", "b.py", True),
        ],
    )
    def test_a_path_a_directory_what_is_inside_and_a_pattern(self, pattern, path, covered):
        assert covers(pattern, path) is covered


class TestExplained:
    RULES = (
        "metrics: {auc: {better: higher, max_regression: 1%}}\n"
        "data: {report: r.json, checks: {rows: {min: 10}}}\n"
    )

    def test_a_waiver_to_paste_ends_in_a_month_and_may_end_in_half_a_year(self):
        (rule, *_) = all_rules((loaded(self.RULES),), TODAY)
        assert "until: 2026-03-31  # 2026-08-28 at the latest" in rule.waiver

    @pytest.mark.parametrize(
        ("asked", "meant"),
        [
            ("data.checks.rows.min", "data.rows.min"),
            ("metrics.auc.max_regresion", "metrics.auc.max_regression"),
            ("metrics.auc.max_regresion[c=x]", "metrics.auc.max_regression"),
        ],
    )
    def test_a_wrong_id_gets_the_nearest_and_all_there_are(self, asked, meant):
        with pytest.raises(InvalidInputError) as caught:
            explain_rule((loaded(self.RULES),), asked, TODAY)
        assert caught.value.what.endswith(f"Did you mean {meant}?")
        assert caught.value.todo.count("\n") == 2

    @pytest.mark.parametrize(
        ("rule", "told"),
        [
            ("max_regression: 1%", "is inconclusive between the two"),
            ("must_improve: 0.02", "above zero with 95% confidence and the gain is 0.02 or more"),
            ("must_improve: 0", "above zero with 95% confidence."),
        ],
    )
    def test_a_change_rule_says_when_it_passes(self, rule, told):
        rules = SE.replace("RULE", rule)
        (found,) = all_rules((loaded(rules),), TODAY)
        assert any(told in plain(sentence) for sentence in found.means)
        assert any("standard error reported as auc_se" in plain(sentence) for sentence in found.means)

    def test_the_best_ever_is_compared_by_noise_only_where_it_is_reported(self):
        rules = (
            "predictions: {file: p.csv, id: i, label: y, score: s}\n"
            "metrics:\n"
            "  auc: {kind: roc_auc, better: higher, max_regression_from_best: 1%}\n"
            "  f1: {better: higher, max_regression_from_best: 1%, stderr: f1_se}\n"
        )
        computed, reported = all_rules((loaded(rules),), TODAY)
        assert any("Single values" in plain(sentence) for sentence in computed.means)
        assert any("f1_se" in plain(sentence) for sentence in reported.means)


class TestWords:
    def test_a_key_that_another_section_knows_is_suggested_too(self):
        with pytest.raises(InvalidFileError) as caught:
            policy("metrics: {auc: {mn: 0.5}}")
        assert any("did you mean min?" in problem.what for problem in caught.value.problems)

    def test_one_mistake_in_a_list_is_told_once(self):
        with pytest.raises(InvalidFileError) as caught:
            policy("metrics: {auc: {min: 0}}\nslices: {by: [1, a], metrics: {auc: {min: 0}}}")
        assert [problem.key for problem in caught.value.problems] == ["slices.by[0]"]
