"""Filters, queues, the files that steps write, masks and a fork's permissions."""

from __future__ import annotations

import pytest

from bot.localhost.actions.commandfiles import parse_environment, parse_pairs, parse_paths
from bot.localhost.actions.contexts import effective_permissions
from bot.localhost.actions.definition import Trigger
from bot.localhost.actions.log import Mask, StepFailedError
from bot.localhost.actions.occasion import Occasion
from bot.localhost.actions.parse import parse_workflow
from bot.localhost.actions.queueing import MOST_PENDING, Group, Ticket, enter, leave
from bot.localhost.actions.triggers import passes, starts


def occasion(event: str = "pull_request", action: str = "opened", **changes) -> Occasion:
    fields = {
        "full_name": "acme/flights", "event": event, "action": action, "payload": {}, "actor": "ada",
        "sha": "1" * 40,
        "ref": "refs/heads/main", "head_branch": "b", "head_sha": "2" * 40, "head_repository": "acme/flights",
        "filter_branch": "main",
    }  # fmt: skip
    return Occasion(**{**fields, **changes})


def unasked() -> tuple[str, ...]:
    raise AssertionError("nobody needs the changed paths")


@pytest.mark.parametrize(
    ("trigger", "given", "expected"),
    [
        (Trigger("pull_request", types=("opened",)), occasion(), True),
        (Trigger("pull_request", types=("opened",)), occasion(action="closed"), False),
        (Trigger("push"), occasion(), False),
        (Trigger("push", branches=("main",)), occasion("push"), True),
        (Trigger("push", branches=("main",)), occasion("push", filter_branch="dev"), False),
        (Trigger("push", branches=("main",)), occasion("push", filter_branch=""), False),
        (
            Trigger("workflow_run", workflows=("build",)),
            occasion("workflow_run", source_workflow="build"),
            True,
        ),
        (
            Trigger("workflow_run", workflows=("build",)),
            occasion("workflow_run", source_workflow="other"),
            False,
        ),
    ],
)
def test_an_event_starts_a_workflow_when_every_filter_lets_it_pass(trigger, given, expected):
    assert starts(trigger, given, unasked) is expected


def test_paths_pass_when_any_changed_path_does():
    trigger = Trigger("push", paths=("src/**", "!src/docs/**"))
    assert starts(trigger, occasion("push"), lambda: ("src/docs/a.md", "src/a.py"))
    assert not starts(trigger, occasion("push"), lambda: ("src/docs/a.md", "b.py"))
    assert not starts(trigger, occasion("push"), tuple)


@pytest.mark.parametrize(
    ("patterns", "name", "expected"),
    [
        (("main",), "main", True),
        (("main",), "mains", False),
        (("release/*",), "release/1", True),
        (("release/*",), "release/1/a", False),
        (("release/**",), "release/1/a", True),
        (("**/*.py",), "a.py", True),
        (("**/*.py",), "x/y/a.py", True),
        (("*.py",), "x/a.py", False),
        (("a.b",), "aXb", False),
        (("**", "!main"), "main", False),
        (("!main", "**"), "main", True),
    ],
)
def test_patterns_are_matched_in_order(patterns, name, expected):
    assert passes(patterns, name) is expected


A, B, C, D = (Ticket(number) for number in range(4))


def test_the_first_holds_and_the_newest_waiting_one_replaces_the_older():
    first = enter(Group(), A, queue_max=False, cancel_in_progress=False)
    second = enter(first.group, B, queue_max=False, cancel_in_progress=False)
    third = enter(second.group, C, queue_max=False, cancel_in_progress=False)
    assert (third.group, third.cancelled) == (Group(A, (C,)), (B,))
    assert leave(third.group, A) == Group(C)


def test_queue_max_keeps_the_order_and_refuses_the_one_too_many():
    group = Group(A)
    for number in range(MOST_PENDING):
        entry = enter(group, Ticket(100 + number), queue_max=True, cancel_in_progress=False)
        assert entry.cancelled == ()
        group = entry.group
    full = enter(group, B, queue_max=True, cancel_in_progress=False)
    assert (full.group, full.cancelled) == (group, (B,))
    assert leave(group, A).holder == Ticket(100)


