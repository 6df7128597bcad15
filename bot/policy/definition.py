"""The whole grammar of a policy file, with the words its reference and its schema are made of.

Fields marked `NotBuilt` are understood and refused: their rule is not built in this version, and a rule that
is written down must never be silently absent. Performs no I/O.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PrivateAttr, WithJsonSchema
from pydantic_core import PydanticCustomError

from bot.policy.limits import Bound, Level, Limits, MetricLimits, ReportOnly
from bot.policy.sections import Confidence, NotBuilt, Section
from bot.policy.verdict import Answer, Position, Severity

NAME = r"^[^/:\x00-\x1f\x7f]+$"
ALIAS = r"^[A-Za-z0-9_-]+$"
VERSION_ALIAS = re.compile(r"[vV][0-9]+")
TAKEN = ("previous", "latest")
ROWS = ("parquet", "pq", "csv")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def any_case(word: str) -> str:
    """A pattern of the word in capital and small letters: a JSON Schema's patterns have no flag for it."""
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)


def _whole_number(value: object) -> object:
    """Refuses `true` and `1.0`, which equal 1 in Python and so are a `Literal[1]`."""
    if type(value) is not int:
        raise PydanticCustomError("literal_error", "must be 1", {"expected": "1"})
    return value


def _columns_of_score(value: object) -> object:
    """One column's name, or the column of each class: told in one sentence, where a union says two."""
    named = value.values() if isinstance(value, dict) else [value]
    if not value or not all(isinstance(name, str) and name for name in named):
        what = "must be the name of a column, or a mapping of each class to the column of its probability"
        raise PydanticCustomError("score_columns", what)
    return value


ScoreColumns = Annotated[
    str | dict[str, str],
    BeforeValidator(_columns_of_score),
    WithJsonSchema(
        {
            "title": "column, or column by class",
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {"type": "string", "minLength": 1},
                },
            ],
        }
    ),
]


def _rows_file(value: str) -> str:
    if not value.lower().endswith(tuple(f".{ending}" for ending in ROWS)):
        raise PydanticCustomError("rows_file", "predictions are read from .parquet and .csv files")
    return value


RowsFile = Annotated[
    str,
    AfterValidator(_rows_file),
    WithJsonSchema(
        {"title": "path", "type": "string", "pattern": rf"\.(?:{'|'.join(map(any_case, ROWS))})$"}
    ),
]


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    try:
        written = value if isinstance(value, str) and DAY.fullmatch(value) else ""
        return date.fromisoformat(written)
    except ValueError:
        raise PydanticCustomError("day", "must be a day, written as 2026-12-31") from None


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


def _free_alias(value: str) -> str:
    """Refuses what MLflow reserves, and `previous`, which promotion moves itself."""
    if value.lower() in TAKEN or VERSION_ALIAS.fullmatch(value):
        what = "is taken: `previous` is moved by modelbot itself, and `latest` and v<number> are MLflow's own"
        raise PydanticCustomError("alias_taken", what)
    return value


class Promotion(Section):
    """Where a merged candidate goes."""

    alias: Annotated[str, AfterValidator(_free_alias)] = Field(
        default="champion",
        description="The alias that is moved in MLflow.",
        pattern=ALIAS,
        max_length=255,
        json_schema_extra={
            "not": {"pattern": f"^(?:{'|'.join((*map(any_case, TAKEN), VERSION_ALIAS.pattern))})$"}
        },
    )
    drift: Annotated[
        Literal["report", "restore"],
        Field(description="What to do when somebody moved the alias by hand: say so, or put it back."),
    ] = "report"


class Waiver(Section):
    """A recorded, dated exception to one rule."""

    rule: str = Field(description="The rule's id, as reports show it.", min_length=1)
    reason: str = Field(description="Why.", min_length=1)
    by: str = Field(description="Who decided it.", min_length=1)
    until: Annotated[
        date,
        BeforeValidator(_day),
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
        Literal[1], BeforeValidator(_whole_number), Field(description="Version of this grammar.")
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
