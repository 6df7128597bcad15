"""The area under the ROC curve and average precision, by ranks. Performs no I/O."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.statistics.arrays import Bools, Floats
from bot.statistics.ordering import Order


def area(score: Floats, positive: Bools) -> float:
    """The area under the ROC curve: the chance that a positive row outscores a negative one, ties half.

    `score` and `positive` are (n,); both classes are there.
    """
    above, below = np.sort(score[positive]), np.sort(score[~positive])
    wins = np.searchsorted(below, above, "left").sum() + np.searchsorted(below, above, "right").sum()
    return float(wins) / (2.0 * len(above) * len(below))


def components(order: Order, positive: Bools) -> Floats:
    """Each row's share (n,) of the other class's rows that it ranks on the right side of, ties half.

    The structural components V10 and V01 of DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988), by
    midranks as in Sun and Xu, IEEE Signal Processing Letters 21 (2014). The mean over either class is the
    area.
    """
    ordered = positive[order.rows]
    through = np.cumsum(ordered, dtype=np.int64)
    ends = order.ends()
    all_middle = _middles(ends + 1)
    positive_middle = _middles(through[ends])
    below = (all_middle - positive_middle) / max(len(ordered) - through[-1], 1)
    above = 1.0 - positive_middle / max(through[-1], 1)
    if len(ends) < len(ordered):
        runs = np.diff(ends, prepend=-1)
        below, above = np.repeat(below, runs), np.repeat(above, runs)
    shares = np.empty(len(ordered))
    shares[order.rows] = np.where(ordered, below, above)
    return shares


def _middles(through: NDArray[np.integer]) -> Floats:
    """Halfway between the count before each run and the count through it."""
    middle = through.astype(np.float64)
    middle[1:] += through[:-1]
    middle /= 2.0
    return middle


def average_precision(order: Order, positive: Bools, weights: NDArray[np.integer] | None = None) -> float:
    """The mean precision at each positive row, as scikit-learn's; NaN without positive rows.

    Σ over distinct scores of the positive rows with it · precision from that score up, over all positive
    rows. `weights` (n,) say how often each row counts.
    """
    times = np.ones(len(positive), dtype=np.int64) if weights is None else weights[order.rows]
    true = np.cumsum(times * positive[order.rows], dtype=np.int64)
    known = np.cumsum(times, dtype=np.int64)
    ends = order.ends()
    if len(ends) < len(known):
        true, known = true[ends], known[ends]
    before, all_before = np.append(0, true[:-1]), np.append(0, known[:-1])
    if true[-1] == 0:
        return float("nan")
    precision = (true[-1] - before) / np.maximum(known[-1] - all_before, 1)
    return float(np.dot(true - before, precision)) / float(true[-1])
