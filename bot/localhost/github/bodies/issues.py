"""Bodies of issues, labels, comments and reactions."""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

from bot.localhost.github.access import role_of
from bot.localhost.github.bodies.accounts import stamp, stamp_or_none, user_body
from bot.localhost.github.hub import Hub
from bot.localhost.github.model import Comment, Issue, Label, Reaction, Repository, User
from bot.localhost.github.values import Json, JsonObject

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def association(repo: Repository, user: User) -> str:
    """An `author-association`, from the account's role."""
    if user.login == repo.owner.login:
        return "OWNER"
    return "COLLABORATOR" if role_of(repo, user) in ("triage", "write", "maintain", "admin") else "NONE"


def label_body(hub: Hub, repo: Repository, label: Label) -> JsonObject:
    """A `label`."""
    return {
        "id": label.id,
        "node_id": hub.node_id("LA", label.id),
        "url": f"{hub.api_url}/repos/{repo.full_name}/labels/{quote(label.name)}",
        "name": label.name,
        "color": label.color,
        "default": False,
        "description": label.description,
    }


def comment_body(hub: Hub, repo: Repository, comment: Comment) -> JsonObject:
    """An `issue-comment`."""
    api = f"{hub.api_url}/repos/{repo.full_name}/issues"
    kind = "pull" if repo.issues[comment.number].pull else "issues"
    counts = Counter(reaction.content for reaction in comment.reactions)
    rollup: dict[str, Json] = {name: counts[name] for name in REACTIONS}
    return {
        "id": comment.id,
        "node_id": hub.node_id("IC", comment.id),
        "url": f"{api}/comments/{comment.id}",
        "html_url": f"{hub.url}/{repo.full_name}/{kind}/{comment.number}#issuecomment-{comment.id}",
        "issue_url": f"{api}/{comment.number}",
        "body": comment.body,
        "user": user_body(hub, comment.author),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "author_association": association(repo, comment.author),
        "reactions": {
            "url": f"{api}/comments/{comment.id}/reactions", "total_count": len(comment.reactions), **rollup,
        },
        "performed_via_github_app": None,
    }  # fmt: skip


def reaction_body(hub: Hub, reaction: Reaction) -> JsonObject:
    """A `reaction`."""
    return {
        "id": reaction.id,
        "node_id": hub.node_id("REA", reaction.id),
        "user": user_body(hub, reaction.user),
        "content": reaction.content,
        "created_at": stamp(reaction.created_at),
    }


def issue_body(hub: Hub, repo: Repository, issue: Issue) -> JsonObject:
    """An `issue`; one that is a pull request says so in `pull_request`."""
    api, page = f"{hub.api_url}/repos/{repo.full_name}", f"{hub.url}/{repo.full_name}"
    pull = f"{page}/pull/{issue.number}"
    linked: JsonObject = {
        "url": f"{api}/pulls/{issue.number}", "html_url": pull,
        "diff_url": f"{pull}.diff", "patch_url": f"{pull}.patch",
    }  # fmt: skip
    return {
        **thread_body(hub, repo, issue),
        "url": f"{api}/issues/{issue.number}",
        "html_url": pull if issue.pull else f"{page}/issues/{issue.number}",
        "repository_url": api,
        "labels_url": f"{api}/issues/{issue.number}/labels{{/name}}",
        "events_url": f"{api}/issues/{issue.number}/events",
        "comments": len(issue.comments),
        **({"pull_request": linked} if issue.pull else {}),
    }


def thread_body(hub: Hub, repo: Repository, issue: Issue) -> JsonObject:
    """What the bodies of an issue and of a pull request share."""
    return {
        "id": issue.id,
        "node_id": hub.node_id("PR" if issue.pull else "I", issue.id),
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "user": user_body(hub, issue.author),
        "state": issue.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "labels": [label_body(hub, repo, label) for label in issue.labels],
        "author_association": association(repo, issue.author),
        "comments_url": f"{hub.api_url}/repos/{repo.full_name}/issues/{issue.number}/comments",
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": stamp_or_none(issue.closed_at),
    }
