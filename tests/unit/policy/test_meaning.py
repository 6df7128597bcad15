"""Every rule explains itself with its policy's own numbers, and its waiver can be pasted as it is."""

# ruff: noqa: E501, ISC004 -- tables of exact sentences

from __future__ import annotations

from datetime import date
from hashlib import sha256

import pytest

from bot.errors import ExitCode, InvalidInputError
from bot.evidence.phrase import plain
from bot.policy.explained import all_rules, explain_rule
from bot.policy.load import LoadedPolicy
from bot.policy.parse import parse_policy
from bot.policy.waivers import covers

TODAY = date(2026, 7, 1)
POLICY = """\
version: 1
model: churn
predictions: {file: eval/rows.parquet, id: id, label: y, score: p}
metrics:
  auc: {kind: roc_auc, better: higher, min: 0.7, max_regression: 0.005, max_regression_from_best: 2%}
  log_loss: {better: lower, max: 0.6, max_regression: 2%, must_improve: 0.01, severity: warn}
  ece: {optional: true, max: 0.05, mode: report}
  loss: {better: lower, max_regression: 0.1, stderr: loss_se}
  seeds: {better: lower, must_improve: 0, repeats: runs}
  wer: {kind: mean, column: wer, better: lower, max_regression: 1%}
  shown: {}
slices:
  by: [country, age band]
  min_examples: 300
  metrics: {auc: {better: higher, min: 0.6, max_regression: 0.02}}
  fairness: {metric: recall, max_gap: 0.1}
data: {report: eval/data.json, checks: {rows: {min: 10000}}}
resources:
  model_size_mb: {max: 250}
  latency_p95_ms: {better: lower, max_regression: 10%}
artifacts: {require: [MLmodel], forbid: ["*.pkl"]}
"""


def loaded(text=POLICY):
    data = text.encode()
    return (LoadedPolicy("p.yaml", sha256(data).hexdigest(), parse_policy(data, "p.yaml")),)


def said(rule, text=POLICY):
    (found,) = explain_rule(loaded(text), rule, TODAY)
    return [plain(sentence) for sentence in found.means]


IDS = [one.rule for one in all_rules(loaded(), TODAY)]


@pytest.mark.parametrize(
    ("asked", "close"),
    [
        ("metrics.auc.mim", "metrics.auc.min"),
        ("slices.metrics.auc.min", "slices.auc.min"),
        ("slices.auc.mim[country=LU]", "slices.auc.min"),
    ],
)
def test_an_unknown_rule_is_answered_with_the_nearest_and_with_all(asked, close):
    with pytest.raises(InvalidInputError) as caught:
        explain_rule(loaded(), asked, TODAY)
    assert caught.value.exit_code is ExitCode.INVALID
    assert caught.value.what == f"No rule is called {asked}. Did you mean {close}?"
    assert all(f"    {rule}\n" in f"{caught.value.todo}\n" for rule in IDS)


