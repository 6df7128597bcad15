"""Amounts in a policy: a number in metric units, or a percentage of the base value. Performs no I/O."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

PERCENT = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)%")
SHAPE = "an amount is a number in metric units (0.005) or a percentage of the base value (1%)"


@dataclass(frozen=True, slots=True)
class Margin:
    """How much worse a candidate may be: `amount` in metric units, or in percent of |base|."""

    amount: float
    percent: bool = False

    @property
    def told(self) -> str:
        """In a sentence: `0.01`, or `1% of its absolute value`."""
        return f"{self} of its absolute value" if self.percent else f"{self}"

    def in_units(self, base: float) -> float:
        """The margin M in metric units: `amount`, or `amount/100 · |base|`. Never infinite."""
        if not self.percent:
            return self.amount
        return min(self.amount / 100 * abs(base), sys.float_info.max)

    def __str__(self) -> str:
        return f"{self.amount:.10g}{'%' if self.percent else ''}"


def parse_margin(value: object) -> Margin:
    """A margin from what the YAML says. Raises PydanticCustomError in words a person can act on."""
    if isinstance(value, Margin):
        return value
    if isinstance(value, str) and (found := PERCENT.fullmatch(value)):
        return _finite(Margin(float(found[1]), percent=True))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("amount", "{said}", {"said": _said(value)})
    try:
        return _finite(Margin(float(value)))
    except OverflowError as error:
        raise PydanticCustomError("amount", "the number is too large") from error


def _finite(margin: Margin) -> Margin:
    if not math.isfinite(margin.amount):
        raise PydanticCustomError("amount", "NaN and infinity are not amounts")
    if margin.amount < 0:
        said = f"a margin cannot be negative; write {-margin.amount:g} for how much worse is accepted"
        raise PydanticCustomError("amount", "{said}", {"said": said})
    return margin


def _said(value: object) -> str:
    if isinstance(value, str) and PERCENT.fullmatch(value.replace(" ", "")):
        return f"{SHAPE}; did you mean {value.replace(' ', '')}?"
    if isinstance(value, str) and re.fullmatch(r"[0-9.]+", value):
        return f"{SHAPE}; this one is quoted text: write {value} without quotes"
    return SHAPE


Amount = Annotated[
    Margin,
    BeforeValidator(parse_margin),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "title": "number, or percentage such as 1%",
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": rf"^(?:{PERCENT.pattern})$"},
            ],
        }
    ),
]
