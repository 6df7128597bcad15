"""Test rows for an evaluator that must not see the truth, and the truth put back afterwards. Performs no I/O.

A model that is scored runs in one process with the evaluator and may read every file that it reads. So the
labels of the test rows change places before they are handed over, at random: the evaluator finds a label of
the right kind in every row and runs as always, and who reads them reads noise. Only scores are taken back.
"""

from __future__ import annotations

import io
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from bot.errors import InvalidFileError, Problem
from bot.evidence.predictions import AskedColumns
from bot.evidence.row_file import LARGEST, open_table


def masked(data: bytes, file: str, labels: str, seed: int) -> bytes:
    """The same rows in the same format, the values of column `labels` in an order that `seed` decides.

    Raises InvalidFileError: neither Parquet nor CSV, broken, too large, or without that column.
    """
    if len(data) > LARGEST:
        raise _problem(file, f"the file has {len(data):,} bytes, and at most {LARGEST:,} are read")
    as_csv = PurePosixPath(file).suffix.lower() == ".csv"
    try:
        table = _csv(data) if as_csv else parquet.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise _problem(file, f"the file cannot be read: {error}") from error
    if labels not in table.column_names:
        raise _problem(file, f"it has no column {labels!r}; say under `evidence.labels` which has the truth")
    order = np.random.Generator(np.random.PCG64(seed)).permutation(table.num_rows)
    place = table.column_names.index(labels)
    shuffled = table.set_column(place, table.schema.field(place), table[labels].take(pa.array(order)))
    written = io.BytesIO()
    csv.write_csv(shuffled, written) if as_csv else parquet.write_table(shuffled, written)
    return written.getvalue()


def _csv(data: bytes) -> pa.Table:
    """Every cell as its text, so that it is written as it was read."""
    names = csv.open_csv(pa.BufferReader(data)).schema.names
    texts = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    return csv.read_csv(pa.BufferReader(data), convert_options=texts)


def rejoined(scored: bytes, asked: AskedColumns, test: bytes, file: str, labels: str) -> bytes:
    """A predictions file (Parquet): the scores of `scored`, everything else from the test rows, by id.

    Raises InvalidFileError: the two do not have the same ids, each once; or the test rows lack a column that
    slices or groups, so that only the scored file could tell, which nobody can trust.
    """
    given = open_table(scored, AskedColumns(asked.file, asked.id, asked.id, asked.score)).columns
    wanted = AskedColumns(file, asked.id, labels, asked.id, asked.group, asked.slices)
    truth = open_table(test, wanted).columns
    ids = truth[asked.id]
    if not _same_ids(given[asked.id], ids):
        what = f"it does not hold every row of {file} once: {len(given[asked.id]):,} rows, not {len(ids):,}"
        raise _problem(asked.file, f"{what}, or with other ids")
    columns = {asked.id: ids, asked.label: truth[labels]}
    columns |= {name: truth[name] for name in (*((asked.group,) if asked.group else ()), *asked.slices)}
    columns |= {name: given[name] for name in asked.scores}
    written = io.BytesIO()
    parquet.write_table(pa.table(columns), written)
    return written.getvalue()


def _same_ids(given: pa.Array, ids: pa.Array) -> bool:
    """Whether both hold the same ids in the same order, each once; they are sorted by them."""
    if (
        len(given) != len(ids)
        or given.null_count
        or ids.null_count
        or pc.count_distinct(ids).as_py() != len(ids)
    ):
        return False
    try:
        return bool(pc.all(pc.equal(given.cast(ids.type), ids)).as_py())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False


def _problem(file: str, what: str) -> InvalidFileError:
    return InvalidFileError((Problem(file, 0, 0, "", what),))
