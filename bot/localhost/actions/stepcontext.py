"""What a step sees, and what it changes for the steps after it. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.localhost.actions.assignment import Assignment, Machine
from bot.localhost.actions.evaluate import Scope
from bot.localhost.actions.log import Conclusion, Mask
from bot.localhost.actions.process import Limits
from bot.localhost.actions.workspace import Workspace


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step sees. `own_limit`: the time limit is the step's own, so running out of it is a failure."""

    number: int
    assignment: Assignment
    machine: Machine
    place: Workspace
    scope: Scope
    environment: Mapping[str, str]
    limits: Limits
    own_limit: bool
    mask: Mask


@dataclass(frozen=True, slots=True)
class Changes:
    """What a step did: its outcome and text, and what it changes for the steps after it."""

    outcome: Conclusion
    text: str
    outputs: tuple[tuple[str, str], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    summary: str = ""
