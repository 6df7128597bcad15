"""Bodies of pull requests and reviews."""

from __future__ import annotations

from bot.localhost.github.bodies.accounts import repository_body, stamp, stamp_or_none, user_body
from bot.localhost.github.bodies.issues import association, thread_body
from bot.localhost.github.differences import changes
from bot.localhost.github.hub import Hub
from bot.localhost.github.merging import blockers, merge_preview
from bot.localhost.github.model import Issue, Pull, Repository, Review
from bot.localhost.github.values import JsonObject


def pull_of(issue: Issue) -> Pull:
    """The pull request part of an issue that has one."""
    if issue.pull is None:
        raise ValueError(f"#{issue.number} is not a pull request")
    return issue.pull


def simple_pull_body(hub: Hub, repo: Repository, issue: Issue) -> JsonObject:
    """A `pull-request-simple`."""
    pull = pull_of(issue)
    api, page = f"{hub.api_url}/repos/{repo.full_name}", f"{hub.url}/{repo.full_name}/pull/{issue.number}"
    own, talk = f"{api}/pulls/{issue.number}", f"{api}/issues/{issue.number}"
    links = {
        "self": own, "html": page, "issue": talk, "comments": f"{talk}/comments", "commits": f"{own}/commits",
        "review_comments": f"{own}/comments", "review_comment": f"{api}/pulls/comments{{/number}}",
        "statuses": f"{api}/statuses/{pull.head_sha}",
    }  # fmt: skip
    named = ("issue", "comments", "commits", "review_comments", "review_comment", "statuses")
    return {
        **thread_body(hub, repo, issue),
        "url": own,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": links[name] for name in named},
        "_links": {name: {"href": link} for name, link in links.items()},
        "head": _side(hub, hub.repository(pull.head_repo), pull.head_ref, pull.head_sha),
        "base": _side(hub, repo, pull.base_ref, pull.base_sha),
        "merged_at": stamp_or_none(pull.merged.at if pull.merged else None),
        "merge_commit_sha": pull.merged.sha
        if pull.merged
        else repo.store.ref(f"refs/pull/{issue.number}/merge"),
        "auto_merge": None,
        "draft": pull.draft,
        "requested_reviewers": [],
        "requested_teams": [],
    }


def pull_body(hub: Hub, repo: Repository, issue: Issue) -> JsonObject:
    """A `pull-request`, with its counts and whether it can be merged."""
    pull = pull_of(issue)
    files = changes(repo.store, pull.fork_point, pull.head_sha)
    mergeable = None if issue.state == "closed" else not merge_preview(repo, issue).conflicts
    return {
        **simple_pull_body(hub, repo, issue),
        "merged": pull.merged is not None,
        "merged_by": user_body(hub, pull.merged.by) if pull.merged else None,
        "mergeable": mergeable,
        "mergeable_state": _mergeable_state(hub, repo, issue, mergeable),
        "rebaseable": mergeable,
        "maintainer_can_modify": False,
        "comments": len(issue.comments),
        "review_comments": 0,
        "commits": repo.store.count(f"{pull.fork_point}..{pull.head_sha}"),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def review_body(hub: Hub, repo: Repository, issue: Issue, review: Review) -> JsonObject:
    """A `pull-request-review`."""
    api = f"{hub.api_url}/repos/{repo.full_name}/pulls/{issue.number}"
    page = f"{hub.url}/{repo.full_name}/pull/{issue.number}#pullrequestreview-{review.id}"
    return {
        "id": review.id,
        "node_id": hub.node_id("PRR", review.id),
        "user": user_body(hub, review.author),
        "body": review.body,
        "state": review.state,
        "html_url": page,
        "pull_request_url": api,
        "_links": {"html": {"href": page}, "pull_request": {"href": api}},
        "submitted_at": stamp(review.submitted_at),
        "commit_id": review.commit_id,
        "author_association": association(repo, review.author),
    }


def _side(hub: Hub, repo: Repository, ref: str, sha: str) -> JsonObject:
    owner = repo.owner
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user_body(hub, owner),
        "repo": repository_body(hub, repo),
    }


def _mergeable_state(hub: Hub, repo: Repository, issue: Issue, mergeable: bool | None) -> str:
    if mergeable is None:
        return "unknown"
    if not mergeable:
        return "dirty"
    if pull_of(issue).draft:
        return "draft"
    if blockers(hub, repo, issue):
        return "blocked"
    checks = hub.checks_of(repo, pull_of(issue).head_sha)
    return (
        "clean"
        if all(check.conclusion in ("success", "neutral", "skipped") for check in checks)
        else "unstable"
    )
