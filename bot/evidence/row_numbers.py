"""Numbers about the rows of a predictions file. Performs no I/O."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rows_not_finite(columns: tuple[NDArray[np.generic], ...], missing: NDArray[np.bool_] | None) -> int:
    """How many rows have a number that is NaN or infinite, or a text that is missing."""
    bad = np.zeros(len(columns[0]), np.bool_) if missing is None else missing.copy()
    for column in columns:
        if column.dtype.kind == "f":
            finite = np.isfinite(column.astype(np.float64, copy=False))
            bad |= ~(finite if finite.ndim == 1 else finite.all(axis=1))
    return int(bad.sum())


def digest_of(*columns: NDArray[np.generic]) -> str:
    """The sha256 over the columns' values, in hexadecimal."""
    found = hashlib.sha256()
    for column in columns:
        found.update(f"{column.dtype.str} {column.shape}\n".encode())
        found.update(_bytes(column))
    return found.hexdigest()


def _bytes(column: NDArray[np.generic]) -> bytes | memoryview:
    if column.dtype.kind == "O":
        return "\0".join(map(str, column.tolist())).encode()
    return np.ascontiguousarray(column).data.cast("B") if column.size else b""
