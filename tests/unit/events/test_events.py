"""GitHub's event payloads as values."""

import json

import pytest

from bot.errors import ExitCode, InvalidInputError
from bot.events import OtherEvent, PullRequestEvent, WorkflowRunEvent, parse_event

PULL = {
    "action": "opened",
    "number": 7,
    "pull_request": {
        "number": 7,
        "head": {"sha": "a" * 40, "ref": "change"},
        "base": {"sha": "b" * 40, "ref": "main"},
    },
}


def changed(path: str, value: object) -> bytes:
    payload = json.loads(json.dumps(PULL))
    *folders, name = path.split(".")
    inner = payload
    for folder in folders:
        inner = inner[folder]
    inner[name] = value
    return json.dumps(payload).encode()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        changed("pull_request", None),
        changed("pull_request.number", "7"),
        changed("pull_request.number", True),
        changed("pull_request.number", 0),
        changed("pull_request.head.sha", "main"),
        changed("pull_request.head.sha", "a" * 40 + "\n"),
        changed("pull_request.base.sha", "$(touch x)"),
        changed("pull_request.base.ref", None),
    ],
)
def test_a_payload_that_github_does_not_document_is_our_input_error(payload):
    with pytest.raises(InvalidInputError, match="pull_request") as caught:
        parse_event("pull_request", payload)
    assert caught.value.exit_code == ExitCode.INVALID
    assert caught.value.todo


@pytest.mark.parametrize(
    "payload",
    [b"{}", b'{"action": "completed"}', b'{"action": "x", "workflow_run": {"id": "1"}}', b'{"action": 1}'],
)
def test_a_workflow_run_without_its_number_is_our_input_error(payload):
    with pytest.raises(InvalidInputError, match="workflow_run"):
        parse_event("workflow_run", payload)


def test_events_become_values_and_what_else_they_hold_is_ignored():
    event = parse_event("pull_request", changed("sender", {"login": "ann"}))
    assert event == PullRequestEvent(7, "a" * 40, "b" * 40, "main")
    payload = b'{"action": "completed", "workflow_run": {"id": 12, "head_sha": "x"}, "more": []}'
    assert parse_event("workflow_run", payload) == WorkflowRunEvent(12, "completed")


def test_any_other_event_is_known_by_its_name_and_its_payload_is_not_read():
    assert parse_event("push", b"\xff not json") == OtherEvent("push")
    assert parse_event("", b"") == OtherEvent("")
