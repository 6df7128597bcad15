"""The report's JSON as a type, from which its schema is made. Performs no I/O."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal

from bot.policy.verdict import Conclusion
from bot.report.document_changes import (
    CodePart,
    DataPart,
    EnvironmentPart,
    ParameterPart,
    PlotPart,
    StagePart,
)
from bot.report.document_model import ModelPart
from bot.report.document_part import Part, Untitled
from bot.report.model import State

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "modelbot report"


class Document(Part):
    """A report. `version` grows when a field changes its meaning or goes away; new ones may come without."""

    version: Literal[1]
    modelbot: str
    """The version of the bot that wrote it."""
    time: datetime
    repository: str
    pull_request: int | None
    """Null for a preview on a person's machine."""
    head: str
    base: str
    workflow_run: int | None
    attempt: int | None
    state: State
    conclusion: Conclusion | None
    """What the check run is completed with; null while it runs."""
    title: str
    """The verdict in words."""
    models: tuple[ModelPart, ...]
    stages: tuple[StagePart, ...]
    code: tuple[CodePart, ...]
    environment: tuple[EnvironmentPart, ...]
    parameters: tuple[ParameterPart, ...]
    data: tuple[DataPart, ...]
    plots: tuple[PlotPart, ...]


def report_schema_text() -> str:
    """The JSON Schema (draft 2020-12) of a report, as `modelbot schema report` prints it."""
    made = Document.model_json_schema(mode="serialization", schema_generator=Untitled)
    return json.dumps({"$schema": DIALECT, **made, "title": TITLE}, indent=2) + "\n"
