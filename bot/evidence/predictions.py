"""What a model says of every test row, from Parquet or CSV; nothing is unpickled. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import generic, int32
    from numpy.typing import NDArray

    from bot.evidence.row_table import RowTable

MOST_VALUES = 1_000
"""A slice column with more values is refused: no test set of ours has enough rows for each."""
MISSING = "(missing)"
"""The slice of the rows whose slice column is empty."""


@dataclass(frozen=True, slots=True)
class AskedColumns:
    """Which file, and which of its columns, a policy needs.

    `score` is one column of scores or predicted classes, or (class, column of its probability) for each
    class. `means` are the per-row scores that `kind: mean` averages.
    """

    file: str
    id: str
    label: str
    score: str | tuple[tuple[str, str], ...]
    group: str | None = None
    slices: tuple[str, ...] = ()
    means: tuple[str, ...] = ()

    @property
    def scores(self) -> tuple[str, ...]:
        """The columns that `score` names."""
        return (self.score,) if isinstance(self.score, str) else tuple(column for _, column in self.score)

    @property
    def all(self) -> tuple[str, ...]:
        """Every column, each once."""
        group = (self.group,) if self.group else ()
        return tuple(dict.fromkeys((self.id, self.label, *self.scores, *group, *self.slices, *self.means)))


@dataclass(frozen=True, slots=True, eq=False)
class SliceColumn:
    """A column that cuts the rows into slices; `codes` (n,) are places in `values`, which are sorted."""

    name: str
    values: tuple[str, ...]
    codes: NDArray[int32]

    def rows(self, value: str) -> int:
        """How many rows have this value."""
        return int((self.codes == self.values.index(value)).sum()) if value in self.values else 0


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """The rows sorted by id, each array (n,), and `score` (n, k) where `classes` names k labels.

    `digest` is of ids, labels and what was predicted, in any order of the file. `group` are codes of rows
    that belong together. `duplicate_ids` counts the rows whose id an earlier row has; `not_finite` those
    with a score or per-row mean that is missing, NaN or infinite.
    """

    file: str
    rows: int
    digest: str
    ids: NDArray[generic]
    label: NDArray[generic]
    score: NDArray[generic]
    classes: tuple[object, ...]
    group: NDArray[int32] | None
    slices: tuple[SliceColumn, ...]
    means: tuple[tuple[str, NDArray[generic]], ...]
    duplicate_ids: int
    not_finite: int


def read_predictions(data: bytes, asked: AskedColumns) -> Predictions:
    """The predictions that a file holds.

    Raises InvalidFileError with every problem found: neither Parquet nor CSV, broken or too large, no rows,
    a column that is missing or of a wrong type, an id or label that is empty, a label that no class has, a
    slice column of more than 1,000 values. Loads pyarrow.
    """
    from bot.evidence.row_file import open_table

    return _read(open_table(data, asked), asked)


def _read(table: RowTable, asked: AskedColumns) -> Predictions:
    from bot.evidence.row_numbers import digest_of, rows_not_finite

    label = table.labels(asked.label)
    score, classes = table.scores(asked, label)
    slices = tuple(table.slice_column(name, MOST_VALUES, MISSING) for name in asked.slices)
    means = tuple((name, table.numbers(name, asked.id)) for name in asked.means)
    group = table.codes(asked.group) if asked.group else None
    ids = table.ids(asked.id)
    table.raise_problems()
    predicted = (score, *(values for _, values in means))
    return Predictions(
        file=asked.file,
        rows=len(ids),
        digest=digest_of(ids, label, *predicted),
        ids=ids,
        label=label,
        score=score,
        classes=classes,
        group=group,
        slices=slices,
        means=means,
        duplicate_ids=int((ids[1:] == ids[:-1]).sum()),
        not_finite=rows_not_finite(predicted, table.missing_texts(asked)),
    )
