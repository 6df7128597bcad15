"""`modelbot explain` over fakes: a rule, and what the work tree's numbers are by it now."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot.console_explain import explanation_json, explanation_lines, listing_lines
from bot.errors import InvalidFileError, InvalidInputError
from bot.usecases.explain import Here, NoNumbers, explain

DAY = date(2026, 3, 1)
RULE = "metrics.auc.max_regression"


def asked(team, rule, **policies):
    files = {
        path: data
        for path, data in team.repository.files("HEAD").items()
        if path.startswith("policies/") and not policies
    }
    given = files or {f"policies/{name}.yaml": text.encode() for name, text in policies.items()}

    def here():
        return Here(team.repository, team.records, team.scope(), team.remote, DAY)

    return explain(tuple(given.items()), rule, DAY, here)


def text(found):
    return "\n".join(explanation_lines(found))


def test_a_wrong_policy_is_told_at_its_place(team):
    with pytest.raises(InvalidFileError, match=r"policies/tiny\.yaml:3:1: colour"):
        asked(team, RULE, tiny="version: 1\nmodel: tiny\ncolour: red\n")


def test_without_a_policy_there_is_nothing_to_explain():
    with pytest.raises(InvalidInputError, match="no policy to explain"):
        explain((), RULE, DAY, lambda: pytest.fail("nothing is judged"))


def test_what_cannot_be_judged_has_no_numbers_and_keeps_its_words(team):
    team.propose(removed=(".dvc/config",))
    (found,) = asked(team, RULE)
    assert isinstance(found.numbers, NoNumbers)
    assert "auc may be lower than main's by at most 0.01." in text((found,))
    assert "It has no numbers here." in text((found,))
    assert "not a DVC repository" in text((found,))


def test_numbers_of_a_pipeline_that_is_out_of_date_say_so(promoted):
    promoted.propose(params__yaml="lr: 0.2\n")
    found = asked(promoted, RULE)
    assert "out of date are evaluate, train" in text(found)
    assert "    pass: auc is unchanged (limit 0.01)" in text(found).splitlines()
    assert promoted.workshop.opened == 0


def test_a_rule_that_fails_now_shows_its_numbers(promoted, lock_of):
    files = promoted.repository.files("main") | {"params.yaml": b"lr: 0.3\n", "metrics.json": b'{"auc": 0.6}'}
    promoted.propose(
        params__yaml="lr: 0.3\n", metrics__json='{"auc": 0.6}', dvc__lock=lock_of(files, "0.3").decode()
    )
    lines = text(asked(promoted, RULE)).splitlines()
    assert "    fail: auc is 0.2 lower (limit 0.01)" in lines
    assert "        main 0.8, here 0.6, better by -0.2, limit 0.01" in lines
    assert "tiny, written at policies/tiny.yaml:5" in lines[0]


def test_predictions_that_nobody_has_here_leave_single_values_and_are_named(promoted):
    policy = """\
version: 1
model: tiny
artifact: model
predictions: {file: rows.parquet, id: id, label: y, score: p}
metrics: {auc: {kind: roc_auc, better: higher, max_regression: 0.01}}
"""
    promoted.propose(params__yaml="lr: 0.2\n")
    said = text(asked(promoted, RULE, tiny=policy))
    assert "Predictions are missing here, so numbers are single values, as reported:" in said
    assert "rows.parquet is neither in Git nor an output that dvc.lock of the work tree names." in said
    assert "    pass: auc is unchanged (limit 0.01)" in said.splitlines()


def test_nothing_that_lasts_is_changed(promoted):
    promoted.propose(params__yaml="lr: 0.2\n")
    before = promoted.state()
    asked(promoted, RULE)
    assert promoted.state() == before


def test_a_slice_that_nobody_measured_has_no_result(promoted):
    policy = "version: 1\nmodel: tiny\nartifact: model\nslices: {by: [origin], metrics: {auc: {min: 0.1}}}\n"
    promoted.propose(params__yaml="lr: 0.2\n")
    said = text(asked(promoted, "slices.auc.min[origin=JFK]", tiny=policy))
    assert "no result: nothing of this name was measured" in said


def test_a_rule_that_two_policies_have_is_explained_for_each(promoted):
    other = "version: 1\nmodel: other\nartifact: model\nmetrics: {auc: {min: 0.9}}\n"
    same = "version: 1\nmodel: tiny\nartifact: model\nmetrics: {auc: {min: 0.1}}\n"
    promoted.propose(params__yaml="lr: 0.2\n")
    found = asked(promoted, "metrics.auc.min", other=other, tiny=same)
    assert [one.explained.model for one in found] == ["other", "tiny"]
    assert "    fail: auc is 0.8, below the minimum 0.9" in text(found).splitlines()


def test_without_a_rule_all_are_listed_and_none_is_judged(team):
    files = tuple(
        (path, data) for path, data in team.repository.files("HEAD").items() if path.startswith("policies/")
    )
    found = explain(files, "", DAY, lambda: pytest.fail("nothing is judged"))
    assert list(listing_lines(found)) == [
        "metrics.auc.min  (policies/tiny.yaml:5)",
        "    auc must be at least 0.7; 0.7 itself passes.",
        "metrics.auc.max_regression  (policies/tiny.yaml:5)",
        "    auc may be lower than main's by at most 0.01.",
        "`modelbot explain RULE` says more about one of them.",
    ]


def test_a_program_gets_the_same_facts(promoted):
    promoted.propose(params__yaml="lr: 0.2\n")
    (line,) = explanation_json(asked(promoted, RULE))
    (rule,) = json.loads(line)["rules"]
    assert (rule["file"], rule["line"], rule["rule"]) == ("policies/tiny.yaml", 5, RULE)
    assert rule["now"]["stale"] == ["evaluate", "train"]
    (result,) = rule["now"]["results"]
    assert (result["status"], result["base"], result["candidate"]) == ("pass", 0.8, 0.8)
