"""`modelbot evidence` over fakes: what an auditor reads of a version, from the ledger alone."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.adapters.files import ModelDirectories
from bot.console_dossier import dossier_json, dossier_lines
from bot.errors import InvalidInputError
from bot.promotion.dossier import dossier
from bot.promotion.ledger import BRANCH, read_records
from bot.promotion.recall import Asked
from bot.usecases.evidence import evidence
from bot.usecases.judge import Occasion
from bot.usecases.rebuild import By, RebuildWorld, rebuild


@pytest.fixture
def live(promoted):
    """Versions 1 and 2; the second came with a pull request that ana approved."""
    promoted.release("0.2")
    return promoted


def told(team, version, model=""):
    return "\n".join(dossier_lines(evidence(team.records, model, version)))


def events(team, version):
    return [one.what for one in evidence(team.records, "", version).later]


def test_a_version_that_never_was_champion_has_no_evidence(live):
    with pytest.raises(InvalidInputError, match="Version 9 of tiny never was champion") as error:
        told(live, "9")
    assert "The last that were: 1, 2." in error.value.todo


def test_a_model_that_is_not_known_is_an_error(live):
    with pytest.raises(InvalidInputError, match="knows no model 'tine'"):
        told(live, "1", "tine")


def test_without_a_ledger_there_is_nothing(team):
    with pytest.raises(InvalidInputError, match="several models, or none"):
        told(team, "1")


def test_every_question_of_an_auditor_is_answered(live):
    record, text = live.ledger()[-1], " ".join(told(live, "v2").split())
    for answer in (
        "tiny version 2: champion now",
        record.artifact.digest,
        record.artifact.lock_md5,
        record.artifact.lock_sha256,
        record.origin.head,
        "#7",
        "ben",
        "ana",
        "90, attempt 1",
        record.judgement.policy.digest,
        "policies/tiny.yaml at ",
        "pass: passes",
        "reproduced by the bot",
        "metrics.auc.min",
        "metrics.auc.max_regression",
        "margin 0.01",
        "auc 0.85, before 0.8",
        f"version 1, digest {record.supersedes}",
        "nothing is on record",
    ):
        assert answer in text, answer


def test_no_line_is_wider_than_eighty_columns_and_none_is_a_command(live):
    record = live.ledger()[-1]
    long = replace(record.origin, author="::error::" + "x" * 200, approvers=tuple("abcdefgh" * 20))
    rules = tuple(replace(rule, rule=f"slices.auc[{'y' * 90}]") for rule in record.judgement.rules)
    hostile = replace(record, origin=long, judgement=replace(record.judgement, rules=rules))
    found = replace(evidence(live.records, "", "2"), record=hostile)
    lines = list(dossier_lines(found))
    assert max(map(len, lines)) <= 80
    assert not any(line.lstrip().startswith("::") for line in lines)


def test_the_first_says_that_it_superseded_nothing_and_what_superseded_it(live):
    text = told(live, "1")
    assert "nothing: it was the first" in text
    assert "version 2 superseded it (#7)" in text
    assert "champion before the present one" in text


def test_what_was_called_back_and_returned_to_is_told_in_order(live):
    live.rollback(Asked("tiny", "2", "1", "mona", "double charges"))
    assert events(live, "2") == [
        "mona called version 1 back instead: double charges",
        "version 1 was returned to",
    ]
    assert events(live, "1") == [
        "version 2 superseded it (#7)",
        "mona called it back: double charges",
        "champion again, as version 1",
    ]
    assert "taken back by a return" in told(live, "2")


def test_a_number_of_before_a_rebuild_still_finds_it(live):
    del live.registry.versions["tiny", "1"], live.registry.aliases["tiny", "previous"]
    files = ModelDirectories(live.remote, live.root / "scratch")
    rebuild(RebuildWorld(live.records, live.registry, files), By("mona"), live.occasion, dry_run=False)
    for number in ("1", "3"):
        assert "it also had the number 1" in told(live, number)
    assert events(live, "3")[-1] == "version 1 is 3 now"


def test_a_number_that_two_versions_had_is_told_and_the_digest_finds_the_other(fakes, tmp_path):
    """Version 1 is lost, and what was version 2 has its number since."""
    shop = fakes.fake_shop(tmp_path)
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    first, second = (one.digest for one in shop.model().former)
    shop.registry = fakes.FakeRegistry(tmp_path / "new")
    shop.objects.objects = {name: data for name, data in shop.objects.objects.items() if data != b"one"}
    files = ModelDirectories(shop.objects, shop.scratch, one_at_a_time=True)
    occasion = Occasion(datetime(2026, 12, 1, tzinfo=UTC), "0.1.0", "acme/flights", "")
    rebuild(RebuildWorld(shop.records, shop.registry, files), By("mona"), occasion, dry_run=False)
    records = read_records(shop.records.entries(BRANCH))
    assert dossier(records, "", "1").record.artifact.digest == second
    assert dossier(records, "", "1").others == (first,)
    assert dossier(records, "", first[:12]).version == "1 (lost)"
    assert f"modelbot evidence {first[:12]}" in "\n".join(dossier_lines(dossier(records, "", "1")))


def test_an_alias_that_strayed_is_told(shop_records):
    records = shop_records
    assert [one.what for one in dossier(records, "flights", "1").later] == [
        "the alias champion was found at nothing"
    ]


@pytest.fixture
def shop_records(fakes, tmp_path):
    shop = fakes.fake_shop(tmp_path)
    shop.merge("one")
    shop.reconcile()
    del shop.registry.aliases["flights", "champion"]
    shop.reconcile()
    return read_records(shop.records.entries(BRANCH))


def test_a_program_reads_the_record_itself_and_numbers_that_are_none_as_text(live):
    found = evidence(live.records, "", "2")
    value = json.loads("\n".join(dossier_json(found)))
    assert (value["version"], value["model_version"], value["place"]) == (1, "2", "champion")
    assert value["record"]["judgement"]["policy"]["digest"] == found.record.judgement.policy.digest
    rules = (replace(found.record.judgement.rules[0], candidate=math.nan),)
    odd = replace(found.record, judgement=replace(found.record.judgement, rules=rules))
    value = json.loads("\n".join(dossier_json(replace(found, record=odd))))
    assert value["record"]["judgement"]["rules"][0]["candidate"] == "NaN"
