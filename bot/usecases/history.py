"""`modelbot history`: what was promoted, returned to and refused, from the ledger alone."""

from __future__ import annotations

from bot.ports.git import RecordReader
from bot.promotion.history import HistoryLine
from bot.promotion.history import history as lines_of
from bot.promotion.ledger import BRANCH, read_records


def history(records: RecordReader, model: str | None) -> tuple[HistoryLine, ...]:
    """Every decision, oldest first, of one model or of all."""
    return tuple(lines_of(read_records(records.entries(BRANCH)), model))
