"""Reading a ledger to the end, whatever is wrong with it: every contradiction, by name. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.promotion.chain import Link, broken_links
from bot.promotion.codec import TODO, RecordError, parse
from bot.promotion.findings import Finding
from bot.promotion.folding import Folding, Standing
from bot.promotion.model_ledger import Committed, Ledger, Served, Tail
from bot.promotion.reading import RecordReader
from bot.promotion.records import (
    Drift,
    Held,
    Intent,
    Measured,
    Promoted,
    Rebuilt,
    Record,
    Refused,
    Resumed,
    version_key,
)


@dataclass(frozen=True, slots=True)
class Audit:
    """What can be read of a ledger, and what is wrong with it, the first bad record first.

    `ledger` is the state after the records that do not contradict those before them.
    """

    records: tuple[Committed, ...]
    ledger: Ledger
    findings: tuple[Finding, ...]

    @property
    def first_bad(self) -> Finding | None:
        """The first finding about a record; None where there is none."""
        return next((one for one in self.findings if one.sequence is not None), None)


def audit(links: Sequence[Link], known: Sequence[str] = ()) -> Audit:
    """Read every record of the branch; `known` are commits that must be in it."""
    if not links:
        what = "There is no ledger on origin: nothing was promoted yet, or the branch was deleted."
        todo = "If something was promoted: push `modelbot/ledger` again from any clone that has it."
        return Audit((), Ledger(), (Finding(what, todo), *broken_links(links, known)))
    first = _first_number(links)
    broken = tuple(broken_links(links, known, first))
    by_commit = {one.commit: one for one in broken if one.sequence is not None}
    folding, reader, records, findings = Folding(), RecordReader(), [], []
    folding.skip(Tail(None, first - 1))
    for position, link in enumerate(links, first):
        found, read = _taken(folding, reader, link, position)
        records += [read] if read else []
        # What is wrong with a commit is the cause of what its record says.
        findings += [by_commit[link.commit]] if link.commit in by_commit else found
    findings += [one for one in broken if one.sequence is None]
    return Audit(tuple(records), folding.ledger(), tuple(findings))


def _first_number(links: Sequence[Link]) -> int:
    """1; where the line is cut off at a commit that cannot be read, what the records after it say."""
    if links[0].header is not None:
        return 1
    for position, link in enumerate(links):
        with suppress(RecordError):
            return parse(link.commit, link.data or b"").sequence - position
    return 1


def _taken(
    folding: Folding, reader: RecordReader, link: Link, position: int
) -> tuple[list[Finding], Committed | None]:
    """Add one link to the fold; what is wrong with it, and its record where that can be read."""
    expected = folding.sequence + 1
    try:
        committed = Committed(link.commit, reader.parse(link.commit, link.data or b""))
    except RecordError as error:
        folding.skip(Tail(link.commit, expected))
        return [Finding(error.what, error.todo, link.commit, position, error.field or None)], None
    record, standing = committed.record, folding.standing(committed.record.model)
    found = [] if record.sequence == expected else [_misnumbered(committed, expected)]
    folding.skip(Tail(None, record.sequence - 1))
    try:
        folding.take(committed)
    except RecordError as error:
        folding.skip(Tail(link.commit, record.sequence))
        found.append(Finding(error.what, error.todo, link.commit, record.sequence, error.field))
    else:
        found += [_disagreement(committed, *one) for one in _disagreements(record, standing)]
    return found[:1], committed


def _misnumbered(committed: Committed, expected: int) -> Finding:
    record = committed.record
    what = (
        f"Record {committed.commit[:12]} has sequence number {record.sequence} where {expected} is expected: "
        "a record was dropped, doubled or put elsewhere."
    )
    return Finding(what, TODO, committed.commit, record.sequence, "sequence")


def _disagreement(committed: Committed, field: str, said: object, expected: object) -> Finding:
    what = f"Record {committed.commit[:12]} says {field} {said}, and the records before it say {expected}."
    return Finding(what, TODO, committed.commit, committed.record.sequence, field)


def _disagreements(record: Record, now: Standing) -> Iterator[tuple[str, object, object]]:
    """Where a record does not repeat what is known: field, what it says, what was expected."""
    champion = now.champion.version if now.champion else None
    match record:
        case Intent() | Promoted():
            if isinstance(record, Promoted) and now.intent:
                yield from _differing("artifact.digest", record.artifact.digest, now.intent.artifact.digest)
                yield from _differing("returning", record.returning, now.intent.returning)
            yield from _differing("before", record.before, champion)
            yield from _differing("supersedes", record.supersedes, now.champion and now.champion.digest)
            if isinstance(record, Intent):  # a promotion's key is its intent's: the fold sees to that
                yield from _differing("key", record.key, _key(record, now))
        case Refused():
            yield from _differing("champion", record.champion, champion)
        case Held():
            yield from _differing("digest", record.digest, _digest_of(record.version, now))
        case Drift() | Measured() | Resumed() | Rebuilt():
            return


def _differing(field: str, said: object, expected: object) -> Iterator[tuple[str, object, object]]:
    if said != expected:
        yield field, said, expected


def _key(record: Intent, now: Standing) -> str:
    """The key that these bytes have; what came back keeps the one of its first promotion."""
    known = now.former.get(record.artifact.digest or "")
    if known and record.returning:
        return known.key
    return version_key(record.origin.repository, record.model, record.artifact.digest or "")


def _digest_of(version: str, now: Standing) -> str | None:
    found: Served | None = next((one for one in now.former.values() if one.version == version), None)
    return found.digest if found else None
