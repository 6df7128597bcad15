"""What is kept of a job: its steps, their text with secrets masked, and how it ended. Performs no I/O."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Conclusion(StrEnum):
    """How a step, a job or a run ended, in GitHub's words."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class StepFailedError(Exception):
    """A step cannot go on; the message is what its log shows."""


@dataclass(frozen=True, slots=True)
class StepLog:
    """One step: what it was called, how it ended, how long it took, what it printed."""

    name: str
    conclusion: Conclusion
    seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class JobLog:
    """The log of one job. `header` says that this is not GitHub; `summary` is Markdown."""

    workflow: str
    job: str
    header: str
    steps: tuple[StepLog, ...]
    summary: str = ""

    def text(self) -> str:
        """The whole log as a person reads it."""
        blocks = [
            f"── {step.name} · {step.conclusion} · {step.seconds:.1f} s\n{step.text}" for step in self.steps
        ]
        return "\n".join((self.header, *blocks))


@dataclass(frozen=True, slots=True)
class JobResult:
    """How one job ended. `run_id` is 0 when a workflow file was so broken that no run could be opened."""

    full_name: str
    run_id: int
    workflow: str
    job: str
    event: str
    conclusion: Conclusion
    outputs: tuple[tuple[str, str], ...]
    seconds: float
    log: JobLog


class Mask:
    """Replaces secrets by `***`, also their base64 and JSON forms."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._known: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Hide a value, and each of its lines, from now on."""
        for value in (secret, *secret.splitlines()):
            if value.strip():
                encoded = base64.b64encode(value.encode()).decode()
                self._known.update((value, json.dumps(value)[1:-1], encoded))

    def hides(self, text: str) -> bool:
        """Whether the text holds a secret."""
        return any(secret in text for secret in self._known)

    def apply(self, text: str) -> str:
        """The text with every secret replaced, the longest first."""
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def learn(self, output: str) -> None:
        """Take in the values of `::add-mask::` lines."""
        for line in output.splitlines():
            if line.startswith("::add-mask::"):
                self.add(line.removeprefix("::add-mask::"))
