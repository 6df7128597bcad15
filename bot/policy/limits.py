"""What is asked of one number, wherever it comes from. Performs no I/O."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from bot.policy.amounts import Amount
from bot.policy.sections import Section
from bot.policy.verdict import Direction, Severity
from bot.statistics.spec import Kind

Level = Annotated[
    Severity,
    Field(strict=False, description="block: a failure blocks. warn, info: it is shown and never blocks."),
]
ReportOnly = Annotated[
    Literal["report"] | None,
    Field(description="report: evaluated and shown, never blocking."),
]


CHANGE_RULES = ("max_regression", "max_regression_from_best", "must_improve")
HELPERS = ("positive", "threshold", "average", "column")
# Typed as pydantic wants them: what a schema can say of keys beside each other.
NEEDS_A_DIRECTION: dict[str, JsonValue] = {key: ["better"] for key in CHANGE_RULES}
NEEDS_A_KIND: dict[str, JsonValue] = {key: ["kind"] for key in HELPERS}


class Bound(Section):
    """Fixed limits on one number."""

    min: float | None = Field(default=None, description="The value must be at least this (inclusive).")
    max: float | None = Field(default=None, description="The value must be at most this (inclusive).")
    optional: bool = Field(
        default=False,
        description="Skip the rules when the number is missing; otherwise missing is a failure.",
    )
    severity: Level = Severity.BLOCK
    mode: ReportOnly = None


class Limits(Bound):
    """Fixed limits on a number, and how it may differ from the base's."""

    model_config = ConfigDict(json_schema_extra={"dependentRequired": NEEDS_A_DIRECTION})

    better: Direction | None = Field(
        default=None, description="Whether higher or lower is better; every change rule needs it."
    )
    max_regression: Amount | None = Field(
        default=None,
        description="How much worse than the base the value may be: a number in metric units, or 1%.",
    )
    max_regression_from_best: Amount | None = Field(
        default=None,
        description="How much worse than the best version ever promoted the value may be.",
    )
    must_improve: Annotated[float, Field(ge=0)] | None = Field(
        default=None,
        description="How much better than the base the value must be, in metric units; 0: any real gain.",
    )


class MetricLimits(Limits):
    """What is asked of one metric, and what kind of metric it is."""

    model_config = ConfigDict(json_schema_extra={"dependentRequired": NEEDS_A_DIRECTION | NEEDS_A_KIND})

    kind: Annotated[Kind, Field(strict=False)] | None = Field(
        default=None,
        description="What it measures: it is then recomputed from the predictions, with an interval.",
    )
    positive: str | int | bool | None = Field(
        default=None, description="The label of the positive class; 1 (or true) where nothing is said."
    )
    threshold: float | None = Field(
        default=None,
        description="The score from which a row counts as positive; 0.5 where scores are numbers.",
    )
    average: Literal["binary", "macro", "micro", "weighted"] | None = Field(
        default=None, description="How classes are averaged where there are more than two."
    )
    column: str | None = Field(
        default=None, description="The predictions column that `kind: mean` averages, any score per row."
    )
    stderr: str | None = Field(
        default=None,
        description="Key of the metrics file with this metric's standard error, used as reported.",
    )
    repeats: str | None = Field(
        default=None,
        description="Key of the metrics file with this metric over several seeds, a list of numbers.",
    )
