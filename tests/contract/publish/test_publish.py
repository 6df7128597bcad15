"""What people find at GitHub after each event, on the fake and on PyGithub over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import NotEvaluatedError
from bot.evidence.phrase import Quoted
from bot.policy.verdict import PolicyRef, Position, RuleResult, Severity, Status, Verdict
from bot.ports.github import Publisher
from bot.report.build import build_report
from bot.report.facts import (
    Basis,
    Invocation,
    Judged,
    ModelFacts,
    Models,
    NothingAffected,
    ReportFacts,
)
from bot.report.marker import parse_marker, render_marker
from bot.report.model import Report
from bot.report.publish import checking, close_checks, publish, publish_start
from bot.report.render import marker_of

POSITION = Position("policies/flights.yaml", 4, 3)


def judged(basis: Basis, status: Status) -> Report:
    result = RuleResult(
        "metrics.auc.min",
        "min",
        "auc",
        status,
        Severity.BLOCK,
        ("auc is ", Quoted("0.6")),
        POSITION,
        "higher",
        candidate=0.6,
        limit=0.7,
    )
    verdict = Verdict("flights", PolicyRef("policies/flights.yaml", basis.target.base, "ab" * 32), (result,))
    return build_report(ReportFacts(basis, Models((ModelFacts("flights", Judged(verdict)),))))


def invocation(basis: Basis, run: int, attempt: int = 1) -> Basis:
    return replace(basis, invocation=Invocation(run, attempt))


def ours(world) -> list[str]:
    return [one.body for one in world.comments() if parse_marker(one.body) and one.author_id == 41898282]


def test_a_crash_completes_check_and_comment_and_goes_on(world, basis) -> None:
    with pytest.raises(ZeroDivisionError), checking(basis, world.github):
        raise ZeroDivisionError("division by zero")
    (check,) = world.checks(world.head)
    assert (check.status, check.conclusion, check.title) == ("completed", "failure", "could not evaluate")
    (comment,) = ours(world)
    assert "ZeroDivisionError" in comment


def test_an_expected_error_is_told_with_what_to_do(world, basis) -> None:
    with pytest.raises(NotEvaluatedError), checking(basis, world.github):
        raise NotEvaluatedError("metrics.json is not there", "Commit it.")
    (comment,) = ours(world)
    assert "metrics.json is not there" in comment
    assert "Commit it." in comment


def test_leaving_without_a_result_is_not_a_pass(world, basis) -> None:
    with checking(basis, world.github):
        pass
    (check,) = world.checks(world.head)
    assert check.conclusion == "failure"


def test_an_error_after_publishing_leaves_the_result(world, basis) -> None:
    def judge_and_break() -> None:
        with checking(basis, world.github) as session:
            session.publish(judged(basis, Status.PASS))
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk"):
        judge_and_break()
    (check,) = world.checks(world.head)
    assert check.conclusion == "success"


def test_a_failing_verdict_fails_the_check_and_says_why(world, basis) -> None:
    with checking(basis, world.github) as session:
        published = session.publish(judged(basis, Status.FAIL))
    assert (published.comment, published.conclusion) == ("created", "failure")
    (check,) = world.checks(world.head)
    assert (check.conclusion, check.title) == (
        "failure",
        "❌ flights: do not merge yet, 1 of 1 rule fails",
    )
    (comment,) = ours(world)
    assert "do not merge yet" in comment


def test_starting_is_seen_at_once_and_twice_is_once(world, basis) -> None:
    publish_start(basis, world.github)
    publish_start(basis, world.github)
    assert [check.status for check in world.checks(world.head)] == ["in_progress"]
    (comment,) = ours(world)
    assert "running" in comment


def test_a_start_that_arrives_after_the_result_changes_nothing(world, basis) -> None:
    publish(judged(basis, Status.PASS), world.github)
    before = world.comments(), world.checks(world.head)
    publish_start(basis, world.github)
    assert (world.comments(), world.checks(world.head)) == before


def test_the_running_comment_becomes_the_report(world, basis) -> None:
    publish_start(basis, world.github)
    published = publish(judged(basis, Status.PASS), world.github)
    assert published.comment == "updated"
    (comment,) = ours(world)
    assert "ready to merge" in comment
    assert [(check.status, check.conclusion) for check in world.checks(world.head)] == [
        ("completed", "success")
    ]


def test_the_same_result_again_is_no_edit(world, basis) -> None:
    publish(judged(basis, Status.PASS), world.github)
    before = world.comments()
    later = replace(basis, time=basis.time + timedelta(minutes=5))
    assert publish(judged(later, Status.PASS), world.github).comment == "unchanged"
    assert world.comments() == before


def test_an_older_invocation_never_overwrites_a_newer_one(world, basis) -> None:
    publish(judged(invocation(basis, 51), Status.FAIL), world.github)
    assert publish(judged(basis, Status.PASS), world.github).comment == "newer exists"
    assert publish(judged(invocation(basis, 51, 2), Status.FAIL), world.github).comment == "updated"
    assert publish(judged(invocation(basis, 51, 1), Status.PASS), world.github).comment == "newer exists"
    (comment,) = ours(world)
    assert "do not merge yet" in comment


def test_a_head_that_moved_gets_stale_and_not_the_result(world, basis) -> None:
    old = world.head
    publish_start(basis, world.github)
    new = world.push()
    published = publish(judged(basis, Status.PASS), world.github)
    assert published.stale
    (check,) = world.checks(old)
    assert check.conclusion == "failure"
    (comment,) = ours(world)
    assert "stale" in comment
    assert new[:7] in comment
    assert "ready to merge" not in comment


def test_a_lock_commit_is_reported_on_the_new_head(world, basis) -> None:
    old = world.head
    with checking(basis, world.github) as session:
        target = replace(basis.target, head=world.push())
        session.publish(judged(replace(basis, target=target), Status.PASS))
    assert [check.conclusion for check in world.checks(world.head)] == ["success"]
    assert [check.conclusion for check in world.checks(old)] == ["failure"]
    (comment,) = ours(world)
    assert "ready to merge" in comment


@pytest.mark.parametrize("world", ["fake"], indirect=True)
def test_a_lock_commit_that_github_does_not_know_as_the_head_yet_is_not_stale(world, basis) -> None:
    with checking(basis, world.github) as session:
        target = replace(basis.target, head="cc" * 20)
        published = session.publish(judged(replace(basis, target=target), Status.PASS))
    assert not published.stale
    assert [check.conclusion for check in world.checks("cc" * 20)] == ["success"]


def test_nothing_affected_makes_no_comment_but_a_passing_check(world, basis) -> None:
    nothing = build_report(ReportFacts(basis, NothingAffected()))
    assert publish(nothing, world.github).comment == "none"
    assert world.comments() == ()
    assert [check.conclusion for check in world.checks(world.head)] == ["success"]


def test_nothing_affected_updates_the_comment_of_an_earlier_push(world, basis) -> None:
    publish(judged(invocation(basis, 49), Status.FAIL), world.github)
    nothing = build_report(ReportFacts(basis, NothingAffected()))
    assert publish(nothing, world.github).comment == "updated"
    (comment,) = ours(world)
    assert "nothing to judge" in comment


def test_a_strangers_copy_of_the_marker_is_not_our_comment(world, basis) -> None:
    forged = render_marker(marker_of(judged(invocation(basis, 99_999), Status.PASS)))
    world.say(forged + "\n### ready to merge")
    assert publish(judged(basis, Status.FAIL), world.github).comment == "created"
    assert [("ready to merge" in one.body, "do not merge yet" in one.body) for one in world.comments()] == [
        (True, False),
        (False, True),
    ]


def test_our_comment_is_found_behind_a_hundred_others(world, basis) -> None:
    world.github.create_comment(world.number, "not a report")
    publish(judged(basis, Status.FAIL), world.github)
    for n in range(105):
        world.say(f"me too {n}")
    assert publish(judged(invocation(basis, 51), Status.FAIL), world.github).comment == "updated"
    assert len(ours(world)) == 1


def test_two_racing_comments_become_one(world, basis) -> None:
    body = render_marker(marker_of(judged(basis, Status.FAIL)))
    world.github.create_comment(world.number, body)
    world.github.create_comment(world.number, body)
    publish(judged(invocation(basis, 51), Status.FAIL), world.github)
    assert len(ours(world)) == 1
    assert sorted(one.folded for one in world.comments()) == [False, True]


@pytest.mark.parametrize("what", ["check-runs", "comments"])
def test_a_lost_answer_makes_no_second_one(world, basis, what: str) -> None:
    world.lose_answer("POST", what)
    with checking(basis, world.github) as session:
        session.publish(judged(basis, Status.PASS))
    assert len(ours(world)) == 1
    assert [check.conclusion for check in world.checks(world.head)] == ["success"]


def test_one_event_costs_few_requests_however_many_comments(world, basis) -> None:
    for n in range(3):
        world.say(f"comment {n}")
    with checking(basis, world.github) as session:
        session.publish(judged(basis, Status.FAIL))
    all_requests, creating = world.requests()
    assert 5 <= all_requests <= 12
    assert creating <= 2


def test_a_deployment_is_recorded_once(world) -> None:
    github = world.github
    github.deployed(world.base, "production", "failure", "refused: a rule fails")
    github.deployed(world.base, "production", "failure", "refused: a rule fails")
    github.deployed(world.base, "production", "success", "v13 " + "x" * 300)
    github.deployed(world.base, "production", "success", "v13 " + "x" * 300)
    assert world.deployments() == (("production", ("failure", "success")),)


def test_the_fake_and_the_adapter_are_publishers(world) -> None:
    publisher: Publisher = world.github
    assert publisher.author_id() == 41898282
    pull = publisher.pull_request(world.number)
    assert (pull.head_sha, pull.head_branch, pull.head_repository) == (world.head, "trees", world.repository)
    assert publisher.pull_requests_of_head(world.repository, "trees", world.head) == (pull,)
    assert publisher.pull_requests_of_head(world.repository, "trees", "0" * 40) == ()
    assert publisher.pull_requests_of_head("evil/flights", "trees", world.head) == ()


def test_a_lock_commit_has_its_check_at_once_and_a_crash_completes_both(world, basis) -> None:
    old = world.head

    def move_and_break() -> None:
        with checking(basis, world.github) as session:
            session.moved(world.push())
            assert [check.status for check in world.checks(world.head)] == ["in_progress"]
            raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        move_and_break()
    for head in (old, world.head):
        assert [(check.status, check.conclusion) for check in world.checks(head)] == [
            ("completed", "failure")
        ]
    (comment,) = ours(world)
    assert "ZeroDivisionError" in comment
    assert "stale" not in comment


def test_what_a_run_left_open_is_closed_and_another_runs_is_not(world, basis) -> None:
    publish_start(invocation(basis, 50, 1), world.github)
    publish_start(invocation(basis, 50, 2), world.github)
    publish_start(invocation(basis, 5, 1), world.github)
    publish_start(invocation(basis, 501, 1), world.github)
    close_checks(world.github, world.head, 50)
    close_checks(world.github, world.head, 50)
    assert [
        (check.external_id.split("-run-")[1], check.conclusion) for check in world.checks(world.head)
    ] == [
        ("50-attempt-1", "failure"),
        ("50-attempt-2", "failure"),
        ("5-attempt-1", None),
        ("501-attempt-1", None),
    ]


def test_a_second_attempt_completes_what_the_first_left_open(world, basis) -> None:
    publish_start(basis, world.github)
    with checking(invocation(basis, 50, 2), world.github) as session:
        session.publish(judged(invocation(basis, 50, 2), Status.PASS))
    assert [check.conclusion for check in world.checks(world.head)] == ["failure", "success"]
