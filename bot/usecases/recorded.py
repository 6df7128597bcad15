"""The bot's two branches, asked of origin in one question: what was decided, and what really ran."""

from __future__ import annotations

from dataclasses import dataclass

from bot.ports.git import LogEntry, RecordReader
from bot.promotion.ledger import BRANCH, Ledger, read_ledger
from bot.usecases.judge import RUNS


@dataclass(frozen=True, slots=True)
class Recorded:
    """The ledger, and the run records as they are: only who needs those finds one that cannot be read."""

    ledger: Ledger
    runs: tuple[LogEntry, ...]


def recorded(records: RecordReader) -> Recorded:
    """Both branches as origin has them now.

    Raises:
        UnavailableError: origin does not answer.
        NotEvaluatedError: the ledger cannot be read.
    """
    ledger, runs = records.together((BRANCH, RUNS))
    return Recorded(read_ledger(ledger), runs)
