"""Changes of numbers that are reported, not computed here. Performs no I/O."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean, variance

from bot.statistics.change import CannotTell, Change

LEAST_REPEATS = 2
LEAST_PROMOTIONS = 10


def from_standard_errors(
    base: float, base_error: float, candidate: float, candidate_error: float
) -> Change | CannotTell:
    """The change of two values with their own standard errors, taken as independent: √(a² + b²), normal.

    On the same rows the two are mostly alike, and this is then wider than need be. Raises ValueError for
    what is not finite, and for a negative standard error.
    """
    _require_finite((base, base_error, candidate, candidate_error))
    if base_error < 0 or candidate_error < 0:
        raise ValueError("a standard error is not negative")
    error = math.hypot(base_error, candidate_error)
    if error == 0:
        return CannotTell("both reported standard errors are zero", base, candidate)
    return Change(base, candidate, 0, "reported standard errors", candidate - base, error)


def from_repeats(base: tuple[float, ...], candidate: tuple[float, ...]) -> Change | CannotTell:
    """The change of two means over repeats, such as seeds; Welch's t, for variances that differ.

    Source: Welch, "The generalization of 'Student's' problem when several different population variances
    are involved", Biometrika 34 (1947). Raises ValueError for what is not finite.
    """
    _require_finite((*base, *candidate))
    if min(len(base), len(candidate)) < LEAST_REPEATS:
        return CannotTell(f"each side needs at least {LEAST_REPEATS} repeats")
    ours = (fmean(base), fmean(candidate))
    shares = [variance(side) / len(side) for side in (base, candidate)]
    total = sum(shares)
    if total == 0:
        return CannotTell("the repeats of each side are all equal, so their noise is unknown", *ours)
    sizes = (len(base), len(candidate))
    degrees = 1 / sum((share / total) ** 2 / (size - 1) for share, size in zip(shares, sizes, strict=True))
    method = f"{sizes[0]} and {sizes[1]} repeats"
    return Change(*ours, 0, method, ours[1] - ours[0], math.sqrt(total), degrees)


def from_history(values: tuple[float, ...], base: float, candidate: float) -> Change | CannotTell:
    """The change of two single values, with the noise that the values of past promotions had.

    `values` are in the order of promotion. The noise of one value is s² = Σ (x[i+1] - x[i])² / (2(k - 1)),
    from successive differences so that a slow trend is not taken for noise, with 2(k - 1)² / (3k - 4)
    degrees of freedom. Source: von Neumann, Kent, Bellinson and Hart, "The mean square successive
    difference", Annals of Mathematical Statistics 12 (1941). The difference of two single values has the
    standard error s·√2. Raises ValueError for what is not finite.
    """
    _require_finite((*values, base, candidate))
    known = len(values)
    if known < LEAST_PROMOTIONS:
        return CannotTell(f"{known} promotions are known; {LEAST_PROMOTIONS} are needed", base, candidate)
    noise = sum((later - earlier) ** 2 for earlier, later in pairwise(values)) / (2 * (known - 1))
    if noise == 0:
        return CannotTell("the value never changed before, so its noise is unknown", base, candidate)
    degrees = 2 * (known - 1) ** 2 / (3 * known - 4)
    method = f"prediction interval over the last {known} promotions"
    return Change(base, candidate, 0, method, candidate - base, math.sqrt(2 * noise), degrees)


def _require_finite(values: tuple[float, ...]) -> None:
    if not all(map(math.isfinite, values)):
        raise ValueError("values are finite")
