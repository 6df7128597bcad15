"""What every mapping of a policy is, and how a key says that its rule is not built. Performs no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

CHANCE = 0.5
PERCENT = re.compile(r"([0-9]+(?:\.[0-9]*)?)%")


@dataclass(frozen=True, slots=True)
class NotBuilt:
    """Marks a field whose rule does not exist yet; with `values`, only these values of it.

    Such a key is understood and refused: a rule that is written down must never be silently absent.
    """

    values: tuple[str, ...] = ()


class Section(BaseModel):
    """A mapping of the policy: nothing is coerced, unknown keys are errors, numbers are finite.

    A field that may be None may be left out; written as null it is an error (`bot.policy.grammar`).
    """

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True
    )


def _confidence(value: object) -> object:
    """`95%` as 0.95. At 50 % and below a bound says nothing; 100 % has none."""
    if isinstance(value, float) and CHANCE < value < 1:
        return value
    found = PERCENT.fullmatch(value) if isinstance(value, str) else None
    share = float(found[1]) / 100 if found else 0.0
    if not CHANCE < share < 1:
        what = "must be a percentage above 50% and below 100%, such as 95%"
        raise PydanticCustomError("confidence", what)
    return share


Confidence = Annotated[
    float,
    BeforeValidator(_confidence),
    PlainSerializer(lambda share: f"{100 * share:g}%", return_type=str),
    WithJsonSchema(
        {
            "title": "percentage such as 95%",
            "anyOf": [
                {
                    "type": "string",
                    "pattern": r"^0*(?:[5-9][0-9])(?:\.[0-9]*)?%$",
                    "not": {"pattern": r"^0*50(?:\.0*)?%$"},
                },
                {"type": "number", "exclusiveMinimum": CHANCE, "exclusiveMaximum": 1},
            ],
        }
    ),
]
