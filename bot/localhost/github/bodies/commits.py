"""Bodies of commits, differences, references and Git objects."""

from __future__ import annotations

from urllib.parse import quote

from bot.localhost.github.bodies.accounts import minimal_repository_body, user_body
from bot.localhost.github.differences import FileChange, changes
from bot.localhost.github.hub import Hub
from bot.localhost.github.model import Repository, User
from bot.localhost.github.store import EMPTY_TREE, Commit, Signature
from bot.localhost.github.values import JsonObject

_UNVERIFIED: JsonObject = {
    "verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None,
}  # fmt: skip


def account_of(hub: Hub, who: Signature) -> User | None:
    """The account a commit's signature belongs to: by noreply address (`login@` or `id+login@`), else by
    name.
    """
    local = who.email.split("@", 1)[0].rsplit("+", 1)[-1]
    if who.email.endswith("@users.noreply.github.com") and local in hub.users:
        return hub.users[local]
    return hub.users.get(who.name)


def signature_of(hub: Hub, user: User) -> Signature:
    """How a commit made for `user` at GitHub is signed."""
    return Signature(user.login, f"{user.id}+{user.login}@users.noreply.github.com", hub.now().isoformat())


def commit_body(hub: Hub, repo: Repository, commit: Commit) -> JsonObject:
    """A `commit`, without its files."""
    api = f"{hub.api_url}/repos/{repo.full_name}"
    author, committer = account_of(hub, commit.author), account_of(hub, commit.committer)
    return {
        "sha": commit.sha,
        "node_id": hub.node_id("C", int(commit.sha[:12], 16)),
        "url": f"{api}/commits/{commit.sha}",
        "html_url": f"{hub.url}/{repo.full_name}/commit/{commit.sha}",
        "comments_url": f"{api}/commits/{commit.sha}/comments",
        "commit": {
            "author": _signature(commit.author),
            "committer": _signature(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": f"{api}/git/trees/{commit.tree}"},
            "url": f"{api}/git/commits/{commit.sha}",
            "comment_count": 0,
            "verification": _UNVERIFIED,
        },
        "author": user_body(hub, author) if author else None,
        "committer": user_body(hub, committer) if committer else None,
        "parents": [{"sha": parent, "url": f"{api}/commits/{parent}"} for parent in commit.parents],
    }


def full_commit_body(hub: Hub, repo: Repository, commit: Commit) -> JsonObject:
    """A `commit` with its files and counts, against its first parent."""
    files = changes(repo.store, commit.parents[0] if commit.parents else EMPTY_TREE, commit.sha)
    added, deleted = sum(file.additions for file in files), sum(file.deletions for file in files)
    return {
        **commit_body(hub, repo, commit),
        "stats": {"additions": added, "deletions": deleted, "total": added + deleted},
        "files": [file_body(hub, repo, commit.sha, file) for file in files],
    }


def simple_commit_body(commit: Commit) -> JsonObject:
    """A `simple-commit`, as workflow runs and push events carry it."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": commit.committer.date,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def git_commit_body(hub: Hub, repo: Repository, commit: Commit) -> JsonObject:
    """A `git-commit`."""
    api, page = f"{hub.api_url}/repos/{repo.full_name}/git", f"{hub.url}/{repo.full_name}/commit"
    parents = [
        {"sha": sha, "url": f"{api}/commits/{sha}", "html_url": f"{page}/{sha}"} for sha in commit.parents
    ]
    return {
        "sha": commit.sha,
        "node_id": hub.node_id("C", int(commit.sha[:12], 16)),
        "url": f"{api}/commits/{commit.sha}",
        "html_url": f"{page}/{commit.sha}",
        "author": _signature(commit.author),
        "committer": _signature(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{api}/trees/{commit.tree}"},
        "parents": parents,
        "verification": _UNVERIFIED,
    }


def file_body(hub: Hub, repo: Repository, head: str, file: FileChange) -> JsonObject:
    """A `diff-entry`."""
    page = f"{hub.url}/{repo.full_name}"
    patch: JsonObject = {"patch": file.patch.rstrip("\n")} if file.patch else {}
    renamed: JsonObject = {"previous_filename": file.previous} if file.previous else {}
    return {
        "sha": file.sha,
        "filename": file.path,
        "status": file.kind,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{page}/blob/{head}/{quote(file.path)}",
        "raw_url": f"{page}/raw/{head}/{quote(file.path)}",
        "contents_url": f"{hub.api_url}/repos/{repo.full_name}/contents/{quote(file.path)}?ref={head}",
        **patch,
        **renamed,
    }


def ref_body(hub: Hub, repo: Repository, name: str, sha: str, kind: str) -> JsonObject:
    """A `git-ref`."""
    api = f"{hub.api_url}/repos/{repo.full_name}/git"
    target = {"sha": sha, "type": kind, "url": f"{api}/{kind}s/{sha}"}
    return {
        "ref": name,
        "node_id": hub.node_id("REF", repo.id),
        "url": f"{api}/{quote(name)}",
        "object": target,
    }


def branch_body(hub: Hub, repo: Repository, name: str, sha: str) -> JsonObject:
    """A `short-branch`."""
    link = f"{hub.api_url}/repos/{repo.full_name}/commits/{sha}"
    return {"name": name, "commit": {"sha": sha, "url": link}, "protected": name in repo.rules}


def protected_branch_body(hub: Hub, repo: Repository, name: str, sha: str) -> JsonObject:
    """A `branch-with-protection`."""
    api = f"{hub.api_url}/repos/{repo.full_name}/branches/{quote(name)}"
    rule = repo.rules.get(name)
    checks = list(rule.required_checks) if rule else []
    required = {
        "enforcement_level": "everyone" if rule and rule.enforce_admins else "non_admins" if rule else "off",
        "contexts": checks,
        "checks": [{"context": check, "app_id": None} for check in checks],
    }
    return {
        "name": name,
        "commit": commit_body(hub, repo, repo.store.commit(sha)),
        "_links": {"self": api, "html": f"{hub.url}/{repo.full_name}/tree/{quote(name)}"},
        "protected": rule is not None,
        "protection": {"enabled": rule is not None, "required_status_checks": required},
        "protection_url": f"{api}/protection",
    }


def comparison_body(hub: Hub, repo: Repository, base: str, head: str, label: str) -> JsonObject:
    """A `commit-comparison` of two commits with a common ancestor."""
    store = repo.store
    fork_point = store.merge_base(base, head) or base
    ahead, behind = store.commits("--reverse", f"{base}..{head}"), store.count(f"{head}..{base}")
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    page = f"{hub.url}/{repo.full_name}/compare/{quote(label)}"
    return {
        "url": f"{hub.api_url}/repos/{repo.full_name}/compare/{quote(label)}",
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": commit_body(hub, repo, store.commit(base)),
        "merge_base_commit": commit_body(hub, repo, store.commit(fork_point)),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": [commit_body(hub, repo, commit) for commit in ahead],
        "files": [file_body(hub, repo, head, file) for file in changes(store, fork_point, head)],
    }


def push_payload(
    hub: Hub, repo: Repository, ref: str, old: str, new: str, commits: tuple[Commit, ...]
) -> JsonObject:
    """The payload of a `push` event, without its sender."""
    deleted, created = not new.strip("0"), not old.strip("0")
    return {
        "ref": ref,
        "before": old,
        "after": new,
        "created": created,
        "deleted": deleted,
        "forced": not created and not deleted and not repo.store.is_ancestor(old, new),
        "base_ref": None,
        "compare": f"{hub.url}/{repo.full_name}/compare/{old[:12]}...{new[:12]}",
        "commits": [simple_commit_body(commit) for commit in commits],
        "head_commit": None if deleted else simple_commit_body(repo.store.commit(new)),
        "repository": minimal_repository_body(hub, repo),
    }


def _signature(who: Signature) -> JsonObject:
    return {"name": who.name, "email": who.email, "date": who.date}
