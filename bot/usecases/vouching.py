"""Who vouches for an entry of main's `dvc.lock` that no record covers: whoever had it in a lock of their own.

An entry that came to main by a pull request must stand in that pull request's head, where its author answers
for it; one that came without must stand in a commit that is no merge. What stands in neither was made by the
merge itself: a phantom.
"""

from __future__ import annotations

from bot.errors import ModelbotError
from bot.evidence.facts import Provenance
from bot.evidence.provenance import Unproven, unproven
from bot.evidence.runs import KnownRuns
from bot.evidence.whole_lock import lock_troubles
from bot.lineage.lock import Lock, LockedStage, read_lock
from bot.lineage.parse import parse_pipeline
from bot.policy.load import LoadedPolicy
from bot.ports.git import Revisions
from bot.ports.github import GitHubReader, PullRequest
from bot.usecases.mainline import LIMIT
from bot.usecases.promote_world import PromoteWorld
from bot.usecases.sides import Revision


def unproven_of(
    asked: PromoteWorld, head: Revision, loaded: LoadedPolicy, path: str, known: KnownRuns, since: Lock | None
) -> tuple[Unproven, ...]:
    """The entries of HEAD that the model or its metrics come from, and that nobody says really ran.

    `since` is the lock that the champion came from; None: nothing was promoted yet, and what main has counts
    as there before the bot.

    Raises:
        UnavailableError: GitHub did not say by which pull request an entry came.
    """
    return unproven(
        head.pipeline,
        head.lock,
        (path, *head.pipeline.metrics),
        known,
        Provenance(loaded.policy.pipeline.provenance),
        since=since or head.lock,
        vouch=lambda entry: voucher(asked.revisions, asked.github, head.sha, entry),
    )


def voucher(revisions: Revisions, github: GitHubReader | None, head: str, entry: LockedStage) -> str | None:
    """Who had exactly this entry in a lock of their own and brought it to main; None: nobody had.

    Raises:
        UnavailableError: GitHub did not answer.
    """
    commit = _brought(revisions, head, entry)
    pull = _pull(github, commit)
    if pull:
        return pull.author if _stands(revisions, pull.head_sha, entry, fetch=True) else None
    told = revisions.commit_of(commit)
    merged = told.parents[1:]
    if not merged:
        return told.author or None
    own = next((one for one in merged if _stands(revisions, one, entry)), None)
    return revisions.commit_of(own).author or None if own else None


def _brought(revisions: Revisions, head: str, entry: LockedStage) -> str:
    """The commit of main since which its lock has this entry, without a gap."""
    found = head
    for sha in revisions.first_parents(head, LIMIT):
        lock = _lock(revisions, sha)
        if lock is None or lock.stage(entry.name) != entry:
            break
        found = sha
    return found


def _pull(github: GitHubReader | None, commit: str) -> PullRequest | None:
    pulls = github.pull_requests_of_commit(commit) if github else ()
    return next((one for one in pulls if one.merge_sha == commit), next(iter(pulls), None))


def _stands(revisions: Revisions, sha: str, entry: LockedStage, *, fetch: bool = False) -> bool:
    """Whether the lock there has this entry, and tells one story about how it came to be."""
    try:
        if fetch:
            _have(revisions, sha)
        tree = revisions.tree(sha)
        pipeline, lock = parse_pipeline(tree), read_lock(tree)
    except ModelbotError:
        return False
    outs = tuple(entry.from_root(out.path) for out in entry.outs)
    return lock.stage(entry.name) == entry and not lock_troubles(tree, pipeline, lock, outs)


def _have(revisions: Revisions, sha: str) -> None:
    """After a squash this clone lacks the pull request's head, and GitHub still has it."""
    try:
        revisions.resolve(sha)
    except ModelbotError:
        revisions.fetch(sha)


def _lock(revisions: Revisions, sha: str) -> Lock | None:
    try:
        return read_lock(revisions.tree(sha))
    except ModelbotError:
        return None
