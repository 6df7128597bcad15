"""Which curves are drawn of whom; where a rule's number comes from; what is noted beside a verdict."""

# ruff: noqa: E501 -- a table of exact sentences

from __future__ import annotations

from datetime import date
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pytest

from bot.evidence.facts import Evidence, NoPredictions, Unreadable
from bot.evidence.phrase import plain
from bot.policy.curves import curves_of
from bot.policy.explained import all_rules
from bot.policy.load import LoadedPolicy
from bot.policy.parse import parse_policy
from bot.statistics.curves import calibration_bins, roc_points
from bot.statistics.spec import Kind, Spec

TOP = "version: 1\nmodel: flights\n"
PREDICTED = "predictions: {file: p.csv, id: row, label: y, score: s}\n"


def policy(rules: str):
    return parse_policy((TOP + rules).encode(), "p.yaml")


class TestCurves:
    RANK = "a: {kind: KIND, min: 0}"

    def curves(self, rules: str, **sides):
        return curves_of(policy(f"{PREDICTED}metrics: {{{rules}}}"), Evidence(**sides))

    @pytest.mark.parametrize(
        ("kinds", "ranked", "believed"),
        [
            (["roc_auc"], True, False),
            (["average_precision"], True, False),
            (["log_loss"], False, True),
            (["brier"], False, True),
            (["ece"], False, True),
            (["accuracy"], False, False),
            (["accuracy", "brier", "roc_auc"], True, True),
        ],
    )
    def test_a_metric_that_ranks_asks_for_a_roc_and_one_of_chances_for_calibration(
        self, side, rows, kinds, ranked, believed
    ):
        rules = ", ".join(f"{kind}: {{kind: {kind}, min: 0}}" for kind in kinds)
        (found,) = self.curves(rules, head=side("this PR", rows()), base=None)
        label, score = rows()["y"].to_numpy(), rows()["s"].to_numpy()
        assert found.roc == (roc_points(Spec(Kind.ROC_AUC), label, score, ()) if ranked else ())
        assert found.calibration == (calibration_bins(Spec(Kind.BRIER), label, score, ()) if believed else ())
        assert (found.name, found.rows) == ("this PR", 1000)

    def test_a_metric_that_is_only_reported_asks_for_none(self, side, rows):
        (found,) = self.curves("roc_auc: {min: 0}", head=side("this PR", rows()), base=None)
        assert (found.roc, found.calibration) == ((), ())

    def test_main_comes_first_and_the_champion_only_in_its_place(self, side, rows):
        sides = {
            name: side(name, rows(100, own=own)) for own, name in enumerate(("head", "base", "champion"))
        }
        rule = "a: {kind: roc_auc, min: 0}"
        assert [one.name for one in self.curves(rule, **sides)] == ["base", "head"]
        assert [one.name for one in self.curves(rule, **sides | {"base": None})] == ["champion", "head"]

    def test_a_side_without_predictions_has_no_curve(self, side, rows):
        gone = side("main", NoPredictions("they are gone.", ""))
        found = self.curves("a: {kind: roc_auc, min: 0}", head=side("this PR", rows()), base=gone)
        assert [one.name for one in found] == ["this PR"]

    def test_predictions_that_are_no_chances_have_a_roc_and_no_calibration(self, side, rows):
        score = pa.array(10 * rows()["s"].to_numpy())
        scaled = rows().set_column(rows().column_names.index("s"), "s", score)
        rules = "a: {kind: roc_auc, min: 0}, b: {kind: brier, better: lower, max: 1}"
        (found,) = self.curves(rules, head=side("this PR", scaled), base=None)
        assert len(found.roc) > 2
        assert found.calibration == ()

    def test_the_positive_class_of_the_curve_is_the_metrics(self, side, rows):
        (usual,) = self.curves("a: {kind: roc_auc, min: 0}", head=side("x", rows()), base=None)
        (turned,) = self.curves("a: {kind: roc_auc, min: 0, positive: 0}", head=side("x", rows()), base=None)
        assert np.allclose(np.array(turned.roc).max(), 1)
        assert turned.roc != usual.roc


class TestSources:
    RULES = (
        f"{PREDICTED}data: {{report: r.json, checks: {{rows: {{min: 1}}}}}}\n"
        "metrics: {auc: {kind: roc_auc, min: 0}, loss: {max: 1}, model_files: {max: 3}}\n"
        "resources: {model_size_mb: {max: 5}, latency_ms: {max: 9}, training_seconds: {max: 60}}\n"
    )

    @pytest.mark.parametrize(
        ("rule", "said"),
        [
            ("metrics.auc.min", "It is computed as roc_auc from the predictions in p.csv; another number in the metrics files is an error."),
            ("metrics.loss.max", "It is the number that the metrics files state."),
            ("metrics.model_files.max", "It is the number that the metrics files state."),
            ("data.rows.min", "It is read from the data report r.json."),
            ("resources.model_size_mb.max", "It is the size of the model's bytes, as dvc.lock states it, in millions of bytes."),
            ("resources.latency_ms.max", "It is the number that the metrics files state."),
            ("resources.training_seconds.max", "It is the time that the model's stage took in the run that is judged."),
        ],
    )  # fmt: skip
    def test_a_rule_says_where_its_number_comes_from(self, rule, said):
        data = (TOP + self.RULES).encode()
        loaded = LoadedPolicy("p.yaml", sha256(data).hexdigest(), parse_policy(data, "p.yaml"))
        found = {one.rule: one.means for one in all_rules((loaded,), date(2026, 3, 1))}
        assert said in map(plain, found[rule])


class TestNotes:
    RULE = "metrics: {auc: {min: 0.5}}"

    @pytest.mark.parametrize("todo", ["Run `dvc push`.", ""])
    def test_what_cannot_be_read_of_another_side_is_noted_with_what_to_do(self, judge, todo):
        broken = Unreadable("metrics.json", "is not there", todo)
        verdict = judge(self.RULE, head={"auc": 0.7}, base=broken)
        said = "metrics.json of main: is not there" + (f". {todo}" if todo else "")
        assert said in map(plain, verdict.notes)

    @pytest.mark.parametrize("todo", ["Run `dvc push`.", ""])
    def test_predictions_that_main_lacks_are_noted_with_what_to_do(self, judge, side, rows, todo):
        rules = f"{PREDICTED}metrics: {{auc: {{kind: roc_auc, min: 0.5}}}}"
        base = side("main", NoPredictions("p.csv is gone.", todo))
        verdict = judge(rules, head=side("this PR", rows()), base=base)
        assert f"no interval against main: p.csv is gone.{f' {todo}' if todo else ''}" in map(
            plain, verdict.notes
        )

    def test_nothing_is_noted_where_nothing_is_to_be_known(self, judge):
        assert judge(self.RULE, head={"auc": 0.7}, base={"auc": 0.6}).notes == ()

    def test_single_values_beside_intervals_are_named(self, judge):
        rules = (
            "metrics: {auc: {better: higher, stderr: se, max_regression: 1}, "
            "f1: {better: higher, max_regression: 1}, mcc: {min: 0}}"
        )
        values = {"auc": 0.7, "f1": 0.5, "mcc": 0.1, "se": 0.01}
        verdict = judge(rules, head=values, base=values)
        assert [plain(one) for one in verdict.notes] == [
            "single values, whose noise is unknown: metrics.f1.max_regression"
        ]