@pytest.mark.parametrize("asked", ["weather", "slices.auc.min[origin=JFK]", "slices.auc.min[city]", " "])
def test_a_rule_that_resembles_none_is_unknown_too(asked):
    with pytest.raises(InvalidInputError, match="No rule is called"):
        explain_rule(loaded(), asked, TODAY)


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        ("metrics.auc.min", "auc must be at least 0.7; 0.7 itself passes."),
        ("metrics.log_loss.max", "log_loss must be at most 0.6; 0.6 itself passes."),
        ("metrics.auc.max_regression", "auc may be lower than main's by at most 0.005."),
        (
            "metrics.log_loss.max_regression",
            "log_loss may be higher than main's by at most 2% of its absolute value.",
        ),
        ("metrics.log_loss.must_improve", "log_loss must be really lower than main's, by at least 0.01."),
        ("metrics.seeds.must_improve", "seeds must be really lower than main's; an equal value fails."),
        (
            "metrics.auc.max_regression_from_best",
            "auc may be lower than that of the best version ever promoted by at most 2% of its absolute value.",
        ),
        ("metrics.shown", "shown must be there and be a number; it is shown, and no limit judges it."),
        (
            "slices.auc.min",
            "For every value of country, age band: auc must be at least 0.6; 0.6 itself passes.",
        ),
        (
            "slices.fairness.max_gap",
            "recall may lie at most 0.1 apart between two values of country, age band.",
        ),
        ("data.rows.min", "rows must be at least 10000; 10000 itself passes."),
        ("resources.model_size_mb.max", "model_size_mb must be at most 250; 250 itself passes."),
        ("artifacts.require[MLmodel]", "The model must hold a file MLmodel."),
        ("artifacts.forbid[*.pkl]", "The model must not hold a file *.pkl."),
    ],
)
def test_what_a_rule_asks_is_one_sentence_with_its_numbers(rule, first):
    assert said(rule)[0] == first


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("metrics.auc.max_regression", "Both models are compared on the same test rows."),
        (
            "metrics.auc.max_regression",
            "It passes when the change keeps the limit with 95% confidence, fails when it breaks it with 95% "
            "confidence, and is inconclusive between the two.",
        ),
        (
            "metrics.auc.min",
            "It is computed as roc_auc from the predictions in eval/rows.parquet; another number in the metrics "
            "files is an error.",
        ),
        (
            "metrics.wer.max_regression",
            "It is the mean of the column wer of eval/rows.parquet; another number in the metrics files is an "
            "error.",
        ),
        (
            "metrics.log_loss.max_regression",
            "Single values are compared, and how noisy they are is unknown: the limit must leave room.",
        ),
        ("metrics.log_loss.max", "A failure is shown as a warning and never blocks."),
        ("metrics.ece.max", "A failure is shown as information and never blocks."),
        ("metrics.ece.max", "Where the number is missing, the rule is skipped; NaN and infinity fail."),
        ("metrics.loss.max_regression", "Its noise is the standard error reported as loss_se."),
        ("metrics.seeds.must_improve", "Its noise is taken from the runs reported as runs."),
        (
            "metrics.auc.max_regression_from_best",
            "The best begins anew when the test data or the evaluator change.",
        ),
        (
            "slices.auc.min[country=LU]",
            "A slice with fewer than 300 rows is not judged; it is counted and listed.",
        ),
        ("data.rows.min", "It is read from the data report eval/data.json."),
        (
            "resources.latency_p95_ms.max_regression",
            "It warns only, until 10 promotions tell how noisy it is.",
        ),
    ],
)
def test_how_it_is_measured_and_what_a_failure_means_is_said(rule, sentence):
    assert sentence in said(rule)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("ask", "What is inconclusive is decided by a person: whoever merges."),
        ("fail", "Inconclusive counts as a failure here."),
        ("pass", "Inconclusive passes here."),
    ],
)
def test_what_happens_when_the_data_cannot_tell_is_the_policys_own_answer(answer, sentence):
    text = POLICY + f"compare: {{confidence: 90%, inconclusive: {answer}}}\n"
    assert sentence in said("metrics.auc.max_regression", text)
    assert any("90% confidence" in one for one in said("metrics.auc.max_regression", text))


@pytest.mark.parametrize(
    "rule", [*IDS, "slices.auc.min[country]", "slices.auc.min[country=LU]", "slices.auc.min[age band=1: #x]"]
)
def test_the_waiver_of_a_rule_can_be_pasted_and_waives_it(rule):
    (found,) = explain_rule(loaded(), rule, TODAY)
    (policy,) = loaded(POLICY + found.waiver)
    (waiver,) = policy.policy.waivers
    assert covers(waiver, rule)
    assert parse_policy((POLICY + found.waiver).encode(), "p.yaml", TODAY)


def test_where_there_are_waivers_already_a_new_one_goes_below_them():
    (found,) = explain_rule(loaded(), "metrics.auc.min", TODAY)
    text = POLICY + found.waiver
    (again,) = explain_rule(loaded(text), "metrics.log_loss.max", TODAY)
    (policy,) = loaded(text + again.waiver)
    assert [waiver.rule for waiver in policy.policy.waivers] == ["metrics.auc.min", "metrics.log_loss.max"]


def test_a_waiver_that_there_is_already_is_told():
    (waiver,) = explain_rule(loaded(), "metrics.auc.min", TODAY)
    (found,) = explain_rule(loaded(POLICY + waiver.waiver), "metrics.auc.min", TODAY)
    assert (
        plain(found.waived) == "Waived until 2026-07-31 by @you: why this is accepted, and what will mend it"
    )


def test_the_place_is_that_of_the_rules_own_key():
    (found,) = explain_rule(loaded(), "metrics.log_loss.must_improve", TODAY)
    assert (found.position.file, found.position.line, found.position.col) == ("p.yaml", 6, 59)
