"""The same test rows as two models saw them. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.evidence.predictions import Predictions, SliceColumn

if TYPE_CHECKING:
    from numpy import generic, int32
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """Rows sorted by id, n of them: labels, groups and slices that both files agree on, and both scores.

    `base` and `candidate` are (n,), or (n, k) where `classes` names k labels; `means` are
    (column, base's values, candidate's values).
    """

    rows: int
    label: NDArray[generic]
    base: NDArray[generic]
    candidate: NDArray[generic]
    classes: tuple[object, ...]
    group: NDArray[int32] | None
    slices: tuple[SliceColumn, ...]
    means: tuple[tuple[str, NDArray[generic], NDArray[generic]], ...]


@dataclass(frozen=True, slots=True)
class NotPaired:
    """Why the rows of two files are not the same, with the counts."""

    reason: str


def pair(
    base: Predictions, candidate: Predictions, names: tuple[str, str] = ("main", "this PR")
) -> Paired | NotPaired:
    """The rows of both files side by side, matched by id; `names` are how people call the two sides.

    NotPaired for an id that is there twice, different rows, labels, groups or slices, and for scores of
    different kinds.
    """
    reason = (
        _repeated(base, names[0])
        or _repeated(candidate, names[1])
        or _other_rows(base, candidate, names)
        or _other_test_data(base, candidate)
        or _other_scores(base, candidate, names)
    )
    if reason:
        return NotPaired(reason)
    theirs = dict(base.means)
    return Paired(
        candidate.rows,
        candidate.label,
        base.score,
        candidate.score,
        candidate.classes,
        candidate.group,
        candidate.slices,
        tuple((name, theirs[name], values) for name, values in candidate.means),
    )


def _repeated(side: Predictions, name: str) -> str:
    if not side.duplicate_ids:
        return ""
    return f"{_rows(side.duplicate_ids)} of {name} {_has(side.duplicate_ids)} an id that is there already"


def _other_rows(base: Predictions, candidate: Predictions, names: tuple[str, str]) -> str:
    import numpy as np

    if np.array_equal(base.ids, candidate.ids):
        return ""
    if base.ids.dtype.kind != candidate.ids.dtype.kind:
        return f"ids are {_kind(base.ids)} on {names[0]} and {_kind(candidate.ids)} on {names[1]}"
    both = len(np.intersect1d(base.ids, candidate.ids, assume_unique=True))
    only = f"{_rows(base.rows - both)} only on {names[0]}, {candidate.rows - both:,} only on {names[1]}"
    return f"{only}, {both:,} on both"


def _other_test_data(base: Predictions, candidate: Predictions) -> str:
    import numpy as np

    differing = int(np.asarray(base.label != candidate.label).sum())
    if differing:
        return f"{_rows(differing)} {_has(differing)} another label"
    if base.group is not None and candidate.group is not None:
        differing = int((base.group != candidate.group).sum())
        if differing:
            return f"{_rows(differing)} {_has(differing)} another group"
    for before, after in zip(base.slices, candidate.slices, strict=True):
        differing = _moved(before, after)
        if differing:
            return f"{_rows(differing)} {_has(differing)} another {after.name}"
    return ""


def _moved(before: SliceColumn, after: SliceColumn) -> int:
    import numpy as np

    if before.values == after.values:
        return int((before.codes != after.codes).sum())
    place = {value: number for number, value in enumerate(after.values)}
    moved = np.array([place.get(value, -1) for value in before.values], np.int32)
    return int((moved[before.codes] != after.codes).sum())


def _other_scores(base: Predictions, candidate: Predictions, names: tuple[str, str]) -> str:
    if (base.score.dtype.kind == "O") == (candidate.score.dtype.kind == "O"):
        return ""
    return f"scores are {_kind(base.score)} on {names[0]} and {_kind(candidate.score)} on {names[1]}"


def _kind(column: NDArray[generic]) -> str:
    return "text" if column.dtype.kind == "O" else "numbers"


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"
