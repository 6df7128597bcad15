"""Runs that are under way. Mutable, and touched by one thread only: the desk's. Performs no I/O."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum

from bot.localhost.actions.definition import Job, Workflow
from bot.localhost.actions.evaluate import Scope, Status, evaluate, truth
from bot.localhost.actions.expressions import ExpressionError, asks_status
from bot.localhost.actions.log import Conclusion
from bot.localhost.actions.occasion import Occasion
from bot.localhost.github.values import Json


class Stand(StrEnum):
    """Where a job stands."""

    BLOCKED = "blocked"
    PENDING = "pending"
    WAITING = "waiting"
    STARTED = "started"
    DONE = "done"


@dataclass(slots=True)
class JobRun:
    """One job of a run. `group` is its concurrency group once it asked for it."""

    job: Job
    stand: Stand = Stand.BLOCKED
    conclusion: Conclusion | None = None
    outputs: tuple[tuple[str, str], ...] = ()
    environment: str = ""
    approved: bool = False
    group: str | None = None
    cancel: threading.Event = field(default_factory=threading.Event)

    def wanted(self, scope: Scope) -> bool:
        """Whether the job runs: its `if`, with `success()` in front unless it asks for the status itself.

        Raises InvalidFileError for an expression that cannot be evaluated.
        """
        condition = self.job.condition
        plain = scope.status.success and not scope.status.cancelled
        if condition is None or (not asks_status(condition) and not plain):
            return plain
        try:
            return truth(evaluate(condition, scope))
        except ExpressionError as error:
            raise self.job.place.error("if", str(error)) from error


@dataclass(slots=True)
class Run:
    """One workflow run."""

    id: int
    occasion: Occasion
    workflow: Workflow
    jobs: dict[str, JobRun]
    group: str | None = None
    admitted: bool = False
    began: bool = False
    cancelled: bool = False
    closed: bool = False

    def ready(self) -> tuple[JobRun, ...]:
        """The jobs that are blocked although everything they need is done."""
        return tuple(
            each
            for each in self.jobs.values()
            if each.stand is Stand.BLOCKED
            and all(self.jobs[need].stand is Stand.DONE for need in each.job.needs)
        )

    def status_before(self, job: Job) -> Status:
        """What `success()` and `failure()` mean for a job: every job before it counts, not only the
        nearest.
        """
        ends = [self.jobs[name].conclusion for name in self._ancestors(job)]
        return Status(
            success=all(end is Conclusion.SUCCESS for end in ends),
            failure=any(end is Conclusion.FAILURE for end in ends),
            cancelled=self.cancelled,
        )

    def _ancestors(self, job: Job) -> frozenset[str]:
        before = (self._ancestors(self.jobs[need].job) for need in job.needs)
        return frozenset(job.needs).union(*before)

    def needs_context(self, job: Job) -> dict[str, Json]:
        """The `needs` context of a job."""
        return {
            need: {"result": str(self.jobs[need].conclusion), "outputs": dict(self.jobs[need].outputs)}
            for need in job.needs
        }

    def conclusion(self) -> Conclusion:
        """How the run ended, once every job is done."""
        ends = {each.conclusion for each in self.jobs.values()}
        for worst in (Conclusion.FAILURE, Conclusion.CANCELLED, Conclusion.SUCCESS):
            if worst in ends:
                return worst
        return Conclusion.SKIPPED


@dataclass(frozen=True, slots=True)
class RunView:
    """What a person may know of a run. `waiting_for` names the environments that want an approval."""

    full_name: str
    run_id: int
    workflow: str
    event: str
    jobs: tuple[tuple[str, Stand, Conclusion | None], ...]
    waiting_for: tuple[str, ...]


def view_run(run: Run) -> RunView:
    """The run as it stands."""
    jobs = tuple((name, each.stand, each.conclusion) for name, each in run.jobs.items())
    waiting = tuple(each.environment for each in run.jobs.values() if each.stand is Stand.WAITING)
    return RunView(run.occasion.full_name, run.id, run.workflow.name, run.occasion.event, jobs, waiting)
