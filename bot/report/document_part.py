"""What every mapping of the report's JSON has in common. Performs no I/O."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, FiniteFloat
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

Number = FiniteFloat | Literal["NaN", "Infinity", "-Infinity"]
"""What JSON cannot write is its name."""


class Part(BaseModel):
    """A mapping of the document. Whoever reads it should let pass the keys that a later version adds."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Untitled(GenerateJsonSchema):
    """A schema without titles: a key's name is its title."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 -- pydantic's signature
        """Never."""
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """A mapping's description says more than the name of our class."""
        return {key: value for key, value in super().model_schema(schema).items() if key != "title"}
