"""Actions on localhost: listens to GitHub on localhost and runs the repository's own workflow files."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from bot.errors import InvalidInputError, UnavailableError
from bot.localhost.actions.assignment import Assignment, Machine
from bot.localhost.actions.definition import Input, Workflow
from bot.localhost.actions.desk import Desk
from bot.localhost.actions.door import GitHubDoor
from bot.localhost.actions.job import run_job
from bot.localhost.actions.log import JobResult
from bot.localhost.actions.occasion import Occasion
from bot.localhost.actions.occasions import default_occasion
from bot.localhost.actions.state import JobRun, Run, RunView
from bot.localhost.actions.workspace import essential_path
from bot.localhost.github.values import Delivery, Json

_T = TypeVar("_T")


class LocalActions:
    """Runs workflows in threads, `parallel` jobs at once, each in a directory of its own under `root`.

    `bot_environment` is a virtual environment with `bin/modelbot`; `host_environment` are the only variables
    of this machine that jobs may see besides PATH. Use as a context manager; leaving it cancels what runs.
    """

    def __init__(
        self,
        github: GitHubDoor,
        root: Path,
        *,
        bot_environment: Path,
        host_environment: Mapping[str, str],
        parallel: int = 2,
    ) -> None:
        root.mkdir(parents=True, exist_ok=True)
        machine = Machine(
            github,
            root.resolve(),
            bot_environment,
            dict(host_environment),
            essential_path(),
            threading.Event(),
        )
        self._machine = machine
        self._desk = Desk(machine, self._launch, self._keep)
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="actions-desk")
        self._benches = ThreadPoolExecutor(parallel, thread_name_prefix="actions-job")
        self._changed = threading.Condition()
        self._busy = 0
        self._errors: list[BaseException] = []
        self._results: list[JobResult] = []
        self._handed_out = 0
        self._cancels: set[threading.Event] = set()
        self._closed = False
        github.subscribe(self._listen)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancel what runs, wait for it to end, and take no event any more."""
        with self._changed:
            self._closed = True
            self._machine.closing.set()
            for cancel in self._cancels:
                cancel.set()
        self._benches.shutdown(wait=True, cancel_futures=True)
        self._clerk.shutdown(wait=True)

    def settle(self, timeout: float) -> tuple[JobResult, ...]:
        """Wait until nothing runs or can start; gives the jobs that ended and were not yet handed out.

        A job that waits for a reviewer does not hold it up. Raises UnavailableError after `timeout` seconds,
        naming what still runs, and whatever broke inside the runner itself.
        """
        end = time.monotonic() + timeout
        with self._changed:
            while self._busy and not self._errors:
                left = end - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            if self._errors:
                raise self._errors.pop(0)
            if not self._busy:
                fresh = tuple(self._results[self._handed_out :])
                self._handed_out = len(self._results)
                return fresh
        raise UnavailableError(
            f"Actions on localhost is still at work after {timeout:.0f} s: {self._under_way()}"
        )

    def quiet(self, timeout: float) -> bool:
        """Whether nothing runs any more, waiting for that `timeout` seconds at most; see `settle`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy or bool(self._errors), timeout)

    def results(self) -> tuple[JobResult, ...]:
        """Every job that ended so far, in the order they ended."""
        with self._changed:
            return tuple(self._results)

    def runs(self) -> tuple[RunView, ...]:
        """The runs that are not over, with the environments they wait for."""
        return self._ask(self._desk.views)

    def dispatch(
        self,
        full_name: str,
        workflow: str,
        inputs: Mapping[str, str],
        *,
        branch: str = "main",
        actor: str = "",
    ) -> int:
        """Fill in a workflow's form (by file name or name) and run it; gives the run's id.

        Raises InvalidInputError for a workflow without such a form or inputs that do not fit it.
        """
        return self._ask(lambda: self._open(full_name, "workflow_dispatch", workflow, inputs, branch, actor))

    def run_schedule(self, full_name: str, workflow: str, *, branch: str = "main") -> int:
        """Run a scheduled workflow now; gives the run's id. Raises InvalidInputError without a schedule."""
        return self._ask(lambda: self._open(full_name, "schedule", workflow, {}, branch, ""))

    def approve(self, full_name: str, run_id: int, environment: str, login: str) -> None:
        """Approve the jobs of a run that wait for an environment, as `login`. Raises InvalidInputError if
        refused.
        """
        self._ask(lambda: self._desk.approve(full_name, run_id, environment, login))

    def _open(
        self, full_name: str, event: str, wanted: str, inputs: Mapping[str, str], branch: str, actor: str
    ) -> int:
        by = actor or full_name.split("/", 1)[0]
        occasion = default_occasion(full_name, event, branch, self._desk.store(full_name), by)
        if occasion is None:
            raise InvalidInputError(f"{full_name} has no branch {branch!r}")
        workflow = self._desk.find(occasion, wanted)
        trigger = workflow.trigger(event)
        if trigger is None:
            raise InvalidInputError(f"{workflow.path} does not start on {event}")
        return self._desk.open(
            _with_extras(occasion, workflow, trigger.inputs, trigger.crons, inputs), workflow
        )

    def _listen(self, delivery: Delivery) -> None:
        if not self._closed:
            self._post(self._desk.deliver, delivery)

    def _launch(self, run: Run, each: JobRun, assignment: Assignment) -> None:
        with self._changed:
            self._busy += 1
            self._cancels.add(each.cancel)
        work = self._benches.submit(self._work, run.id, assignment, each.cancel)
        work.add_done_callback(lambda done: self._came_back(run.id, each, done))

    def _work(self, run_id: int, assignment: Assignment, cancel: threading.Event) -> JobResult:
        self._post(self._desk.began, run_id, assignment.job.id)
        return run_job(assignment, self._machine, cancel)

    def _came_back(self, run_id: int, each: JobRun, done: Future[JobResult]) -> None:
        with self._changed:
            self._cancels.discard(each.cancel)
        error = None if done.cancelled() else done.exception()
        if error is None and not done.cancelled():
            self._post(self._desk.finished, run_id, each.job.id, done.result())
        self._settle_one(error)

    def _keep(self, result: JobResult) -> None:
        with self._changed:
            self._results.append(result)

    def _post(self, work: Callable[..., object], *arguments: object) -> None:
        with self._changed:
            if self._closed:
                return
            self._busy += 1
            future = self._clerk.submit(work, *arguments)
        future.add_done_callback(lambda done: self._settle_one(done.exception()))

    def _settle_one(self, error: BaseException | None) -> None:
        with self._changed:
            self._busy -= 1
            if error is not None:
                self._errors.append(error)
            self._changed.notify_all()

    def _ask(self, question: Callable[[], _T]) -> _T:
        return self._clerk.submit(question).result()

    def _under_way(self) -> str:
        runs = self.runs()
        return "; ".join(
            f"{run.workflow} run {run.run_id}: {', '.join(job[0] for job in run.jobs)}" for run in runs
        )


