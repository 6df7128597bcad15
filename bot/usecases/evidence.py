"""`modelbot evidence VERSION`: what an auditor asks about a version, from the ledger alone."""

from __future__ import annotations

from bot.ports.git import RecordReader
from bot.promotion.dossier import Dossier, dossier
from bot.promotion.ledger import BRANCH, read_records


def evidence(records: RecordReader, model: str, version: str) -> Dossier:
    """Everything on record of one version; no model named: the only one of the ledger.

    Raises:
        InvalidInputError: that version never was champion.
        NotEvaluatedError: the ledger cannot be read.
    """
    return dossier(read_records(records.entries(BRANCH)), model, version)
