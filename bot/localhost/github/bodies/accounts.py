"""Bodies of accounts, apps and repositories."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from bot.localhost.github.hub import Hub
from bot.localhost.github.model import ACTIONS_APP_ID, ACTIONS_LOGIN, Repository, User
from bot.localhost.github.values import JsonObject, Role

_REPOSITORY_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_USER_LINKS = {
    "events_url": "/events{/privacy}",
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "organizations_url": "/orgs",
    "received_events_url": "/received_events",
    "repos_url": "/repos",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
}


def stamp(when: datetime) -> str:
    """A time as GitHub writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_or_none(when: datetime | None) -> str | None:
    """A time as GitHub writes it, or null."""
    return stamp(when) if when else None


def user_body(hub: Hub, user: User) -> JsonObject:
    """A `simple-user`."""
    api = f"{hub.api_url}/users/{quote(user.login)}"
    slug = user.login.removesuffix("[bot]")
    return {
        "login": user.login,
        "id": user.id,
        "node_id": hub.node_id("U", user.id),
        "avatar_url": f"{hub.url}/avatars/{user.id}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{hub.url}/apps/{slug}" if user.kind == "Bot" else f"{hub.url}/{user.login}",
        **{name: api + tail for name, tail in _USER_LINKS.items()},
        "type": user.kind,
        "site_admin": False,
        "user_view_type": "public",
    }


def account_body(hub: Hub, user: User) -> JsonObject:
    """A `public-user`: what `GET /user` answers about the caller."""
    empty = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location", "name"))
    zero = dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0)
    times = {"created_at": stamp(user.created_at), "updated_at": stamp(user.created_at)}
    return {**user_body(hub, user), **empty, **zero, **times}


def collaborator_body(hub: Hub, user: User, role: Role) -> JsonObject:
    """A `repository-collaborator-permission`. `permission` knows only admin, write, read and none."""
    permission = {"maintain": "write", "triage": "read"}.get(role, role)
    return {"permission": permission, "role_name": role, "user": {**user_body(hub, user), "role_name": role}}


def app_body(hub: Hub, user: User) -> JsonObject:
    """The `integration` behind a bot account."""
    slug = user.login.removesuffix("[bot]")
    return {
        "id": ACTIONS_APP_ID if user.login == ACTIONS_LOGIN else user.id,
        "slug": slug,
        "node_id": hub.node_id("A", user.id),
        "name": "GitHub Actions" if user.login == ACTIONS_LOGIN else slug,
        "owner": user_body(hub, user),
        "description": "",
        "external_url": hub.url,
        "html_url": f"{hub.url}/apps/{slug}",
        "created_at": stamp(user.created_at),
        "updated_at": stamp(user.created_at),
        "permissions": {},
        "events": [],
    }


def minimal_repository_body(hub: Hub, repo: Repository) -> JsonObject:
    """A `minimal-repository`."""
    api = f"{hub.api_url}/repos/{repo.full_name}"
    return {
        "id": repo.id,
        "node_id": hub.node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": not repo.public,
        "owner": user_body(hub, repo.owner),
        "html_url": f"{hub.url}/{repo.full_name}",
        "description": None,
        "fork": repo.fork_of is not None,
        "url": api,
        **{name: api + tail for name, tail in _REPOSITORY_LINKS.items()},
    }


def repository_body(hub: Hub, repo: Repository) -> JsonObject:
    """A `repository`, which also satisfies `full-repository`."""
    page = f"{hub.url}/{repo.full_name}"
    opened = sum(issue.state == "open" for issue in repo.issues.values())
    zeros = (
        "forks",
        "forks_count",
        "network_count",
        "size",
        "stargazers_count",
        "subscribers_count",
        "watchers",
    )
    return {
        **minimal_repository_body(hub, repo),
        **dict.fromkeys(zeros, 0),
        "watchers_count": 0,
        "open_issues": opened,
        "open_issues_count": opened,
        **dict.fromkeys(("archived", "disabled", "has_discussions", "has_pages", "has_wiki"), False),
        **dict.fromkeys(("has_downloads", "has_issues", "has_projects"), True),
        **dict.fromkeys(("homepage", "language", "license", "mirror_url")),
        "clone_url": f"{page}.git",
        "git_url": f"{page}.git",
        "ssh_url": f"{page}.git",
        "svn_url": page,
        "default_branch": repo.default_branch,
        "visibility": "public" if repo.public else "private",
        **dict.fromkeys(("created_at", "pushed_at", "updated_at"), stamp(repo.created_at)),
    }


def team_body(hub: Hub, repo: Repository) -> JsonObject:
    """The `organization` member of an event's payload when the owner is one."""
    if repo.owner.kind != "Organization":
        return {}
    return {"organization": user_body(hub, repo.owner)}
