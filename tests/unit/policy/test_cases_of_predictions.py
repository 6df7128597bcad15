"""What becomes of predictions that are missing, broken, too few, or of other rows than main's."""

from __future__ import annotations

import math

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from bot.evidence.facts import Comparability, Ingredient, NoPredictions, Unreadable
from bot.evidence.phrase import plain

LIMITS = "metrics: {accuracy: {kind: accuracy, better: higher, min: 0.5, max_regression: 0.2}}"
DROP = LIMITS.replace("min: 0.5, ", "")
CORRECT_IT = "correct the name in the policy, or let a stage read it"
PREDICTED = "predictions: {file: p.csv, id: row, label: y, score: s}\n"


def changed(found, column, values):
    return found.set_column(found.column_names.index(column), column, pa.array(values))


def spoiled(found, *bad):
    return changed(found, "s", [*bad, *found["s"].to_pylist()[len(bad) :]])


def outcomes(verdict):
    return {result.kind: (str(result.status), plain(result.reason)) for result in verdict.results}


@pytest.fixture
def result_of(compared):
    return lambda base, head: outcomes(compared(LIMITS, base, head))["max_regression"]


@pytest.mark.parametrize(("bad", "count"), [((math.nan,), 1), ((None, math.inf), 2), ((-math.inf,) * 3, 3)])
def test_predictions_that_are_no_numbers_fail_every_rule_with_the_row_count(compared, rows, bad, count):
    verdict = compared(LIMITS, rows(), spoiled(rows(own=1), *bad))
    said = f"accuracy is not a number: the predictions of {count} of 1,000 rows are NaN or infinite"
    assert outcomes(verdict) == {"min": ("fail", said), "max_regression": ("fail", said)}
    assert all(math.isnan(result.candidate) for result in verdict.results)


def test_predictions_of_main_that_are_no_numbers_are_inconclusive_and_leave_thresholds_alone(compared, rows):
    found = outcomes(compared(LIMITS, spoiled(rows(), math.nan), rows(own=1)))
    assert found["min"][0] == "pass"
    assert found["max_regression"] == ("inconclusive", "accuracy cannot be compared: main has NaN")


class TestOtherRows:
    def test_a_row_that_is_there_twice(self, result_of, rows):
        twice = pa.concat_tables([rows(own=1), rows(own=1).slice(0, 2)])
        here = "2 rows of this PR have an id that is there already"
        assert result_of(rows(), twice) == ("inconclusive", _no(here))
        assert result_of(twice, rows()) == ("inconclusive", _no(here.replace("this PR", "main")))

    def test_rows_that_only_one_side_has(self, result_of, rows):
        here, there = rows(own=1).slice(5), rows().slice(0, 998)
        assert result_of(there, here) == (
            "inconclusive",
            _no("5 rows only on main, 2 only on this PR, 993 on both"),
        )

    def test_rows_with_another_label(self, result_of, rows):
        label = rows()["y"].to_pylist()
        other = changed(rows(own=1), "y", [1 - one for one in label[:7]] + label[7:])
        assert result_of(rows(), other) == ("inconclusive", _no("7 rows have another label"))

    def test_labels_of_main_on_which_the_metric_is_not_even_defined_are_no_new_metric(self, compared, rows):
        rules = LIMITS.replace("accuracy", "roc_auc")
        same = changed(rows(), "y", [1] * 1000)
        found = outcomes(compared(rules, same, rows(own=1)))
        count = rows()["y"].to_pylist().count(0)
        assert found["min"][0] == "pass"
        assert found["max_regression"] == (
            "inconclusive",
            f"roc_auc cannot be compared: the test rows do not compare: {count} rows have another label",
        )

    def test_rows_only_reordered_are_aligned_by_id(self, compared, rows):
        mixed = rows(own=1).take(pc.sort_indices(rows(own=1), sort_keys=[("s", "ascending")]))
        assert compared(LIMITS, rows(), mixed).results == compared(LIMITS, rows(), rows(own=1)).results
        assert compared(DROP, rows(), mixed).results[0].noise.rows == 1000


def _no(why):
    return f"accuracy cannot be compared: the test rows do not compare: {why}"


@pytest.mark.parametrize(("count", "status"), [(99, "inconclusive"), (100, "pass")])
def test_with_fewer_rows_than_asked_a_change_is_inconclusive(compared, rows, count, status):
    found = outcomes(compared(LIMITS, rows(count), rows(count, own=1)))
    assert (found["min"][0], found["max_regression"][0]) == ("pass", status)
    if status == "inconclusive":
        assert found["max_regression"][1].endswith("there are 99 test rows, fewer than 100")


def test_a_policy_may_ask_for_more_or_fewer_rows(compared, rows):
    few = f"compare: {{min_examples: 50}}\n{DROP}"
    assert compared(few, rows(60), rows(60, own=1)).results[0].status == "pass"
    many = f"compare: {{min_examples: 1001}}\n{DROP}"
    assert compared(many, rows(), rows(own=1)).results[0].status == "inconclusive"


