"""What follows when a ref moves: `push`, pull requests that gain commits, close or count as merged, test
merges.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.localhost.github.access import Caller
from bot.localhost.github.bodies.accounts import repository_body, team_body, user_body
from bot.localhost.github.bodies.commits import push_payload
from bot.localhost.github.bodies.pulls import pull_body
from bot.localhost.github.hub import Hub
from bot.localhost.github.merging import check_state, merge_preview
from bot.localhost.github.model import Happening, Issue, Merged, Pull, Repository, Rule
from bot.localhost.github.store import FORGE, ZERO, GitError, Signature
from bot.localhost.github.values import Json, JsonObject
from bot.localhost.github.wire import Refusal

HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Move:
    """A ref that moved from `old` to `new`; `ZERO` for made and deleted."""

    ref: str
    old: str
    new: str


def common_payload(hub: Hub, repo: Repository, caller: Caller) -> JsonObject:
    """What every event's payload has: repository, organization, sender."""
    sender: JsonObject = {"sender": user_body(hub, caller.user)} if caller.user else {}
    return {"repository": repository_body(hub, repo), **team_body(hub, repo), **sender}


def emit_pull(hub: Hub, repo: Repository, issue: Issue, action: str, caller: Caller, **extra: Json) -> None:
    """Queue a `pull_request` delivery."""
    payload = {
        "action": action, "number": issue.number, "pull_request": pull_body(hub, repo, issue),
        **extra, **common_payload(hub, repo, caller),
    }  # fmt: skip
    hub.emit(repo, "pull_request", action, payload, caller)


def move_ref(hub: Hub, repo: Repository, move: Move, caller: Caller) -> None:
    """Move a ref and everything that follows. 409 when it is no longer where `move` says."""
    try:
        repo.store.update_ref(move.ref, move.new, move.old)
    except GitError as problem:
        raise Refusal(409, f"Reference cannot be updated: {problem}") from problem
    moved(hub, repo, move, caller)


def moved(hub: Hub, repo: Repository, move: Move, caller: Caller) -> None:
    """Carry out everything that follows a ref that has already moved."""
    if move.old == move.new or not move.ref.startswith(("refs/heads/", "refs/tags/")):
        return
    _emit_push(hub, repo, move, caller)
    branch = move.ref.removeprefix(HEADS)
    for base in list(hub.repositories.values()):
        for issue in base.pulls():
            pull = issue.pull
            if pull is None or issue.state == "closed" or not move.ref.startswith(HEADS):
                continue
            if (pull.head_repo, pull.head_ref) == (repo.full_name, branch):
                _head_moved(hub, base, issue, move, caller)
            elif (base.full_name, pull.base_ref) == (repo.full_name, branch):
                _base_moved(hub, base, issue, caller)


def _emit_push(hub: Hub, repo: Repository, move: Move, caller: Caller) -> None:
    known = move.old if move.old != ZERO else None
    commits = () if move.new == ZERO else repo.store.commits(
        "--reverse", "--max-count=2048", f"{known}..{move.new}" if known else move.new
    )  # fmt: skip
    pusher: JsonObject = {"name": caller.user.login if caller.user else "", "email": None}
    payload = {
        **push_payload(hub, repo, move.ref, move.old, move.new, commits), "pusher": pusher,
        **common_payload(hub, repo, caller),
    }  # fmt: skip
    hub.emit(repo, "push", None, payload, caller)


def _head_moved(hub: Hub, base: Repository, issue: Issue, move: Move, caller: Caller) -> None:
    pull = issue.pull
    if pull is None:
        return
    if move.new == ZERO:
        close(hub, base, issue, caller)
        return
    pull.head_sha, issue.updated_at = move.new, hub.now()
    refresh(hub, base, issue)
    issue.timeline.append(Happening("commits", caller.signed_in, hub.now(), text=f"{move.old}..{move.new}"))
    rule = hub.branch_rule(base, pull.base_ref)
    if rule and rule.dismiss_stale:
        for review in pull.reviews:
            review.state = "DISMISSED" if review.state == "APPROVED" else review.state
    emit_pull(hub, base, issue, "synchronize", caller, before=move.old, after=move.new)


