"""Names for arrays, and what every computation asks of them. Performs no I/O."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.generic]
"""(n,) labels, scores or predicted classes; (n, k) class probabilities."""
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]
"""(n,) numbers from 0 that stand for classes, groups or places."""


def require_finite(*columns: Column) -> None:
    """Raise ValueError when a number is NaN or infinite."""
    for column in columns:
        if column.dtype.kind == "f" and not np.isfinite(column.astype(np.float64, copy=False)).all():
            raise ValueError("NaN or infinity among the numbers")


def is_text(column: Column) -> bool:
    """Whether a column holds texts; of a column of objects the first one speaks for all."""
    if column.dtype.kind == "O":
        return column.size > 0 and isinstance(column.flat[0], str)
    return column.dtype.kind in "UST"


def is_number(column: Column) -> bool:
    """Whether a column holds numbers or booleans."""
    return column.dtype.kind in "biuf"


def as_floats(column: Column) -> Floats:
    """The numbers of a column, in double precision."""
    return column.astype(np.float64, copy=False)


def compact(codes: NDArray[np.integer]) -> tuple[Codes, int]:
    """Codes renumbered from 0 without gaps, and how many there are."""
    if codes.size and codes.min() >= 0 and codes.max() < 4 * codes.size:
        present = np.bincount(codes) > 0
        return (np.cumsum(present) - 1)[codes], int(present.sum())
    values, inverse = np.unique(codes, return_inverse=True)
    return inverse.astype(np.int64, copy=False), len(values)
