"""What a decision may know about the two sides of a comparison. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.evidence.phrase import Phrase

if TYPE_CHECKING:
    from bot.evidence.predictions import Predictions


class EvidenceLevel(StrEnum):
    """How far a number can be trusted, weakest first."""

    CLAIMED = "claimed"
    REPRODUCED = "reproduced"
    RESCORED = "rescored"


class Provenance(StrEnum):
    """Who says that the run behind an entry of `dvc.lock` happened, weakest first.

    ADOPTED: it was there before the bot. EXTERNAL: a named person vouches for it. REPRODUCED: our job ran it.
    """

    ADOPTED = "adopted"
    EXTERNAL = "external"
    REPRODUCED = "reproduced"

    def suffices(self, least: Provenance) -> bool:
        """Whether it is at least that good."""
        order = tuple(Provenance)
        return order.index(self) >= order.index(least)


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
class NoPredictions:
    """Why a side has no predictions, though the policy names them: what is missing, and what to do.

    `reported_instead`: nobody here can fetch them (a preview on somebody's machine), so the numbers are those
    that the metrics files report. `absent`: that revision never had such a file.
    """

    what: str
    todo: str = ""
    reported_instead: bool = False
    absent: bool = False


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model directory, by its path in it."""

    path: str


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison: a revision and what it measured.

    `name` is how people call it ("main", "this PR", "champion v12"); `digest` is our sha256 of the model
    directory where it is known, `lock_md5` DVC's name for the same bytes. `predictions` is None where the
    policy names none; `resources` are sizes and times that we know ourselves; `compares` is what the numbers
    were measured with: test data and evaluator, None where nobody looked.
    """

    name: str
    revision: str
    measured: MetricTable | Unreadable
    level: EvidenceLevel
    lock_md5: str | None = None
    digest: str | None = None
    predictions: Predictions | NoPredictions | None = field(default=None, compare=False, repr=False)
    resources: tuple[Metric, ...] = ()
    compares: Comparability | None = None


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One thing that numbers were measured with: a path (or "cmd", "params") and the digest of its bytes."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Comparability:
    """What the numbers of a side were measured with. Numbers compare when all is known and equal."""

    ingredients: tuple[Ingredient, ...]

    def differing(self, other: Comparability) -> tuple[str, ...]:
        """The names of what differs, sorted; empty when numbers of both sides compare."""
        mine = {one.name: one.digest for one in self.ingredients}
        theirs = {one.name: one.digest for one in other.ingredients}
        return tuple(sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)))

    @property
    def unknown(self) -> tuple[str, ...]:
        """The names of what nobody recorded: nothing can be said about whether it is the same."""
        return tuple(one.name for one in self.ingredients if not one.digest)


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person approved of this candidate, with the role that GitHub says they have.

    `candidate` is whether they saw these very bytes of the model, measured in the same way; `paths` are those
    of the changed protected paths that they saw with the content that is judged.
    """

    by: str
    role: str
    candidate: bool = True
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Return:
    """The candidate was champion before, as this version."""

    version: str


@dataclass(frozen=True, slots=True)
class PriorUse:
    """How often the candidate's test data decided on this model before; `since` is the day of the first."""

    promotions: int
    refusals: int
    since: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a verdict may stand on.

    `base` is None when the base revision has no model. `champion` is given only where it is not base's
    model: change rules then run against both and the worse decides. `returning` is given when the
    candidate's bytes were champion before: change rules are skipped, thresholds hold.

    `promoted` are the versions ever promoted, oldest first, as far as their numbers compare with the
    candidate's; `best_reset` says where that began anew. `data_report` holds the numbers of the policy's
    data report, `files` those of the candidate's model directory (None: not known). `changed` are the
    protected paths that differ from what was last decided on, `approvals` who approved what, `day` the day of
    the decision. `tested_on` names the candidate's test data, `prior_use` says how often they decided before.
    `unscored` says why there are no numbers of main's own evaluator.
    """

    head: Side
    base: Side | None
    champion: Side | None = None
    returning: Return | None = None
    model_unchanged: bool = False
    promoted: tuple[Side, ...] = ()
    best_reset: Phrase = ()
    data_report: MetricTable | Unreadable | None = None
    files: tuple[ModelFile, ...] | Unreadable | None = None
    changed: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    day: date | None = None
    tested_on: str | None = None
    prior_use: PriorUse | None = None
    unscored: str = ""
