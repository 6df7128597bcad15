"""What the ledger's records add up to, per model. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from bot.promotion.folding import Folding
from bot.promotion.model_ledger import Committed, Ledger, ModelLedger, Served, Tail
from bot.promotion.reading import RecordReader

__all__ = [
    "BRANCH",
    "Committed",
    "Entry",
    "Ledger",
    "ModelLedger",
    "Served",
    "Tail",
    "fold",
    "read_ledger",
    "read_records",
]

BRANCH = "modelbot/ledger"


class Entry(Protocol):
    """A commit of the ledger's branch and the bytes of its record."""

    @property
    def commit(self) -> str:
        """The commit's sha."""
        ...

    @property
    def data(self) -> bytes:
        """The record's bytes."""
        ...


def read_records(entries: Iterable[Entry]) -> tuple[Committed, ...]:
    """The records of the branch, oldest first.

    Raises:
        NotEvaluatedError: naming the commit whose record cannot be read.
    """
    reader = RecordReader()
    return tuple(Committed(entry.commit, reader.parse(entry.commit, entry.data)) for entry in entries)


def read_ledger(entries: Iterable[Entry]) -> Ledger:
    """The ledger that these commits add up to; raises as `read_records` and `fold` do."""
    return fold(read_records(entries))


def fold(records: Iterable[Committed]) -> Ledger:
    """The state after these records, oldest first. The same records give the same state.

    Raises:
        NotEvaluatedError: the records contradict each other; names the commit.
    """
    folding = Folding()
    for committed in records:
        folding.take(committed)
    return folding.ledger()
