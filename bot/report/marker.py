"""The hidden tag that finds our own comment and says which invocation wrote it. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.ports.github import Comment

Kind = Literal["report", "promotion"]
State = Literal["running", "done"]
Said = Literal["", "pass", "no"]
"""What was decided last, empty for nothing yet: a start, an error or a question does not change it."""

_MARKER = re.compile(
    r"<!-- modelbot kind=(?P<kind>report|promotion) repository=(?P<repository>[\w./-]+) pull=(?P<number>\d+)"
    r" head=(?P<head>[0-9a-f]*) base=(?P<base>[0-9a-f]*) run=(?P<run>\d+) attempt=(?P<attempt>\d+)"
    r" state=(?P<state>running|done)(?: said=(?P<said>pass|no))? -->(?:\n|$)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Marker:
    """Whose comment this is: which pull request, decided on which commits, by which invocation.

    `run` and `attempt` are the workflow run's id and attempt: GitHub's run ids grow, so they order
    invocations.
    """

    kind: Kind
    repository: str
    number: int
    head: str
    base: str
    run: int
    attempt: int
    state: State = "done"
    said: Said = ""

    @property
    def order(self) -> tuple[int, int]:
        """What invocations are compared by; the larger is the newer."""
        return self.run, self.attempt


def render_marker(marker: Marker) -> str:
    """The marker as an HTML comment, which GitHub does not show."""
    return (
        f"<!-- modelbot kind={marker.kind} repository={marker.repository} pull={marker.number}"
        f" head={marker.head} base={marker.base} run={marker.run} attempt={marker.attempt}"
        f" state={marker.state}{f' said={marker.said}' if marker.said else ''} -->"
    )


def parse_marker(body: str) -> Marker | None:
    """The marker of a body that begins with one; a marker anywhere else is somebody's quotation."""
    found = _MARKER.match(body.replace("\r\n", "\n"))
    if found is None:
        return None
    kind: Kind = "promotion" if found["kind"] == "promotion" else "report"
    state: State = "running" if found["state"] == "running" else "done"
    said: Said = "pass" if found["said"] == "pass" else "no" if found["said"] else ""
    return Marker(
        kind,
        found["repository"],
        int(found["number"]),
        found["head"],
        found["base"],
        int(found["run"]),
        int(found["attempt"]),
        state,
        said,
    )


def own_comments(
    comments: Iterable[Comment], author_id: int, like: Marker
) -> tuple[tuple[Comment, Marker], ...]:
    """Our comments about `like`'s pull request of `like`'s kind: marker and author must both be ours."""
    ours = ((comment, parse_marker(comment.body)) for comment in comments if comment.author_id == author_id)
    return tuple(
        (comment, marker) for comment, marker in ours if marker is not None and _same_subject(marker, like)
    )


def _same_subject(one: Marker, other: Marker) -> bool:
    return (one.kind, one.repository, one.number) == (other.kind, other.repository, other.number)
