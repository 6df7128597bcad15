"""The whole grammar of a policy file, with the words its reference and its schema are made of.

Fields marked `NotBuilt` are understood and refused: their rule is not built in this version, and a rule that
is written down must never be silently absent. Performs no I/O.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr
from pydantic_core import PydanticCustomError

from bot.policy.amounts import Amount
from bot.policy.verdict import Answer, Direction, Position, Severity

NAME = r"^[^/:\x00-\x1f\x7f]+$"
ALIAS = r"^[A-Za-z0-9_-]+$"
VERSION_ALIAS = re.compile(r"[vV][0-9]+")


@dataclass(frozen=True, slots=True)
class NotBuilt:
    """Marks a field whose rule does not exist yet; with `values`, only these values of it."""

    values: tuple[str, ...] = ()


def _whole_number(value: object) -> object:
    """Refuses `true` and `1.0`, which equal 1 in Python and so are a `Literal[1]`."""
    if type(value) is not int:
        raise PydanticCustomError("literal_error", "must be 1", {"expected": "1"})
    return value


class Section(BaseModel):
    """A mapping of the policy: nothing is coerced, unknown keys are errors, numbers are finite.

    A field that may be None may be left out; written as null it is an error (`bot.policy.grammar`).
    """

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True
    )


class Compare(Section):
    """How candidate and base are compared."""

    confidence: Annotated[
        str | None, Field(description="One-sided confidence of every interval, 95% by default."), NotBuilt()
    ] = None
    inconclusive: Answer = Field(
        default="ask", description="What happens when the data cannot tell: ask a person, fail, or pass."
    )


class Predictions(Section):
    """Where the per-row predictions are, for paired intervals."""

    file: str = Field(description="Parquet file of predictions on the test rows.")
    id: str = Field(description="Column that identifies a row.")
    label: str = Field(description="Column of the true value.")
    score: str = Field(description="Column of the model's score.")
    group: str | None = Field(default=None, description="Column of rows that belong together.")


class EvidenceAsked(Section):
    """How far a number must be trusted before it decides."""

    minimum: Literal["rescored", "reproduced", "claimed"] = Field(description="The weakest level accepted.")
    evaluator: str | None = Field(default=None, description="The stage that scores a model.")


class SliceLimits(Section):
    """What is asked of one metric in every slice."""

    better: Direction | None = Field(
        default=None, description="Whether higher or lower is better; every change rule needs it."
    )
    min: float | None = Field(default=None, description="The value must be at least this (inclusive).")
    max: float | None = Field(default=None, description="The value must be at most this (inclusive).")
    max_regression: Amount | None = Field(
        default=None,
        description="How much worse than the base the value may be: a number in metric units, or 1%.",
    )
    max_regression_from_best: Annotated[
        Amount | None,
        Field(description="How much worse than the best promoted version the value may be."),
        NotBuilt(),
    ] = None
    must_improve: Annotated[
        float | None, Field(description="How much better than the base the value must be."), NotBuilt()
    ] = None
    optional: bool = Field(
        default=False,
        description="Skip the rules when the metric is missing; otherwise missing is a failure.",
    )
    severity: Annotated[
        Severity,
        Field(strict=False, description="block: a failure blocks. warn, info: it is shown and never blocks."),
    ] = Severity.BLOCK
    mode: Annotated[
        Literal["report"] | None, Field(description="report: shown, never blocking."), NotBuilt()
    ] = None


class MetricLimits(SliceLimits):
    """What is asked of one metric, and what kind of metric it is."""

    kind: Annotated[
        str | None, Field(description="What it measures, to recompute it from predictions."), NotBuilt()
    ] = None
    positive: Annotated[
        str | int | bool | None, Field(description="The label of the positive class."), NotBuilt()
    ] = None
    threshold: Annotated[
        float | None, Field(description="The score from which a row counts as positive."), NotBuilt()
    ] = None
    average: Annotated[str | None, Field(description="How classes are averaged."), NotBuilt()] = None
    column: Annotated[str | None, Field(description="Predictions column of a per-row score."), NotBuilt()] = (
        None
    )
    stderr: Annotated[str | None, Field(description="Key of the metric's standard error."), NotBuilt()] = None
    repeats: Annotated[
        str | None, Field(description="Key of the metric's repeats over seeds."), NotBuilt()
    ] = None


class Fairness(Section):
    """Best slice minus worst slice."""

    metric: str = Field(description="The metric compared between slices.")
    max_gap: float = Field(description="The largest gap accepted.", ge=0)


class Slices(Section):
    """What is asked of parts of the test data."""

    by: tuple[str, ...] = Field(description="Columns whose values are the slices.", min_length=1)
    min_examples: int = Field(
        default=200, description="A slice with fewer rows is not judged, counted and listed.", ge=1
    )
    metrics: dict[str, SliceLimits] = Field(description="Limits by metric, for every slice.", min_length=1)
    fairness: Annotated[Fairness | None, Field(description="Limits the gap between slices."), NotBuilt()] = (
        None
    )


class Bound(Section):
    """Fixed limits on one number."""

    min: float | None = Field(default=None, description="At least this.")
    max: float | None = Field(default=None, description="At most this.")
    severity: Annotated[Severity, Field(strict=False, description="block, warn or info.")] = Severity.BLOCK


class Data(Section):
    """The test data and its checks."""

    test_set: str | None = Field(
        default=None, description="The test rows; when they change, old values do not compare."
    )
    report: str | None = Field(default=None, description="JSON report with the numbers checked below.")
    checks: dict[str, Bound] = Field(default_factory=dict, description="Limits on numbers of the report.")


class Artifacts(Section):
    """Files that the model directory must or must not hold."""

    require: tuple[str, ...] = Field(default=(), description="Patterns of which a file must exist.")
    forbid: tuple[str, ...] = Field(default=(), description="Patterns of which no file may exist.")
    severity: Annotated[Severity, Field(strict=False, description="block, warn or info.")] = Severity.BLOCK


class Approvals(Section):
    """How many people must approve a candidate that the data cannot judge."""

    count: int = Field(description="Approving reviews needed.", ge=0, le=20)
    from_: tuple[str, ...] | None = Field(
        default=None, alias="from", description="Who may approve: users, teams or a repository role."
    )


class Pipeline(Section):
    """How the pipeline is run and its lock file brought back."""

    lock: Annotated[
        Literal["commit", "require"],
        Field(description="commit: the bot commits the new dvc.lock to the pull request."),
        NotBuilt(("require",)),
    ] = "commit"
    setup: str | None = Field(
        default=None, description="Command that makes the environment of the stages.", min_length=1
    )
    carry: Annotated[str | None, Field(description="Where large outputs travel."), NotBuilt()] = None
    runs_on: Annotated[
        tuple[str, ...] | None, Field(description="Labels of the runner that reproduces."), NotBuilt()
    ] = None
    provenance: Annotated[
        Literal["reproduced", "external", "adopted"] | None,
        Field(description="Which provenance of a lock entry suffices."),
        NotBuilt(),
    ] = None


def _free_alias(value: str) -> str:
    """Refuses what MLflow reserves, and `previous`, which promotion moves itself."""
    if value.lower() in {"previous", "latest"} or VERSION_ALIAS.fullmatch(value):
        what = "is taken: `previous` is moved by modelbot itself, and `latest` and v<number> are MLflow's own"
        raise PydanticCustomError("alias_taken", what)
    return value


class Promotion(Section):
    """Where a merged candidate goes."""

    alias: Annotated[str, AfterValidator(_free_alias)] = Field(
        default="champion", description="The alias that is moved in MLflow.", pattern=ALIAS, max_length=255
    )
    drift: Annotated[
        Literal["report", "restore"] | None,
        Field(description="What to do when somebody moved the alias by hand."),
        NotBuilt(),
    ] = None


class Waiver(Section):
    """A recorded, dated exception to one rule."""

    rule: str = Field(description="The rule's path in this file.")
    reason: str = Field(description="Why.", min_length=1)
    by: str = Field(description="Who decided it.", min_length=1)
    until: Annotated[date, Field(strict=False, description="The last day it holds.")]


class Policy(Section):
    """What a team asks of a candidate for one model."""

    version: Annotated[
        Literal[1], BeforeValidator(_whole_number), Field(description="Version of this grammar.")
    ]
    model: str = Field(description="Name of the registered model in MLflow.", pattern=NAME)
    artifact: str | None = Field(default=None, description="The DVC output that is the model.", min_length=1)
    compare: Compare = Field(default_factory=Compare, description="How the two sides are compared.")
    predictions: Annotated[
        Predictions | None, Field(description="Where the predictions are."), NotBuilt()
    ] = None
    evidence: Annotated[
        EvidenceAsked | None, Field(description="How far a number must be trusted."), NotBuilt()
    ] = None
    metrics: dict[str, MetricLimits] = Field(
        default_factory=dict, description="Limits by metric; every metric listed is required unless optional."
    )
    slices: Slices | None = Field(default=None, description="Limits on parts of the test data.")
    data: Annotated[Data | None, Field(description="The test data and its checks."), NotBuilt()] = None
    resources: Annotated[
        dict[str, SliceLimits] | None, Field(description="Limits on size and latency."), NotBuilt()
    ] = None
    artifacts: Annotated[
        Artifacts | None, Field(description="Files the model must or must not hold."), NotBuilt()
    ] = None
    approvals: Annotated[
        Approvals | None, Field(description="Who is asked when the data cannot tell."), NotBuilt()
    ] = None
    protected: Annotated[
        tuple[str, ...] | None, Field(description="Paths whose change needs an approval."), NotBuilt()
    ] = None
    pipeline: Pipeline = Field(default_factory=Pipeline, description="How the pipeline is run.")
    promotion: Promotion = Field(default_factory=Promotion, description="Where a candidate goes.")
    waivers: Annotated[
        tuple[Waiver, ...] | None, Field(description="Dated exceptions to single rules."), NotBuilt()
    ] = None
    mode: Annotated[
        Literal["report"] | None, Field(description="report: shown, never blocking."), NotBuilt()
    ] = None

    _places: dict[tuple[str, ...], Position] = PrivateAttr(default_factory=dict)

    def placed(self, places: dict[tuple[str, ...], Position]) -> Self:
        """The same policy, knowing where its keys stand."""
        self._places.update(places)
        return self

    def at(self, *path: str) -> Position:
        """Where the key of this path stands in its file, or the nearest key above it that is written."""
        while path and path not in self._places:
            path = path[:-1]
        return self._places.get(path, Position("", 1, 1))
