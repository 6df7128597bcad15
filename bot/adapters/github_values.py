"""PyGithub's objects as our values, read without a further request."""

from __future__ import annotations

from collections.abc import Iterable

from github.CheckRun import CheckRun as GitHubCheckRun
from github.Issue import Issue as GitHubIssue
from github.IssueComment import IssueComment
from github.NamedUser import NamedUser
from github.Organization import Organization
from github.PullRequest import PullRequest as GitHubPullRequest
from github.PullRequestReview import PullRequestReview
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun as GitHubWorkflowRun

from bot.ports.github import Annotation, CheckRun, CheckText, Comment, PullRequest, Review, WorkflowRun
from bot.ports.issues import Issue


def workflow_run(run: GitHubWorkflowRun) -> WorkflowRun:
    """A workflow run. A head repository that was deleted is ""."""
    return WorkflowRun(
        id=run.id,
        attempt=run.run_attempt,
        workflow_path=run.path.split("@", 1)[0],
        event=run.event,
        status=run.status,
        conclusion=run.conclusion,
        head_sha=run.head_sha,
        head_branch=run.head_branch or "",
        head_repository=_name(run.head_repository),
        url=run.html_url,
    )


def pull_request(pull: GitHubPullRequest) -> PullRequest:
    """A pull request. A list's entry says only when it was merged, so that is what is asked."""
    merged = pull.merged_at is not None
    return PullRequest(
        number=pull.number,
        title=pull.title,
        author=_login(pull.user),
        state="open" if pull.state == "open" else "closed",
        merged=merged,
        merge_sha=pull.merge_commit_sha if merged else None,
        head_sha=pull.head.sha,
        head_branch=pull.head.ref,
        head_repository=_name(pull.head.repo),
        base_branch=pull.base.ref,
        base_sha=pull.base.sha,
        url=pull.html_url,
    )


def review(given: PullRequestReview) -> Review:
    """A review; an account that was deleted is "ghost", as on GitHub's pages."""
    return Review(author=_login(given.user), state=given.state, commit=given.commit_id or "")


def comment(given: IssueComment) -> Comment:
    """A comment; 0 is the author id of a deleted account."""
    return Comment(
        id=given.id,
        node_id=given.node_id,
        author_id=_account(given.user),
        body=given.body or "",
        url=given.html_url,
    )


def issue(given: GitHubIssue) -> Issue:
    """An issue."""
    return Issue(
        number=given.number,
        author_id=_account(given.user),
        title=given.title,
        body=given.body or "",
        state="open" if given.state == "open" else "closed",
        url=given.html_url,
    )


def issues(given: Iterable[GitHubIssue]) -> tuple[Issue, ...]:
    """The issues of a list that has pull requests in it, too."""
    return tuple(issue(one) for one in given if one.pull_request is None)


def check_run(check: GitHubCheckRun) -> CheckRun:
    """A check run."""
    return CheckRun(
        id=check.id,
        name=check.name,
        external_id=check.external_id or "",
        status=check.status,
        conclusion=check.conclusion,
    )


def output(text: CheckText) -> dict[str, str | list[dict[str, str | int]]]:
    """What the API calls the output of a check run."""
    body: dict[str, str | list[dict[str, str | int]]] = {"title": text.title, "summary": text.summary}
    if text.annotations:
        body["annotations"] = [_annotation(annotation) for annotation in text.annotations]
    return body


# PyGithub's types say that these are always there; GitHub sends null for what was deleted.
def _name(repository: Repository | None) -> str:
    return "" if repository is None else repository.full_name


def _login(user: NamedUser | None) -> str:
    return "ghost" if user is None else user.login


def _account(user: NamedUser | Organization | None) -> int:
    return 0 if user is None else user.id


def _annotation(annotation: Annotation) -> dict[str, str | int]:
    return {
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": annotation.level,
        "message": annotation.message,
        "title": annotation.title,
    }
