"""Many records, one after another: what a record repeats of the one before is read once. Performs no I/O.

A promotion stands in the ledger twice, announced and done, with one and the same judgement, the larger part
of both. It is cut out of the text and read for itself; where its bytes are those of the record before, the
value of before is taken. That is the same as reading the whole: a line break cannot stand inside a string of
JSON, so what follows one here is a key; with a stand-in in its place the rest must be a record, in which
`judgement` is a key of the whole and is there once; and what was cut out must be a judgement. Anything else
is read whole.
"""

from __future__ import annotations

from dataclasses import replace

from bot.errors import NotEvaluatedError
from bot.promotion.codec import judgement_bytes, parse, parse_judgement
from bot.promotion.records import Intent, Judgement, Promoted, Record, Refused

START, END = b'\n "judgement": ', b"\n }"


class RecordReader:
    """Reads records as `parse` does: the same values, the same errors."""

    def __init__(self) -> None:
        self._bytes = b""
        self._value: Judgement | None = None

    def parse(self, commit: str, data: bytes) -> Record:
        """The record of one commit; raises RecordError as `bot.promotion.codec.parse` does."""
        start = data.find(START + b"{")
        end = data.find(END, start)
        if start < 0 or end < 0:
            return parse(commit, data)
        start, end = start + len(START), end + len(END)
        try:
            judgement = self._judgement(commit, data[start:end])
            rest = parse(commit, data[:start] + judgement_bytes() + data[end:])
        except NotEvaluatedError:
            return parse(commit, data)
        if not isinstance(rest, Intent | Promoted | Refused):
            return parse(commit, data)
        return replace(rest, judgement=judgement)

    def _judgement(self, commit: str, data: bytes) -> Judgement:
        if self._value is None or data != self._bytes:
            self._bytes, self._value = data, parse_judgement(commit, data)
        return self._value
