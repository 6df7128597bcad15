"""Classes as a policy writes them, as the labels of a predictions file have them. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRUTHS = {"true": True, "false": False}


def classes_like(named: tuple[str, ...], label: NDArray[np.generic]) -> tuple[object, ...] | str:
    """The classes in the labels' own type; a sentence where one of them cannot be such a label."""
    kind = label.dtype.kind
    found: list[object] = []
    for name in named:
        one = _like(name, kind)
        if one is None:
            what = "true or false" if kind == "b" else "numbers"
            return f"labels are {what}, and the class {name!r} of `predictions.score` is not"
        found.append(one)
    return tuple(found)


def _like(name: str, kind: str) -> object | None:
    if kind == "O":
        return name
    if kind == "b":
        return TRUTHS.get(name.lower())
    try:
        return int(name) if kind in "iu" else float(name)
    except ValueError:
        return None


def strangers(label: NDArray[np.generic], classes: tuple[object, ...]) -> Iterator[str]:
    """A sentence for labels that are none of the classes."""
    known = np.zeros(len(label), np.bool_)
    for one in classes:
        known |= np.asarray(label == one, np.bool_)
    if known.all():
        return
    others = sorted({str(one) for one in label[~known].tolist()})
    rows = rows_have(int((~known).sum()))
    yield f"{rows} a label that no class in `predictions.score` has: {', '.join(others[:5])}"


def rows_have(count: int) -> str:
    """The beginning of a sentence about so many rows."""
    return f"{count:,} row has" if count == 1 else f"{count:,} rows have"
