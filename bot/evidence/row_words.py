"""Words where numbers are meant: one "n/a" makes text of a whole column. Performs no I/O."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

LONGEST_SHOWN = 40


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def words_among_numbers(column: pa.Array) -> tuple[int, int, str] | None:
    """How many rows hold a word, the first of them, and its word; None unless other rows hold numbers."""
    if not is_text(column.type):
        return None
    coded = column.dictionary_encode()
    words = coded.dictionary.to_pylist()
    wrong = np.array([not _is_number(word) for word in words], np.bool_)
    if wrong.all() or not wrong.any():
        return None
    codes = np.asarray(coded.indices.fill_null(-1).to_numpy())
    rows = np.flatnonzero(np.append(wrong, [False])[codes])
    return len(rows), int(rows[0]), str(words[codes[rows[0]]])[:LONGEST_SHOWN]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