def test_cancel_in_progress_cancels_the_holder_and_waits_for_it_to_end():
    entry = enter(Group(A, (B,)), C, queue_max=False, cancel_in_progress=True)
    assert (entry.group, entry.cancelled) == (Group(A, (C,)), (B, A))


def test_one_that_only_waits_can_leave():
    assert leave(Group(A, (B, C)), B) == Group(A, (C,))
    assert leave(Group(A, (B,)), D) == Group(A, (B,))


@pytest.mark.parametrize(
    ("content", "pairs"),
    [
        ("a=1\nb=x=y\n", (("a", "1"), ("b", "x=y"))),
        ("a=\n", (("a", ""),)),
        ("a<<END\n1\n\n2\nEND\nb=3\n", (("a", "1\n\n2"), ("b", "3"))),
        ("a<<END\nb=2\nEND\n", (("a", "b=2"),)),
        ("a=b<<c\n", (("a", "b<<c"),)),
        ("a<<E=F\nx\nE=F\n", (("a", "x"),)),
        ("\n\n", ()),
    ],
)
def test_pairs_are_read_line_by_line_or_as_blocks(content, pairs):
    assert parse_pairs(content, "GITHUB_OUTPUT") == pairs


@pytest.mark.parametrize(
    "content", ["word\n", "=1\n", "a<<END\nnever closed\n", "<<END\nx\nEND\n", "a<<\nx\n"]
)
def test_anything_else_fails_the_step(content):
    with pytest.raises(StepFailedError, match="GITHUB_OUTPUT"):
        parse_pairs(content, "GITHUB_OUTPUT")


@pytest.mark.parametrize("name", ["GITHUB_SHA", "RUNNER_TEMP", "NODE_OPTIONS"])
def test_a_step_cannot_set_the_runners_own_variables(name):
    with pytest.raises(StepFailedError, match=name):
        parse_environment(f"{name}=x\n")
    assert parse_environment("MINE=x\n") == (("MINE", "x"),)


def test_paths_are_one_per_line():
    assert parse_paths("/a\n\n/b c\n") == ("/a", "/b c")


def test_a_mask_hides_every_form_of_a_secret_and_nothing_else():
    mask = Mask(("s3cret\nline two", "", ' q"uote '))
    for shown in ("x s3cret y", "line two", "czNjcmV0", r"q\"uote"):
        assert mask.hides(f" {shown} ")
        assert shown not in mask.apply(f" {shown} ")
    assert mask.apply("harmless") == "harmless"


@pytest.mark.parametrize(
    ("top", "own", "expected"),
    [
        ("", "", {"contents": "read", "packages": "read"}),
        ("permissions: {}", "", {}),
        ("permissions: {issues: write}", "", {"issues": "write"}),
        ("permissions: {issues: write}", "permissions: {}, ", {}),
        ("permissions: {}", "permissions: {checks: write, contents: none}, ", {"checks": "write"}),
    ],
)
def test_a_jobs_own_permissions_replace_the_workflows(top, own, expected):
    workflow = parse_workflow(
        "ci.yml", f"on: push\n{top}\njobs: {{a: {{{own}runs-on: x, steps: [{{run: x}}]}}}}"
    )
    assert effective_permissions(workflow, workflow.jobs[0], occasion("push")) == {
        "metadata": "read",
        **expected,
    }


def test_a_fork_reads_where_it_asks_to_write():
    workflow = parse_workflow(
        "ci.yml", "on: push\npermissions: {checks: write}\njobs: {a: {runs-on: x, steps: [{run: x}]}}"
    )
    fork = occasion(head_repository="mallory/flights")
    assert effective_permissions(workflow, workflow.jobs[0], fork) == {"metadata": "read", "checks": "read"}
