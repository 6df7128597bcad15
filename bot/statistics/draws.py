"""Totals over units that are drawn again with replacement. Performs no I/O."""

from __future__ import annotations

import numpy as np

from bot.statistics.arrays import Floats

DRAWS = 2_000
MANY_UNITS = 5_000
AT_ONCE = 2_000_000


def resampled_totals(units: Floats, times: Floats, seed: int, draws: int = DRAWS) -> Floats:
    """Sums (draws, m) over as many units as there are, drawn with replacement.

    `units` (u, m) are distinct in an order of their own, `times` (u,) how often each is there.
    Multinomial; with more than 5,000 distinct units, where the central limit theorem has long set in,
    normal with the same mean and covariance. The same seed gives the same draws.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    if len(units) > MANY_UNITS:
        return _normal(units, times, generator, draws)
    count, chances = int(times.sum()), times / times.sum()
    block = AT_ONCE // len(units)
    blocks = (min(block, draws - start) for start in range(0, draws, block))
    return np.concatenate(
        [generator.multinomial(count, chances, size).astype(float) @ units for size in blocks]
    )


def _normal(units: Floats, times: Floats, generator: np.random.Generator, draws: int) -> Floats:
    count = times.sum()
    total = times @ units
    centred = units - total / count
    covariance = (centred * times[:, np.newaxis]).T @ centred
    return generator.multivariate_normal(total, covariance, draws, method="eigh", check_valid="ignore")
