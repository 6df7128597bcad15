"""A composite action's `action.yml`, read as strictly as a workflow. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.localhost.actions.definition import AnyStep
from bot.localhost.actions.source import Fields, Mapping, Value, parse_yaml
from bot.localhost.actions.steps_parse import parse_steps
from bot.localhost.actions.templates import ACTION, ACTION_IF, parse_bool, parse_template, parse_text


@dataclass(frozen=True, slots=True)
class CompositeAction:
    """A composite action: its name, its inputs and its steps."""

    name: str
    inputs: tuple[str, ...]
    steps: tuple[AnyStep, ...]


def parse_action(file: str, content: str) -> CompositeAction:
    """Read a composite action. Raises InvalidFileError for other kinds of action and for unknown keys."""
    fields = Fields(parse_yaml(file, content), "action")
    name = parse_text(fields.need("name"), "name")
    parse_text(fields.need("description"), "description")
    inputs, outputs = fields.take("inputs"), fields.take("outputs")
    runs = Fields(fields.need("runs"), "runs")
    using = runs.need("using")
    if parse_text(using, "using") != "composite":
        raise using.place.error("using", "Actions on localhost reads only composite actions")
    steps = parse_steps(runs.need("steps"), ACTION, ACTION_IF)
    if outputs:
        _each(outputs, ("description", "value"))
    action = CompositeAction(
        name, _each(inputs, ("description", "required", "default")) if inputs else (), steps
    )
    runs.close()
    fields.close()
    return action


def _each(node: Value, keys: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(node, Mapping):
        raise node.place.error("inputs", "must be a mapping")
    for name, _, value in node.entries:
        fields = Fields(value, name)
        for key in keys:
            child = fields.take(key)
            if child and key == "required":
                parse_bool(child, key)
            elif child:
                parse_template(child, key, ACTION)
        fields.close()
    return tuple(name for name, _, _ in node.entries)
