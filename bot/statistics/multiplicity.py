"""Several claims at once. Performs no I/O."""

from __future__ import annotations

import math


def holm(p: tuple[float, ...], alpha: float) -> tuple[bool, ...]:
    """Which null hypotheses are rejected, in the order given, so that one wrong claim has chance ≤ `alpha`.

    Holm's step-down: the smallest of m p values is held against alpha / m, the next against alpha / (m -
    1), and so on to the first that is not small enough. Source: Holm, "A simple sequentially rejective
    multiple test procedure", Scandinavian Journal of Statistics 6 (1979). Raises ValueError for what is
    no p value.
    """
    if any(math.isnan(one) or not 0 <= one <= 1 for one in p):
        raise ValueError("a p value lies between 0 and 1")
    rejected = [False] * len(p)
    for rank, place in enumerate(sorted(range(len(p)), key=lambda one: p[one])):
        if p[place] > alpha / (len(p) - rank):
            break
        rejected[place] = True
    return tuple(rejected)
