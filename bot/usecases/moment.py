"""`modelbot history --at`: what was champion at a time or revision, from the ledger alone."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import NotEvaluatedError
from bot.ports.git import RecordReader, Revisions
from bot.promotion.ledger import BRANCH, Committed, read_records
from bot.promotion.moment import Moment, at_revision, at_time, parse_moment

LONGEST = 1_000_000


def moment(records: RecordReader, revisions: Revisions, asked: str, model: str | None) -> Moment:
    """The champions at `asked`: an ISO time, a date (its end, UTC), or a revision of main.

    Raises:
        InvalidInputError: it is no time, and no revision here.
        NotEvaluatedError: the ledger cannot be read, or this clone cannot tell where the revision stands.
    """
    read = read_records(records.entries(BRANCH))
    time = parse_moment(asked)
    if time:
        return at_time(read, asked, time, model)
    sha = revisions.resolve(asked)
    before = frozenset(revisions.first_parents(sha, LONGEST))
    found = at_revision(read, asked, before.__contains__, model)
    if found.last is None:
        _must_be_older(revisions, sha, read)
    return found


def _must_be_older(revisions: Revisions, sha: str, read: Sequence[Committed]) -> None:
    """Nothing was decided by then: only where that can be told from the history."""
    if read and not revisions.is_ancestor(sha, read[0].record.origin.head):
        what = f"No record was decided on {sha[:7]} or what came before it, nor does the first come after it."
        raise NotEvaluatedError(what, "Name a revision of main, in a clone with the whole history.")
