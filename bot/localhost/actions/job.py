"""One job from its first step to its last: what each step sees, what it changes for the next, how all
ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.errors import InvalidFileError
from bot.localhost.actions.assignment import Assignment, Machine
from bot.localhost.actions.contexts import github_context, merge_environ
from bot.localhost.actions.definition import AnyStep, RunStep, UseStep
from bot.localhost.actions.evaluate import Scope, Status, evaluate, truth
from bot.localhost.actions.expressions import ExpressionError, asks_status
from bot.localhost.actions.log import Conclusion, JobLog, JobResult, Mask, StepFailedError, StepLog
from bot.localhost.actions.process import Limits
from bot.localhost.actions.stepcontext import Changes, StepContext
from bot.localhost.actions.steps import perform
from bot.localhost.actions.workspace import Workspace, open_workspace, runner_context, starting_variables
from bot.localhost.github.values import Json

DEFAULT_MINUTES: Final = 360.0
CLEANUP_SECONDS: Final = 300.0
"""How long `always()` steps may still take after a job was cancelled or ran out of time; GitHub's five
minutes.
"""


def run_job(assignment: Assignment, machine: Machine, cancel: threading.Event) -> JobResult:
    """Run every step and give back how it ended. The job's token works only meanwhile."""
    started = time.monotonic()
    token = machine.github.mint_token(assignment.occasion.full_name, assignment.permissions)
    place = open_workspace(machine, assignment)
    try:
        course = _Course.begin(assignment, machine, place, token, cancel)
        course.run()
        return course.result(time.monotonic() - started)
    finally:
        machine.github.revoke_token(token)
        place.remove()


