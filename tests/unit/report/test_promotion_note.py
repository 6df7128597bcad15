"""The note in a merged pull request's comment that says what became of its model."""

from __future__ import annotations

from datetime import UTC, datetime

import cmarkgfm

from bot.evidence.phrase import Quoted
from bot.report.promotion_note import PromotionNote, says_already, with_note

BODY = "<!-- modelbot kind=report -->\n### flights: ready to merge\n\nrest\n"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_a_refusal_quotes_what_came_from_files_and_names_the_champion_that_stays() -> None:
    reasons = (("auc for ", Quoted("x|<b>@someone"), " is lower"),)
    body = with_note(BODY, PromotionNote("flights", "refused", NOON, None, "3", reasons))
    html = cmarkgfm.github_flavored_markdown_to_html(body)
    assert "Version 3 stays champion." in body
    assert "<b>" not in html
    assert "<code>x|&lt;b&gt;@someone</code>" in html


def test_the_note_stands_under_the_marker_and_leaves_the_rest_as_it_was() -> None:
    body = with_note(BODY, PromotionNote("flights", "promoted", NOON, "2", "1"))
    marker, rest = BODY.split("\n", 1)
    assert body.startswith(marker + "\n")
    assert body.endswith(rest)
    assert "serves version 2 since 2026-11-20 12:00 UTC, after version 1" in body


def test_a_later_note_of_the_same_model_replaces_the_earlier_one() -> None:
    refused = with_note(BODY, PromotionNote("flights", "refused", NOON, None, None))
    body = with_note(refused, PromotionNote("flights", "promoted", NOON, "1", None))
    assert "Not promoted" not in body
    assert body.count("modelbot promotion") == 2


def test_two_models_keep_a_note_each() -> None:
    body = with_note(BODY, PromotionNote("flights", "promoted", NOON, "1", None))
    body = with_note(body, PromotionNote("churn", "returned", NOON, "4", "5"))
    assert "serves version 1 since" in body
    assert "serves version 4 again" in body


def test_the_same_note_at_another_time_says_nothing_new() -> None:
    note = PromotionNote("flights", "promoted", NOON, "2", "1")
    later = PromotionNote("flights", "promoted", NOON.replace(hour=13), "2", "1")
    assert says_already(with_note(BODY, note), later)
    assert not says_already(BODY, note)
    assert not says_already(with_note(BODY, note), PromotionNote("flights", "promoted", NOON, "3", "1"))