def _base_moved(hub: Hub, base: Repository, issue: Issue, caller: Caller) -> None:
    pull = issue.pull
    if pull is None:
        return
    tip = base.store.branch(pull.base_ref)
    if tip and base.store.is_ancestor(pull.head_sha, tip) and pull.head_sha != pull.fork_point:
        finish_merge(hub, base, issue, tip, pull.base_sha, caller)
    else:
        _refresh_test_merge(hub, base, issue)


def refresh(hub: Hub, repo: Repository, issue: Issue) -> None:
    """Bring an open pull request's refs, base and fork point up to date with its branches."""
    pull = issue.pull
    if pull is None:
        return
    head = hub.repository(pull.head_repo)
    if head is not repo:
        repo.store.git("fetch", "--quiet", "--no-tags", str(head.store.path), pull.head_sha)
    repo.store.update_ref(f"refs/pull/{issue.number}/head", pull.head_sha)
    pull.base_sha = repo.store.branch(pull.base_ref) or pull.base_sha
    _refresh_test_merge(hub, repo, issue)


def _refresh_test_merge(hub: Hub, repo: Repository, issue: Issue) -> None:
    pull = issue.pull
    if pull is None:
        return
    tip = repo.store.branch(pull.base_ref) or pull.base_sha
    pull.fork_point = repo.store.merge_base(tip, pull.head_sha) or pull.base_sha
    name, tree = f"refs/pull/{issue.number}/merge", merge_preview(repo, issue).tree
    if tree is None:
        repo.store.update_ref(name, ZERO)
        return
    message = f"Merge {pull.head_sha} into {tip}"
    repo.store.update_ref(name, repo.store.write_commit(tree, (tip, pull.head_sha), message, forge(hub)))


def forge(hub: Hub) -> Signature:
    """How GitHub itself signs a commit."""
    name, email = FORGE[:-1].split(" <")
    return Signature(name, email, hub.now().isoformat())


def close(hub: Hub, repo: Repository, issue: Issue, caller: Caller) -> None:
    """Close an issue or an unmerged pull request."""
    issue.closed_at = issue.updated_at = hub.now()
    issue.timeline.append(Happening("closed", caller.signed_in, hub.now()))
    if issue.pull:
        emit_pull(hub, repo, issue, "closed", caller)


def finish_merge(hub: Hub, repo: Repository, issue: Issue, sha: str, before: str, caller: Caller) -> None:
    """Record that a pull request reached its base as `sha`."""
    if issue.pull is None:
        return
    issue.closed_at = issue.updated_at = hub.now()
    issue.pull.merged = Merged(sha, caller.signed_in, hub.now(), before)
    issue.timeline.append(Happening("merged", caller.signed_in, hub.now(), text=sha))
    repo.store.update_ref(f"refs/pull/{issue.number}/merge", ZERO)
    emit_pull(hub, repo, issue, "closed", caller)


def refused_push(hub: Hub, repo: Repository, rule: Rule, new: str) -> tuple[str, ...]:
    """Why a protected branch takes no direct push of `new`; empty when every required check passed on it."""
    words: list[str] = []
    if rule.required_approvals:
        words.append("Changes must be made through a pull request.")
    waiting = [name for name in rule.required_checks if check_state(hub, repo, new, name) != "passing"]
    if len(waiting) == 1:
        words.append(f'Required status check "{waiting[0]}" is expected.')
    elif waiting:
        words.append(f"{len(waiting)} of {len(rule.required_checks)} required status checks are expected.")
    return tuple(words)


def pull_with_head(repo: Repository, head_repo: str, head_ref: str, base_ref: str) -> Issue | None:
    """The open pull request between two branches, if there is one."""
    wanted = (head_repo, head_ref, base_ref)
    for issue in repo.pulls():
        pull: Pull | None = issue.pull
        if pull and issue.state == "open" and (pull.head_repo, pull.head_ref, pull.base_ref) == wanted:
            return issue
    return None
