"""Numbers that are not computed from predictions: reported noise, resources, data checks, files, levels."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bot.evidence.facts import Metric, MetricTable, ModelFile, Repeats, Unreadable
from bot.evidence.phrase import plain

STDERR = "metrics: {auc: {better: higher, stderr: auc_se, RULE}}"
REPEATS = "metrics: {auc: {better: higher, repeats: seeds, RULE}}"
LATENCY = "resources: {latency_p95_ms: {better: lower, max: 120, max_regression: 10%}}"
DATA = (
    "data: {report: r.json, checks: {rows: {min: 10}, nulls: {max: 0.01}, psi: {max: 0.2, severity: warn}}}"
)


def se(auc, error):
    return {"auc": auc, "auc_se": error}


@pytest.mark.parametrize(
    ("base", "head", "rule", "status"),
    [
        ((0.7, 0.003), (0.699, 0.004), "max_regression: 0.01", "pass"),
        ((0.7, 0.003), (0.695, 0.004), "max_regression: 0.01", "inconclusive"),
        ((0.7, 0.003), (0.68, 0.004), "max_regression: 0.01", "fail"),
        ((0.7, 0.003), (0.72, 0.004), "must_improve: 0.01", "pass"),
        ((0.7, 0.003), (0.705, 0.004), "must_improve: 0", "inconclusive"),
        ((0.7, 0.003), (0.7, 0.004), "must_improve: 0", "fail"),
        ((0.7, 0.0), (0.7, 0.0), "max_regression: 0.01", "inconclusive"),
        ((0.7, -1.0), (0.7, 0.1), "max_regression: 0.01", "inconclusive"),
        ((0.7, math.nan), (0.7, 0.1), "max_regression: 0.01", "inconclusive"),
        ((0.7, 0.1), (0.7, math.inf), "max_regression: 0.01", "inconclusive"),
    ],
)
def test_a_standard_error_that_is_reported_makes_an_interval(only, base, head, rule, status):
    result = only(STDERR.replace("RULE", rule), base=se(*base), head=se(*head))
    assert result.status == status


def test_the_interval_of_standard_errors_is_theirs_and_named_as_reported(only):
    result = only(STDERR.replace("RULE", "max_regression: 0.01"), base=se(0.7, 0.003), head=se(0.7, 0.004))
    assert result.low == pytest.approx(-1.6449 * 0.005, rel=1e-4)
    assert (result.high, result.noise.method) == (-result.low, "reported standard errors")
    assert result.noise.rows == 0


def test_a_standard_error_that_one_side_does_not_report_is_inconclusive(only):
    result = only(STDERR.replace("RULE", "max_regression: 0.01"), base={"auc": 0.7}, head=se(0.7, 0.003))
    assert plain(result.reason) == "auc cannot be compared: a side does not report a standard error"


def seeds(auc, *values):
    return MetricTable((Metric("auc", auc),), (), (Repeats("seeds", values),))


@pytest.mark.parametrize(
    ("base", "head", "status"),
    [
        ((0.70, 0.71, 0.72), (0.71, 0.72, 0.73), "pass"),
        ((0.70, 0.71, 0.72), (0.69, 0.71, 0.72), "inconclusive"),
        ((0.70, 0.71, 0.72), (0.60, 0.61, 0.62), "fail"),
        ((0.7,), (0.7, 0.7), "inconclusive"),
        ((0.7, 0.7), (0.7, 0.7), "inconclusive"),
        ((0.7, math.nan), (0.7, 0.71), "inconclusive"),
        ((1e200, -1e200), (0.7, 0.71), "inconclusive"),
    ],
)
def test_repeats_over_seeds_make_an_interval(only, base, head, status):
    rules = REPEATS.replace("RULE", "max_regression: 0.02")
    result = only(rules, base=seeds(0.71, *base), head=seeds(0.71, *head))
    assert result.status == status
    assert (result.noise.method if result.noise else "") in ("", "3 and 3 repeats")


def test_repeats_of_the_pull_request_that_are_no_numbers_fail(only):
    result = only(
        REPEATS.replace("RULE", "max_regression: 9"), base=seeds(1, 1, 2), head=seeds(1, 1, math.nan)
    )
    assert (result.status, plain(result.reason)) == ("fail", "auc has repeats that are no numbers: NaN")


class TestLatency:
    def history(self, side, count, step=1.0):
        return tuple(side(f"v{n}", None, {"latency_p95_ms": 100.0 + step * (n % 3)}) for n in range(count))

    @pytest.mark.parametrize(
        ("count", "severity", "status"),
        [(0, "warn", "pass"), (9, "warn", "pass"), (10, "block", "fail")],
    )
    def test_it_warns_until_there_are_ten_promotions(self, judge, side, count, severity, status):
        sides = {"head": {"latency_p95_ms": 130, "auc": 1}, "base": {"latency_p95_ms": 100}}
        rules = f"metrics: {{auc: {{min: 0}}}}\n{LATENCY}"
        found = judge(rules, **sides, promoted=self.history(side, count))
        assert {(one.kind, str(one.severity)) for one in found.results[1:]} == {
            ("max", severity),
            ("max_regression", severity),
        }
        assert {str(one.status) for one in found.results[1:]} == {"fail"}
        assert found.status == status
        words = "a warning until ten promotions tell how noisy it is"
        assert all((words in plain(one.reason)) == (severity == "warn") for one in found.results[1:])

    @pytest.mark.parametrize(("now", "status"), [(101, "pass"), (109, "inconclusive"), (125, "fail")])
    def test_then_history_makes_its_interval(self, judge, side, now, status):
        rules = LATENCY.replace("max: 120, ", "")
        sides = {"head": {"latency_p95_ms": now}, "base": {"latency_p95_ms": 100}}
        (result,) = judge(rules, **sides, promoted=self.history(side, 12)).results
        assert (result.status, result.limit) == (status, 10)
        assert result.noise.method == "prediction interval over the last 12 promotions"

    def test_history_without_any_noise_tells_nothing(self, judge, side):
        rules = LATENCY.replace("max: 120, ", "")
        sides = {"head": {"latency_p95_ms": 101}, "base": {"latency_p95_ms": 100}}
        (result,) = judge(rules, **sides, promoted=self.history(side, 12, 0.0)).results
        assert result.status == "inconclusive"

    def test_a_size_is_exact_and_blocks_at_once(self, judge, side):
        head = side("this PR", None, {}, resources=(Metric("model_size_mb", 251.0),))
        (result,) = judge("resources: {model_size_mb: {max: 250}}", head=head).results
        assert (result.status, result.severity) == ("fail", "block")

    def test_a_number_of_ours_is_believed_before_the_reported_one(self, judge, side):
        head = side("this PR", None, {"model_size_mb": 1.0}, resources=(Metric("model_size_mb", 251.0),))
        assert judge("resources: {model_size_mb: {max: 250}}", head=head).status == "fail"


class TestDataChecks:
    GOOD = MetricTable((Metric("rows", 10), Metric("nulls", 0.01), Metric("psi", 0.2)))

    def test_bounds_are_inclusive(self, judge):
        found = judge(DATA, head={"rows": 1.0}, data_report=self.GOOD)
        assert [str(one.status) for one in found.results] == ["pass"] * 3

    @pytest.mark.parametrize(
        ("name", "value", "status"),
        [("rows", 9, "fail"), ("nulls", 0.011, "fail"), ("nulls", math.nan, "fail"), ("psi", 0.3, "pass")],
    )
    def test_a_number_beyond_its_bound_fails_unless_it_only_warns(self, judge, name, value, status):
        kept = (one for one in self.GOOD.metrics if one.name != name)
        report = replace(self.GOOD, metrics=(*kept, Metric(name, value)))
        found = judge(DATA, head={}, data_report=report)
        assert [str(one.status) for one in found.results if one.metric == name] == ["fail"]
        assert found.status == status

    def test_a_number_that_the_report_has_not_is_not_taken_from_the_metrics(self, judge):
        found = judge(
            DATA, head={"rows": 100.0}, data_report=replace(self.GOOD, metrics=self.GOOD.metrics[1:])
        )
        assert plain(found.results[0].reason) == "rows is missing in the data report"
        assert found.status == "fail"

    def test_a_report_that_cannot_be_read_is_an_error(self, judge):
        found = judge(DATA, head={}, data_report=Unreadable("r.json", "rows: a metric must be a number"))
        assert {str(one.status) for one in found.results} == {"error"}
        assert found.status == "error"

    def test_no_report_at_all_fails(self, judge):
        assert judge(DATA, head={}).status == "fail"


class TestFiles:
    RULES = 'artifacts: {require: [MLmodel], forbid: ["*.pkl", "tmp/**"]}'

    @pytest.mark.parametrize(
        ("paths", "status", "failing"),
        [
            (("MLmodel", "model.onnx"), "pass", []),
            (("model.onnx",), "fail", ["artifacts.require[MLmodel]"]),
            (("MLmodel", "deep/er/model.pkl"), "fail", ["artifacts.forbid[*.pkl]"]),
            (("MLmodel", "tmp/a/b"), "fail", ["artifacts.forbid[tmp/**]"]),
            (("MLmodel", "model.pkl.txt", "mytmp/a"), "pass", []),
            ((), "fail", ["artifacts.require[MLmodel]"]),
        ],
    )
    def test_files_must_be_there_or_must_not(self, judge, paths, status, failing):
        found = judge(self.RULES, head={}, files=tuple(map(ModelFile, paths)))
        assert [one.rule for one in found.results if one.status == "fail"] == failing
        assert found.status == status

    def test_severity_caps_it(self, judge):
        rules = self.RULES.replace("}", ", severity: warn}")
        assert judge(rules, head={}, files=(ModelFile("a.pkl"),)).status == "pass"

    @pytest.mark.parametrize("files", [None, Unreadable("models/churn", "is not on the remote")])
    def test_files_that_are_not_known_are_an_error(self, judge, files):
        found = judge(self.RULES, head={}, files=files)
        assert {str(one.status) for one in found.results} == {"error"}


@pytest.mark.parametrize(
    ("level", "asked", "status"),
    [
        ("claimed", "claimed", "pass"),
        ("claimed", "reproduced", "error"),
        ("reproduced", "reproduced", "pass"),
        ("rescored", "reproduced", "pass"),
    ],
)
def test_numbers_must_be_of_the_level_that_is_asked(judge, side, level, asked, status):
    rules = f"metrics: {{auc: {{min: 0.5}}}}\nevidence: {{minimum: {asked}}}"
    found = judge(rules, head=side("this PR", None, {"auc": 0.9}, level=level))
    assert found.status == status


def test_a_level_alone_is_no_rule_that_was_evaluated(judge, side):
    rules = "metrics: {auc: {min: 0.5, optional: true}}\nevidence: {minimum: reproduced}"
    assert judge(rules, head=side("this PR", None, {})).status == "error"
