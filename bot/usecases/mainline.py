"""What main's own history says of a model's bytes: who brought and approved them, which numbers.

Only first parents are walked: what main was, merge by merge.
"""

from __future__ import annotations

from dataclasses import replace

from bot.errors import ModelbotError
from bot.evidence.facts import MetricTable
from bot.evidence.runs import KnownRuns
from bot.evidence.whole_lock import lock_troubles
from bot.lineage.read_lock import read_lock
from bot.ports.git import Revisions
from bot.ports.github import GitHubReader, PullRequest, Review
from bot.promotion.ledger import ModelLedger, Served
from bot.promotion.plan import Remeasured
from bot.promotion.records import Origin
from bot.usecases.sides import Revision, read_revision, side_of

LIMIT = 500
VOTES = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}


def md5_at(revisions: Revisions, sha: str, path: str) -> str | None:
    """DVC's name of the output at a revision; None when it has none, or cannot be read here."""
    try:
        locked = read_lock(revisions.tree(sha)).out(path)
    except ModelbotError:
        return None
    return locked.md5 if locked else None


def brought_by(revisions: Revisions, head: str, path: str) -> str:
    """The commit of main that last changed which bytes `path` has: the oldest with HEAD's, without a gap."""
    wanted = md5_at(revisions, head, path)
    found = head
    for sha in revisions.first_parents(head, LIMIT):
        if md5_at(revisions, sha, path) != wanted:
            break
        found = sha
    return found


def attributed(github: GitHubReader | None, revisions: Revisions, origin: Origin, path: str) -> Origin:
    """The origin with the pull request that brought HEAD's bytes to main, and who approved these bytes."""
    if github is None:
        return origin
    commit = brought_by(revisions, origin.head, path)
    pulls = github.pull_requests_of_commit(commit)
    pull = next((one for one in pulls if one.merge_sha == commit), next(iter(pulls), None))
    if pull is None:
        return origin
    return _with_pull(origin, pull, _of_bytes(github, revisions, pull, path, commit))


def _of_bytes(
    github: GitHubReader, revisions: Revisions, pull: PullRequest, path: str, commit: str
) -> tuple[str, ...]:
    """Who approves and said so of a commit with these very bytes; one that cannot be had does not count."""
    wanted = md5_at(revisions, commit, path)
    votes = approvals(github.reviews(pull.number))
    return tuple(
        vote.author for vote in votes if wanted is not None and _reviewed(revisions, vote, path) == wanted
    )


def _reviewed(revisions: Revisions, review: Review, path: str) -> str | None:
    """The bytes that were reviewed. After a squash this clone lacks the commit, and GitHub still has it."""
    try:
        revisions.resolve(review.commit)
    except ModelbotError:
        try:
            revisions.fetch(review.commit)
        except ModelbotError:
            return None
    return md5_at(revisions, review.commit, path)


def _with_pull(origin: Origin, pull: PullRequest, approvers: tuple[str, ...]) -> Origin:
    return replace(
        origin,
        base=pull.base_sha,
        merge=pull.merge_sha,
        pull_request=pull.number,
        author=pull.author,
        approvers=approvers,
    )


def approvals(reviews: tuple[Review, ...]) -> tuple[Review, ...]:
    """The approvals that stand, by author: a person's last word counts, and a comment is none."""
    last = {review.author: review for review in reviews if review.state in VOTES}
    return tuple(last[author] for author in sorted(last) if last[author].state == "APPROVED")


def remeasured(
    revisions: Revisions, head: Revision, served: ModelLedger, path: str, known: KnownRuns
) -> Remeasured | None:
    """The champion's newest numbers on main, where they are others than the ledger's; else None.

    A merge that only changes the evaluator measures the champion's own bytes anew, and the report of the
    next pull request compares with what it found: so must the promotion after it.
    """
    now = served.champion
    newest = _newest(revisions, head, now, path) if now else None
    if now is None or newest is None or newest.sha == now.measured_at or not _later(revisions, now, newest):
        return None
    side = side_of(newest, known, path, None)
    if not isinstance(side.measured, MetricTable) or repr(side.measured) == repr(now.metrics):
        return None
    return Remeasured(newest.sha, side.measured, side.level)


def _newest(revisions: Revisions, head: Revision, now: Served, path: str) -> Revision | None:
    """The newest commit of main that has the champion's bytes, and numbers of a run that its lock records."""
    for sha in revisions.first_parents(head.sha, LIMIT):
        if sha == now.measured_at:
            return None
        if md5_at(revisions, sha, path) == now.lock_md5:
            found = head if sha == head.sha else _read(revisions, sha)
            if found and isinstance(found.measured, MetricTable) and not troubles(found, path):
                return found
    return None


def _read(revisions: Revisions, sha: str) -> Revision | None:
    try:
        return read_revision("main", sha, revisions.tree(sha))
    except ModelbotError:
        return None


def troubles(revision: Revision, path: str) -> tuple[str, ...]:
    """Why nobody can have made this model and its metrics by running the pipeline beside them."""
    wanted = (path, *revision.pipeline.metrics)
    return lock_troubles(revision.tree, revision.pipeline, revision.lock, wanted)


def _later(revisions: Revisions, now: Served, found: Revision) -> bool:
    """Whether the numbers come after those on record: an overtaken run must not bring old ones back."""
    try:
        return revisions.is_ancestor(now.measured_at, found.sha)
    except ModelbotError:
        return False
