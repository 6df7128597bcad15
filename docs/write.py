"""Writes what documents say of the grammar and of the report, from their types: `make docs`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.policy.definition import Policy
from bot.policy.grammar import fields_of, marks_of
from bot.policy.schema import policy_schema, schema_text
from bot.policy.sections import Section
from bot.report.document import report_schema_text

HERE = Path(__file__).parent
BEGIN, END = "<!-- keys: written by `make docs` -->\n", "<!-- /keys -->\n"
# Where each mapping stands in a policy, in the order of the reference.
PLACES = {
    "the file": "Policy",
    "compare": "Compare",
    "predictions": "Predictions",
    "evidence": "EvidenceAsked",
    "metrics.<name>": "MetricLimits",
    "slices": "Slices",
    "slices.metrics.<name>, resources.<name>": "Limits",
    "slices.fairness": "Fairness",
    "data": "Data",
    "data.checks.<name>": "Bound",
    "artifacts": "Artifacts",
    "approvals": "Approvals",
    "pipeline": "Pipeline",
    "promotion": "Promotion",
    "waivers[]": "Waiver",
}
NAMES = {"string": "text", "integer": "whole number", "boolean": "`true`, `false`", "number": "number"}

Schema = dict[str, Any]


def written() -> dict[Path, str]:
    """Each generated file with its text."""
    reference = HERE / "policy.md"
    before, _, rest = reference.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return {
        HERE / "policy.schema.json": schema_text(),
        HERE / "report.schema.json": report_schema_text(),
        reference: f"{before}{BEGIN}\n{key_tables()}\n{END}{after}",
    }


def key_tables() -> str:
    """A table for every mapping of the grammar."""
    whole = policy_schema(whole=True)
    parts = {"Policy": whole, **whole["$defs"]}
    return "\n\n".join("\n".join(_table(place, parts[name], parts)) for place, name in PLACES.items())


def _table(place: str, part: Schema, parts: Schema) -> Iterator[str]:
    section = next(one for one in _sections(Section) if one.__name__ == _name(part))
    yield f"**`{place}`**: {part['description']}\n" if place != "the file" else "**The file**\n"
    yield "| key | value | without it | |"
    yield "|---|---|---|---|"
    required = part.get("required", [])
    for key, field in fields_of(section).items():
        offered = part["properties"][key]
        without = "an error" if key in required else _default(offered)
        text = offered.get("description") or parts[offered["$ref"].rpartition("/")[2]]["description"]
        yield f"| `{key}` | {_value(offered, parts)} | {without} | {text}{_unbuilt(marks_of(field))} |"


def _sections(of: type[Section]) -> Iterator[type[Section]]:
    for one in of.__subclasses__():
        yield one
        yield from _sections(one)


def _name(part: Schema) -> str:
    return Policy.__name__ if "$schema" in part else str(part["title"])


def _default(offered: Schema) -> str:
    return f"`{json.dumps(offered['default']).strip(chr(34))}`" if "default" in offered else ""


def _unbuilt(marks: list[Any]) -> str:
    values = ", ".join(f"`{value}`" for mark in marks for value in mark.values)
    return f" **Not built yet{': ' + values if values else ''}.**" if marks else ""


def _value(offered: Schema, parts: Schema) -> str:
    if "$ref" in offered:
        part = parts[offered["$ref"].rpartition("/")[2]]
        return "mapping" if part["type"] == "object" else _value(part, parts)
    if "enum" in offered:
        return ", ".join(f"`{value}`" for value in offered["enum"])
    if "const" in offered:
        return f"`{offered['const']}`"
    # A type with a title of its own says better what it takes than its pattern would.
    if "title" in offered:
        return str(offered["title"])
    if "anyOf" in offered:
        return " or ".join(_value(one, parts) for one in offered["anyOf"])
    return _plain(offered, parts)


def _plain(offered: Schema, parts: Schema) -> str:
    match offered["type"]:
        case "array":
            return f"list of {_value(offered['items'], parts)}"
        case "object":
            return f"{_value(offered['additionalProperties'], parts)} by name"
        case kind:
            return NAMES[kind]


if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")