def test_numbers_of_other_test_data_or_evaluation_code_do_not_compare(judge, side, rows):
    def measured_with(evaluator, data):
        return Comparability((Ingredient("data/test", data), Ingredient("evaluate.py", evaluator)))

    def judged(*other):
        head = side("this PR", rows(own=1), compares=measured_with("a", "1"))
        base = side("main", rows(), compares=measured_with(*other))
        return outcomes(judge(PREDICTED + LIMITS, head=head, base=base))

    assert judged("a", "1")["max_regression"][0] == "pass"
    for other, named in (
        (("b", "1"), "evaluate.py"),
        (("a", "2"), "data/test"),
        (("b", "2"), "data/test, evaluate.py"),
    ):
        found = judged(*other)
        assert found["min"][0] == "pass"
        assert found["max_regression"] == (
            "inconclusive",
            f"accuracy does not compare with main: measured with other {named}",
        )


def test_test_data_that_the_lock_does_not_have_compare_with_nothing(judge, side, rows):
    unknown = Comparability((Ingredient("data/tset.csv", ""), Ingredient("evaluate.py", "a")))
    sides = {
        "head": side("this PR", rows(own=1), compares=unknown),
        "base": side("main", rows(), compares=unknown),
    }
    found = outcomes(judge(PREDICTED + LIMITS, **sides))
    assert found["min"][0] == "pass"
    assert found["max_regression"] == (
        "inconclusive",
        f"accuracy does not compare: dvc.lock has no hash of data/tset.csv; {CORRECT_IT}",
    )


def test_predictions_that_are_missing_are_an_error_and_what_to_do_is_said(judge, side, rows):
    gone = NoPredictions("eval/p.csv is not on the DVC remote.", "Run `dvc push`.")
    verdict = judge(
        PREDICTED + LIMITS, head=side("this PR", gone, {"accuracy": 0.9}), base=side("main", rows())
    )
    assert {result.status for result in verdict.results} == {"error"}
    assert "eval/p.csv is not on the DVC remote. Run `dvc push`." in outcomes(verdict)["min"][1]
    assert (verdict.status, verdict.conclusion, verdict.exit_code) == ("error", "failure", 5)


def test_a_preview_without_predictions_takes_the_reported_number_as_a_single_value(judge, side, rows):
    here = NoPredictions("not fetched", reported_instead=True)
    verdict = judge(
        PREDICTED + LIMITS, head=side("this PR", here, {"accuracy": 0.9}), base=side("main", rows())
    )
    assert [result.status for result in verdict.results] == ["pass", "pass"]
    assert [result.low for result in verdict.results] == [None, None]


@pytest.mark.parametrize("head", ["fine", "NaN", "lost"])
def test_mains_value_stands_beside_whatever_becomes_of_the_pull_requests(judge, side, rows, head):
    """Else a report would call a metric new that main has."""
    found = {"fine": rows(own=1), "NaN": spoiled(rows(), math.nan), "lost": NoPredictions("p.csv is lost.")}
    asked = (
        f"{PREDICTED}metrics: {{accuracy: {{kind: accuracy, better: higher, min: 0.5, max_regression: 0.2}}, "
    )
    asked += "f1: {kind: f1, max: 1}, auc: {kind: roc_auc}}"
    verdict = judge(asked, head=side("this PR", found[head]), base=side("main", rows()))
    own = judge(asked, head=side("main", rows())).results
    assert [one.base for one in verdict.results] == [one.candidate for one in own]
    assert None not in [one.base for one in verdict.results]


def test_labels_of_one_class_only_are_inconclusive_for_a_ranking(compared, rows):
    one = changed(rows(), "y", [1] * 1000)
    verdict = compared(LIMITS.replace("accuracy", "roc_auc"), one, one)
    assert {result.status for result in verdict.results} == {"inconclusive"}


@pytest.mark.parametrize(
    ("reported", "status"),
    [(0.0, "pass"), (0.0009, "error"), (0.002, "error"), (-0.1, "error"), (math.nan, "error")],
)
def test_a_reported_number_that_is_not_the_computed_one_is_an_error(judge, side, rows, reported, status):
    own = judge(PREDICTED + LIMITS, head=side("this PR", rows())).results[0].candidate
    verdict = judge(PREDICTED + LIMITS, head=side("this PR", rows(), {"accuracy": round(own, 3) + reported}))
    assert verdict.results[0].status == status
    if status == "error":
        assert "in the metrics file" in plain(verdict.results[0].reason)
        assert "one of the two is wrong" in plain(verdict.results[0].reason)


def test_metrics_that_cannot_be_read_are_an_error_whatever_the_predictions_say(judge, side, rows):
    broken = Unreadable("metrics.json", "auc: a metric must be a number, and this is text")
    verdict = judge(PREDICTED + LIMITS, head=side("this PR", rows(), broken), base=side("main", rows()))
    assert verdict.status == "error"


@pytest.mark.parametrize("file", ["p.csv", "p.parquet"])
def test_parquet_and_csv_say_the_same(judge, side, rows, file):
    found = [
        judge(PREDICTED + LIMITS, head=side("this PR", rows(own=1), file=file), base=side("main", rows()))
        for file in ("p.csv", file)
    ]
    assert found[0].results == found[1].results
    assert found[0].status == "pass"


