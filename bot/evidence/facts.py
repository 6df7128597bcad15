"""What a decision may know about the two sides of a comparison. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EvidenceLevel(StrEnum):
    """How far a number can be trusted, weakest first."""

    CLAIMED = "claimed"
    REPRODUCED = "reproduced"
    RESCORED = "rescored"


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a metrics file. `value` may be NaN or infinite: the gate says what that means."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class SliceMetrics:
    """The metrics of one slice: the rows where `column` equals `value`. `rows` is None when not stated."""

    column: str
    value: str
    rows: int | None
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Repeats:
    """One metric measured several times, over seeds."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class MetricTable:
    """Every number of one revision's metrics files, nested keys joined by dots, slices and repeats apart."""

    metrics: tuple[Metric, ...]
    slices: tuple[SliceMetrics, ...] = ()
    repeats: tuple[Repeats, ...] = ()

    def value(self, name: str) -> float | None:
        """The metric's value, or None when no metrics file has it."""
        return next((metric.value for metric in self.metrics if metric.name == name), None)

    def slice_value(self, column: str, value: str, name: str) -> float | None:
        """The metric's value in one slice, or None when it is not stated there."""
        for part in self.slices:
            if (part.column, part.value) == (column, value):
                return next((metric.value for metric in part.metrics if metric.name == name), None)
        return None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A side whose metrics could not be read: which file, why, and what to do about it."""

    file: str
    what: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison: a revision and what it measured.

    `name` is how people call it ("main", "this PR", "champion v12"); `digest` is our sha256 of the model
    directory where it is known, `lock_md5` DVC's name for the same bytes.
    """

    name: str
    revision: str
    measured: MetricTable | Unreadable
    level: EvidenceLevel
    lock_md5: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """The candidate was champion before, as this version."""

    version: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a verdict may stand on.

    `base` is None when the base revision has no model. `champion` is given only where it is not base's
    model: change rules then run against both and the worse decides. `returning` is given when the
    candidate's bytes were champion before: change rules are skipped, thresholds hold.
    """

    head: Side
    base: Side | None
    champion: Side | None = None
    returning: Return | None = None
    model_unchanged: bool = False
