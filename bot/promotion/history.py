"""The ledger in short, one line per decision. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from bot.evidence.facts import EvidenceLevel
from bot.promotion.ledger import Committed
from bot.promotion.records import (
    Drift,
    Held,
    Intent,
    Measured,
    Promoted,
    Rebuilt,
    Refused,
    Renumbered,
    Resumed,
)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One record in short: what became of which model, when, from where. Texts are untrusted."""

    sequence: int
    time: str
    model: str
    kind: str
    version: str | None
    before: str | None
    digest: str | None
    revision: str
    pull_request: int | None
    returning: bool
    level: EvidenceLevel | None
    reasons: tuple[str, ...]
    commit: str


def history(records: Iterable[Committed], model: str | None = None) -> Iterator[HistoryLine]:
    """The records as lines, oldest first, of one model or of all; announcements are left out."""
    for committed in records:
        record = committed.record
        if not isinstance(record, Intent) and model in {None, record.model}:
            yield _line(committed.commit, record)


Decision = Promoted | Refused | Drift | Measured | Held | Resumed | Rebuilt


def renumbered_words(one: Renumbered) -> str:
    """A version's new number, in words."""
    return f"version {one.was} is {one.version} now" if one.version else f"version {one.was} is lost"


def _line(commit: str, record: Decision) -> HistoryLine:
    origin = record.origin
    version, before, digest, level = None, None, None, None
    reasons: tuple[str, ...] = ()
    match record:
        case Promoted():
            version, before = record.version, record.before
            digest, level = record.artifact.digest, record.judgement.level
        case Refused():
            before, reasons = record.champion, record.reasons
            digest, level = record.artifact.digest, record.judgement.level
        case Drift():
            version, before, reasons = record.found, record.expected, (record.reason,)
        case Measured():
            version, level = record.version, record.level
            reasons = (f"main measured it anew at {record.revision[:7]}",)
        case Held():
            version, before, digest = record.version, record.before, record.digest
            reasons = (f"by {record.by}: {record.reason}",)
        case Resumed():
            reasons = (f"by {record.by}: {record.reason}",)
        case Rebuilt():
            reasons = (f"by {record.by}", *map(renumbered_words, record.versions))
        case _ as never:
            assert_never(never)
    return HistoryLine(
        record.sequence,
        origin.time,
        record.model,
        record.kind,
        version,
        before,
        digest,
        origin.head,
        origin.pull_request,
        isinstance(record, Promoted) and record.returning,
        level,
        reasons,
        commit,
    )