NOT_SAID = (
    "the labels are others than 0 and 1, and which one is positive is not said; name it with `positive:`"
)
MISMATCH = "of labels and predictions one are texts and the other numbers"
TEXT_OR_NUMBER = "`positive` is text and the labels are numbers, or the other way round"


@pytest.mark.parametrize(
    ("asked", "labels", "scores", "said"),
    [
        ("kind: roc_auc", ["no", "yes"], [0.2, 0.7], NOT_SAID),
        ("kind: roc_auc", [0, 2], [0.2, 0.7], NOT_SAID),
        ("kind: roc_auc, positive: yes", [0, 1], [0.2, 0.7], TEXT_OR_NUMBER),
        ("kind: f1, positive: 1", ["no", "yes"], ["no", "yes"], TEXT_OR_NUMBER),
        (
            "kind: roc_auc, positive: yes",
            ["no", "yes"],
            ["no", "yes"],
            "the predictions are classes, and this kind needs scores",
        ),
        ("kind: accuracy", [0, 1], ["no", "yes"], MISMATCH),
        ("kind: log_loss", [0, 1], [0.2, 1.7], "the scores are not probabilities: some lie outside 0 to 1"),
    ],
)  # fmt: skip
def test_predictions_that_do_not_fit_what_is_asked_are_an_error_and_no_question(
    compared, rows, asked, labels, scores, said
):
    """Whoever merges could answer a question; that a number cannot be had at all is none."""
    better = "lower" if "log_loss" in asked else "higher"
    rules = f"metrics: {{m1: {{{asked}, better: {better}, min: 0.5, max_regression: 0.1}}}}\n"
    head = changed(changed(rows(), "y", labels * 500), "s", scores * 500)
    verdict = compared(rules, rows(), head)
    told = ("error", f"m1 cannot be computed: {said}")
    assert outcomes(verdict) == {"min": told, "max_regression": told}
    assert (verdict.passes, verdict.conclusion, verdict.exit_code) == (False, "failure", 5)


class TestOnlyMainHasNoValue:
    def of_main(self, judge, side, rows, there, reported=None):
        head = side("this PR", rows(own=1))
        return judge(PREDICTED + LIMITS, head=head, base=side("main", there, reported))

    def test_what_main_predicted_does_not_fit(self, compared, rows):
        rules = "metrics: {loss: {kind: log_loss, better: lower, max: 9, max_regression: 0.1}}"
        found = outcomes(compared(rules, changed(rows(), "s", [1.7] * 1000), rows(own=1)))
        assert found["max"][0] == "pass"
        assert found["max_regression"] == (
            "inconclusive",
            "loss cannot be compared: main: the scores are not probabilities: some lie outside 0 to 1",
        )

    def test_predictions_that_cannot_be_had_and_no_number_are_a_question_and_no_new_metric(
        self, judge, side, rows
    ):
        lost = NoPredictions("The object 12ab of p.csv on main is gone.", "Push it.")
        found = outcomes(self.of_main(judge, side, rows, lost))
        assert found["min"][0] == "pass"
        assert found["max_regression"] == (
            "inconclusive",
            "accuracy cannot be compared: The object 12ab of p.csv on main is gone. Push it.",
        )

    def test_where_main_reports_the_number_it_is_a_single_value_and_why_is_noted(self, judge, side, rows):
        lost = NoPredictions("The object 12ab of p.csv on main is gone.", "Push it.")
        verdict = self.of_main(judge, side, rows, lost, {"accuracy": 0.7})
        assert outcomes(verdict)["max_regression"][0] == "pass"
        assert verdict.results[1].low is None
        assert "no interval against main: The object 12ab of p.csv on main is gone. Push it." in map(
            plain, verdict.notes
        )

    def test_where_main_never_had_predictions_the_metric_is_new(self, judge, side, rows):
        never = NoPredictions("p.csv is not on main.", absent=True)
        verdict = self.of_main(judge, side, rows, never)
        assert outcomes(verdict)["max_regression"][0] == "new"
        assert verdict.status == "pass"


def test_predictions_that_cannot_be_read_are_an_error_of_every_slice_rule_too(judge, side, rows):
    broken = NoPredictions("p.csv: the file has no rows.", "Correct the stage.")
    sliced = (
        "slices: {by: [c], metrics: {accuracy: {min: 0.1, better: higher, max_regression: 0.2}},"
        " fairness: {metric: accuracy, max_gap: 0.9}}"
    )
    verdict = judge(f"{PREDICTED}{LIMITS}\n{sliced}", head=side("this PR", broken), base=side("main", rows()))
    assert {(str(one.status), plain(one.reason)) for one in verdict.results} == {
        ("error", "accuracy cannot be computed: p.csv: the file has no rows. Correct the stage.")
    }
    assert [one.rule for one in verdict.results][2:] == [
        "slices.accuracy.min[c]",
        "slices.accuracy.max_regression[c]",
        "slices.fairness.max_gap[c]",
    ]
