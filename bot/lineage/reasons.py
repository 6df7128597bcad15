"""Why a stage is in the impact of a change, as values, and the words for each. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, slots=True)
class NewStage:
    """The base does not have this stage."""


@dataclass(frozen=True, slots=True)
class NeverRun:
    """`dvc.lock` has no entry for this stage."""


@dataclass(frozen=True, slots=True)
class AlwaysChanged:
    """The stage says `always_changed`, or has neither dependencies nor outputs."""


@dataclass(frozen=True, slots=True)
class CommandChanged:
    """The command is not the one the lock recorded."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DependencyChanged:
    """The bytes of a dependency are not the ones the lock recorded, or the dependency is new."""

    path: str


@dataclass(frozen=True, slots=True)
class DependencyMissing:
    """Neither Git nor the lock nor a `.dvc` file has this dependency."""

    path: str


@dataclass(frozen=True, slots=True)
class DependencyUnknown:
    """The dependency lies inside directories of data that changed; only the data could tell."""

    path: str


@dataclass(frozen=True, slots=True)
class ParameterChanged:
    """A parameter's value is not the recorded one. Values are JSON text; None: it was or is not there."""

    file: str
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class OutputChanged:
    """An output that Git keeps is not what the lock recorded, or was deleted."""

    path: str


@dataclass(frozen=True, slots=True)
class OutputsDeclaredChanged:
    """The stage declares other outputs than the lock recorded."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpstreamChanged:
    """`stage` runs and writes `path`, which this stage reads; DVC may find the new bytes identical."""

    stage: str
    path: str


@dataclass(frozen=True, slots=True)
class ResultChanged:
    """The committed lock names other bytes for this output than the base's lock: somebody ran it already."""

    path: str


@dataclass(frozen=True, slots=True)
class DefinitionChanged:
    """The stage is defined differently (inputs or outputs dropped, flags), in a way that asks for no run."""


@dataclass(frozen=True, slots=True)
class StageRemoved:
    """The base has this stage and the head has not."""


Reason = (
    NewStage
    | NeverRun
    | AlwaysChanged
    | CommandChanged
    | DependencyChanged
    | DependencyMissing
    | DependencyUnknown
    | ParameterChanged
    | OutputChanged
    | OutputsDeclaredChanged
    | UpstreamChanged
    | ResultChanged
    | DefinitionChanged
    | StageRemoved
)

Words = tuple[tuple[str, bool], ...]


_FIXED: dict[type, str] = {
    NewStage: "new stage",
    NeverRun: "no entry in dvc.lock",
    AlwaysChanged: "runs every time",
    CommandChanged: "command changed",
    StageRemoved: "removed",
    DefinitionChanged: "defined differently",
}
_OF_PATH: dict[type, str] = {
    DependencyChanged: " changed",
    DependencyMissing: " is missing",
    DependencyUnknown: " may have changed: it is inside data that did",
    OutputChanged: " is not what dvc.lock recorded",
    ResultChanged: " has another recorded result",
}


def reason_phrase(reason: Reason) -> Words:
    """The reason in words: pieces of text, each with whether strangers wrote it (then it wants encoding)."""
    match reason:
        case ParameterChanged():
            return _parameter_phrase(reason)
        case OutputsDeclaredChanged():
            return _outputs_phrase(reason)
        case UpstreamChanged(stage, path):
            return ((stage, True), (" runs and writes ", False), (path, True))
        case (
            NewStage()
            | NeverRun()
            | AlwaysChanged()
            | CommandChanged()
            | StageRemoved()
            | DefinitionChanged()
        ):
            return ((_FIXED[type(reason)], False),)
        case (
            DependencyChanged(path)
            | DependencyMissing(path)
            | DependencyUnknown(path)
            | OutputChanged(path)
            | ResultChanged(path)
        ):
            return ((path, True), (_OF_PATH[type(reason)], False))
        case _:
            assert_never(reason)


def _parameter_phrase(reason: ParameterChanged) -> Words:
    before, after = reason.before, reason.after
    name = ((reason.key, True),)
    if before is None and after is not None:
        return (*name, (" is new: ", False), (after, True))
    if before is not None and after is None:
        return (*name, (" is gone (was ", False), (before, True), (")", False))
    return (*name, (": ", False), (before or "", True), (" → ", False), (after or "", True))


def _outputs_phrase(reason: OutputsDeclaredChanged) -> Words:
    words: list[tuple[str, bool]] = []
    for label, paths in (("new output ", reason.added), ("dropped output ", reason.removed)):
        for path in paths:
            words += [(", ", False)] if words else []
            words += [(label, False), (path, True)]
    return tuple(words)