@dataclass(slots=True)
class _Course:
    """The course of one job: the only mutable thing in it."""

    assignment: Assignment
    machine: Machine
    place: Workspace
    cancel: threading.Event
    mask: Mask
    contexts: dict[str, Json]
    environment: dict[str, str]
    variables: dict[str, str]
    deadline: float
    paths: list[str] = field(default_factory=list)
    steps: dict[str, Json] = field(default_factory=dict)
    logs: list[StepLog] = field(default_factory=list)
    summary: str = ""
    failed: bool = False
    cancelled: bool = False

    @classmethod
    def begin(
        cls, assignment: Assignment, machine: Machine, place: Workspace, token: str, cancel: threading.Event
    ) -> _Course:
        secrets = {**assignment.secrets, "GITHUB_TOKEN": token}
        github = github_context(assignment.occasion, assignment.workflow, assignment.run_id, machine.hosts)
        github |= {
            "token": token,
            "job": assignment.job.id,
            "workspace": str(place.work),
            "event_path": str(place.event),
        }
        contexts: dict[str, Json] = {
            "github": github,
            "needs": assignment.needs,
            "vars": assignment.variables,
            "secrets": secrets,
            "inputs": dict(assignment.occasion.inputs),
            "runner": runner_context(place),
        }
        environment = starting_variables(machine, place, github)
        mask = Mask((*secrets.values(), f"x-access-token:{token}"))
        return cls(assignment, machine, place, cancel, mask, contexts, environment, {}, 0.0)

    def run(self) -> None:
        """Set the job up, then run its steps in order; a step that fails is remembered, not raised."""
        try:
            self._set_up()
        except InvalidFileError as error:
            self._note("Set up job", Conclusion.FAILURE, 0.0, str(error))
            self.failed = True
            return
        for number, step in enumerate(self.assignment.job.steps):
            if not self.machine.closing.is_set():
                self._step(number, step)

    def _set_up(self) -> None:
        job, workflow = self.assignment.job, self.assignment.workflow
        scope = Scope(self.contexts)
        minutes = job.timeout_minutes.number(scope) if job.timeout_minutes else DEFAULT_MINUTES
        self.deadline = time.monotonic() + minutes * 60
        self.variables = merge_environ(job.env, merge_environ(workflow.env, {}, scope), scope)
        level = ", ".join(f"{name}: {value}" for name, value in sorted(self.assignment.permissions.items()))
        self._note("Set up job", Conclusion.SUCCESS, 0.0, f"GITHUB_TOKEN permissions: {level}")

    def _step(self, number: int, step: AnyStep) -> None:
        self._notice_end()
        scope = self._scope()
        started = time.monotonic()
        name = _plain_name(step)
        try:
            if not self._wanted(step, scope):
                self._close(step, name, Conclusion.SKIPPED, Conclusion.SKIPPED, 0.0, "")
                return
            values = merge_environ(step.env, self.variables, scope)
            scope = Scope({**scope.contexts, "env": values}, scope.status)
            name = step.name.text(scope) if step.name else name
            changes = perform(step, self._context(number, step, scope, values))
            self._adopt(changes)
            text, outcome, outputs = changes.text, changes.outcome, dict(changes.outputs)
        except (InvalidFileError, StepFailedError, ExpressionError, OSError) as error:
            text, outcome, outputs = f"Error: {error}", Conclusion.FAILURE, {}
        forgiven = outcome is Conclusion.FAILURE and self._forgives(step, scope)
        conclusion = Conclusion.SUCCESS if forgiven else outcome
        self._close(step, name, outcome, conclusion, time.monotonic() - started, text, outputs)

    def _forgives(self, step: AnyStep, scope: Scope) -> bool:
        return step.continue_on_error is not None and step.continue_on_error.truth(scope)

    def _notice_end(self) -> None:
        over = self.cancel.is_set() or time.monotonic() >= self.deadline
        if over and not self.cancelled:
            self.cancelled = True
            self.deadline = time.monotonic() + CLEANUP_SECONDS

    def _scope(self) -> Scope:
        status = Status(not self.failed, self.failed, self.cancelled)
        word = "cancelled" if self.cancelled else "failure" if self.failed else "success"
        return Scope(
            {**self.contexts, "env": self.variables, "steps": self.steps, "job": {"status": word}}, status
        )

    def _wanted(self, step: AnyStep, scope: Scope) -> bool:
        if step.condition is None:
            return scope.status.success and not scope.status.cancelled
        if not asks_status(step.condition) and (self.failed or self.cancelled):
            return False
        return truth(evaluate(step.condition, scope))

    def _context(self, number: int, step: AnyStep, scope: Scope, values: Mapping[str, str]) -> StepContext:
        minutes = step.timeout_minutes.number(scope) if step.timeout_minutes else None
        limit = self.deadline if minutes is None else min(self.deadline, time.monotonic() + minutes * 60)
        path = ":".join((*reversed(self.paths), *self.machine.path))
        environment = {**self.environment, "PATH": path, **values}
        limits = Limits(limit, self.machine.closing if self.cancelled else self.cancel)
        own = minutes is not None and limit < self.deadline
        return StepContext(
            number, self.assignment, self.machine, self.place, scope, environment, limits, own, self.mask
        )

    def _adopt(self, changes: Changes) -> None:
        self.variables.update(changes.variables)
        self.paths.extend(changes.paths)
        self.summary += changes.summary

    def _close(
        self,
        step: AnyStep,
        name: str,
        outcome: Conclusion,
        conclusion: Conclusion,
        seconds: float,
        text: str,
        outputs: Mapping[str, str] | None = None,
    ) -> None:
        if step.id:
            self.steps[step.id] = {
                "outputs": outputs or {},
                "outcome": str(outcome),
                "conclusion": str(conclusion),
            }
        self.failed = self.failed or conclusion is Conclusion.FAILURE
        self._note(name, conclusion, seconds, text)
        if conclusion is Conclusion.CANCELLED:
            self._notice_end()

    def _note(self, name: str, conclusion: Conclusion, seconds: float, text: str) -> None:
        self.logs.append(StepLog(self.mask.apply(name), conclusion, seconds, self.mask.apply(text)))

    def result(self, seconds: float) -> JobResult:
        """The job's end, with its outputs; an output that holds a secret is left out, as on GitHub."""
        outputs = self._outputs()
        job, occasion = self.assignment.job, self.assignment.occasion
        done = Conclusion.FAILURE if self.failed else Conclusion.SUCCESS
        conclusion = Conclusion.CANCELLED if self.cancelled else done
        log = JobLog(
            self.assignment.workflow.name,
            job.id,
            header(self.assignment),
            tuple(self.logs),
            self.mask.apply(self.summary),
        )
        return JobResult(
            occasion.full_name,
            self.assignment.run_id,
            self.assignment.workflow.name,
            job.id,
            occasion.event,
            conclusion,
            outputs,
            seconds,
            log,
        )

    def _outputs(self) -> tuple[tuple[str, str], ...]:
        try:
            values = merge_environ(self.assignment.job.outputs, {}, self._scope())
        except InvalidFileError as error:
            self._note("Complete job", Conclusion.FAILURE, 0.0, str(error))
            self.failed = True
            return ()
        hidden = [name for name, value in values.items() if self.mask.hides(value)]
        if hidden:
            self._note(
                "Complete job", Conclusion.SUCCESS, 0.0, f"left out, may hold a secret: {', '.join(hidden)}"
            )
        return tuple((name, value) for name, value in values.items() if name not in hidden)


def header(assignment: Assignment) -> str:
    """The first lines of a job's log: what ran, and that it is not GitHub."""
    occasion = assignment.occasion
    where = f" · environment {assignment.environment}" if assignment.environment else ""
    return (
        "Actions on localhost. This is not GitHub: the job ran on this machine, as the user who started it.\n"
        f"{assignment.workflow.path} · job {assignment.job.id} · run {assignment.run_id}{where}\n"
        f"{occasion.full_name} · {occasion.event} {occasion.action} · {occasion.sha[:12]} {occasion.ref}"
    )


def _plain_name(step: AnyStep) -> str:
    match step:
        case UseStep():
            return f"Run {step.action}"
        case RunStep():
            first = step.script.parts[0] if step.script.parts else ""
            return f"Run {first.splitlines()[0] if isinstance(first, str) and first else 'a script'}"
