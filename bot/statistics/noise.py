"""The standard error of a mean, of rows or of groups of rows. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.statistics.arrays import Bools, Floats, compact
from bot.statistics.change import CannotTell

LEAST = 20
"""Rows (or groups) that must differ before noise is worked out from them.

With fewer, all that is known of the noise hangs on a handful of rows: on near-twins a bootstrap of 100 rows
covers 0.91 to 0.93 where 0.95 is meant, and the normal approximation fails alike.
"""


LEAST_OF_A_CLASS = 10
"""Rows of the rarer class that a ranking needs: with 5, DeLong's interval covers 0.91 where 0.95 is meant.

Where there are groups, so many must hold rows of it: with 2 that do 0.88 is covered, and with 1 only 0.62.
"""


@dataclass(frozen=True, slots=True)
class Noise:
    """A standard error, its degrees of freedom, and how many groups it comes from (None: from rows)."""

    standard_error: float
    degrees: float
    groups: int | None = None

    def named(self, method: str) -> str:
        """The method in words, with the number of groups."""
        return method if self.groups is None else f"{method} over {self.groups:,} groups"


def noise_of_mean(influence: Floats, group: NDArray[np.integer] | None) -> Noise | CannotTell:
    """The noise of the mean of `influence` (n,), what each row adds to a change.

    Rows: s / √n with n - 1 degrees. Groups: √(G / (G - 1) · Σ e²) / n with G - 1 degrees, e being the sum
    over one group of what its rows differ from the mean (the ratio estimator; Cochran, "Sampling
    Techniques" (1977), section 6.3; the same as cluster-robust least squares on a constant).
    """
    few = too_few(int(np.count_nonzero(influence)), len(influence), "rows are")
    if few is not None:
        return few
    centred = influence - influence.mean()
    noise = _by_rows(centred) if group is None else _by_groups(centred, influence, group)
    if isinstance(noise, Noise) and noise.standard_error == 0:
        return CannotTell("every row changed by the same amount, so the noise is unknown")
    return noise


def too_few(different: int, known: int, what: str) -> CannotTell | None:
    """A refusal when fewer than 20 of the known rows differ, or fewer than all of fewer than 20."""
    if known < 2:  # noqa: PLR2004
        return CannotTell("one row does not show noise" if known else "there are no rows")
    if different < min(LEAST, known):
        return CannotTell(f"only {different} {what} predicted differently; {min(LEAST, known)} are needed")
    return None


def too_rare(positive: Bools, group: NDArray[np.integer] | None) -> CannotTell | None:
    """A refusal when one of the classes has fewer than 10 rows, or rows in fewer than 10 groups."""
    rarer = min(int(positive.sum()), int((~positive).sum()))
    if rarer < LEAST_OF_A_CLASS:
        return CannotTell(f"the rarer class has only {rarer} rows; {LEAST_OF_A_CLASS} are needed")
    if group is None:
        return None
    holding = min(len(np.unique(group[part])) for part in (positive, ~positive))
    if holding < LEAST_OF_A_CLASS:
        return CannotTell(f"a class has rows in only {holding} groups; {LEAST_OF_A_CLASS} are needed")
    return None


def group_sums(values: Floats, group: NDArray[np.integer]) -> Floats:
    """The sum of values (n,) over each group that has rows."""
    codes, groups = compact(group)
    return np.bincount(codes, weights=values, minlength=groups).astype(np.float64, copy=False)


def too_few_groups(sums: Floats) -> CannotTell | None:
    """A refusal when fewer than 20 groups hold what the noise is worked out from."""
    different = int(np.count_nonzero(sums))
    if len(sums) < LEAST:
        return CannotTell(f"there are only {len(sums)} groups; {LEAST} are needed")
    return too_few(different, len(sums), "groups have rows")


def _by_rows(centred: Floats) -> Noise:
    rows = len(centred)
    return Noise(float(np.sqrt(np.dot(centred, centred) / (rows - 1) / rows)), rows - 1)


def _by_groups(centred: Floats, influence: Floats, group: NDArray[np.integer]) -> Noise | CannotTell:
    few = too_few_groups(group_sums(np.abs(influence), group))
    if few is not None:
        return few
    sums = group_sums(centred, group)
    groups = len(sums)
    squares = float(np.dot(sums, sums)) * groups / (groups - 1)
    return Noise(float(np.sqrt(squares)) / len(centred), groups - 1, groups)
