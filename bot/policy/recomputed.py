"""Metrics computed from predictions, and their changes on the same rows; each worked out once.

Performs no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.evidence.facts import Side
from bot.evidence.pairing import NotPaired, Paired, pair
from bot.evidence.predictions import Predictions, SliceColumn
from bot.policy.verdict import SliceKey
from bot.statistics.change import CannotTell, Change
from bot.statistics.paired import paired_change
from bot.statistics.rows import PairedRows
from bot.statistics.spec import Spec
from bot.statistics.values import value

if TYPE_CHECKING:
    from numpy import bool_
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Measured:
    """How a metric is computed: its kind, and the column that `kind: mean` averages."""

    spec: Spec
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the predictions of the sides say, the pull request's being `head`."""

    head: Side
    _slices: dict[tuple[str, str], tuple[tuple[str, int], ...]] = field(default_factory=dict)
    _pairs: dict[str, Paired | NotPaired] = field(default_factory=dict)
    _rows: dict[tuple[str, str | None], PairedRows] = field(default_factory=dict)
    _changes: dict[tuple[str, Measured, SliceKey | None], Change | CannotTell] = field(default_factory=dict)
    _values: dict[tuple[str, Measured, SliceKey | None], float | CannotTell] = field(default_factory=dict)

    def value(self, side: Side, how: Measured, part: SliceKey | None) -> float | CannotTell:
        """The metric on one side's rows, or on those of one slice; CannotTell where it is not defined."""
        found = side.predictions
        if not isinstance(found, Predictions):
            return CannotTell("there are no predictions")
        key = (side.name, how, part)
        if key not in self._values:
            self._values[key] = _value(found, how, part)
        return self._values[key]

    def slices(self, side: Side, column: str) -> tuple[tuple[str, int], ...]:
        """The values of a slice column on one side, each with its rows; empty without predictions."""
        found = side.predictions
        if not isinstance(found, Predictions):
            return ()
        key = (side.name, column)
        if key not in self._slices:
            self._slices[key] = _counts(found, column)
        return self._slices[key]

    def pairing(self, side: Side) -> Paired | NotPaired | None:
        """The rows of the pull request beside this side's; None where one of them has no predictions."""
        before, after = side.predictions, self.head.predictions
        if not isinstance(before, Predictions) or not isinstance(after, Predictions):
            return None
        if side.name not in self._pairs:
            self._pairs[side.name] = pair(before, after, (side.name, self.head.name))
        return self._pairs[side.name]

    def change(
        self, side: Side, how: Measured, part: SliceKey | None, seed: int
    ) -> Change | CannotTell | None:
        """The change from this side to the pull request; None where there are no rows of both.

        Worked out once, unless it is drawn: then every rule draws by its own seed, whatever was asked before.
        """
        pairing = self.pairing(side)
        if not isinstance(pairing, Paired):
            return None
        key = (side.name, how, part)
        known = self._changes.get(key)
        if known is None or (isinstance(known, Change) and known.seed not in (None, seed)):
            rows = self._paired_rows(side, pairing, how)
            mask = _mask(pairing.slices, part)
            known = paired_change(how.spec, rows if mask is None else rows.subset(mask), seed)
            self._changes[key] = known
        return known

    def _paired_rows(self, side: Side, pairing: Paired, how: Measured) -> PairedRows:
        key = (side.name, how.column)
        if key not in self._rows:
            base, candidate = pairing.base, pairing.candidate
            if how.column is not None:
                ((_, base, candidate),) = (mean for mean in pairing.means if mean[0] == how.column)
            self._rows[key] = PairedRows(pairing.label, base, candidate, pairing.group, pairing.classes)
        return self._rows[key]


def _counts(found: Predictions, column: str) -> tuple[tuple[str, int], ...]:
    one = next((each for each in found.slices if each.name == column), None)
    if one is None:
        return ()
    ordered = one.codes.copy()
    ordered.sort()
    ends = ordered.searchsorted(range(len(one.values) + 1))
    return tuple((value, int(ends[at + 1] - ends[at])) for at, value in enumerate(one.values))


def _value(found: Predictions, how: Measured, part: SliceKey | None) -> float | CannotTell:
    label, score = found.label, _scores(found, how)
    mask = _mask(found.slices, part)
    if mask is not None:
        label, score = label[mask], score[mask]
    return value(how.spec, label, score, found.classes)


def _scores(found: Predictions, how: Measured) -> NDArray[Any]:
    if how.column is None:
        return found.score
    return next(values for name, values in found.means if name == how.column)


def _mask(columns: tuple[SliceColumn, ...], part: SliceKey | None) -> NDArray[bool_] | None:
    if part is None:
        return None
    column = next(one for one in columns if one.name == part.column)
    code = column.values.index(part.value) if part.value in column.values else -1
    mask: NDArray[bool_] = column.codes == code
    return mask
