"""When people are told anew: pass turned into fail or back. And what stands after events in any order."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from bot.policy.verdict import Status
from bot.report.build import build_report, not_evaluated
from bot.report.facts import Basis, NothingAffected, ReportFacts
from bot.report.marker import parse_marker
from bot.report.publish import checking, publish, publish_start
from tests.contract.publish.conftest import FakeGitHub
from tests.contract.publish.test_publish import invocation, judged, ours

PASS, FAIL, ASKS = Status.PASS, Status.FAIL, Status.INCONCLUSIVE
Event = Callable[[], object]


def seen(world) -> tuple[str, ...]:
    """What a reader finds: the body of every comment of ours that is not folded."""
    return tuple(one.body for one in world.comments() if not one.folded)


@pytest.mark.parametrize(("first", "then"), [(PASS, FAIL), (FAIL, PASS)])
def test_a_verdict_that_turns_is_a_new_comment_and_the_old_one_is_folded(world, basis, first, then) -> None:
    publish(judged(basis, first), world.github)
    later = invocation(basis, 51)
    publish_start(later, world.github)
    assert publish(judged(later, then), world.github).comment == "created"
    old, new = world.comments()
    assert (old.folded, new.folded) == (True, False)
    assert old.body.startswith("Superseded by [the report](http")
    assert parse_marker(old.body) is None
    assert ours(world) == [new.body]


@pytest.mark.parametrize("between", [ASKS, None])
def test_a_question_or_an_error_between_two_equal_verdicts_keeps_the_comment(world, basis, between) -> None:
    publish(judged(basis, FAIL), world.github)
    middle = invocation(basis, 51)
    report = judged(middle, between) if between else not_evaluated(middle, "no data", "push it")
    assert publish(report, world.github).comment == "updated"
    assert publish(judged(invocation(basis, 52), FAIL), world.github).comment == "updated"
    assert len(world.comments()) == 1


@pytest.mark.parametrize("between", [ASKS, None])
def test_a_verdict_that_turned_behind_a_question_or_an_error_is_told_anew(world, basis, between) -> None:
    publish(judged(basis, FAIL), world.github)
    middle = invocation(basis, 51)
    report = judged(middle, between) if between else not_evaluated(middle, "no data", "push it")
    publish(report, world.github)
    assert publish(judged(invocation(basis, 52), PASS), world.github).comment == "created"
    assert [one.folded for one in world.comments()] == [True, False]


def test_the_first_verdict_after_an_error_is_not_a_turn(world, basis) -> None:
    publish(not_evaluated(basis, "no data", "push it"), world.github)
    assert publish(judged(invocation(basis, 51), PASS), world.github).comment == "updated"


def test_a_turn_that_broke_off_between_the_two_comments_is_completed(world, basis) -> None:
    publish(judged(basis, FAIL), world.github)
    old = world.comments()[0].body
    later = judged(invocation(basis, 51), PASS)
    publish(later, world.github)
    first = world.github.comments(world.number)[0]
    world.github.update_comment(first, old)
    assert len(ours(world)) == 2
    assert publish(later, world.github).comment == "unchanged"
    assert len(ours(world)) == 1
    assert "ready to merge" in ours(world)[0]


def test_a_turn_whose_answer_is_lost_makes_one_comment(world, basis) -> None:
    publish(judged(basis, FAIL), world.github)
    world.lose_answer("POST", "comments")
    publish(judged(invocation(basis, 51), PASS), world.github)
    assert [one.folded for one in world.comments()] == [True, False]


def test_a_turn_costs_few_requests(world, basis) -> None:
    publish(judged(basis, FAIL), world.github)
    later = invocation(basis, 51)
    publish_start(later, world.github)
    before = world.requests()
    with checking(later, world.github) as session:
        session.publish(judged(later, PASS))
    requests, creating = (now - then for now, then in zip(world.requests(), before, strict=True))
    assert requests <= 12
    assert creating <= 2


def test_an_older_run_that_ends_last_repeats_the_newer_answer_in_its_check(world, basis) -> None:
    newer = invocation(basis, 51)
    publish_start(basis, world.github)
    publish(judged(newer, FAIL), world.github)
    assert publish(judged(basis, PASS), world.github).conclusion == "failure"
    late = next(one for one in world.checks(world.head) if "-run-50-" in one.external_id)
    assert (late.conclusion, late.title) == ("failure", "the answer of run 51, which is newer")


def test_an_older_run_keeps_its_own_answer_where_the_newer_has_none_on_this_commit(world, basis) -> None:
    newer = invocation(basis, 51)
    publish_start(newer, world.github)
    assert publish(judged(basis, FAIL), world.github).conclusion == "failure"
    assert publish(judged(newer, PASS), world.github).conclusion == "success"


def events(basis: Basis, github) -> dict[str, Event]:
    """Two invocations on one head, the second with the other answer; every delivery may come twice."""
    again = invocation(basis, 50, 2)
    return {
        "start": lambda: publish_start(basis, github),
        "result": lambda: publish(judged(basis, FAIL), github),
        "result again": lambda: publish(judged(basis, FAIL), github),
        "re-run's start": lambda: publish_start(again, github),
        "re-run's result": lambda: publish(judged(again, PASS), github),
    }


NAMES = ("start", "result", "result again", "re-run's start", "re-run's result")
ORDERS = [
    order
    for length in range(1, len(NAMES) + 1)
    for order in itertools.permutations(NAMES, length)
    if "re-run's result" in order
]


@pytest.mark.parametrize("world", ["fake"], indirect=True)
def test_every_order_of_up_to_five_events_ends_in_the_same_comment_and_check(world, basis) -> None:
    assert len(ORDERS) == 261
    for order in ORDERS:
        github = FakeGitHub(world.github.pull)
        happens = events(basis, github)
        for name in order:
            happens[name]()
        shown = [one.body for one in github.said if one.id not in github.folded]
        assert len(shown) == 1, order
        assert "ready to merge" in shown[0], order
        assert parse_marker(shown[0]).order == (50, 2), order
        last = [check for _, check, _ in github.runs.values() if check.status == "completed"]
        assert {check.conclusion for check in last if "attempt-2" in check.external_id} == {"success"}, order


@pytest.mark.parametrize("order", [NAMES, NAMES[::-1], (*NAMES[2:], *NAMES[:2])])
def test_the_same_over_http(world, basis, order: tuple[str, ...]) -> None:
    happens = events(basis, world.github)
    for name in order:
        happens[name]()
    (shown,) = seen(world)
    assert "ready to merge" in shown


def test_nothing_affected_says_so_where_a_verdict_stood(world, basis) -> None:
    publish(judged(basis, FAIL), world.github)
    later = invocation(basis, 51)
    assert publish(build_report(ReportFacts(later, NothingAffected())), world.github).comment == "updated"
    assert publish(judged(invocation(basis, 52), FAIL), world.github).comment == "updated"
    assert len(world.comments()) == 1
