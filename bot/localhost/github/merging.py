"""Whether a pull request may be merged, what a merge would give, and the commits of each merge method."""

from __future__ import annotations

from dataclasses import dataclass

from bot.localhost.github.access import at_least, role_of
from bot.localhost.github.hub import Hub
from bot.localhost.github.model import Issue, Pull, Repository, Review, Rule, User
from bot.localhost.github.store import BareRepository, ConflictError, GitError, Signature
from bot.localhost.github.wire import Refusal

PASSING = ("success", "neutral", "skipped")


@dataclass(frozen=True, slots=True)
class Preview:
    """What merging now would give: a tree, or the files in conflict."""

    tree: str | None
    conflicts: tuple[str, ...]


def merge_preview(repo: Repository, issue: Issue) -> Preview:
    """Try the merge of an open pull request with its base's tip, without moving anything."""
    pull = _pull(issue)
    tip = repo.store.branch(pull.base_ref)
    if tip is None:
        return Preview(None, (f"{pull.base_ref} is gone",))
    try:
        return Preview(repo.store.merge_tree(tip, pull.head_sha), ())
    except ConflictError as conflict:
        return Preview(None, conflict.paths)


def check_state(hub: Hub, repo: Repository, sha: str, name: str) -> str:
    """`passing`, `failing`, `pending` or `missing`: the newest check run or status of this name on a
    commit.
    """
    checks = [check for check in hub.checks_of(repo, sha) if check.name == name]
    if checks:
        newest = checks[-1]
        if newest.status != "completed":
            return "pending"
        return "passing" if newest.conclusion in PASSING else "failing"
    statuses = [status for status in repo.statuses if status.sha == sha and status.context == name]
    if not statuses:
        return "missing"
    return {"success": "passing", "pending": "pending"}.get(statuses[-1].state, "failing")


def missing_checks(hub: Hub, repo: Repository, rule: Rule, sha: str) -> tuple[str, ...]:
    """Why required checks stand against a commit, in GitHub's words."""
    words = {"failing": "is failing", "pending": "is expected", "missing": "is expected"}
    states = {name: check_state(hub, repo, sha, name) for name in rule.required_checks}
    return tuple(
        f'Required status check "{name}" {words[state]}.'
        for name, state in states.items()
        if state != "passing"
    )


def standing_reviews(pull: Pull) -> dict[str, Review]:
    """The review that counts of each reviewer: the last that approved or asked for changes, unless
    dismissed.
    """
    standing: dict[str, Review] = {}
    for review in pull.reviews:
        if review.state in ("APPROVED", "CHANGES_REQUESTED"):
            standing[review.author.login] = review
        elif review.state == "DISMISSED":
            standing.pop(review.author.login, None)
    return standing


def blockers(hub: Hub, repo: Repository, issue: Issue) -> tuple[str, ...]:
    """Why the branch rule holds the merge back, in GitHub's words; empty when it does not."""
    pull = _pull(issue)
    rule = hub.branch_rule(repo, pull.base_ref)
    if rule is None:
        return ()
    return (*missing_checks(hub, repo, rule, pull.head_sha), *_review_blockers(repo, pull, rule))


def _review_blockers(repo: Repository, pull: Pull, rule: Rule) -> tuple[str, ...]:
    if not rule.required_approvals:
        return ()
    able = [
        review
        for review in standing_reviews(pull).values()
        if at_least(role_of(repo, review.author), "write")
    ]
    if any(review.state == "CHANGES_REQUESTED" for review in able):
        return ("Changes have been requested.",)
    approvals = sum(review.state == "APPROVED" for review in able)
    if approvals >= rule.required_approvals:
        return ()
    count = rule.required_approvals
    reviews = "1 approving review is" if count == 1 else f"{count} approving reviews are"
    return (f"At least {reviews} required by reviewers with write access.",)


def may_bypass(repo: Repository, rule: Rule, user: User | None) -> bool:
    """Whether a person with the admin role may go past the rule. A workflow's token never does."""
    return (
        user is not None
        and user.kind == "User"
        and not rule.enforce_admins
        and role_of(repo, user) == "admin"
    )


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """How a merge was asked for."""

    method: str
    title: str
    message: str


def write_merge(
    repo: Repository, issue: Issue, wanted: MergeRequest, author: Signature, forge: Signature
) -> str:
    """The commit a merge method puts on the base; nothing is moved. Raises 405 on a conflict."""
    pull, store = _pull(issue), repo.store
    tip = store.branch(pull.base_ref) or ""
    try:
        if wanted.method == "rebase":
            return _rebase(store, tip, pull, forge)
        tree = store.merge_tree(tip, pull.head_sha)
    except (ConflictError, GitError) as problem:
        raise Refusal(405, "Pull Request is not mergeable") from problem
    squash = wanted.method == "squash"
    title = wanted.title or (f"{issue.title} (#{issue.number})" if squash else _merge_title(issue, pull))
    message = f"{title}\n\n{wanted.message or ('' if squash else issue.title)}".strip()
    return store.write_commit(tree, (tip,) if squash else (tip, pull.head_sha), message, author, forge)


def _merge_title(issue: Issue, pull: Pull) -> str:
    return f"Merge pull request #{issue.number} from {pull.head_repo.split('/')[0]}/{pull.head_ref}"


def _rebase(store: BareRepository, tip: str, pull: Pull, forge: Signature) -> str:
    for commit in store.commits("--reverse", "--no-merges", f"{tip}..{pull.head_sha}"):
        tip = store.write_commit(
            store.picked_tree(tip, commit.sha), (tip,), commit.message, commit.author, forge
        )
    return tip


def _pull(issue: Issue) -> Pull:
    if issue.pull is None:
        raise Refusal(404, "Not Found")
    return issue.pull
