"""What an edit of a policy is said to loosen and tighten."""

from __future__ import annotations

import pytest

from bot.policy.differences import PolicyEdit, edits_of
from bot.policy.parse import parse_policy

TOP = """version: 1
model: flights
predictions: {file: p.csv, id: i, label: y, score: s}
"""
PLAIN = """
metrics: {auc: {better: higher, min: 0.7, max_regression: 1%}, loss: {max: 0.5}}
slices: {by: [a, b], metrics: {auc: {min: 0.5}}}
"""


def edits(before: str, after: str) -> list[tuple[str, str | None, str | None, str]]:
    found = edits_of(parse_policy((TOP + before).encode(), "p"), parse_policy((TOP + after).encode(), "p"))
    return [(edit.key, edit.before, edit.after, edit.effect) for edit in found]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("min: 0.7", "min: 0.6", ("metrics.auc.min", "0.7", "0.6", "loosens")),
        ("min: 0.7", "min: 0.8", ("metrics.auc.min", "0.7", "0.8", "tightens")),
        ("max: 0.5", "max: 0.6", ("metrics.loss.max", "0.5", "0.6", "loosens")),
        ("max: 0.5", "max: 0.4", ("metrics.loss.max", "0.5", "0.4", "tightens")),
        ("regression: 1%", "regression: 2%", ("metrics.auc.max_regression", "1%", "2%", "loosens")),
        ("regression: 1%", "regression: 0.5%", ("metrics.auc.max_regression", "1%", "0.5%", "tightens")),
        ("regression: 1%", "regression: 0.01", ("metrics.auc.max_regression", "1%", "0.01", "changes")),
        (", max_regression: 1%", "", ("metrics.auc.max_regression", "1%", None, "loosens")),
        ("max: 0.5", "max: 0.5, min: 0", ("metrics.loss.min", None, "0.0", "tightens")),
        ("max: 0.5", "max: 0.5, severity: warn", ("metrics.loss.severity", None, "warn", "loosens")),
        ("max: 0.5", "max: 0.5, optional: true", ("metrics.loss.optional", None, "true", "loosens")),
        ("max: 0.5", "max: 0.5, mode: report", ("metrics.loss.mode", None, "report", "loosens")),
        ("min: 0.7", "min: 0.7, kind: roc_auc", ("metrics.auc.kind", None, "roc_auc", "changes")),
        ("by: [a, b]", "by: [a]", ("slices.by", "a, b", "a", "loosens")),
        ("by: [a, b]", "by: [a, b, c]", ("slices.by", "a, b", "a, b, c", "tightens")),
        ("by: [a, b]", "by: [a, c]", ("slices.by", "a, b", "a, c", "changes")),
    ],
)
def test_an_edit_of_one_key_is_told_with_its_effect(old, new, said):
    assert edits(PLAIN, PLAIN.replace(old, new)) == [said]


@pytest.mark.parametrize(
    ("line", "effects"),
    [
        ("compare: {inconclusive: fail}", ["tightens"]),
        ("compare: {inconclusive: pass}", ["loosens"]),
        ("compare: {confidence: 99%}", ["changes"]),
        ("mode: report", ["loosens"]),
        ("artifacts: {forbid: ['*.pkl']}", ["tightens"]),
        ("waivers: [{rule: metrics.auc.min, reason: r, by: '@b', until: 2026-12-31}]", ["loosens"]),
    ],
)
def test_a_section_that_is_added_is_told_with_its_effect_and_removed_with_the_opposite(line, effects):
    opposite = {"loosens": "tightens", "tightens": "loosens", "changes": "changes"}
    rule = "metrics: {auc: {min: 0.7}}\n"
    added, removed = edits(rule, rule + line), edits(rule + line, rule)
    assert [edit[3] for edit in added] == effects
    assert [edit[3] for edit in removed] == [opposite[edit[3]] for edit in added]


def test_the_order_and_the_comments_of_a_policy_are_no_edit():
    turned = PLAIN.replace(", loss: {max: 0.5}}", "}").replace(
        "{auc: {better", "{loss: {max: 0.5}, auc: {better"
    )
    assert turned != PLAIN
    assert edits(PLAIN, turned + "# why\n") == []


def test_a_waiver_is_told_by_its_rule_with_everything_it_says():
    line = "waivers: [{rule: metrics.auc.min, reason: later, by: '@b', until: 2026-12-31}]"
    assert edits_of(
        parse_policy((TOP + PLAIN).encode(), "p"), parse_policy((TOP + PLAIN + line).encode(), "p")
    ) == (PolicyEdit("waivers.metrics.auc.min", None, "until 2026-12-31, by @b: later", "loosens"),)
