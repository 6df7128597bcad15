"""What the report's JSON says of the pipeline and of what changed. Performs no I/O."""

from __future__ import annotations

from typing import Literal

from bot.report.document_part import Number, Part
from bot.report.facts import StageOutcome


class StagePart(Part):
    """What became of one stage."""

    stage: str
    outcome: StageOutcome
    """`changed`: out of date, and not run here. `cached`: up to date, nothing to do."""
    seconds: Number | None
    """How long it ran here."""
    took: Number | None
    """How long the run took that made it up to date."""
    reasons: tuple[str, ...]
    """Why it was out of date."""


class CodePart(Part):
    """A file of a stage that differs."""

    path: str
    change: Literal["added", "changed", "removed"]
    added: int | None
    """Lines; null where they are not counted."""
    removed: int | None
    stages: tuple[str, ...]
    """Which stages it belongs to."""
    measures: tuple[str, ...]
    """Those of them that measure the model."""


class VersionPart(Part):
    """A package, or Python, of another version."""

    name: str
    before: str | None
    after: str | None


class EnvironmentPart(Part):
    """A file that pins the environment and differs."""

    file: str
    trouble: str | None
    """Why it could not be read."""
    versions: tuple[VersionPart, ...]


class ParameterPart(Part):
    """A parameter that differs, its values as JSON text; null on a side that does not have it."""

    file: str
    key: str
    before: str | None
    after: str | None
    line: int | None
    """Where the pull request sets it."""


class TrackedPart(Part):
    """What DVC records of one path."""

    md5: str
    size: int | None
    """In bytes."""
    files: int | None


class DataPart(Part):
    """A path that DVC tracks and whose bytes differ; null on a side that does not have it."""

    path: str
    before: TrackedPart | None
    after: TrackedPart | None


class PlottedPart(Part):
    """What a plot's file holds, or why it could not be read."""

    size: int | None = None
    """In bytes."""
    points: int | None = None
    """Null for an image."""
    unreadable: str | None = None


class PlotPart(Part):
    """A plot that differs; null on a side that does not have it."""

    path: str
    before: PlottedPart | None
    after: PlottedPart | None
