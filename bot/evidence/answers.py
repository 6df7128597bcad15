"""What a model answered to its input example, held against what it should have. Performs no I/O."""

from __future__ import annotations

import json
import math

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from bot.errors import NotEvaluatedError

RELATIVE, ABSOLUTE = 1e-5, 1e-8
"""Those of numpy.allclose: further apart than sums in another order, and single precision, put them."""

_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


class Answered(BaseModel):
    """What the process wrote that loaded the model; `answer` is None where it has no input example.

    `rows`: how many the example has, None where that cannot be told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    example: bool
    answer: JsonValue = None
    rows: int | None = Field(default=None, ge=0)
    load_seconds: float = Field(ge=0, allow_inf_nan=False)
    answer_seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)


def parse_answered(data: bytes) -> Answered:
    """What the process wrote; raises NotEvaluatedError when it is not that."""
    try:
        return Answered.model_validate_json(data)
    except ValidationError as error:
        what = "The process that loaded the model left no answer that can be read."
        raise NotEvaluatedError(what, "Run the workflow again.") from error


def parse_recorded(data: bytes) -> JsonValue:
    """Recorded outputs: any JSON; raises NotEvaluatedError when it is not JSON."""
    try:
        return _JSON.validate_json(data)
    except ValidationError as error:
        what = "The model's output_example.json is not JSON."
        raise NotEvaluatedError(what, "Write it with json.dump where the model is saved.") from error


def unfit(found: Answered) -> str | None:
    """Why the answers cannot be right, whatever was expected: none, too few, or not a number."""
    if not found.example:
        return None
    given = _rows(found.answer)
    if given == 0:
        return "it answered its input example with nothing"
    if found.rows is not None and given is not None and given != found.rows:
        return f"its input example has {found.rows} rows and it answered {given}"
    return None if _finite(found.answer) else "one of its answers is not a number, or infinite"


def difference(answer: JsonValue, expected: JsonValue, where: str = "") -> str | None:
    """The first place at which an answer is not the expected one, in words; None where they agree.

    Numbers agree within RELATIVE of the larger one, or within ABSOLUTE; all else must be equal.
    """
    if isinstance(answer, list) and isinstance(expected, list) and len(answer) == len(expected):
        pairs = (
            difference(one, other, f"{where}[{at}]")
            for at, (one, other) in enumerate(zip(answer, expected, strict=True))
        )
        return next((found for found in pairs if found), None)
    if isinstance(answer, dict) and isinstance(expected, dict) and answer.keys() == expected.keys():
        members = (difference(value, expected[key], f"{where}.{key}") for key, value in answer.items())
        return next((found for found in members if found), None)
    return None if _equal(answer, expected) else _said(answer, expected, where)


def _equal(answer: JsonValue, expected: JsonValue) -> bool:
    numbers = [_number(one) for one in (answer, expected)]
    if numbers[0] is not None and numbers[1] is not None:
        return math.isclose(numbers[0], numbers[1], rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return type(answer) is type(expected) and answer == expected


def _number(value: JsonValue) -> float | None:
    """A number as one; None for what is none, and True is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _said(answer: JsonValue, expected: JsonValue, where: str) -> str:
    place = f" at {where}" if where else ""
    return f"it answered {_short(answer)}{place}, and {_short(expected)} was expected"


def _short(value: JsonValue) -> str:
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    return json.dumps(value, ensure_ascii=False)[:60]


def _rows(answer: JsonValue) -> int | None:
    """How many rows were answered; a table comes as an object of `columns` and `data`."""
    data = answer.get("data") if isinstance(answer, dict) else answer
    return len(data) if isinstance(data, list) else (0 if answer is None else None)


def _finite(answer: JsonValue) -> bool:
    if isinstance(answer, list | dict):
        return all(map(_finite, answer.values() if isinstance(answer, dict) else answer))
    number = _number(answer)
    return number is None or math.isfinite(number)
