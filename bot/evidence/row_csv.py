"""Predictions in CSV: commas, a header, UTF-8. Performs no I/O."""

from __future__ import annotations

import io
import re
from typing import NoReturn

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from bot.errors import InvalidFileError, Problem
from bot.evidence.predictions import AskedColumns
from bot.evidence.row_header import require_columns

RAGGED = re.compile(r".*Row #(\d+): Expected (\d+) columns, got (\d+): (.*)", re.DOTALL)
LONGEST_SHOWN = 60


def read_csv(data: bytes, asked: AskedColumns) -> pa.Table:
    """The asked columns. Text stays text where it cuts or groups rows: "007" and "NA" are no numbers there.

    Empty text is missing: CSV has no other way to say so. Raises InvalidFileError with the line of bytes that
    are no text and of a row that is cut off or too long; ArrowInvalid for what else is wrong.
    """
    try:
        names = csv.open_csv(pa.BufferReader(data)).schema.names
        require_columns(tuple(names), asked)
        table = csv.read_csv(pa.BufferReader(data), convert_options=_options(asked))
    except pa.ArrowInvalid as error:
        _refuse_other_bytes(data, asked.file)
        _refuse_ragged(data, asked)
        raise error from None
    if any(pa.types.is_binary(column.type) for column in table.columns):
        _refuse_other_bytes(data, asked.file)
    return _without_empty_texts(table)


def _options(asked: AskedColumns) -> csv.ConvertOptions:
    text = {name: pa.string() for name in (*asked.slices, *((asked.group,) if asked.group else ()))}
    return csv.ConvertOptions(
        include_columns=list(asked.all), column_types=text, null_values=["", "NaN", "nan"]
    )


def _without_empty_texts(table: pa.Table) -> pa.Table:
    for place, column in enumerate(table.columns):
        if pa.types.is_string(column.type):
            known = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
            table = table.set_column(place, table.column_names[place], known)
    return table


def _refuse_other_bytes(data: bytes, file: str) -> None:
    """Raise at the first byte that is no UTF-8; whatever else is wrong follows from it."""
    for number, line in enumerate(io.BytesIO(data), 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            what = f"the file is not UTF-8 text: byte 0x{line[error.start]:02x} cannot be read"
            _refuse(file, number, error.start + 1, f"{what}; save it as UTF-8")


def _refuse_ragged(data: bytes, asked: AskedColumns) -> None:
    """Raise at the line of a row that is too short or too long; only one thread counts the lines."""
    try:
        csv.read_csv(pa.BufferReader(data), read_options=csv.ReadOptions(use_threads=False))
    except pa.ArrowInvalid as error:
        found = RAGGED.fullmatch(str(error))
        if found:
            shown = " ".join(found[4].split())[:LONGEST_SHOWN]
            what = f"this row has {found[3]} values, and the header has {found[2]}: {shown}"
            _refuse(asked.file, int(found[1]), 1, what)


def _refuse(file: str, line: int, col: int, what: str) -> NoReturn:
    raise InvalidFileError((Problem(file, line, col, "", what),))
