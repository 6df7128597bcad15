"""The columns of a predictions file, brought into the order of its ids. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bot.errors import InvalidFileError, Problem
from bot.evidence.predictions import AskedColumns, SliceColumn
from bot.evidence.row_classes import classes_like, rows_have, strangers
from bot.evidence.row_words import is_text, words_among_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RowTable:
    """Columns by name, sorted by id, and the problems found in them so far."""

    file: str
    columns: dict[str, pa.Array]
    problems: list[Problem] = field(default_factory=list)

    def ids(self, name: str) -> NDArray[np.generic]:
        """Whole numbers or texts (n,), none of them empty."""
        column = self._whole(name, "id")
        if pa.types.is_integer(column.type) or is_text(column.type):
            return _array(column)
        return self._wrong(name, column, "ids are whole numbers or text")

    def labels(self, name: str) -> NDArray[np.generic]:
        """Numbers, booleans or texts (n,), none of them empty or NaN."""
        column = self._whole(name, "label")
        if not (_is_number(column.type) or is_text(column.type)):
            return self._wrong(name, column, "labels are numbers, booleans or text")
        values = _array(column)
        if values.dtype.kind == "f":
            count = int((~np.isfinite(values.astype(np.float64))).sum()) - column.null_count
            if count > 0:
                self._report(name, f"{rows_have(count)} a label that is NaN or infinite")
        return values

    def numbers(self, name: str, ids: str) -> NDArray[np.generic]:
        """Numbers (n,); what is missing is NaN. `ids` is the column by which a row that is none is named."""
        column = self.columns[name]
        if not _is_number(column.type):
            if self._reports_words(name, ids):
                return np.zeros(0, np.float64)
            return self._wrong(name, column, "this column must hold numbers")
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))

    def scores(
        self, asked: AskedColumns, label: NDArray[np.generic]
    ) -> tuple[NDArray[np.generic], tuple[object, ...]]:
        """Scores or predicted classes (n,) without classes, or probabilities (n, k) and their k classes."""
        if isinstance(asked.score, str):
            return self._score(asked, asked.score, label), ()
        named = tuple(one for one, _ in asked.score)
        classes = classes_like(named, label)
        if isinstance(classes, str):
            self._report(asked.label, classes)
            return label, ()
        for what in strangers(label, classes):
            self._report(asked.label, what)
        return np.column_stack([self.numbers(column, asked.id) for _, column in asked.score]), classes

    def _score(self, asked: AskedColumns, name: str, label: NDArray[np.generic]) -> NDArray[np.generic]:
        column = self.columns[name]
        if not is_text(column.type):
            return self.numbers(name, asked.id)
        if label.dtype.kind != "O":
            self._reports_words(name, asked.id)
        return _array(column)

    def slice_column(self, name: str, most: int, missing: str) -> SliceColumn:
        """The column's values as text, and for each row the place of its value among them."""
        texts = _as_text(self.columns[name])
        if texts is None:
            self._wrong(name, self.columns[name], "a slice column holds text, numbers or dates")
            return SliceColumn(name, (), np.zeros(0, np.int32))
        found = pc.fill_null(texts, missing).dictionary_encode()
        if len(found.dictionary) > most:
            count = f"{len(found.dictionary):,} values, and at most {most:,} are allowed"
            self._report(name, f"this slice column has {count}; slice by a coarser column")
        order = pc.sort_indices(found.dictionary).to_numpy()
        places = np.empty(len(order), np.int32)
        places[order] = np.arange(len(order), dtype=np.int32)
        values = tuple(found.dictionary.take(pa.array(order)).to_pylist())
        return SliceColumn(name, values, places[found.indices.to_numpy()])

    def codes(self, name: str) -> NDArray[np.int32]:
        """Codes (n,) that are equal where the column is, numbered as they first appear."""
        column = self._whole(name, "group")
        texts = _as_text(column)
        if texts is None:
            self._wrong(name, column, "a group column holds text, numbers or dates")
            return np.zeros(0, np.int32)
        return np.asarray(texts.dictionary_encode().indices.fill_null(-1).to_numpy(), dtype=np.int32)

    def missing_texts(self, asked: AskedColumns) -> NDArray[np.bool_] | None:
        """Which rows (n,) have no predicted class; None where scores are numbers."""
        if not isinstance(asked.score, str) or not is_text(self.columns[asked.score].type):
            return None
        return np.asarray(self.columns[asked.score].is_null().to_numpy(zero_copy_only=False), np.bool_)

    def raise_problems(self) -> None:
        """Raise InvalidFileError when there are any."""
        if self.problems:
            raise InvalidFileError(tuple(self.problems))

    def _whole(self, name: str, what: str) -> pa.Array:
        column = self.columns[name]
        if column.null_count:
            self._report(name, f"{rows_have(column.null_count)} no {what}")
        return column

    def _reports_words(self, name: str, ids: str) -> bool:
        """Whether words stand among numbers here; then that is reported, with the first of them."""
        found = words_among_numbers(self.columns[name])
        if found is None:
            return False
        count, at, word = found
        what = f"{rows_have(count)} text where the others have numbers; the first is {word!r}"
        self._report(name, f"{what} at id {self.columns[ids][at].as_py()}")
        return True

    def _wrong(self, name: str, column: pa.Array, what: str) -> NDArray[np.generic]:
        self._report(name, f"{what}, and this is {column.type}")
        return np.zeros(0, np.float64)

    def _report(self, name: str, what: str) -> None:
        self.problems.append(Problem(self.file, 0, 0, f"column {name}", what))


def _is_number(kind: pa.DataType) -> bool:
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return bool(number or pa.types.is_boolean(kind))


def _as_text(column: pa.Array) -> pa.Array | None:
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _array(column: pa.Array) -> NDArray[np.generic]:
    if is_text(column.type):
        coded = column.dictionary_encode()
        words = np.array([*coded.dictionary.to_pylist(), ""], dtype=object)
        return np.asarray(words[coded.indices.fill_null(len(words) - 1).to_numpy()])
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    return np.asarray(column.to_numpy(zero_copy_only=False))
