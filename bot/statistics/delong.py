"""Changes of the area under the ROC curve. Performs no I/O."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bot.statistics.arrays import Bools, Floats, compact
from bot.statistics.change import CannotTell, Change
from bot.statistics.noise import Noise, group_sums, too_few, too_few_groups, too_rare
from bot.statistics.ordering import Order
from bot.statistics.ranking import components

ROUNDING = 1e-14


def paired_areas(
    orders: tuple[Order, Order], positive: Bools, group: NDArray[np.integer] | None
) -> Change | CannotTell:
    """The change of two correlated areas on the same rows: DeLong's variance, normal.

    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988): the variance of the differences of the
    structural components of positive rows over their number, plus that of negative rows. With groups,
    Obuchowski, "Nonparametric analysis of clustered ROC curve data", Biometrics 53 (1997): components
    summed over each group, and the covariance of what a group's positive and negative rows add;
    Student's t with one degree fewer than groups, where that paper takes the normal. Scores that rank
    all rows alike change nothing.
    """
    sides = [components(order, positive) for order in orders]
    base, candidate = (float(side[positive].mean()) for side in sides)
    change = sides[1] - sides[0]
    rows = len(positive)
    if orders[0].is_like(orders[1]):
        return Change(base, candidate, rows, "identical ranking", 0.0, 0.0)
    noise = _noise(change, positive, group)
    if isinstance(noise, CannotTell):
        return replace(noise, base=base, candidate=candidate, rows=rows)
    method = noise.named("DeLong" if group is None else "DeLong (Obuchowski)")
    return Change(base, candidate, rows, method, candidate - base, noise.standard_error, noise.degrees)


def _noise(change: Floats, positive: Bools, group: NDArray[np.integer] | None) -> Noise | CannotTell:
    few = _too_few(change, positive, group)
    if few is not None:
        return few
    noise = _by_rows(change, positive) if group is None else _by_groups(change, positive, group)
    if isinstance(noise, Noise) and noise.standard_error == 0:
        return CannotTell("every row is ranked differently by the same amount: the noise is unknown")
    return noise


def _too_few(change: Floats, positive: Bools, group: NDArray[np.integer] | None) -> CannotTell | None:
    """Areas near 1 change by a few rows only, or none: DeLong's variance is then near 0 and means nothing."""
    rare = too_rare(positive, group)
    if rare is not None:
        return rare
    different = int(np.count_nonzero(np.abs(change) > ROUNDING))
    few = too_few(different, len(change), "rows are")
    return few and replace(few, reason=few.reason.replace("predicted", "ranked"))


def _by_rows(change: Floats, positive: Bools) -> Noise:
    parts = (change[positive], change[~positive])
    shares = [float(part.var(ddof=1)) / len(part) for part in parts]
    total = sum(shares)
    if total == 0:
        return Noise(0.0, math.inf)
    degrees = 1 / sum((one / total) ** 2 / (len(part) - 1) for one, part in zip(shares, parts, strict=True))
    return Noise(math.sqrt(total), degrees)


def _by_groups(change: Floats, positive: Bools, group: NDArray[np.integer]) -> Noise | CannotTell:
    codes, groups = compact(group)
    few = too_few_groups(group_sums(np.abs(change), group))
    if few is not None:
        return few
    sums, spreads = [], 0.0
    for part in (positive, ~positive):
        own = change[part] - change[part].mean()
        sums.append(np.bincount(codes[part], weights=own, minlength=groups) / len(own))
        holding = int(np.count_nonzero(np.bincount(codes[part], minlength=groups)))
        spreads += float(np.dot(sums[-1], sums[-1])) * holding / (holding - 1)
    variance = spreads + 2 * float(np.dot(*sums)) * groups / (groups - 1)
    return Noise(math.sqrt(max(variance, 0.0)), groups - 1, groups)
