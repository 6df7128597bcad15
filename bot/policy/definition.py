"""The whole grammar of a policy file, with the words its reference and its schema are made of.

Fields marked `NotBuilt` are understood and refused: their rule is not built in this version, and a rule that
is written down must never be silently absent. Performs no I/O.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PrivateAttr, WithJsonSchema

from bot.policy.limits import Bound, Level, Limits, MetricLimits, ReportOnly
from bot.policy.sections import Confidence, NotBuilt, Section
from bot.policy.verdict import Answer, Position, Severity
from bot.policy.written import DAY, TAKEN_ALIAS, RowsFile, ScoreColumns, day, free_alias, whole_number

NAME = r"^[^/:\x00-\x1f\x7f]+$"
ALIAS = r"^[A-Za-z0-9_-]+$"


class Compare(Section):
    """How candidate and base are compared."""

    confidence: Confidence = Field(
        default=0.95,
        description="One-sided confidence of every interval, 95% by default.",
        json_schema_extra={"default": "95%"},
    )
    inconclusive: Answer = Field(
        default="ask", description="What happens when the data cannot tell: ask a person, fail, or pass."
    )
    min_examples: int = Field(
        default=100, description="With fewer test rows than this a change is inconclusive.", ge=2
    )


class Predictions(Section):
    """Where the per-row predictions are, for recomputed metrics and paired intervals."""

    file: RowsFile = Field(description="Parquet or CSV file of predictions on the test rows.")
    id: str = Field(description="Column that identifies a row.", min_length=1)
    label: str = Field(description="Column of the true value.", min_length=1)
    score: ScoreColumns = Field(
        description="Column of the model's score or class; or a column of probabilities for each class."
    )
    group: str | None = Field(
        default=None,
        description="Column of rows that belong together (a customer, a session): noise is counted by group.",
    )


class EvidenceAsked(Section):
    """How far a number must be trusted before it decides."""

    minimum: Annotated[
        Literal["rescored", "reproduced", "claimed"],
        Field(description="The weakest level accepted."),
    ] = "claimed"
    evaluator: str | None = Field(
        default=None,
        description="The stage that scores a model; what it reads decides what compares. "
        "With `data.test_set` and `predictions` models are scored anew by it, as main has it.",
    )
    labels: str | None = Field(
        default=None,
        description="Column of the true value in `data.test_set`, if not called as in `predictions`.",
        min_length=1,
    )


class Fairness(Section):
    """Best slice minus worst slice."""

    metric: str = Field(description="The metric compared between slices.")
    max_gap: float = Field(description="The largest gap accepted.", ge=0)
    severity: Level = Severity.BLOCK
    mode: ReportOnly = None


class Slices(Section):
    """What is asked of parts of the test data."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["metrics"]}, {"required": ["fairness"]}]}
    )

    by: tuple[str, ...] = Field(description="Columns whose values are the slices.", min_length=1)
    min_examples: int = Field(
        default=200, description="A slice with fewer rows is not judged, counted and listed.", ge=1
    )
    metrics: dict[str, Limits] = Field(default_factory=dict, description="Limits by metric, for every slice.")
    fairness: Fairness | None = Field(default=None, description="Limits the gap between slices of a column.")


class Data(Section):
    """The test data and its checks."""

    model_config = ConfigDict(json_schema_extra={"dependentRequired": {"checks": ["report"]}})

    test_set: str | None = Field(
        default=None, description="The test rows; when they change, old values do not compare."
    )
    report: str | None = Field(
        default=None, description="Metrics file with the numbers checked below, written by a stage."
    )
    checks: dict[str, Bound] = Field(default_factory=dict, description="Limits on numbers of the report.")


class Artifacts(Section):
    """Files that the model directory must or must not hold."""

    require: tuple[str, ...] = Field(default=(), description="Patterns of which a file must exist.")
    forbid: tuple[str, ...] = Field(default=(), description="Patterns of which no file may exist.")
    severity: Level = Severity.BLOCK
    mode: ReportOnly = None


