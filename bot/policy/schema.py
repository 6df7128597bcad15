"""The grammar of a policy as a JSON Schema, for editors that complete and check while one types.

Made from `bot.policy.definition` alone, so that it cannot say anything else. A key, or a value of a key,
whose rule is not built is not offered, and so refused. Performs no I/O.
"""

from __future__ import annotations

import json

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bot.policy.definition import Policy
from bot.policy.grammar import fields_of, marks_of
from bot.policy.sections import Section

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "modelbot policy"


def policy_schema(*, whole: bool = False) -> JsonSchemaValue:
    """The JSON Schema (draft 2020-12) of a policy file; the whole grammar's also has what is not built."""
    made = Policy.model_json_schema(by_alias=True, schema_generator=_AsWritten if whole else _Offered)
    return {"$schema": DIALECT, **made, "title": TITLE}


def schema_text() -> str:
    """The schema as `modelbot schema` prints it and the repository ships it."""
    return json.dumps(policy_schema(), indent=2) + "\n"


class _AsWritten(GenerateJsonSchema):
    """Says of a policy what is true of its YAML: a key may be left out, but is never null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """A null is an error at its key (`bot.policy.grammar`)."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """What is empty without being written needs no words."""
        if schema.get("default") in (None, ()):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 -- pydantic's signature
        """A key's name is its title."""
        return False


class _Offered(_AsWritten):
    """What an editor should offer."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The section without what is not built."""
        made = super().model_schema(schema)
        section = schema["cls"]
        return _built(made, section) if issubclass(section, Section) else made


def _built(made: JsonSchemaValue, section: type[Section]) -> JsonSchemaValue:
    properties = dict(made.get("properties", {}))
    for key, field in fields_of(section).items():
        for mark in marks_of(field):
            offered = properties.pop(key)
            if mark.values:
                values = [value for value in offered["enum"] if value not in mark.values]
                properties[key] = offered | {"enum": values}
    return made | {"properties": properties}
