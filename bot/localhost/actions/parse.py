"""A workflow file from bytes to values. Whatever is not understood is an error with file and line.

Performs no I/O.
"""

from __future__ import annotations

from typing import Final, get_args

from bot.localhost.actions.definition import (
    Concurrency,
    EnvironmentUse,
    Job,
    Level,
    Permissions,
    RunDefaults,
    Template,
    Workflow,
)
from bot.localhost.actions.events_parse import parse_triggers
from bot.localhost.actions.source import Fields, Mapping, Place, Scalar, Value, parse_yaml
from bot.localhost.actions.steps_parse import check_shell, names_of, parse_steps
from bot.localhost.actions.templates import (
    JOB,
    JOB_DEFAULTS,
    JOB_ENV,
    JOB_IF,
    JOB_OUTPUTS,
    JOB_URL,
    RUN,
    RUN_ENV,
    Allowed,
    parse_condition,
    parse_environ,
    parse_optional,
    parse_template,
    parse_text,
    parse_texts,
)

_SCOPES: Final = frozenset(
    {
        *("actions", "artifact-metadata", "attestations", "checks", "contents", "deployments", "discussions"),
        *(
            "id-token",
            "issues",
            "models",
            "packages",
            "pages",
            "pull-requests",
            "security-events",
            "statuses",
        ),
    }
)


def parse_workflow(path: str, content: str) -> Workflow:
    """Read one workflow file. Raises InvalidFileError."""
    fields = Fields(parse_yaml(path, content), "workflow")
    name = fields.take("name")
    workflow = Workflow(
        path=path,
        name=parse_text(name, "name") if name else path,
        run_name=parse_optional(fields, "run-name", RUN),
        triggers=parse_triggers(fields.need("on")),
        permissions=_permissions(fields.take("permissions")),
        env=parse_environ(fields.take("env"), "env", RUN_ENV),
        defaults=_defaults(fields.take("defaults"), RUN),
        concurrency=_concurrency(fields.take("concurrency"), RUN),
        jobs=_jobs(fields.need("jobs")),
    )
    fields.close()
    return workflow


def _jobs(node: Value) -> tuple[Job, ...]:
    if not isinstance(node, Mapping) or not node.entries:
        raise node.place.error("jobs", "must be a mapping with at least one job")
    jobs = tuple(_job(name, place, value) for name, place, value in node.entries)
    names = {job.id for job in jobs}
    for job in jobs:
        missing = [need for need in job.needs if need not in names]
        if missing:
            raise job.place.error("needs", f"there is no job {missing[0]!r}")
    _check_order(jobs)
    return jobs


def _check_order(jobs: tuple[Job, ...]) -> None:
    done: set[str] = set()
    left = list(jobs)
    while left:
        ready = [job for job in left if set(job.needs) <= done]
        if not ready:
            raise left[0].place.error("needs", "these jobs wait for each other")
        done.update(job.id for job in ready)
        left = [job for job in left if job not in ready]


def _job(name: str, place: Place, node: Value) -> Job:
    fields = Fields(node, f"job {name}")
    condition, environment = fields.take("if"), fields.take("environment")
    parse_template(fields.need("runs-on"), "runs-on", JOB)
    job = Job(
        id=name,
        name=parse_optional(fields, "name", JOB),
        needs=parse_texts(fields.take("needs"), "needs"),
        condition=parse_condition(condition, JOB_IF) if condition else None,
        permissions=_permissions(fields.take("permissions")),
        environment=_environment(environment) if environment else None,
        concurrency=_concurrency(fields.take("concurrency"), JOB),
        outputs=parse_environ(fields.take("outputs"), "outputs", JOB_OUTPUTS),
        env=parse_environ(fields.take("env"), "env", JOB_ENV),
        defaults=_defaults(fields.take("defaults"), JOB_DEFAULTS),
        timeout_minutes=parse_optional(fields, "timeout-minutes", JOB),
        steps=parse_steps(fields.need("steps")),
        place=place,
    )
    fields.close()
    _check_names(job)
    return job


def _check_names(job: Job) -> None:
    ids = {step.id for step in job.steps}
    for name, template in job.outputs:
        unknown = [step for step in names_of(template, "steps") if step not in ids]
        if unknown:
            raise template.place.error(name, f"no step has the id {unknown[0]!r}")
    tree = () if job.condition is None else (Template((job.condition,), job.place, "if"),)
    for template in (*tree, *(each for _, each in job.env)):
        unknown = [need for need in names_of(template, "needs") if need not in job.needs]
        if unknown:
            raise template.place.error(template.key, f"{unknown[0]!r} is not among the job's 'needs'")


def _permissions(node: Value | None) -> Permissions | None:
    if node is None:
        return None
    if isinstance(node, Scalar):
        what = "Actions on localhost wants each permission named (read-all and write-all are not supported)"
        raise node.place.error("permissions", what)
    fields = Fields(node, "permissions")
    taken: dict[str, Level] = {}
    for scope in sorted(_SCOPES):
        value = fields.take(scope)
        if value is not None:
            taken[scope] = _level(value, scope)
    fields.close()
    return taken


def _level(node: Value, scope: str) -> Level:
    word = parse_text(node, scope)
    for level in get_args(Level):
        if word == level:
            return level  # type: ignore[no-any-return]
    raise node.place.error(scope, "must be read, write or none")


def _environment(node: Value) -> EnvironmentUse:
    if isinstance(node, Scalar):
        return EnvironmentUse(parse_template(node, "environment", JOB), None)
    fields = Fields(node, "environment")
    use = EnvironmentUse(
        parse_template(fields.need("name"), "name", JOB), parse_optional(fields, "url", JOB_URL)
    )
    fields.close()
    return use


def _concurrency(node: Value | None, allowed: Allowed) -> Concurrency | None:
    if node is None:
        return None
    if isinstance(node, Scalar):
        return Concurrency(parse_template(node, "concurrency", allowed), None, queue_max=False)
    fields = Fields(node, "concurrency")
    group = parse_template(fields.need("group"), "group", allowed)
    cancel = parse_optional(fields, "cancel-in-progress", allowed)
    queue = fields.take("queue")
    word = parse_text(queue, "queue") if queue else "single"
    if queue and word not in {"single", "max"}:
        raise queue.place.error("queue", "must be single or max")
    if queue and word == "max" and cancel and cancel.parts != ("false",):
        raise queue.place.error("queue", "GitHub refuses 'queue: max' together with cancel-in-progress")
    fields.close()
    return Concurrency(group, cancel, queue_max=word == "max")


def _defaults(node: Value | None, allowed: Allowed) -> RunDefaults:
    if node is None:
        return RunDefaults()
    outer = Fields(node, "defaults")
    fields = Fields(outer.need("run"), "defaults.run")
    check_shell(fields.take("shell"))
    directory = parse_optional(fields, "working-directory", allowed)
    fields.close()
    outer.close()
    return RunDefaults(directory)
