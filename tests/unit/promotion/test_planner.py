"""The planner's truth table: what main says, what is served, what the ledger knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import ExitCode
from bot.evidence.phrase import plain
from bot.policy.verdict import Status
from bot.promotion.explain import explain
from bot.promotion.ledger import ModelLedger, read_records
from bot.promotion.plan import (
    Actual,
    Drifted,
    Finish,
    NothingToDo,
    Pointed,
    Promote,
    Refuse,
    Relation,
    Remeasure,
    Remeasured,
)
from bot.promotion.planner import plan


@pytest.fixture
def served(shop):
    """A ledger with versions 1 and 2 promoted, version 2 champion."""
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    return shop.model()


def at(ledger, relation=Relation.ANCESTOR, **changes):
    champion = Pointed(ledger.champion.version, ledger.champion.key, ledger.champion.digest)
    previous = Pointed(ledger.previous.version, ledger.previous.key, ledger.previous.digest)
    return replace(Actual(champion, previous, relation), **changes)


@pytest.mark.parametrize(
    ("status", "severity", "code"),
    [
        (Status.FAIL, "block", ExitCode.REJECTED),
        (Status.ERROR, "block", ExitCode.NOT_EVALUATED),
        (Status.INCONCLUSIVE, "block", None),
        (Status.FAIL, "warn", None),
        (Status.SKIPPED, "block", ExitCode.NOT_EVALUATED),
        (Status.NEW, "block", None),
        (Status.PASS, "block", None),
        (Status.WAIVED, "block", None),
    ],
)
def test_a_new_candidate_is_promoted_exactly_when_the_verdict_lets_it(served, fakes, status, severity, code):
    answer = fakes.verdict(fakes.result(status, "max_regression", severity=fakes.Severity(severity)))
    made = plan(fakes.desired("f" * 40, "new.dir", answer), at(served), served)
    assert isinstance(made, Promote if code is None else Refuse)
    assert made.exit_code == (code or ExitCode.OK)


@pytest.mark.parametrize(
    ("answer", "approvals", "approved", "promoted"),
    [
        ("ask", 0, False, True),
        ("ask", 1, False, False),
        ("ask", 1, True, True),
        ("pass", 1, False, True),
        ("fail", 0, True, False),
    ],
)
def test_what_could_be_merged_is_not_refused_later_for_the_same_reason(
    served, fakes, answer, approvals, approved, promoted
):
    unsure = fakes.result(Status.INCONCLUSIVE)
    verdict = fakes.verdict(unsure, inconclusive=answer, approvals=approvals, approved=approved)
    made = plan(fakes.desired("f" * 40, "new.dir", verdict), at(served), served)
    assert isinstance(made, Promote) is promoted
    assert verdict.passes is promoted


@pytest.mark.parametrize("relation", Relation)
def test_only_what_comes_after_the_champion_replaces_it(served, fakes, relation):
    made = plan(fakes.desired("f" * 40, "new.dir"), at(served, relation), served)
    expected = {
        Relation.DESCENDANT: NothingToDo,
        Relation.UNKNOWN: Refuse,
        Relation.UNRELATED: Refuse,
    }.get(relation, Promote)
    assert isinstance(made, expected)


def test_a_promotion_begun_for_a_newer_head_is_left_to_finish(served, fakes, shop):
    intent = last_intent(shop)
    ledger = replace(served, intent=intent)
    made = plan(fakes.desired("f" * 40, "new.dir"), at(served, intent_is=Relation.DESCENDANT), ledger)
    assert isinstance(made, NothingToDo)


def last_intent(shop):
    return read_records(shop.records.entries("modelbot/ledger"))[-2].record


def test_an_alias_on_an_announced_version_is_finished(served, shop, fakes):
    intent = replace(last_intent(shop), key="announced")
    actual = at(served, champion=Pointed("3", "announced", "d"))
    made = plan(fakes.desired("f" * 40, "new.dir", fakes.REJECTED), actual, replace(served, intent=intent))
    assert isinstance(made, Finish)
    assert made.version == "3"


@pytest.mark.parametrize(
    ("found", "abandoned", "restored"),
    [
        (Pointed("9", "theirs", None), (), False),
        (Pointed("9", None, None), ("x",), False),
        (Pointed("3", "x", "d"), ("x",), True),
        (None, ("x",), False),
    ],
)
def test_a_strayed_alias_is_put_back_when_we_moved_it_ourselves(served, fakes, found, abandoned, restored):
    ledger = replace(served, abandoned=abandoned)
    made = plan(fakes.desired("f" * 40, "new.dir"), at(served, champion=found), ledger)
    assert isinstance(made, Drifted)
    assert (made.restore is not None) is restored
    assert made.exit_code == (ExitCode.OK if restored else ExitCode.STALE)


def test_previous_is_put_back_before_anything_is_called_settled(served, fakes):
    lost = Pointed("2", "k", "d")
    for answer in (None, fakes.REJECTED):
        made = plan(
            fakes.desired("f" * 40, served.champion.lock_md5, answer), at(served, previous=lost), served
        )
        assert isinstance(made, Drifted)
        assert (made.alias, made.restore.version) == ("previous", "1")


def test_a_previous_whose_version_is_gone_stops_nothing(served, fakes):
    gone = at(served, previous=None, previous_lost=True)
    for md5, answer, expected in (
        ("new.dir", None, Promote),
        ("new.dir", fakes.REJECTED, Refuse),
        (served.champion.lock_md5, None, NothingToDo),
    ):
        assert isinstance(plan(fakes.desired("f" * 40, md5, answer), gone, served), expected)


def test_newer_numbers_of_the_champion_are_recorded_before_anything_is_judged(served, fakes):
    newer = Remeasured("e" * 40, fakes.metrics(0.9), served.champion.level)
    made = plan(fakes.desired("f" * 40, "new.dir", remeasured=newer), at(served), served)
    assert isinstance(made, Remeasure)
    assert (made.changes, made.exit_code) == (True, ExitCode.OK)
    strayed = at(served, champion=None)
    assert isinstance(plan(fakes.desired("f" * 40, "new.dir", remeasured=newer), strayed, served), Drifted)


def test_a_refusal_is_the_same_at_every_later_head_and_another_against_another_champion(fakes, shop):
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    shop.merge("bad", fakes.REJECTED)
    shop.reconcile()
    refused = shop.model()
    again = fakes.desired("e" * 40, shop.wanted.artifact.lock_md5, fakes.REJECTED)
    assert plan(again, at(refused), refused).recorded
    other = replace(refused, champion=replace(refused.champion, version="9"))
    assert not plan(again, at(other), other).recorded


def test_the_first_promotion_needs_a_threshold_or_an_approval(fakes):
    new = fakes.result(Status.NEW, "max_regression")
    nothing = Actual(None, None)
    for answer, promoted in (
        (fakes.verdict(new), False),
        (fakes.verdict(new, fakes.result(Status.PASS, "max")), True),
        (fakes.verdict(new, approved=True), True),
        (fakes.verdict(fakes.result(Status.WAIVED)), False),
    ):
        made = plan(fakes.desired("f" * 40, "new.dir", answer), nothing, ModelLedger("flights"))
        assert isinstance(made, Promote) is promoted


def test_a_dry_run_explains_every_plan_in_sentences(served, fakes, shop):
    head = "f" * 40
    new = fakes.desired(head, "new.dir")
    intent = replace(last_intent(shop), key="announced")
    plans = [
        plan(new, at(served), served),
        plan(fakes.desired(head, served.previous.lock_md5), at(served), served),
        plan(fakes.desired(head, served.champion.lock_md5), at(served), served),
        plan(fakes.desired(head, "new.dir", fakes.REJECTED), at(served), served),
        plan(new, at(served, champion=None), served),
        plan(new, at(served, champion=Pointed("3", "announced", "d")), replace(served, intent=intent)),
    ]
    lines = ["\n".join(plain(line) for line in explain(made)) for made in plans]
    for part, line in zip(
        (
            "is registered",
            "returns to version 1",
            "nothing to do",
            "fffffff is refused",
            "Nothing is moved",
            "Its record is completed",
        ),
        lines,
        strict=True,
    ):
        assert part in line
    assert "Version 2 stays champion" in lines[3]
    assert "claimed by whoever committed them" in lines[0]
    assert "Put the alias champion back to version 2" in lines[4]
    assert [made.changes for made in plans] == [True, True, False, True, True, True]
