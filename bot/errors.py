"""Every error a person may see, and the exit code each one means.

An error has three parts: what happened, what to do next, and where to read more. Adapters translate an
SDK's exceptions into these at the call; one place, `bot.cli`, prints them. Performs no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process answers: a property of the result, listed in the README."""

    OK = 0
    REJECTED = 1
    INVALID = 2
    STALE = 3
    UNAVAILABLE = 4
    NOT_EVALUATED = 5
    BUG = 70


class ModelbotError(Exception):
    """An expected failure, with a next step. `exit_code` belongs to the kind of failure."""

    exit_code = ExitCode.BUG

    def __init__(self, what: str, todo: str = "", more: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo
        self.more = more

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.todo, self.more) if part)


class InvalidInputError(ModelbotError):
    """Our files, flags or settings are wrong; running again changes nothing."""

    exit_code = ExitCode.INVALID


class StaleError(ModelbotError):
    """The world moved since the decision; start again from the new state."""

    exit_code = ExitCode.STALE


class UnavailableError(ModelbotError):
    """GitHub, DVC, MLflow or a remote did not answer usefully; nothing was changed by this call."""

    exit_code = ExitCode.UNAVAILABLE


class NotEvaluatedError(ModelbotError):
    """We could not tell: evidence is missing, unreadable or contradicts itself. Never a pass."""

    exit_code = ExitCode.NOT_EVALUATED


class MissingObjectError(NotEvaluatedError):
    """A content-addressed object is not where it should be."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file. `line` and `col` count from 1; 0 means the whole file."""

    file: str
    line: int
    col: int
    key: str
    what: str
    source: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.col}" if self.line else self.file
        head = f"{where}: {self.key}: {self.what}" if self.key else f"{where}: {self.what}"
        if not self.source:
            return head
        return f"{head}\n    {self.source}\n    {' ' * max(self.col - 1, 0)}^"


class InvalidFileError(InvalidInputError):
    """A file of the repository is wrong. Carries every problem found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...], todo: str = "") -> None:
        super().__init__("\n".join(str(problem) for problem in problems), todo)
        self.problems = problems
