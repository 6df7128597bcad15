"""A metric of two models, and how sure the change between them is. Performs no I/O."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class CannotTell:
    """No number or interval can honestly be given; `reason` says why, without names of files or columns.

    The values of both sides and the number of rows are filled where they are known. `unfit`: what is asked
    and what the columns hold do not fit together, so that no other rows would tell either.
    """

    reason: str
    base: float | None = None
    candidate: float | None = None
    rows: int = 0
    discordant: int | None = None
    unfit: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A metric of two models on the same rows: candidate minus base in metric units, and its noise.

    No direction is applied; see `oriented`. `rows` are the paired rows that the noise was worked out
    from (0: the number was reported, not computed). The interval is `center` ± t · `standard_error`,
    with `degrees` of freedom of Student's t (infinite: normal), or the percentiles of `draws`, sorted,
    where there are any. `center` differs from the difference for adjusted methods. `discordant` counts
    the rows on which hard decisions differ, where that matters.
    """

    base: float
    candidate: float
    rows: int
    method: str
    center: float
    standard_error: float
    degrees: float = math.inf
    draws: tuple[float, ...] = ()
    discordant: int | None = None
    seed: int | None = None

    @property
    def difference(self) -> float:
        """Candidate minus base, in metric units."""
        return self.candidate - self.base

    def low(self, confidence: float) -> float:
        """The one-sided lower bound at this confidence, such as 0.95.

        With draws: the largest bound for which `p_at_most` is still below 1 - confidence; -inf when
        there are too few draws for that confidence.
        """
        if self.draws:
            beyond = _most_draws_beyond(len(self.draws), confidence)
            return self.draws[beyond] if beyond >= 0 else -math.inf
        return self.center - self._reach(confidence)

    def high(self, confidence: float) -> float:
        """The one-sided upper bound at this confidence."""
        if self.draws:
            beyond = _most_draws_beyond(len(self.draws), confidence)
            return self.draws[-1 - beyond] if beyond >= 0 else math.inf
        return self.center + self._reach(confidence)

    def p_at_least(self, x: float) -> float:
        """The one-sided p value of "the true change is at least x": small when the change is below x.

        With draws (1 + how many are ≥ x) / (1 + how many), Davison and Hinkley, "Bootstrap Methods and
        their Application" (1997), section 4.2.
        """
        if self.draws:
            return _share(len(self.draws) - bisect_left(self.draws, x), len(self.draws))
        return self._below(self.center - x)

    def p_at_most(self, x: float) -> float:
        """The one-sided p value of "the true change is at most x": small when the change is above x."""
        if self.draws:
            return _share(bisect_right(self.draws, x), len(self.draws))
        return self._below(x - self.center)

    def oriented(self, sign: int) -> Change:
        """The change in which higher is better: itself for +1, everything negated for -1.

        Raises ValueError for any other sign.
        """
        if sign == 1:
            return self
        if sign != -1:
            raise ValueError("a sign is 1 or -1")
        return replace(
            self,
            base=-self.base,
            candidate=-self.candidate,
            center=-self.center,
            draws=tuple(-draw for draw in reversed(self.draws)),
        )

    def _reach(self, confidence: float) -> float:
        if not 0 < confidence < 1:
            raise ValueError("a confidence lies between 0 and 1")
        return self.standard_error * quantile(confidence, self.degrees) if self.standard_error else 0.0

    def _below(self, distance: float) -> float:
        """The probability that noise alone lies at or below this distance from zero."""
        if not self.standard_error:
            return 1.0 if distance >= 0 else 0.0
        return probability(distance / self.standard_error, self.degrees)


def quantile(chance: float, degrees: float) -> float:
    """The value of Student's t that noise stays below with this chance; normal for infinite degrees."""
    from scipy import special

    return float(special.ndtri(chance) if math.isinf(degrees) else special.stdtrit(degrees, chance))


def probability(value: float, degrees: float) -> float:
    """The chance that Student's t stays below this value; normal for infinite degrees."""
    from scipy import special

    return float(special.ndtr(value) if math.isinf(degrees) else special.stdtr(degrees, value))


def _share(beyond: int, draws: int) -> float:
    return (1 + beyond) / (1 + draws)


def _most_draws_beyond(draws: int, confidence: float) -> int:
    """The most draws beyond a bound with a p value still below 1 - confidence; -1: none may be."""
    if not 0 < confidence < 1:
        raise ValueError("a confidence lies between 0 and 1")
    return bisect_left(range(draws), 1 - confidence, key=lambda beyond: _share(beyond, draws)) - 1
