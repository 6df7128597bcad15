"""Repositories, people's permissions, branches, commits, comparisons and files."""

from __future__ import annotations

import base64
import time

from bot.localhost.github.access import role_of
from bot.localhost.github.bodies.accounts import account_body, collaborator_body, repository_body
from bot.localhost.github.bodies.commits import (
    branch_body,
    commit_body,
    comparison_body,
    full_commit_body,
    protected_branch_body,
)
from bot.localhost.github.bodies.contents import directory_body, file_content_body
from bot.localhost.github.bodies.pulls import simple_pull_body
from bot.localhost.github.values import JsonObject
from bot.localhost.github.wire import Call, Refusal, Reply, Routes, not_found

routes = Routes()


@routes.on("GET", "/user")
def get_user(call: Call) -> Reply:
    """The account the token acts as. A workflow's token has none to show, as at GitHub."""
    if call.caller.is_workflow:
        raise Refusal(403, "Resource not accessible by integration")
    return Reply(200, account_body(call.hub, call.caller.signed_in))


@routes.on("GET", "/meta")
def get_meta(_call: Call) -> Reply:
    """What the server says about itself."""
    return Reply(200, {"verifiable_password_authentication": False, "installed_version": "localhost"})


@routes.on("GET", "/rate_limit")
def get_rate_limit(_call: Call) -> Reply:
    """A limit nobody reaches; `faults` makes the refusals."""
    limit: JsonObject = {"limit": 5000, "remaining": 4999, "reset": int(time.time()) + 3600, "used": 1}
    return Reply(200, {"resources": {"core": limit, "search": limit}, "rate": limit})


@routes.on("GET", "/repos/<owner>/<repo>")
def get_repository(call: Call) -> Reply:
    """The repository, with what the caller may do in it."""
    role = call.caller.role(call.repo)
    ranks = {"admin": ("admin",), "maintain": ("admin", "maintain"), "push": ("admin", "maintain", "write")}
    may = {name: role in roles for name, roles in ranks.items()}
    may["triage"] = may["push"] or role == "triage"
    return Reply(200, {**repository_body(call.hub, call.repo), "permissions": {**may, "pull": True}})


@routes.on("GET", "/repos/<owner>/<repo>/collaborators/<username>/permission")
def get_permission(call: Call) -> Reply:
    """The role of any account, collaborator or not."""
    user = call.hub.user(call.args["username"])
    return Reply(200, collaborator_body(call.hub, user, role_of(call.repo, user)))


@routes.on("GET", "/repos/<owner>/<repo>/branches", needs="contents:read")
def list_branches(call: Call) -> Reply:
    """Every branch."""
    refs = call.repo.store.refs("refs/heads/")
    rows = [(name.removeprefix("refs/heads/"), sha) for name, (sha, _kind) in refs.items()]
    return call.page(rows, lambda row: branch_body(call.hub, call.repo, *row))


@routes.on("GET", "/repos/<owner>/<repo>/branches/<path:branch>", needs="contents:read")
def get_branch(call: Call) -> Reply:
    """One branch, with the checks its rule requires."""
    name = call.args["branch"]
    sha = call.repo.store.branch(name)
    if sha is None:
        raise Refusal(404, "Branch not found")
    return Reply(200, protected_branch_body(call.hub, call.repo, name, sha))


@routes.on(
    "GET",
    "/repos/<owner>/<repo>/branches/<path:branch>/protection",
    needs="administration:read",
    role="admin",
)
def get_protection(call: Call) -> Reply:
    """The rule of a branch; only an administrator sees it."""
    name = call.args["branch"]
    rule = call.repo.rules.get(name)
    if rule is None:
        raise Refusal(404, "Branch not protected")
    api = f"{call.hub.api_url}/repos/{call.repo.full_name}/branches/{name}/protection"
    required = list(rule.required_checks)
    body: dict[str, JsonObject | str] = {
        "url": api,
        "required_status_checks": {
            "url": f"{api}/required_status_checks",
            "strict": False,
            "contexts": required,
            "contexts_url": f"{api}/required_status_checks/contexts",
            "checks": [{"context": name, "app_id": None} for name in required],
        },
        "enforce_admins": {"url": f"{api}/enforce_admins", "enabled": rule.enforce_admins},
        "allow_force_pushes": {"enabled": False},
        "allow_deletions": {"enabled": False},
    }
    if rule.required_approvals:
        body["required_pull_request_reviews"] = {
            "url": f"{api}/required_pull_request_reviews",
            "dismiss_stale_reviews": rule.dismiss_stale,
            "require_code_owner_reviews": False,
            "required_approving_review_count": rule.required_approvals,
        }
    return Reply(200, body)


