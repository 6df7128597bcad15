"""Changes of a mean over rows: paired t, and Bonett-Price for 0/1 results. Performs no I/O."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bot.statistics.arrays import Bools, Floats
from bot.statistics.change import CannotTell, Change
from bot.statistics.noise import noise_of_mean


def paired_means(base: Floats, candidate: Floats, group: NDArray[np.integer] | None) -> Change | CannotTell:
    """The change of the mean of two per-row losses (n,): Student's t on the differences, n - 1 degrees.

    With groups, cluster-robust on group sums.
    """
    values = float(base.mean()), float(candidate.mean())
    change = candidate - base
    noise = noise_of_mean(change, group)
    if isinstance(noise, CannotTell):
        return replace(noise, base=values[0], candidate=values[1], rows=len(base))
    center, error = float(change.mean()), noise.standard_error
    return Change(*values, len(base), noise.named("paired t"), center, error, noise.degrees)


def paired_shares(base: Bools, candidate: Bools, group: NDArray[np.integer] | None) -> Change | CannotTell:
    """The change of a share of rows (n,), such as those decided rightly.

    Adjusted Wald on the discordant rows, as if one more row of each kind had been seen: with b rows only
    base has and c only the candidate, p = (b + 1) / (n + 2), q = (c + 1) / (n + 2), the interval is
    q - p ± z √((p + q - (q - p)²) / (n + 2)). Source: Bonett and Price, "Adjusted Wald confidence interval
    for a difference of binomial proportions based on paired data", Journal of Educational and Behavioral
    Statistics 37 (2012). With groups, as any other mean.
    """
    lost, gained = int((base & ~candidate).sum()), int((candidate & ~base).sum())
    if group is not None:
        found = paired_means(base.astype(np.float64), candidate.astype(np.float64), group)
        return replace(found, discordant=lost + gained)
    rows, size = len(base), len(base) + 2
    down, up = (lost + 1) / size, (gained + 1) / size
    error = math.sqrt((down + up - (up - down) ** 2) / size)
    values = float(base.mean()), float(candidate.mean())
    method = "adjusted Wald (Bonett-Price)"
    return Change(*values, rows, method, up - down, error, discordant=lost + gained)
