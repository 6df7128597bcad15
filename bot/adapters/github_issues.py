"""The issues of one repository through PyGithub."""

from __future__ import annotations

from collections.abc import Callable

from github.Repository import Repository

from bot.adapters import github_values as values
from bot.adapters.github_calls import Calls
from bot.ports.issues import Issue, State


class GitHubIssues:
    """`IssueTracker`. Every method raises UnavailableError, saying what could not be done."""

    def __init__(self, repository: Repository, calls: Calls, author_id: Callable[[], int]) -> None:
        self._repo = repository
        self._calls = calls
        self.author_id = author_id

    def issues_labelled(self, label: str) -> tuple[Issue, ...]:
        """Every issue with this label, open or closed, over all pages."""
        return self._calls(
            f"read the issues labelled {label!r}",
            lambda: values.issues(self._repo.get_issues(state="all", labels=[label])),
        )

    def newest_issues(self) -> tuple[Issue, ...]:
        """The newest open issues: one page, so that a repository with thousands is read no further."""
        return self._calls(
            "read the newest issues", lambda: values.issues(self._repo.get_issues(state="open").get_page(0))
        )

    def create_issue(self, title: str, body: str, label: str) -> Issue:
        """Open an issue. Not retried. A label that is not there is made by it."""
        return self._calls(
            "open an issue",
            lambda: values.issue(self._repo.create_issue(title=title, body=body, labels=[label])),
        )

    def update_issue(self, issue: Issue, title: str, body: str, state: State) -> None:
        """Replace title, body and state."""
        self._calls(
            f"edit issue {issue.number}",
            lambda: self._repo.get_issue(issue.number).edit(title=title, body=body, state=state),
        )
