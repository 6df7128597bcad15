"""What main's own history says of a model's bytes: who brought them, which numbers.

Only first parents are walked: what main was, merge by merge.
"""

from __future__ import annotations

from dataclasses import replace

from bot.errors import ModelbotError
from bot.evidence.facts import MetricTable
from bot.evidence.runs import KnownRuns
from bot.evidence.whole_lock import lock_troubles
from bot.ports.git import Revisions
from bot.ports.github import GitHubReader, PullRequest
from bot.promotion.ledger import ModelLedger, Served
from bot.promotion.plan import Remeasured
from bot.promotion.records import Origin
from bot.usecases.contents import content, md5_of_output
from bot.usecases.sides import Revision, read_revision, side_of

LIMIT = 500


def brought_by(revisions: Revisions, head: str, path: str) -> str:
    """The commit of main that last changed what `path` holds: the oldest with HEAD's, without a gap."""
    wanted = content(revisions.tree(head), path)
    found = head
    for sha in revisions.first_parents(head, LIMIT):
        if content(revisions.tree(sha), path) != wanted:
            break
        found = sha
    return found


def pull_that_brought(github: GitHubReader, revisions: Revisions, head: str, path: str) -> PullRequest | None:
    """The pull request by which what `path` holds at HEAD came to main; None when it came without one."""
    commit = brought_by(revisions, head, path)
    pulls = github.pull_requests_of_commit(commit)
    return next((one for one in pulls if one.merge_sha == commit), next(iter(pulls), None))


def with_pull(origin: Origin, pull: PullRequest) -> Origin:
    """The origin with the pull request that brought it."""
    return replace(
        origin,
        base=pull.base_sha,
        merge=pull.merge_sha,
        pull_request=pull.number,
        author=pull.author,
    )


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
        if md5_of_output(revisions.tree(sha), path) == now.lock_md5:
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
