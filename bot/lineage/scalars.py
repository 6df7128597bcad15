"""What one YAML scalar means, by the YAML 1.2 rules DVC's reader follows. Performs no I/O."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A date or an instant; equal when the instants are. `text` is ISO 8601 (UTC where a zone was given)."""

    text: str


Scalar = None | bool | int | float | str | Timestamp

# The expressions of ruamel.yaml 0.19's resolver for YAML 1.2 (ruamel/yaml/resolver.py).
_FLOAT = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)"
    r"|\.(?:nan|NaN|NAN)"
)
_INT = re.compile(r"[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?"
)
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_NUMERIC_START = frozenset("-+.0123456789")
_RADIX = {"0b": 2, "0o": 8, "0x": 16}


@lru_cache(maxsize=8192)
def resolve_plain(text: str) -> Scalar:
    """What an unquoted scalar means. Raises ValueError for what DVC cannot read either (`-_`, `=`)."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMERIC_START:
        return _word(text)
    if _FLOAT.fullmatch(text):
        return _float(text.replace("_", "").lower())
    if _INT.fullmatch(text):
        return _integer(text.replace("_", ""))
    return _timestamp(text) if _TIMESTAMP.fullmatch(text) else text


def _word(text: str) -> str:
    if text == "=":
        raise ValueError("YAML's default value, which no reader of pipelines supports")
    return text


def resolve_tagged(tag: str, text: str) -> Scalar:
    """What a scalar with an explicit core tag means. Raises ValueError for a tag or text without meaning."""
    kind = tag.removeprefix("tag:yaml.org,2002:")
    if kind == "str":
        return text
    value = resolve_plain(text)
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    kinds: dict[str, tuple[type, ...]] = {
        "int": (int,),
        "float": (float,),
        "bool": (bool,),
        "null": (type(None),),
        "timestamp": (Timestamp,),
    }
    if isinstance(value, kinds.get(kind, ())) and isinstance(value, bool) == (kind == "bool"):
        return value
    raise ValueError(tag)


def _float(text: str) -> float:
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


def _integer(text: str) -> int:
    sign, digits = (-1 if text[0] == "-" else 1), text.lstrip("+-")
    return sign * int(digits[2:], _RADIX[digits[:2]]) if digits[:2] in _RADIX else sign * int(digits)


def _timestamp(text: str) -> Timestamp:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Timestamp(" ".join(text.split()))
    if moment.tzinfo is not None:
        return Timestamp(moment.astimezone(UTC).replace(tzinfo=None).isoformat())
    return Timestamp(text if len(text) == len("2020-01-01") else moment.isoformat())


def json_text(value: object) -> str:
    """A value as JSON text with sorted keys, as DVC hashes it; a timestamp is {"!timestamp": text}."""
    return json.dumps(value, sort_keys=True, default=_timestamp_json)


def _timestamp_json(value: object) -> dict[str, str]:
    if isinstance(value, Timestamp):
        return {"!timestamp": value.text}
    raise TypeError(type(value))
