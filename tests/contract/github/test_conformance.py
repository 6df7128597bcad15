"""The yardstick itself: it sees what departs from GitHub's description, in both directions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.localhost.github.conformance import Conformance
from bot.localhost.github.values import Exchange

DESCRIPTION = Path(__file__).parent / "rest-openapi-subset.json"
REPO = "acme/flights"


@pytest.fixture
def comment(forge) -> Exchange:
    issue = forge.repo("ada").create_issue("Talk")
    issue.create_comment("hello")
    return forge.conformance.exchanges[-1]


def _breaches(exchange: Exchange) -> list[str]:
    conformance = Conformance(DESCRIPTION)
    conformance(exchange)
    return [breach.what for breach in conformance.breaches]


def test_a_true_exchange_has_no_breach(comment) -> None:
    assert _breaches(comment) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"request_json": {"text": "hello"}}, 'request : "body" is a required property'),
        ({"request_json": None}, "the request has no body"),
        ({"response_json": {}}, "is a required property"),
        ({"status": 200}, "status 200 is not in the description"),
        ({"path": "/repos/acme/flights/nowhere"}, "this operation is not in the description"),
        ({"query": {"colour": "red"}}, "query parameter colour is not in the description"),
    ],
)
def test_each_kind_of_departure_is_seen(comment, change, words) -> None:
    assert any(words in what for what in _breaches(replace(comment, **change)))


def test_a_wrong_value_deep_in_an_answer_is_seen(comment) -> None:
    body = {**comment.response_json, "user": {**comment.response_json["user"], "id": "7"}}
    assert any("answer user" in what for what in _breaches(replace(comment, response_json=body)))
    late = {**comment.response_json, "created_at": "yesterday"}
    assert any("date-time" in what for what in _breaches(replace(comment, response_json=late)))
