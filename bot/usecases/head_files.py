"""Files of the pull request itself that rules read, beside metrics and predictions; never raises for them."""

from __future__ import annotations

import posixpath

from bot.errors import InvalidFileError, ModelbotError
from bot.evidence.facts import MetricTable, ModelFile, NoPredictions, Unreadable
from bot.evidence.manifest import members_of
from bot.evidence.metrics_file import parse_metrics
from bot.policy.definition import Policy
from bot.policy.load import LoadedPolicy
from bot.usecases.fetched import Objects, bytes_of
from bot.usecases.sides import Revision, artifact_path


def data_report(head: Revision, policy: Policy, objects: Objects) -> MetricTable | Unreadable | None:
    """What the policy's data report says; None where none is asked for."""
    path = policy.data.report if policy.data else None
    if path is None:
        return None
    try:
        data = bytes_of(head, path, objects)
        if isinstance(data, NoPredictions):
            return Unreadable(path, data.what, data.todo)
        return parse_metrics(data, path)
    except InvalidFileError as error:
        return Unreadable(path, error.problems[0].what, "Correct the stage that writes it.")
    except ModelbotError as error:
        return Unreadable(path, error.what, error.todo)


def model_files(
    head: Revision, loaded: LoadedPolicy, objects: Objects
) -> tuple[ModelFile, ...] | Unreadable | None:
    """The files that the model consists of; None where the policy does not ask."""
    path = artifact_path(head, loaded)
    if loaded.policy.artifacts is None or path is None:
        return None
    locked = head.lock.out(path)
    if locked is None or locked.md5 is None:
        return Unreadable(path, "dvc.lock does not name the model's bytes")
    if not locked.md5.endswith(".dir"):
        return (ModelFile(posixpath.basename(path)),)
    try:
        data = objects.read(locked.md5)
        if data is None:
            return Unreadable(path, f"the object {locked.md5} is not where objects are kept")
        return tuple(ModelFile(member.path) for member in members_of(data, locked.md5))
    except ModelbotError as error:
        return Unreadable(path, error.what, error.todo)
