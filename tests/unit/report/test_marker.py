"""Only our own comment is found, and never by what somebody quoted."""

from __future__ import annotations

import pytest

from bot.ports.github import Comment
from bot.report.marker import Marker, own_comments, parse_marker, render_marker

MINE = Marker("report", "acme/flights", 7, "4f" * 20, "91" * 20, 50, 2)


@pytest.mark.parametrize("kind", ["report", "promotion"])
@pytest.mark.parametrize("state", ["running", "done"])
def test_a_marker_is_read_back_as_written(kind: str, state: str) -> None:
    marker = Marker(kind, "acme/my.repo_1", 7, "4f" * 20, "", 50, 2, state)  # type: ignore[arg-type]
    assert parse_marker(render_marker(marker) + "\r\n### rest") == marker


@pytest.mark.parametrize(
    "body",
    [
        "",
        "### hi",
        "> " + render_marker(MINE),
        "text\n" + render_marker(MINE),
        render_marker(MINE)[:-4],
        "<!-- modelbot -->",
    ],
    ids=["empty", "none", "quoted", "not first", "cut", "short"],
)
def test_a_marker_elsewhere_or_broken_is_none(body: str) -> None:
    assert parse_marker(body) is None


def test_author_kind_repository_and_pull_request_must_all_be_ours() -> None:
    others = [
        (1, MINE),
        (2, Marker("promotion", "acme/flights", 7, "", "", 50, 2)),
        (2, Marker("report", "acme/other", 7, "", "", 50, 2)),
        (2, Marker("report", "acme/flights", 8, "", "", 50, 2)),
        (2, MINE),
    ]
    comments = [
        Comment(n, "", author, render_marker(marker), "") for n, (author, marker) in enumerate(others)
    ]
    assert [comment.id for comment, _ in own_comments(comments, 2, MINE)] == [4]


def test_a_later_attempt_is_newer_and_a_later_run_is_newer_still() -> None:
    orders = [
        Marker("report", "a/b", 1, "", "", run, attempt).order for run, attempt in ((9, 1), (9, 2), (10, 1))
    ]
    assert orders == sorted(orders)