@routes.on("GET", "/repos/<owner>/<repo>/commits", needs="contents:read")
def list_commits(call: Call) -> Reply:
    """The history of `sha` (a branch, tag or commit), newest first; of one `path` when asked."""
    start = call.repo.store.resolve(call.query.get("sha", call.repo.default_branch))
    if start is None:
        empty = not call.repo.store.refs()
        raise Refusal(409, "Git Repository is empty.") if empty else not_found()
    path = call.query.get("path")
    extra = ("--", path) if path else ()
    shas = call.repo.store.git("rev-list", start, *extra).split()
    return call.page(shas, lambda sha: commit_body(call.hub, call.repo, call.repo.store.commit(sha)))


@routes.on("GET", "/repos/<owner>/<repo>/commits/<path:ref>", needs="contents:read")
def get_commit(call: Call) -> Reply:
    """One commit with its files; the bare hash for the `sha` media type."""
    sha = commit_named(call, call.args["ref"])
    if "application/vnd.github.sha" in call.accept:
        return Reply(200, raw=sha.encode(), media="application/vnd.github.sha; charset=utf-8")
    return Reply(200, full_commit_body(call.hub, call.repo, call.repo.store.commit(sha)))


@routes.on("GET", "/repos/<owner>/<repo>/commits/<sha>/pulls", needs="pull_requests:read")
def list_commit_pulls(call: Call) -> Reply:
    """Pull requests that contain a commit, or brought it in."""
    sha, store = commit_named(call, call.args["sha"]), call.repo.store
    found = [
        issue
        for issue in call.repo.pulls()
        if (pull := issue.pull)
        and (
            (pull.merged and pull.merged.sha == sha)
            or (store.is_ancestor(sha, pull.head_sha) and not store.is_ancestor(sha, pull.fork_point))
        )
    ]
    return call.page(found, lambda issue: simple_pull_body(call.hub, call.repo, issue))


@routes.on("GET", "/repos/<owner>/<repo>/compare/<path:basehead>", needs="contents:read")
def compare(call: Call) -> Reply:
    """`base...head`, each a branch, tag or commit."""
    base, dots, head = call.args["basehead"].partition("...")
    if not dots:
        raise not_found()
    ends = commit_named(call, base, hidden=True), commit_named(call, head, hidden=True)
    return Reply(200, comparison_body(call.hub, call.repo, *ends, call.args["basehead"]))


@routes.on("GET", "/repos/<owner>/<repo>/contents/", needs="contents:read")
@routes.on("GET", "/repos/<owner>/<repo>/contents/<path:path>", needs="contents:read")
def get_contents(call: Call) -> Reply:
    """A file (base64 in JSON, bytes for the `raw` media type) or a directory at `ref`."""
    path = call.args.get("path", "").strip("/")
    sha = commit_named(call, call.query.get("ref", call.repo.default_branch), hidden=True)
    object_id = call.repo.store.object_at(sha, path)
    if object_id is None:
        raise not_found()
    if call.repo.store.git("cat-file", "-t", object_id).strip() == "tree":
        return Reply(200, directory_body(call.hub, call.repo, sha, path))
    content = call.repo.store.blob(object_id)
    if "raw" in call.accept:
        return Reply(200, raw=content, media="application/vnd.github.raw+json; charset=utf-8")
    encoded = base64.encodebytes(content).decode()
    return Reply(200, file_content_body(call.hub, call.repo, sha, path, object_id, len(content), encoded))


def commit_named(call: Call, revision: str, *, hidden: bool = False) -> str:
    """The commit a revision names; 422 (404 when `hidden`) when it names none."""
    sha = call.repo.store.resolve(revision)
    if sha is None:
        raise not_found() if hidden else Refusal(422, f"No commit found for SHA: {revision}")
    return sha
