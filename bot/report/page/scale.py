"""From values to places in a drawing. Performs no I/O."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass

STEPS = (1.0, 2.0, 5.0, 10.0)
MOST = 1e300


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` are places from `start` to `end`; what lies outside is put at the edge."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value, with two decimals."""
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)


def scale_for(values: Iterable[float | None], start: float, end: float, room: float = 0.08) -> Scale:
    """A scale on which all finite values up to 1e300 lie, with some room at both ends; of one, around it."""
    finite = [min(max(value, -MOST), MOST) for value in values if value is not None and math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    least = max(1e-9 * max(abs(low), abs(high)), sys.float_info.min)
    if high - low < least:
        around = max(abs(low) / 2, 1.0) if finite and low else 1.0
        low, high = low - around, high + around
    pad = room * (high - low)
    return Scale(low - pad, high + pad, start, end)


def ticks(scale: Scale, most: int = 5) -> tuple[float, ...]:
    """Round values on the scale, at most so many, evenly apart."""
    apart = (scale.high - scale.low) / max(most - 1, 1)
    if not math.isfinite(apart) or apart <= 0:
        return ()
    unit = 10.0 ** math.floor(math.log10(apart))
    step = next(unit * size for size in STEPS if unit * size >= apart)
    if not math.isfinite(step) or step == 0:
        return ()
    first, last = math.ceil(scale.low / step), math.floor(scale.high / step)
    return tuple(number * step for number in range(first, last + 1))[: most + 1]
