"""Opening, merging and reverting pull requests: the same acts for the REST API and for a person's button."""

from __future__ import annotations

from dataclasses import dataclass

from bot.localhost.github.access import Caller
from bot.localhost.github.bodies.commits import signature_of
from bot.localhost.github.hub import Hub
from bot.localhost.github.merging import MergeRequest, blockers, may_bypass, merge_preview, write_merge
from bot.localhost.github.model import Happening, Issue, Pull, Repository
from bot.localhost.github.movement import (
    HEADS,
    Move,
    emit_pull,
    finish_merge,
    forge,
    move_ref,
    pull_with_head,
    refresh,
)
from bot.localhost.github.store import ZERO, ConflictError
from bot.localhost.github.wire import Refusal, invalid


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a pull request is opened with. `head` is a branch, or `owner:branch` of a fork."""

    title: str
    body: str
    head: str
    base: str
    draft: bool = False


def open_issue(hub: Hub, repo: Repository, title: str, body: str, caller: Caller) -> Issue:
    """A new issue with the repository's next number."""
    if not title.strip():
        raise invalid("Issue", "title", "missing_field")
    number = max(repo.issues, default=0) + 1
    issue = Issue(hub.next_id(), number, title, body, caller.signed_in, hub.now(), hub.now())
    repo.issues[number] = issue
    return issue


def open_pull(hub: Hub, repo: Repository, proposal: Proposal, caller: Caller) -> Issue:
    """Open a pull request. 422 when a branch is missing, nothing differs, or one is open already."""
    head_repo, head_ref = _head_of(hub, repo, proposal.head)
    head_sha, base_sha = head_repo.store.branch(head_ref), repo.store.branch(proposal.base)
    if head_sha is None:
        raise invalid("PullRequest", "head", "invalid")
    if base_sha is None:
        raise invalid("PullRequest", "base", "invalid")
    label = f"{head_repo.owner.login}:{head_ref}"
    if pull_with_head(repo, head_repo.full_name, head_ref, proposal.base):
        raise invalid("PullRequest", "", "custom", f"A pull request already exists for {label}.")
    if head_repo is not repo:
        repo.store.git("fetch", "--quiet", "--no-tags", str(head_repo.store.path), head_sha)
    fork_point = repo.store.merge_base(base_sha, head_sha)
    if fork_point is None:
        words = f"The {head_ref} branch has no history in common with {proposal.base}"
        raise invalid("PullRequest", "", "custom", words)
    if fork_point == head_sha:
        raise invalid("PullRequest", "", "custom", f"No commits between {proposal.base} and {head_ref}")
    issue = open_issue(hub, repo, proposal.title, proposal.body, caller)
    issue.pull = Pull(
        head_repo.full_name, head_ref, head_sha, proposal.base, base_sha, fork_point, draft=proposal.draft
    )
    refresh(hub, repo, issue)
    span = f"{issue.pull.fork_point}..{head_sha}"
    issue.timeline.append(Happening("commits", caller.signed_in, hub.now(), text=span))
    emit_pull(hub, repo, issue, "opened", caller)
    return issue


def _head_of(hub: Hub, repo: Repository, head: str) -> tuple[Repository, str]:
    owner, colon, branch = head.partition(":")
    if not colon or owner == repo.owner.login:
        return repo, branch if colon else head
    for other in hub.repositories.values():
        if other.owner.login == owner and other.fork_of == repo.full_name:
            return other, branch
    raise invalid("PullRequest", "head", "invalid")


def merge_pull(
    hub: Hub, repo: Repository, issue: Issue, wanted: MergeRequest, caller: Caller, sha: str | None = None
) -> str:
    """Merge a pull request; gives the new commit.

    405 when it may not be merged, 409 when its head is not `sha`.
    """
    pull = issue.pull
    if pull is None or issue.state == "closed" or pull.draft:
        raise Refusal(405, "Pull Request is not mergeable")
    if sha is not None and sha != pull.head_sha:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    rule = hub.branch_rule(repo, pull.base_ref)
    reasons = blockers(hub, repo, issue)
    if reasons and not (rule and may_bypass(repo, rule, caller.user)):
        raise Refusal(405, " ".join(reasons))
    if merge_preview(repo, issue).conflicts:
        raise Refusal(405, "Pull Request is not mergeable")
    before = repo.store.branch(pull.base_ref) or ZERO
    author = signature_of(hub, caller.signed_in)
    merged = write_merge(repo, issue, wanted, author, forge(hub))
    finish_merge(hub, repo, issue, merged, before, caller)
    move_ref(hub, repo, Move(HEADS + pull.base_ref, before, merged), caller)
    return merged


def revert_pull(hub: Hub, repo: Repository, issue: Issue, caller: Caller) -> Issue:
    """A person's Revert button: a branch and a pull request that undo a merged one.

    422 when they conflict.
    """
    pull = issue.pull
    if pull is None or pull.merged is None:
        raise Refusal(422, "Only a merged pull request can be reverted")
    tip = repo.store.branch(pull.base_ref) or ZERO
    try:
        tree = repo.store.reverted_tree(tip, pull.merged.sha, pull.merged.before)
    except ConflictError as conflict:
        words = "Sorry, this pull request couldn't be reverted automatically: " + ", ".join(conflict.paths)
        raise Refusal(422, words) from conflict
    title = f'Revert "{issue.title}"'
    message = f"{title}\n\nThis reverts commit {pull.merged.sha}."
    commit = repo.store.write_commit(tree, (tip,), message, signature_of(hub, caller.signed_in), forge(hub))
    branch = f"revert-{issue.number}-{pull.head_ref}"
    move_ref(hub, repo, Move(HEADS + branch, ZERO, commit), caller)
    body = f"Reverts {repo.full_name}#{issue.number}"
    return open_pull(hub, repo, Proposal(title, body, branch, pull.base_ref), caller)
