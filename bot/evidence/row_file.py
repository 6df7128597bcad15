"""A predictions file as a table: Parquet or CSV, only the columns asked for. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from bot.errors import InvalidFileError, Problem
from bot.evidence.predictions import AskedColumns
from bot.evidence.row_table import RowTable

LARGEST = 1 << 30
"""A file with more bytes is not read, nor a Parquet file that says it holds more bytes of asked columns."""
MOST_ROWS = 20_000_000


def open_table(data: bytes, asked: AskedColumns) -> RowTable:
    """The asked columns, sorted by id.

    Raises InvalidFileError: neither Parquet nor CSV, broken, too large, no rows, a column missing or twice.
    """
    if len(data) > LARGEST:
        raise _problem(asked.file, f"the file has {len(data):,} bytes, and at most {LARGEST:,} are read")
    try:
        table = _read(data, asked)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _problem(asked.file, f"the file cannot be read: {_first_line(error)}") from error
    if not table.num_rows:
        raise _problem(asked.file, "the file has no rows")
    return RowTable(asked.file, _columns(_sorted(table, asked.id)))


def _read(data: bytes, asked: AskedColumns) -> pa.Table:
    match PurePosixPath(asked.file).suffix.lower():
        case ".parquet" | ".pq":
            return _parquet(data, asked)
        case ".csv":
            return _csv(data, asked)
        case _:
            raise _problem(asked.file, "predictions are read from .parquet and .csv")


def _parquet(data: bytes, asked: AskedColumns) -> pa.Table:
    opened = parquet.ParquetFile(pa.BufferReader(data))
    _require_columns(tuple(opened.schema_arrow.names), asked)
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


def _csv(data: bytes, asked: AskedColumns) -> pa.Table:
    """Text stays text in the columns that cut or group rows: "007" and "NA" are not numbers or missing.

    Empty text is missing: CSV has no other way to say so.
    """
    names = csv.open_csv(pa.BufferReader(data)).schema.names
    _require_columns(tuple(names), asked)
    text = {name: pa.string() for name in (*asked.slices, *((asked.group,) if asked.group else ()))}
    convert = csv.ConvertOptions(
        include_columns=list(asked.all), column_types=text, null_values=["", "NaN", "nan"]
    )
    return _without_empty_texts(csv.read_csv(pa.BufferReader(data), convert_options=convert))


def _without_empty_texts(table: pa.Table) -> pa.Table:
    for place, column in enumerate(table.columns):
        if pa.types.is_string(column.type):
            known = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
            table = table.set_column(place, table.column_names[place], known)
    return table


def _require_columns(names: tuple[str, ...], asked: AskedColumns) -> None:
    problems = [
        *(
            Problem(asked.file, 0, 0, f"column {name}", "this column is there twice")
            for name in asked.all
            if names.count(name) > 1
        ),
        *_missing(names, asked),
    ]
    if problems:
        raise InvalidFileError(tuple(problems))


def _missing(names: tuple[str, ...], asked: AskedColumns) -> Iterator[Problem]:
    for name in asked.all:
        if name not in names:
            close = get_close_matches(name, names, 1)
            hint = f"; did you mean `{close[0]}`?" if close else f"; it has {', '.join(names[:10])}"
            yield Problem(asked.file, 0, 0, f"column {name}", f"there is no such column{hint}")


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
    return re.sub(r"\s+", " ", str(error)).strip()[:200] or type(error).__name__
