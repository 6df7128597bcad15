"""GitHub's REST API through PyGithub: one repository, read and written.

Measured with PyGithub 2.10: its defaults wait between requests and repeat POST on 5xx (a lost answer makes
a second comment), so both are off here; `lazy=True` saves a request at every step of a chain. Writes are
found again by marker or `external_id` instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import github
import requests
from github.CheckRun import CheckRun as GitHubCheckRun
from github.Deployment import Deployment
from github.IssueComment import IssueComment
from urllib3.util import Retry

from bot.adapters import github_values as values
from bot.adapters.github_artifact import download
from bot.adapters.github_calls import Calls
from bot.adapters.github_issues import GitHubIssues
from bot.errors import UnavailableError
from bot.policy.verdict import Conclusion
from bot.ports.github import CheckRun, CheckText, Comment, PullRequest, Review, WorkflowRun

API_VERSION = "2022-11-28"
ACTIONS_BOT_ID = 41898282
"""The account of github-actions[bot], under which every GITHUB_TOKEN of github.com writes."""

TIMEOUT = 20
PER_PAGE = 100
_DESCRIPTION = 140
ROLES = frozenset({"none", "read", "triage", "write", "maintain", "admin"})
_READS_ONLY = Retry(
    total=3,
    allowed_methods=frozenset({"GET"}),
    status_forcelist=(500, 502, 503, 504),
    backoff_factor=0.3,
    respect_retry_after_header=False,
    raise_on_status=False,
)


class GitHubAdapter:
    """`GitHubReader`, `Publisher` and `Deployer` for one repository.

    Every method raises UnavailableError, saying what could not be done and what to do about it.
    """

    def __init__(
        self,
        api_url: str,
        token: str,
        repository: str,
        *,
        author_id: int | None = None,
        timeout: int = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`repository` is owner/name; `author_id` spares the question who writes with this token.

        `timeout` is in seconds, for one answer.
        """
        self._github = github.Github(
            base_url=api_url.rstrip("/"),
            auth=github.Auth.Token(token),
            timeout=timeout,
            per_page=PER_PAGE,
            retry=_READS_ONLY,
            seconds_between_requests=0,
            seconds_between_writes=0,
            lazy=True,
            api_version=API_VERSION,
        )
        self._api_url, self._token = api_url.rstrip("/"), token
        self._repo = self._github.get_repo(repository)
        self._name = repository
        self._author_id = author_id
        self._calls = Calls(repository, sleep)

    def author_id(self) -> int:
        """Asked once. A GITHUB_TOKEN may not ask who it is, so being refused (403) is the answer."""
        if self._author_id is None:
            self._author_id = self._calls("ask whose token this is", self._ask_author_id)
        return self._author_id

    def workflow_run(self, run_id: int) -> WorkflowRun:
        """One workflow run."""
        return self._calls(
            f"read workflow run {run_id}",
            lambda: values.workflow_run(self._repo.get_workflow_run(run_id)),
        )

    def artifact(self, run_id: int, name: str, limit: int) -> bytes | None:
        """The run's artifact as zip bytes, the newest of that name; None when there is none or it expired."""
        doing = f"read artifact {name} of workflow run {run_id}"
        found = self._calls(doing, lambda: self._artifact_ids(run_id, name))
        if not found:
            return None
        return self._calls(doing, lambda: download(self._api_url, self._token, self._name, max(found), limit))

    def pull_request(self, number: int) -> PullRequest:
        """One pull request."""
        return self._calls(
            f"read pull request {number}", lambda: values.pull_request(self._repo.get_pull(number))
        )

    def pull_requests_of_head(self, repository: str, branch: str, sha: str | None) -> tuple[PullRequest, ...]:
        """The open pull requests whose head is exactly this owner's branch, at this sha unless it is None."""
        owner = repository.split("/", 1)[0]
        found = self._calls(
            f"find the pull requests of {owner}:{branch}",
            lambda: tuple(
                map(values.pull_request, self._repo.get_pulls(state="open", head=f"{owner}:{branch}"))
            ),
        )
        wanted = (repository, branch)
        exact = (pr for pr in found if (pr.head_repository, pr.head_branch) == wanted)
        return tuple(pr for pr in exact if sha in (None, pr.head_sha))

    def pull_requests_from(self, branch: str, base: str) -> tuple[PullRequest, ...]:
        """The pull requests, open or closed, from this branch of this repository to `base`."""
        owner = self._name.split("/", 1)[0]
        found = self._calls(
            f"find the pull requests of {branch}",
            lambda: tuple(
                map(
                    values.pull_request,
                    self._repo.get_pulls(state="all", head=f"{owner}:{branch}", base=base),
                )
            ),
        )
        return tuple(one for one in found if one.head_branch == branch)

    def pull_requests_of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """The merged pull requests that brought this commit."""
        found = self._calls(
            f"find the pull requests of commit {sha}",
            lambda: tuple(map(values.pull_request, self._repo.get_commit(sha).get_pulls())),
        )
        return tuple(pull for pull in found if pull.merged)

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Every review, oldest first."""
        return self._calls(
            f"read the reviews of pull request {number}",
            lambda: tuple(map(values.review, self._repo.get_pull(number).get_reviews())),
        )

    def role(self, login: str) -> str:
        """A person's role; a role of an organization's own making counts as what it includes."""
        return self._calls(f"ask which role {login} has", lambda: self._ask_role(login))

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Every comment, over all pages, oldest first."""
        return self._calls(
            f"read the comments of pull request {number}",
            lambda: tuple(map(values.comment, self._repo.get_issue(number).get_comments())),
        )

    def checks(self, sha: str, name: str) -> tuple[CheckRun, ...]:
        """The check runs of this name on this commit, earlier invocations' too."""
        return self._calls(
            f"read the check runs of {sha}",
            lambda: tuple(
                map(
                    values.check_run, self._repo.get_commit(sha).get_check_runs(check_name=name, filter="all")
                )
            ),
        )

    def open_pull_request(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open a pull request. Not retried. A workflow may only where the repository's settings say so."""
        return self._calls(
            f"open a pull request from {branch}",
            lambda: values.pull_request(
                self._repo.create_pull(base=base, head=branch, title=title, body=body)
            ),
        )

    def create_comment(self, number: int, body: str) -> Comment:
        """Add a comment. Not retried."""
        return self._calls(
            f"comment on pull request {number}",
            lambda: values.comment(self._repo.get_issue(number).create_comment(body)),
        )

    def update_comment(self, comment: Comment, body: str) -> None:
        """Replace a comment's body."""
        self._calls(f"edit comment {comment.id}", lambda: self._comment(comment).edit(body))

    def minimize_comment(self, comment: Comment) -> None:
        """Fold a comment as outdated."""
        self._calls(f"fold comment {comment.id}", lambda: self._comment(comment).minimize())

    def issues(self) -> GitHubIssues:
        """The repository's issues, under the same token and the same budget for waiting."""
        return GitHubIssues(self._repo, self._calls, self.author_id)

    def start_check(self, sha: str, name: str, external_id: str, text: CheckText) -> CheckRun:
        """Open a check run in progress. Not retried."""
        return self._calls(
            f"start the check run on {sha}",
            lambda: values.check_run(
                self._repo.create_check_run(
                    name=name,
                    head_sha=sha,
                    status="in_progress",
                    external_id=external_id,
                    output=values.output(text),
                )
            ),
        )

    def complete_check(self, check: CheckRun, conclusion: Conclusion, text: CheckText) -> None:
        """Complete a check run."""
        self._calls(
            f"complete check run {check.id}",
            lambda: GitHubCheckRun(self._repo.requester, url=f"{self._repo.url}/check-runs/{check.id}").edit(
                status="completed", conclusion=conclusion, output=values.output(text)
            ),
        )

    def deployed(
        self, sha: str, environment: str, state: Literal["success", "failure"], description: str
    ) -> None:
        """Record a deployment of `sha` and its state; finds and reuses its own earlier record."""
        doing = f"record the deployment of {sha} to {environment}"
        short = description if len(description) <= _DESCRIPTION else f"{description[: _DESCRIPTION - 3]}..."
        deployment = self._calls(doing, lambda: self._deployment(sha, environment))
        if deployment is None:
            deployment = self._calls(doing, lambda: self._new_deployment(sha, environment))
        kept = deployment
        if self._calls(doing, lambda: _latest_state(kept)) != (state, short):
            self._calls(doing, lambda: kept.create_status(state, description=short))

    def _ask_author_id(self) -> int:
        try:
            return int(self._github.get_user().id)
        except github.RateLimitExceededException:
            raise
        except github.GithubException as error:
            if error.status != requests.codes.forbidden:
                raise
            return ACTIONS_BOT_ID

    def _ask_role(self, login: str) -> str:
        try:
            role = self._repo.get_collaborator_role_name(login)
            return role if role in ROLES else self._repo.get_collaborator_permission(login)
        except github.UnknownObjectException:
            # An account that was deleted.
            return "none"

    def _artifact_ids(self, run_id: int, name: str) -> tuple[int, ...]:
        _, body = self._repo.requester.requestJsonAndCheck(
            "GET",
            f"{self._repo.url}/actions/runs/{run_id}/artifacts",
            parameters={"name": name, "per_page": PER_PAGE},
        )
        found = body.get("artifacts") if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise UnavailableError("Could not read the artifacts: GitHub's answer has no list of them.")
        return tuple(int(one["id"]) for one in found if one["name"] == name and not one["expired"])

    def _comment(self, comment: Comment) -> IssueComment:
        url = f"{self._repo.url}/issues/comments/{comment.id}"
        attributes = {"url": url, "id": comment.id, "node_id": comment.node_id}
        return IssueComment(self._repo.requester, {}, attributes, completed=True)

    def _deployment(self, sha: str, environment: str) -> Deployment | None:
        found = self._repo.get_deployments(sha=sha, environment=environment)
        return next(iter(found), None)

    def _new_deployment(self, sha: str, environment: str) -> Deployment:
        return self._repo.create_deployment(
            ref=sha, environment=environment, auto_merge=False, required_contexts=[]
        )


def _latest_state(deployment: Deployment) -> tuple[str, str] | None:
    newest = max(deployment.get_statuses(), key=lambda status: status.id, default=None)
    return None if newest is None else (newest.state, newest.description or "")