def _with_extras(
    occasion: Occasion,
    workflow: Workflow,
    form: tuple[Input, ...],
    crons: tuple[str, ...],
    given: Mapping[str, str],
) -> Occasion:
    """The occasion with the form's values, or with the schedule's line."""
    inputs = _filled(workflow, form, given)
    extra: dict[str, Json] = (
        {"schedule": crons[0]} if crons else {"inputs": {name: _shown(value) for name, value in inputs}}
    )
    return replace(occasion, inputs=inputs, payload={**occasion.payload, **extra, "workflow": workflow.path})


def _filled(
    workflow: Workflow, form: tuple[Input, ...], given: Mapping[str, str]
) -> tuple[tuple[str, str | bool], ...]:
    unknown = sorted(set(given) - {field.name for field in form})
    if unknown:
        raise InvalidInputError(f"{workflow.path} has no input {unknown[0]!r}")
    return tuple(
        (field.name, _value(workflow, field, given.get(field.name, field.default))) for field in form
    )


def _value(workflow: Workflow, field: Input, value: str) -> str | bool:
    if field.required and not value:
        raise InvalidInputError(f"{workflow.path}: the input {field.name!r} is required")
    allowed = ("true", "false", "") if field.kind == "boolean" else field.options
    if allowed and value and value not in allowed:
        raise InvalidInputError(
            f"{workflow.path}: {field.name!r} must be one of {', '.join(allowed)}, not {value!r}"
        )
    return value == "true" if field.kind == "boolean" else value


def _shown(value: str | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()
