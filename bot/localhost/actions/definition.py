"""A workflow file as values: triggers, jobs and steps, with every expression already parsed.

Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.localhost.actions.evaluate import Scope, evaluate, text, truth
from bot.localhost.actions.expressions import Expression, ExpressionError
from bot.localhost.actions.source import Place
from bot.localhost.github.values import Json

Level = Literal["none", "read", "write"]
Permissions = Mapping[str, Level]


@dataclass(frozen=True, slots=True)
class Template:
    """A text with `${{ }}` in it, or a plain value (also a number or boolean of the file)."""

    parts: tuple[str | Expression, ...]
    place: Place
    key: str

    def text(self, scope: Scope) -> str:
        """The text with every expression replaced. Raises InvalidFileError naming the place."""
        return "".join(
            part if isinstance(part, str) else text(self._value(part, scope)) for part in self.parts
        )

    def truth(self, scope: Scope) -> bool:
        """Whether it is true: the expression's truth, or the plain text `true`."""
        if len(self.parts) == 1 and not isinstance(self.parts[0], str):
            return truth(self._value(self.parts[0], scope))
        return self.text(scope).lower() == "true"

    def number(self, scope: Scope) -> float:
        """The value as a number. Raises InvalidFileError when it is none."""
        shown = self.text(scope)
        try:
            return float(shown)
        except ValueError as error:
            raise self.place.error(self.key, f"must be a number, not {shown!r}") from error

    def _value(self, part: Expression, scope: Scope) -> Json:
        try:
            return evaluate(part, scope)
        except ExpressionError as error:
            raise self.place.error(self.key, str(error)) from error


Environ = tuple[tuple[str, Template], ...]


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a `workflow_dispatch` form."""

    name: str
    required: bool
    default: str
    kind: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """One event a workflow starts on. An empty filter lets everything pass."""

    event: str
    types: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    crons: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class Concurrency:
    """One at a time per group. `queue_max` keeps every waiting one, else the newest replaces the older."""

    group: Template
    cancel_in_progress: Template | None
    queue_max: bool


@dataclass(frozen=True, slots=True)
class RunDefaults:
    """What `defaults.run` gives every `run:` step."""

    working_directory: Template | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a `run:` and a `uses:` step share."""

    id: str
    name: Template | None
    condition: Expression | None
    env: Environ
    continue_on_error: Template | None
    timeout_minutes: Template | None
    place: Place


@dataclass(frozen=True, slots=True)
class RunStep(Step):
    """A shell script."""

    script: Template
    working_directory: Template | None


@dataclass(frozen=True, slots=True)
class UseStep(Step):
    """An action: `owner/name` with the pinned commit, or `./` with no commit."""

    action: str
    commit: str
    inputs: Environ


AnyStep = RunStep | UseStep


@dataclass(frozen=True, slots=True)
class EnvironmentUse:
    """The environment a job runs in, and the address it announces."""

    name: Template
    url: Template | None


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a workflow."""

    id: str
    name: Template | None
    needs: tuple[str, ...]
    condition: Expression | None
    permissions: Permissions | None
    environment: EnvironmentUse | None
    concurrency: Concurrency | None
    outputs: Environ
    env: Environ
    defaults: RunDefaults
    timeout_minutes: Template | None
    steps: tuple[AnyStep, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow file."""

    path: str
    name: str
    run_name: Template | None
    triggers: tuple[Trigger, ...]
    permissions: Permissions | None
    env: Environ
    defaults: RunDefaults
    concurrency: Concurrency | None
    jobs: tuple[Job, ...]

    def trigger(self, event: str) -> Trigger | None:
        """The trigger for an event, if the workflow has one."""
        return next((trigger for trigger in self.triggers if trigger.event == event), None)

    def job(self, job_id: str) -> Job:
        """The job of that id; it is there (parsing checked every `needs`)."""
        return next(job for job in self.jobs if job.id == job_id)
