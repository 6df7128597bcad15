"""Every kind of rule is whole: a key of the grammar that asks for something becomes a rule that says so."""

from __future__ import annotations

import inspect

import pytest

from bot.evidence.phrase import plain
from bot.policy.limits import CHANGE_RULES, Limits
from bot.policy.parse import parse_policy
from bot.policy.rules import build
from bot.policy.rules.build import NUMBER_KINDS, rules_of

HEAD = "version: 1\nmodel: m\n"
OTHERS = {
    "required": "metrics: {auc: {}, other: {min: 0}}",
    "fairness": "metrics: {auc: {min: 0}}\nslices: {by: [c], fairness: {metric: auc, max_gap: 0.1}}",
    "require": "metrics: {auc: {min: 0}}\nartifacts: {require: [MLmodel]}",
    "forbid": "metrics: {auc: {min: 0}}\nartifacts: {forbid: ['*.pkl']}",
    "protected": "metrics: {auc: {min: 0}}\napprovals: {count: 1}\nprotected: [a.py]",
    "evidence": "metrics: {auc: {min: 0}}\nevidence: {minimum: reproduced}",
}


def rules(text: str):
    return rules_of(parse_policy((HEAD + text + "\n").encode(), "p.yaml"))


def test_every_limit_of_the_grammar_is_the_key_of_one_kind():
    helpers = {"optional", "severity", "mode", "better"}
    assert sorted(set(Limits.model_fields) - helpers) == sorted(kind.KEY for kind in NUMBER_KINDS)


def test_what_compares_is_what_needs_a_direction():
    assert sorted(kind.KEY for kind in NUMBER_KINDS if kind.COMPARES) == sorted(CHANGE_RULES)


@pytest.mark.parametrize("kind", NUMBER_KINDS, ids=lambda kind: kind.KEY)
def test_a_limit_becomes_a_rule_that_stands_at_its_key_and_says_what_it_asks(kind):
    (rule,) = rules(f"metrics:\n  auc: {{better: higher, {kind.KEY}: 0.25}}")
    assert type(rule) is kind
    assert (rule.id, rule.position.line) == (f"metrics.auc.{kind.KEY}", 4)
    assert "auc" in plain(rule.asks())
    assert "0.25" in plain(rule.asks())


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_kind_says_what_it_asks_and_is_named_by_its_path(name):
    found = [rule for rule in rules(OTHERS[name]) if "auc.min" not in rule.id and "other" not in rule.id]
    (rule,) = found
    assert plain(rule.asks()).endswith(".")
    assert not rule.waivable or rule.may_give(rule.id)


def test_every_kind_has_a_file_of_its_own():
    files = [inspect.getfile(kind) for kind in (build.Required, *NUMBER_KINDS)]
    assert len(set(files)) == len(files)
