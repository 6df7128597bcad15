"""Numbers, slices and words that one side lacks, and mistakes in a policy beside other mistakes."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

import pyarrow as pa
import pytest

from bot.errors import InvalidFileError
from bot.evidence.facts import Metric
from bot.evidence.phrase import plain
from bot.policy.differences import edits_of
from bot.policy.explained import explain_rule
from bot.policy.load import LoadedPolicy
from bot.policy.parse import parse_policy

TOP = "version: 1\nmodel: flights\n"
PREDICTED = "predictions: {file: p.csv, id: row, label: y, score: s}\n"
DROP = "{better: higher, max_regression: 1}"


def policy(rules: str):
    return parse_policy((TOP + rules).encode(), "p.yaml")


def problems_of(rules: str) -> list[str]:
    with pytest.raises(InvalidFileError) as caught:
        policy(rules)
    return [f"{one.key}: {one.what}" for one in caught.value.problems]


class TestMissing:
    @pytest.mark.parametrize(
        ("rules", "status"),
        [
            ("resources: {training_seconds: {max: 60}}", "skipped"),
            ("resources: {latency_ms: {max: 60}}", "fail"),
            ("metrics: {training_seconds: {max: 60}}", "fail"),
        ],
    )
    def test_only_the_time_of_a_training_that_did_not_run_is_excused(self, only, rules, status):
        assert only(rules, head={}).status == status

    def test_a_reported_metric_that_main_lacks_is_new_though_main_has_predictions(self, judge, side, rows):
        rules = f"{PREDICTED}metrics: {{auc: {{kind: roc_auc, min: 0}}, lift: {DROP}}}"
        head, base = side("this PR", rows(), {"lift": 2.0}), side("main", rows())
        found = judge(rules, head=head, base=base).results[-1]
        assert (found.status, plain(found.reason)) == ("new", "lift is 2 and new: not measured on main")

    def test_a_size_that_is_known_beats_one_that_is_reported(self, only, side):
        head = side("this PR", None, {"model_size_mb": 1.0}, resources=(Metric("model_size_mb", 9.0),))
        assert only("resources: {model_size_mb: {max: 5}}", head=head).candidate == 9.0

    def test_a_latency_that_is_only_reported_is_taken_from_there(self, only):
        assert only("resources: {latency_ms: {max: 5}}", head={"latency_ms": 4.0}).candidate == 4.0


class TestSlices:
    ONE_ROW = "slices: {by: [c], min_examples: 1, metrics: {auc: {min: 0.6}}}"

    @pytest.mark.parametrize(("rows", "status"), [(0, "skipped"), (1, "fail")])
    def test_a_slice_that_only_one_side_has_counts_with_the_rows_it_has_there(
        self, judge, measured, rows, status
    ):
        head = measured({}, {"c=a": (rows, {"auc": 0.5}), "c=b": (9, {"auc": 0.7})})
        base = measured({}, {"c=b": (9, {"auc": 0.7})})
        found = judge(self.ONE_ROW, head=head, base=base).results[0]
        assert (found.rule, str(found.status)) == ("slices.auc.min[c=a]", status)

    def test_labels_that_do_not_fit_are_an_error_in_every_slice_and_no_small_slice(self, judge, side, rows):
        """A slice of one class has no area; with no positive label said, no slice ever has one."""
        found = rows()
        named = pa.array(["yes" if one else "no" for one in found["y"].to_pylist()])
        texts = found.set_column(found.column_names.index("y"), "y", named)
        rules = (
            f"{PREDICTED}metrics: {{auc: {{kind: roc_auc, min: 0}}}}\n"
            "slices: {by: [c], metrics: {auc: {min: 0.6}}}"
        )
        results = judge(rules, head=side("this PR", texts), base=side("main", texts)).results
        assert {(str(one.status), one.slice is None) for one in results} == {
            ("error", True),
            ("error", False),
        }
        assert all("which one is positive is not said" in plain(one.reason) for one in results)

    @pytest.mark.parametrize(("columns", "more"), [(20, False), (21, True)])
    def test_at_most_twenty_columns_are_listed(self, columns, more):
        by = ", ".join(f"c{at:02}" for at in range(columns))
        (found,) = explained(f"slices: {{by: [{by}], metrics: {{auc: {{min: 0}}}}}}", "slices.auc.min")
        assert ("c19" in plain(found.asks), "c20" in plain(found.asks)) == (True, False)
        assert ("c19 and 1 more: " in plain(found.asks)) == more


def explained(rules: str, asked: str):
    data = (TOP + rules).encode()
    loaded = LoadedPolicy("p.yaml", sha256(data).hexdigest(), policy(rules))
    return explain_rule((loaded,), asked, date(2026, 3, 1))


class TestWords:
    def test_a_waiver_to_paste_keeps_the_letters_of_a_slice(self):
        rules = "slices: {by: [land], metrics: {auc: {min: 0}}}"
        (found,) = explained(rules, "slices.auc.min[land=Österreich]")
        assert 'rule: "slices.auc.min[land=Österreich]"' in found.waiver

    def test_an_improvement_is_asked_for_with_the_policys_confidence(self):
        rules = "compare: {confidence: 90%}\nmetrics: {auc: {better: higher, must_improve: 0, stderr: se}}"
        (found,) = explained(rules, "metrics.auc.must_improve")
        assert "It passes when the change is above zero with 90% confidence." in map(plain, found.means)

    def test_a_mistake_below_another_is_not_told_and_one_behind_it_is(self):
        rules = "metrics: {auc: {mim: 1}, f1: {min: x}}\nslices: {by: [a, 3], metrics: {auc: {min: 0}}}"
        assert [one.partition(":")[0] for one in problems_of(rules)] == [
            "metrics.auc.mim",
            "metrics.f1.min",
            "slices.by[1]",
        ]

    @pytest.mark.parametrize(("length", "shown"), [(59, 59), (60, 60), (61, 60), (500, 60)])
    def test_of_a_long_text_sixty_letters_are_shown(self, length, shown):
        (said,) = problems_of(f"metrics: {{auc: {{min: {'x' * length}}}}}")
        assert f'the text "{"x" * shown}"' in said

    @pytest.mark.parametrize("wrong", ["abc", "true", "[1]"])
    @pytest.mark.parametrize("key", ["min", "max"])
    def test_what_is_no_number_contradicts_no_other_limit(self, wrong, key):
        other = "max: -5" if key == "min" else "min: 5"
        (said,) = problems_of(f"metrics: {{auc: {{{key}: {wrong}, {other}}}}}")
        assert said.startswith(f"metrics.auc.{key}: must be a number")


class TestEdits:
    @pytest.mark.parametrize(
        ("before", "after", "effect"),
        [
            ("by: [a, b]", "by: [b, a]", "changes"),
            ("by: [a, b]", "by: [b, c, a]", "tightens"),
            ("by: [a, b]", "by: [b]", "loosens"),
        ],
    )
    def test_columns_in_another_order_ask_for_neither_more_nor_less(self, before, after, effect):
        rules = "slices: {by: [a, b], metrics: {auc: {min: 0}}}"
        (found,) = edits_of(policy(rules), policy(rules.replace(before, after)))
        assert (found.key, found.effect) == ("slices.by", effect)
