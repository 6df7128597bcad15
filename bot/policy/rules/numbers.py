"""Numbers in sentences: short, but never so short that two that differ look alike. Performs no I/O."""

from __future__ import annotations

import math

SHORT, EXACT = 5, 17


def shown(number: float, digits: int = SHORT) -> str:
    """The number with at most `digits` significant digits."""
    if math.isnan(number):
        return "NaN"
    return f"{number:.{digits}g}".replace("inf", "infinity") if number else "0"


def shown_apart(one: float, other: float) -> tuple[str, str]:
    """Both numbers, with as many digits as it takes to tell them apart when they differ."""
    pairs = ((shown(one, digits), shown(other, digits)) for digits in range(SHORT, EXACT))
    return next((pair for pair in pairs if pair[0] != pair[1] or one == other), (repr(one), repr(other)))
