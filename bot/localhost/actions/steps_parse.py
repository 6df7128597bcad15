"""Steps of a job or of a composite action, from YAML to values. Performs no I/O."""

from __future__ import annotations

import re
from typing import Final

from bot.localhost.actions.definition import AnyStep, Environ, RunStep, Step, Template, UseStep
from bot.localhost.actions.expressions import Context, Expression, Index, Literal, walk
from bot.localhost.actions.pins import INPUTS, LOCAL_ACTION, SELF_ACTION, version_of
from bot.localhost.actions.source import Fields, Place, Sequence, Value
from bot.localhost.actions.templates import (
    STEP,
    STEP_IF,
    Allowed,
    parse_condition,
    parse_environ,
    parse_optional,
    parse_template,
    parse_text,
)

_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def parse_steps(node: Value, allowed: Allowed = STEP, condition: Allowed = STEP_IF) -> tuple[AnyStep, ...]:
    """Every step of the list. Raises InvalidFileError for the first thing that is wrong."""
    if not isinstance(node, Sequence) or not node.items:
        raise node.place.error("steps", "must be a list with at least one step")
    steps = tuple(_step(item, allowed, condition) for item in node.items)
    _check_ids(steps)
    return steps


def _step(node: Value, allowed: Allowed, condition: Allowed) -> AnyStep:
    fields = Fields(node, "step")
    common = _common(fields, allowed, condition)
    if fields.has("uses") == fields.has("run"):
        raise fields.place.error("step", "needs either 'run' or 'uses'")
    step = _use(fields, common, allowed) if fields.has("uses") else _run(fields, common, allowed)
    fields.close()
    return step


def _common(fields: Fields, allowed: Allowed, condition: Allowed) -> Step:
    id_node, if_node = fields.take("id"), fields.take("if")
    step_id = parse_text(id_node, "id") if id_node else ""
    if id_node and not _ID.fullmatch(step_id):
        raise id_node.place.error("id", f"{step_id!r} is not an id: letters, digits, '-' and '_'")
    return Step(
        id=step_id,
        name=parse_optional(fields, "name", allowed),
        condition=parse_condition(if_node, condition) if if_node else None,
        env=parse_environ(fields.take("env"), "env", allowed),
        continue_on_error=parse_optional(fields, "continue-on-error", allowed),
        timeout_minutes=parse_optional(fields, "timeout-minutes", allowed),
        place=fields.place,
    )


def _run(fields: Fields, common: Step, allowed: Allowed) -> RunStep:
    check_shell(fields.take("shell"))
    script = parse_template(fields.need("run"), "run", allowed)
    directory = parse_optional(fields, "working-directory", allowed)
    return RunStep(*_shared(common), script=script, working_directory=directory)


def _use(fields: Fields, common: Step, allowed: Allowed) -> UseStep:
    node = fields.need("uses")
    action, commit = _pinned(parse_text(node, "uses"), node.place)
    inputs = parse_environ(fields.take("with"), "with", allowed)
    _check_inputs(action, inputs)
    return UseStep(*_shared(common), action=action, commit=commit, inputs=inputs)


def _shared(
    step: Step,
) -> tuple[str, Template | None, Expression | None, Environ, Template | None, Template | None, Place]:
    return (
        step.id,
        step.name,
        step.condition,
        step.env,
        step.continue_on_error,
        step.timeout_minutes,
        step.place,
    )


def check_shell(node: Value | None) -> None:
    """Raise InvalidFileError for a shell other than bash."""
    if node is not None and parse_text(node, "shell") != "bash":
        raise node.place.error("shell", "Actions on localhost knows only bash")


def _pinned(uses: str, place: Place) -> tuple[str, str]:
    if uses in {SELF_ACTION, LOCAL_ACTION}:
        return uses, ""
    action, _, commit = uses.partition("@")
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise place.error("uses", f"{uses!r} must be pinned: owner/name@<40 hexadecimal digits>")
    if not version_of(action, commit):
        raise place.error(
            "uses", f"Actions on localhost does not know {uses!r}; see bot/localhost/actions/pins.py"
        )
    return action, commit


def _check_inputs(action: str, inputs: Environ) -> None:
    known = INPUTS[action]
    for name, template in inputs:
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            what = f"{action} on localhost does not know this input; it knows: {names}"
            raise template.place.error(name, what)


def _check_ids(steps: tuple[AnyStep, ...]) -> None:
    seen: set[str] = set()
    for step in steps:
        for template in _templates(step):
            for name in _named_steps(template):
                if name not in seen:
                    raise template.place.error(template.key, f"no step before this one has the id {name!r}")
        if step.id and step.id in seen:
            raise step.place.error("id", f"{step.id!r} stands twice")
        seen.add(step.id)


def _templates(step: AnyStep) -> tuple[Template, ...]:
    condition = () if step.condition is None else (Template((step.condition,), step.place, "if"),)
    own = (step.script,) if isinstance(step, RunStep) else tuple(template for _, template in step.inputs)
    return (*condition, *(template for _, template in step.env), *own)


def _named_steps(template: Template) -> tuple[str, ...]:
    return names_of(template, "steps")


def names_of(template: Template, context: str) -> tuple[str, ...]:
    """The names a template takes from one context: `steps.plan.outputs` names `plan`."""
    trees = (part for part in template.parts if not isinstance(part, str))
    return tuple(
        node.index.value
        for tree in trees
        for node in walk(tree)
        if isinstance(node, Index)
        and node.target == Context(context)
        and isinstance(node.index, Literal)
        and isinstance(node.index.value, str)
    )
