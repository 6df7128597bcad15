"""The one comment of a pull request: found again, kept, and written anew when the verdict turns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from bot.errors import UnavailableError
from bot.ports.github import Comment, Publisher
from bot.report.marker import Marker, own_comments
from bot.report.model import Report
from bot.report.render import marker_of, render_comment

CommentOutcome = Literal["created", "updated", "unchanged", "newer exists", "none"]
Own = tuple[tuple[Comment, Marker], ...]

_TIME = re.compile(r"· \d{4}-\d\d-\d\d \d\d:\d\d UTC ·")


def put_comment(report: Report, github: Publisher, *, create: bool) -> CommentOutcome:
    """Say it where it was said before; in a new comment, the old one folded, when pass and fail trade places.

    A newer invocation's stays, and a body that says the same is not edited. Where there is none it is made
    when `create`. Repeating it after it broke off anywhere ends in the same comments.
    """
    mine = marker_of(report)
    own = _newest_first(_own(mine, github))
    if any(_is_newer(marker, mine) for _, marker in own):
        return "newer exists"
    last = own[0][1].said if own else ""
    body = render_comment(report, marker=replace(mine, said=mine.said or last))
    turned = bool(last and mine.said and last != mine.said)
    if turned or not own:
        return _create(mine, body, own, github) if create or own else "none"
    (kept, kept_marker), *extra = own
    _fold(extra, kept, github)
    if kept_marker.order == mine.order and _same(kept.body, body):
        return "unchanged"
    github.update_comment(kept, body)
    return "updated"


def _own(like: Marker, github: Publisher) -> Own:
    return own_comments(github.comments(like.number), github.author_id(), like)


def _newest_first(own: Own) -> Own:
    """By invocation, then by age: of two of one invocation the later answers the earlier."""
    return tuple(sorted(own, key=lambda one: (one[1].order, one[0].id), reverse=True))


def _is_newer(theirs: Marker, mine: Marker) -> bool:
    """Whether `theirs` must stand: a newer invocation's, or our own result against our own start."""
    if theirs.order == mine.order:
        return theirs.state == "done" and mine.state == "running"
    return theirs.order > mine.order


def _create(mine: Marker, body: str, former: Own, github: Publisher) -> CommentOutcome:
    """A comment of its own, of which people are told; then those before it are folded."""
    known = {comment.id for comment, _ in former}
    try:
        kept = github.create_comment(mine.number, body)
    except UnavailableError:
        # The answer may be lost and the work done.
        found = [comment for comment, _ in _own(mine, github) if comment.id not in known]
        if not found:
            raise
        kept = found[-1]
    _fold(former, kept, github)
    return "created"


def _fold(extra: Iterable[tuple[Comment, Marker]], kept: Comment, github: Publisher) -> None:
    """Those that no longer stand lose their marker and are folded: of a race, or of the verdict before."""
    for comment, _ in extra:
        github.update_comment(comment, f"Superseded by [the report]({kept.url}).")
        github.minimize_comment(comment)


def _same(one: str, other: str) -> bool:
    """Whether two bodies say the same but for the time; GitHub may give back other line ends."""
    return _comparable(one) == _comparable(other)


def _comparable(body: str) -> str:
    return _TIME.sub("· ·", body.replace("\r\n", "\n").strip())
