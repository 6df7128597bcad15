"""Changes of root mean squared error and R², by the delta method. Performs no I/O."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bot.statistics.arrays import Floats
from bot.statistics.change import CannotTell, Change
from bot.statistics.noise import noise_of_mean

NO_ERRORS = CannotTell("a model has no error at all, so the noise is unknown")
CONSTANT = CannotTell("all labels are equal")


def paired_roots(base: Floats, candidate: Floats, group: NDArray[np.integer] | None) -> Change | CannotTell:
    """The change of √(mean of squared errors), from squared errors (n,) of both sides.

    A row's influence is (e² - MSE) / (2 RMSE), candidate's minus base's: the first-order expansion of
    the root; van der Vaart, "Asymptotic Statistics" (1998), chapter 3. Student's t.
    """
    roots = math.sqrt(base.mean()), math.sqrt(candidate.mean())
    if min(roots) == 0:
        return replace(NO_ERRORS, base=roots[0], candidate=roots[1], rows=len(base))
    sides = ((squares / root - root) / 2 for squares, root in zip((base, candidate), roots, strict=True))
    before, after = sides
    return _with_noise(*roots, after - before, group)


def determination(label: Floats, squares: Floats) -> float | CannotTell:
    """R² of squared errors (n,): 1 - Σ e² / Σ (y - mean y)²."""
    spread = float(np.square(label - label.mean()).sum())
    return 1 - float(squares.sum()) / spread if spread else CONSTANT


def paired_determinations(
    label: Floats, base: Floats, candidate: Floats, group: NDArray[np.integer] | None
) -> Change | CannotTell:
    """The change of R², from squared errors (n,) of both sides, over the same spread of labels.

    The change is mean d / S with d = base's e² - candidate's e² and S = mean (y - mean y)²; a row's
    influence is (d - change · (y - mean y)²) / S. Student's t.
    """
    before, after = determination(label, base), determination(label, candidate)
    if isinstance(before, CannotTell) or isinstance(after, CannotTell):
        return replace(CONSTANT, rows=len(label))
    spread = np.square(label - label.mean())
    influence = (base - candidate - (after - before) * spread) / spread.mean()
    return _with_noise(before, after, influence, group)


def _with_noise(
    base: float, candidate: float, influence: Floats, group: NDArray[np.integer] | None
) -> Change | CannotTell:
    noise = noise_of_mean(influence, group)
    if isinstance(noise, CannotTell):
        return replace(noise, base=base, candidate=candidate, rows=len(influence))
    center, rows = candidate - base, len(influence)
    method = noise.named("delta method")
    return Change(base, candidate, rows, method, center, noise.standard_error, noise.degrees)