class Approvals(Section):
    """How many people must approve a candidate that the data cannot judge, or a protected change."""

    count: int = Field(description="Approving reviews needed.", ge=1, le=20)
    from_: tuple[str, ...] | None = Field(
        default=None,
        alias="from",
        description="Who may approve: `@user`, or a role of the repository (`write`, `maintain`, `admin`).",
        min_length=1,
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
        Literal["reproduced", "external", "adopted"],
        Field(
            description="Who must say that the run behind an entry of dvc.lock happened. "
            "reproduced: the bot's own job. external: that, or a named person. "
            "adopted: those, or the entry was there before the bot."
        ),
    ] = "adopted"


class Promotion(Section):
    """Where a merged candidate goes."""

    alias: Annotated[str, AfterValidator(free_alias)] = Field(
        default="champion",
        description="The alias that is moved in MLflow.",
        pattern=ALIAS,
        max_length=255,
        json_schema_extra={"not": {"pattern": TAKEN_ALIAS}},
    )
    drift: Annotated[
        Literal["report", "restore"],
        Field(
            description="What to do when somebody moved the alias, deleted a version, or changed its tags or "
            "bytes: say so, or put it right."
        ),
    ] = "report"
    smoke: Annotated[
        Literal["auto", "required", "off"],
        Field(
            description="Whether the model must load, and answer its input example, before it is served. "
            "auto: where MLflow can load it. required: a model without an input example is refused too."
        ),
    ] = "auto"


class Waiver(Section):
    """A recorded, dated exception to one rule."""

    rule: str = Field(description="The rule's id, as reports show it.", min_length=1)
    reason: str = Field(description="Why.", min_length=1)
    by: str = Field(description="Who decided it.", min_length=1)
    until: Annotated[
        date,
        BeforeValidator(day),
        WithJsonSchema(
            {
                "title": "day such as 2026-12-31",
                "type": "string",
                "format": "date",
                "pattern": f"^{DAY.pattern}$",
            }
        ),
        Field(description="The last day it holds, at most 180 days ahead."),
    ]


class Policy(Section):
    """What a team asks of a candidate for one model."""

    version: Annotated[
        Literal[1], BeforeValidator(whole_number), Field(description="Version of this grammar.")
    ]
    model: str = Field(description="Name of the registered model in MLflow.", pattern=NAME)
    artifact: str | None = Field(default=None, description="The DVC output that is the model.", min_length=1)
    compare: Compare = Field(default_factory=Compare, description="How the two sides are compared.")
    predictions: Predictions | None = Field(default=None, description="Where the predictions are.")
    evidence: EvidenceAsked = Field(
        default_factory=EvidenceAsked, description="How far a number must be trusted."
    )
    metrics: dict[str, MetricLimits] = Field(
        default_factory=dict, description="Limits by metric; every metric listed is required unless optional."
    )
    slices: Slices | None = Field(default=None, description="Limits on parts of the test data.")
    data: Data | None = Field(default=None, description="The test data and its checks.")
    resources: dict[str, Limits] = Field(
        default_factory=dict,
        description="Limits on `model_size_mb`, `model_files`, `training_seconds`, or a reported latency.",
    )
    artifacts: Artifacts | None = Field(default=None, description="Files the model must or must not hold.")
    approvals: Annotated[
        Approvals | None,
        Field(description="Who is asked when the data cannot tell, or a protected path changes."),
    ] = None
    protected: Annotated[
        tuple[str, ...],
        Field(
            description="Paths or patterns whose change needs an approval.",
            min_length=1,
        ),
    ] = ()
    pipeline: Pipeline = Field(default_factory=Pipeline, description="How the pipeline is run.")
    promotion: Promotion = Field(default_factory=Promotion, description="Where a candidate goes.")
    waivers: tuple[Waiver, ...] = Field(default=(), description="Dated exceptions to single rules.")
    mode: ReportOnly = None

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
