"""What a stand-in gets and what it gives back. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.localhost.actions.assignment import Assignment, Machine
from bot.localhost.actions.evaluate import text
from bot.localhost.actions.log import Mask, StepFailedError
from bot.localhost.actions.occasion import member
from bot.localhost.actions.process import Limits
from bot.localhost.github.values import Json


@dataclass(frozen=True, slots=True)
class Call:
    """One use of an action: its inputs as texts, and where it may work."""

    inputs: Mapping[str, str]
    assignment: Assignment
    machine: Machine
    workspace: Path
    folder: Path
    github: Mapping[str, Json]
    environment: Mapping[str, str]
    limits: Limits
    mask: Mask

    @property
    def token(self) -> str:
        """The job's own token."""
        return text(self.github.get("token"))

    @property
    def full_name(self) -> str:
        """The repository the workflow runs for."""
        return self.assignment.occasion.full_name

    @property
    def default_branch(self) -> str:
        """The repository's default branch, as the event names it."""
        return text(member(self.assignment.occasion.payload, "repository", "default_branch"))

    def given(self, name: str, default: str = "") -> str:
        """An input, or its default when it is not given or empty."""
        return self.inputs.get(name) or default

    def flag(self, name: str, *, default: bool) -> bool:
        """An input that is true or false. Raises StepFailedError for anything else."""
        word = self.given(name, "true" if default else "false").lower()
        if word not in {"true", "false"}:
            raise StepFailedError(f"{name} must be true or false, not {word!r}")
        return word == "true"

    def whole(self, name: str, default: int) -> int:
        """An input that is a whole number. Raises StepFailedError for anything else."""
        word = self.given(name, str(default))
        if not word.isdecimal():
            raise StepFailedError(f"{name} must be a whole number, not {word!r}")
        return int(word)


@dataclass(frozen=True, slots=True)
class Done:
    """What an action did: its log, its outputs, and directories for PATH."""

    text: str
    outputs: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
