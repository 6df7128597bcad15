"""Issues of one repository at GitHub: what we read and what we write. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue; a pull request is none here."""

    number: int
    author_id: int
    title: str
    body: str
    state: State
    url: str


class IssueTracker(Protocol):
    """Reads and writes the issues of one repository."""

    def author_id(self) -> int:
        """The account id under which this token writes."""
        ...

    def issues_labelled(self, label: str) -> tuple[Issue, ...]:
        """Every issue with this label, open or closed, over all pages."""
        ...

    def newest_issues(self) -> tuple[Issue, ...]:
        """The newest 100 open issues."""
        ...

    def create_issue(self, title: str, body: str, label: str) -> Issue:
        """Open an issue. Not retried: found again by label, author and the marker in the body."""
        ...

    def update_issue(self, issue: Issue, title: str, body: str, state: State) -> None:
        """Replace title, body and state."""
        ...
