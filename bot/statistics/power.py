"""What a test set can show. Performs no I/O.

The two one-sided normal quantiles are those of 95 % confidence and 80 % power: a change this many standard
errors below zero is called one with 95 % confidence in 80 % of samples. Source: Chow, Shao and Wang,
"Sample Size Calculations in Clinical Research" (2008), section 4.
"""

from __future__ import annotations

import math

from bot.statistics.change import Change

CONFIDENCE_AND_POWER = 1.645 + 0.842


def smallest_visible(standard_error: float) -> float:
    """The smallest drop that is likely to be seen: 2.49 standard errors, in the metric's units."""
    return CONFIDENCE_AND_POWER * standard_error


def rows_needed(variance_per_row: float, margin: float) -> int | None:
    """The paired rows needed to see a drop of `margin`: 2.487² · v / M², rounded up.

    `variance_per_row` is the variance of one row's paired difference; for 0/1 results nearly the share of
    rows on which one model is right and the other wrong. None for a margin of 0: no number is enough.
    """
    if variance_per_row < 0 or margin < 0:
        raise ValueError("variances and margins are not negative")
    return _rounded_up(variance_per_row, margin, 1)


def rows_needed_for(change: Change, margin: float) -> int | None:
    """The rows needed to see a drop of `margin`, as noisy as this change's; None for a margin of 0."""
    return _rounded_up(change.standard_error * change.standard_error, margin, change.rows)


def _rounded_up(variance: float, margin: float, rows: int) -> int | None:
    square = margin * margin  # not `**`, which raises where the square is infinite
    if margin <= 0 or square == 0:
        return None
    needed = rows * variance * CONFIDENCE_AND_POWER**2 / square
    return math.ceil(needed) if math.isfinite(needed) else None
