"""The `on:` key: which events start a workflow, and their filters. Performs no I/O."""

from __future__ import annotations

import re
from typing import Final

from bot.localhost.actions.definition import Input, Trigger
from bot.localhost.actions.source import Fields, Mapping, Scalar, Sequence, Value
from bot.localhost.actions.templates import parse_bool, parse_text, parse_texts

_TYPES: Final = {
    "pull_request": frozenset(
        {
            *(
                "assigned",
                "unassigned",
                "labeled",
                "unlabeled",
                "opened",
                "edited",
                "closed",
                "reopened",
                "synchronize",
            ),
            *("converted_to_draft", "locked", "unlocked", "enqueued", "dequeued", "ready_for_review"),
            *("review_requested", "review_request_removed", "auto_merge_enabled", "auto_merge_disabled"),
        }
    ),
    "pull_request_review": frozenset({"submitted", "edited", "dismissed"}),
    "workflow_run": frozenset({"requested", "in_progress", "completed"}),
}
_DEFAULT_TYPES: Final = {"pull_request": ("opened", "synchronize", "reopened")}
_FILTERS: Final = {
    "pull_request": frozenset({"types", "branches", "paths"}),
    "pull_request_review": frozenset({"types"}),
    "push": frozenset({"branches", "paths"}),
    "workflow_run": frozenset({"types", "branches", "workflows"}),
    "workflow_dispatch": frozenset({"inputs"}),
}
_PATTERN: Final = re.compile(r"!?[^?+\[\]!\\]+")


def parse_triggers(node: Value) -> tuple[Trigger, ...]:
    """Every event of `on:`. Raises InvalidFileError for an event or a filter that is not supported."""
    match node:
        case Scalar():
            return (_trigger(parse_text(node, "on"), node, None),)
        case Sequence(items, _):
            return tuple(_trigger(parse_text(item, "on"), item, None) for item in items)
        case Mapping(entries, _):
            return tuple(_trigger(name, value, _filters(value)) for name, _, value in entries)


def _filters(value: Value) -> Value | None:
    return None if isinstance(value, Scalar) and value.value is None else value


def _trigger(event: str, node: Value, filters: Value | None) -> Trigger:
    if event == "schedule":
        return _schedule(node, filters)
    if event not in _FILTERS:
        known = ", ".join(sorted((*_FILTERS, "schedule")))
        raise node.place.error(event, f"Actions on localhost does not know this event; it knows: {known}")
    if filters is None:
        return _checked(node, Trigger(event, types=_DEFAULT_TYPES.get(event, ())))
    fields = Fields(filters, event)
    taken = {name: fields.take(name) for name in sorted(_FILTERS[event])}
    fields.close()
    trigger = Trigger(
        event,
        types=_types(event, taken.get("types")),
        branches=_patterns(taken.get("branches"), "branches"),
        paths=_patterns(taken.get("paths"), "paths"),
        workflows=parse_texts(taken.get("workflows"), "workflows"),
        inputs=_inputs(taken.get("inputs")),
    )
    return _checked(node, trigger)


def _checked(node: Value, trigger: Trigger) -> Trigger:
    if trigger.event == "workflow_run" and not trigger.workflows:
        raise node.place.error("workflow_run", "needs the key 'workflows'")
    return trigger


def _types(event: str, node: Value | None) -> tuple[str, ...]:
    types = parse_texts(node, "types")
    unknown = [name for name in types if name not in _TYPES[event]]
    if node and unknown:
        raise node.place.error("types", f"{event} has no activity type {unknown[0]!r}")
    return types or _DEFAULT_TYPES.get(event, ())


def _patterns(node: Value | None, key: str) -> tuple[str, ...]:
    patterns = parse_texts(node, key)
    for pattern in patterns:
        if node and not _PATTERN.fullmatch(pattern):
            raise node.place.error(
                key, f"{pattern!r}: Actions on localhost knows only *, ** and a leading ! in patterns"
            )
    if node and all(pattern.startswith("!") for pattern in patterns):
        raise node.place.error(key, "needs at least one pattern without '!'")
    return patterns


def _schedule(node: Value, filters: Value | None) -> Trigger:
    if not isinstance(filters, Sequence):
        raise node.place.error("schedule", "must be a list of '- cron: …'")
    crons: list[str] = []
    for item in filters.items:
        fields = Fields(item, "schedule")
        crons.append(parse_text(fields.need("cron"), "cron"))
        fields.close()
        if len(crons[-1].split()) != 5:  # noqa: PLR2004 - minute, hour, day, month, weekday
            raise item.place.error("cron", f"{crons[-1]!r} must have five fields")
    return Trigger("schedule", crons=tuple(crons))


def _inputs(node: Value | None) -> tuple[Input, ...]:
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        raise node.place.error("inputs", "must be a mapping")
    return tuple(_input(name, value) for name, _, value in node.entries)


def _input(name: str, node: Value) -> Input:
    fields = Fields(node, f"input {name}")
    description, kind, default = fields.take("description"), fields.take("type"), fields.take("default")
    if description:
        parse_text(description, "description")
    word = parse_text(kind, "type") if kind else "string"
    if kind and word not in {"string", "choice", "boolean"}:
        raise kind.place.error("type", "must be string, choice or boolean")
    options = parse_texts(fields.take("options"), "options")
    if word == "choice" and not options:
        raise node.place.error(name, "a choice needs 'options'")
    given = default.value if isinstance(default, Scalar) else None
    shown = str(given).lower() if isinstance(given, bool) else str(given or "")
    entry = Input(name, parse_bool(fields.take("required"), "required"), shown, word, options)
    fields.close()
    return entry
