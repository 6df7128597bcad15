"""A predictions file as a table: Parquet or CSV, only the columns asked for. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from bot.errors import InvalidFileError, Problem
from bot.evidence.predictions import AskedColumns
from bot.evidence.row_csv import read_csv
from bot.evidence.row_header import require_columns
from bot.evidence.row_table import RowTable

LARGEST = 1 << 30
"""A file with more bytes is not read, nor a Parquet file that says it holds more bytes of asked columns."""
MOST_ROWS = 20_000_000
MAGIC = b"PAR1"
"""What a Parquet file begins and ends with; its table of contents stands at the end."""


def open_table(data: bytes, asked: AskedColumns) -> RowTable:
    """The asked columns, sorted by id.

    Raises InvalidFileError: neither Parquet nor CSV, broken, too large, no rows, a column missing or twice.
    """
    if len(data) > LARGEST:
        raise _problem(asked.file, f"the file has {len(data):,} bytes, and at most {LARGEST:,} are read")
    read = _reader(asked.file)
    if not data:
        raise _problem(asked.file, "the file is empty")
    try:
        table = read(data, asked)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _problem(asked.file, f"the file cannot be read: {_first_line(error)}") from error
    if not table.num_rows:
        raise _problem(asked.file, "the file has no rows")
    return RowTable(asked.file, _columns(_sorted(table, asked.id)))


def _reader(file: str) -> Callable[[bytes, AskedColumns], pa.Table]:
    match PurePosixPath(file).suffix.lower():
        case ".parquet" | ".pq":
            return _parquet
        case ".csv":
            return read_csv
        case _:
            raise _problem(file, "predictions are read from .parquet and .csv")


def _parquet(data: bytes, asked: AskedColumns) -> pa.Table:
    if not (data.startswith(MAGIC) and data.endswith(MAGIC)):
        what = "this is no whole Parquet file: it was cut off, or is another kind of file; write it anew"
        raise _problem(asked.file, what)
    opened = parquet.ParquetFile(pa.BufferReader(data))
    require_columns(tuple(opened.schema_arrow.names), asked)
    if opened.metadata.num_rows > MOST_ROWS or _unpacked(opened.metadata, asked) > LARGEST:
        raise _problem(
            asked.file, f"it holds more than {MOST_ROWS:,} rows or {LARGEST:,} bytes in the columns asked for"
        )
    return opened.read(columns=list(asked.all))


def _unpacked(metadata: parquet.FileMetaData, asked: AskedColumns) -> int:
    wanted = set(asked.all)
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    chunks = (group.column(place) for group in groups for place in range(group.num_columns))
    return sum(
        chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in wanted
    )


def _sorted(table: pa.Table, key: str) -> pa.Table:
    ids = table[key].combine_chunks()
    if ids.null_count or not len(ids) or pa.types.is_nested(ids.type):
        return table
    ahead, behind = ids.slice(1), ids.slice(0, len(ids) - 1)
    if pc.all(pc.greater_equal(ahead, behind)).as_py() in {True, None}:
        return table
    return table.take(pc.sort_indices(ids))


def _columns(table: pa.Table) -> dict[str, pa.Array]:
    return {name: _plain(table[name].combine_chunks()) for name in table.column_names}


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _problem(file: str, what: str) -> InvalidFileError:
    return InvalidFileError((Problem(file, 0, 0, "", what),))


def _first_line(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error)).strip(" .")[:200] or type(error).__name__
