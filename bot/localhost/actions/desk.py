"""The desk: takes events in, opens runs, decides which job may start next, and closes runs.

One thread works at it, so nothing here is locked. Order of a job's gates: `needs` and `if`, then its
concurrency group, then the environment's reviewers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.errors import InvalidFileError, InvalidInputError
from bot.localhost.actions.assignment import Assignment, Machine
from bot.localhost.actions.contexts import effective_permissions, github_context
from bot.localhost.actions.definition import Concurrency, Workflow
from bot.localhost.actions.evaluate import Scope
from bot.localhost.actions.files import WorkflowFiles
from bot.localhost.actions.log import Conclusion, JobResult
from bot.localhost.actions.occasion import Occasion
from bot.localhost.actions.occasions import changed_paths, read_occasion
from bot.localhost.actions.queueing import Group, Ticket, enter, leave
from bot.localhost.actions.results import unreadable, unstarted
from bot.localhost.actions.state import JobRun, Run, RunView, Stand, view_run
from bot.localhost.actions.triggers import starts
from bot.localhost.github.store import BareRepository
from bot.localhost.github.values import Delivery, Environment, Json

Launch = Callable[[Run, JobRun, Assignment], None]
Keep = Callable[[JobResult], None]


class Desk:
    """Every workflow run and concurrency group. `launch` starts a job elsewhere, `keep` takes each result."""

    def __init__(self, machine: Machine, launch: Launch, keep: Keep) -> None:
        self._machine = machine
        self._github = machine.github
        self._launch = launch
        self._keep = keep
        self._files = WorkflowFiles()
        self._runs: dict[int, Run] = {}
        self._groups: dict[tuple[str, str], Group] = {}
        self._broken: set[tuple[str, str, str]] = set()

    def deliver(self, delivery: Delivery) -> None:
        """Start every workflow that the event starts. A broken file is a failed result, once per content."""
        store = self.store(delivery.full_name)
        occasion = read_occasion(delivery, store)
        if occasion is None:
            return
        for path, workflow in self._files.at(store, occasion.sha):
            if isinstance(workflow, InvalidFileError):
                self._report_broken(occasion, path, workflow)
                continue
            trigger = workflow.trigger(occasion.event)
            if trigger and starts(trigger, occasion, lambda: changed_paths(occasion, store)):
                self.open(occasion, workflow)

    def store(self, full_name: str) -> BareRepository:
        """The repository's Git store."""
        return BareRepository(self._github.bare_path(full_name))

    def find(self, occasion: Occasion, wanted: str) -> Workflow:
        """A workflow of the occasion's commit by file name or name. Raises InvalidFileError,
        InvalidInputError.
        """
        known: list[str] = []
        for path, workflow in self._files.at(self.store(occasion.full_name), occasion.sha):
            file = path.rsplit("/", 1)[1]
            known.append(file)
            if isinstance(workflow, InvalidFileError):
                if wanted in {path, file}:
                    raise workflow
            elif wanted in {path, file, workflow.name}:
                return workflow
        names = ", ".join(known) or "none"
        raise InvalidInputError(
            f"{occasion.full_name} has no workflow {wanted!r} at {occasion.ref}; it has: {names}"
        )

    def open(self, occasion: Occasion, workflow: Workflow) -> int:
        """Open a run and start what may start; gives the run's id."""
        run_id = self._github.open_run(
            occasion.full_name,
            workflow_path=workflow.path,
            name=workflow.name,
            event=occasion.event,
            head_branch=occasion.head_branch,
            head_sha=occasion.head_sha,
            head_repository=occasion.head_repository,
            actor=occasion.actor,
            pull_requests=() if occasion.from_fork else occasion.pull_requests,
        )
        run = Run(run_id, occasion, workflow, {job.id: JobRun(job) for job in workflow.jobs})
        self._runs[run_id] = run
        try:
            self._admit(run)
        except InvalidFileError as error:
            self._fail_all(run, str(error))
        self._advance(run)
        return run_id

    def views(self) -> tuple[RunView, ...]:
        """Every run that is not closed."""
        return tuple(view_run(run) for run in self._runs.values() if not run.closed)

    def began(self, run_id: int, job_id: str) -> None:
        """A job really started."""
        run = self._runs[run_id]
        self._github.report_job(run.occasion.full_name, run.id, job_id, status="in_progress")
        if not run.began:
            run.began = True
            self._github.update_run(run.occasion.full_name, run.id, status="in_progress")

    def finished(self, run_id: int, job_id: str, result: JobResult) -> None:
        """A job came back."""
        run = self._runs[run_id]
        self._done(run, run.jobs[job_id], result)
        self._advance(run)

    def approve(self, full_name: str, run_id: int, environment: str, login: str) -> None:
        """Let the waiting jobs of that environment start. Raises InvalidInputError for anyone who may not."""
        run = self._runs.get(run_id)
        settings = self._settings(full_name, environment)
        waiting = [
            each
            for each in (run.jobs.values() if run and run.occasion.full_name == full_name else ())
            if each.stand is Stand.WAITING and each.environment == environment
        ]
        if run is None or settings is None or not waiting:
            raise InvalidInputError(
                f"run {run_id} of {full_name} does not wait for the environment {environment!r}"
            )
        if login not in settings.reviewers:
            allowed = ", ".join(settings.reviewers)
            raise InvalidInputError(f"{login} is not a reviewer of {environment!r}", f"ask one of: {allowed}")
        for each in waiting:
            each.approved = True
            self._start(run, each, settings)

    def _admit(self, run: Run) -> None:
        wanted = run.workflow.concurrency
        if wanted is None:
            run.admitted = True
            return
        scope = Scope(self._contexts(run))
        run.group = wanted.group.text(scope)
        run.admitted = self._enter(run, wanted, scope, Ticket(run.id), run.group)

    def _enter(self, run: Run, wanted: Concurrency, scope: Scope, ticket: Ticket, name: str) -> bool:
        key = (run.occasion.full_name, name.lower())
        cancel = wanted.cancel_in_progress is not None and wanted.cancel_in_progress.truth(scope)
        group = self._groups.get(key, Group())
        entry = enter(group, ticket, queue_max=wanted.queue_max, cancel_in_progress=cancel)
        self._groups[key] = entry.group
        for each in entry.cancelled:
            self._cancel(each)
        return self._groups[key].holder == ticket

    def _leave(self, run: Run, ticket: Ticket, name: str) -> None:
        key = (run.occasion.full_name, name.lower())
        before = self._groups.get(key, Group())
        after = leave(before, ticket)
        self._groups[key] = after
        if after.holder is not None and after.holder != before.holder:
            self._resume(after.holder)

    def _resume(self, ticket: Ticket) -> None:
        run = self._runs[ticket.run_id]
        if ticket.job:
            each = run.jobs[ticket.job]
            if each.stand is Stand.PENDING:
                self._gate(run, each)
        else:
            run.admitted = True
        self._advance(run)

    def _cancel(self, ticket: Ticket) -> None:
        """Stop what runs, drop what waits; `always()` steps and jobs still get their turn."""
        run = self._runs[ticket.run_id]
        chosen = [run.jobs[ticket.job]] if ticket.job else list(run.jobs.values())
        run.cancelled = run.cancelled or not ticket.job
        for each in chosen:
            each.cancel.set()
            if each.stand in {Stand.PENDING, Stand.WAITING} or (
                each.stand is Stand.BLOCKED and not run.admitted
            ):
                self._close(
                    run, each, Conclusion.CANCELLED, "a newer one took its place in the concurrency group"
                )
        self._advance(run)

    def _advance(self, run: Run) -> None:
        if run.closed:
            return
        while run.admitted and (ready := run.ready()):
            for each in ready:
                try:
                    self._consider(run, each)
                except InvalidFileError as error:
                    self._close(run, each, Conclusion.FAILURE, str(error))
        if all(each.stand is Stand.DONE for each in run.jobs.values()):
            run.closed = True
            self._github.update_run(
                run.occasion.full_name, run.id, status="completed", conclusion=str(run.conclusion())
            )
            if run.group is not None:
                self._leave(run, Ticket(run.id), run.group)

    def _consider(self, run: Run, each: JobRun) -> None:
        scope = Scope(self._contexts(run, each), run.status_before(each.job))
        if not each.wanted(scope):
            self._close(run, each, Conclusion.CANCELLED if run.cancelled else Conclusion.SKIPPED, "")
            return
        each.stand = Stand.PENDING
        each.environment = each.job.environment.name.text(scope) if each.job.environment else ""
        wanted = each.job.concurrency
        if wanted is not None:
            each.group = wanted.group.text(scope)
            if not self._enter(run, wanted, scope, Ticket(run.id, each.job.id), each.group):
                return
        self._gate(run, each)

    def _gate(self, run: Run, each: JobRun) -> None:
        """Past the group: ask the environment's reviewers, or start."""
        settings = self._settings(run.occasion.full_name, each.environment)
        if each.environment and settings is None:
            what = (
                f"there is no environment {each.environment!r}; GitHub would create it without any protection"
            )
            self._close(run, each, Conclusion.FAILURE, what)
        elif settings and settings.reviewers and not each.approved:
            each.stand = Stand.WAITING
        else:
            self._start(run, each, settings)

    def _settings(self, full_name: str, environment: str) -> Environment | None:
        try:
            return self._github.environment(full_name, environment) if environment else None
        except KeyError:
            return None

    def _start(self, run: Run, each: JobRun, settings: Environment | None) -> None:
        name = run.occasion.full_name
        secrets = (
            {}
            if run.occasion.from_fork
            else {**self._github.secrets(name), **(settings.secrets if settings else {})}
        )
        assignment = Assignment(
            run_id=run.id,
            occasion=run.occasion,
            workflow=run.workflow,
            job=each.job,
            permissions=effective_permissions(run.workflow, each.job, run.occasion),
            needs=run.needs_context(each.job),
            secrets=secrets,
            variables={**self._github.variables(name), **(settings.variables if settings else {})},
            environment=each.environment,
        )
        each.stand = Stand.STARTED
        self._launch(run, each, assignment)

    def _close(self, run: Run, each: JobRun, conclusion: Conclusion, why: str) -> None:
        self._done(run, each, unstarted(run, each.job.id, conclusion, why))

    def _done(self, run: Run, each: JobRun, result: JobResult) -> None:
        each.stand, each.conclusion, each.outputs = Stand.DONE, result.conclusion, result.outputs
        self._github.report_job(
            run.occasion.full_name, run.id, each.job.id, status="completed", conclusion=str(result.conclusion)
        )
        self._keep(result)
        if each.group is not None:
            self._leave(run, Ticket(run.id, each.job.id), each.group)

    def _fail_all(self, run: Run, why: str) -> None:
        for each in run.jobs.values():
            self._close(run, each, Conclusion.FAILURE, why)

    def _report_broken(self, occasion: Occasion, path: str, error: InvalidFileError) -> None:
        key = (occasion.full_name, path, str(error))
        if key in self._broken:
            return
        self._broken.add(key)
        self._keep(unreadable(occasion, path, str(error)))

    def _contexts(self, run: Run, each: JobRun | None = None) -> Mapping[str, Json]:
        return {
            "github": github_context(run.occasion, run.workflow, run.id, self._machine.hosts),
            "vars": dict(self._github.variables(run.occasion.full_name)),
            "inputs": dict(run.occasion.inputs),
            "needs": run.needs_context(each.job) if each else {},
        }
