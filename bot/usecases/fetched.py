"""Files of a revision that Git may not have: predictions, data reports, the list of a model's files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.errors import ModelbotError
from bot.evidence.facts import NoPredictions
from bot.usecases.reproduce import object_path
from bot.usecases.sides import Revision


class Objects(Protocol):
    """Reads content-addressed objects by DVC's md5 name."""

    def read(self, md5: str) -> bytes | None:
        """The object's bytes, None when it is not there; raises NotEvaluatedError when they are others."""
        ...


@dataclass(frozen=True, slots=True)
class BroughtFirst:
    """The objects that a run brought, before those of the remote. What is brought is hashed again."""

    brought: Callable[[], Mapping[str, bytes]]
    store: Callable[[], Objects]

    def read(self, md5: str) -> bytes | None:
        """The object's bytes, None where neither has it."""
        data = self.brought().get(object_path(md5))
        if data is not None and hashlib.md5(data, usedforsecurity=False).hexdigest() == md5.removesuffix(
            ".dir"
        ):
            return data
        return self.store().read(md5)


@dataclass(frozen=True, slots=True)
class FirstOf:
    """Several places, asked in order; one that cannot be reached is passed over for the next."""

    places: tuple[Callable[[], Objects], ...]

    def read(self, md5: str) -> bytes | None:
        """The object's bytes, None where no place has it or can be asked."""
        for place in self.places:
            try:
                data = place().read(md5)
            except ModelbotError:
                continue
            if data is not None:
                return data
        return None


def bytes_of(revision: Revision, path: str, objects: Objects) -> bytes | NoPredictions:
    """A file of a revision: as Git has it, else by the hash that its lock names.

    Raises:
        ModelbotError: the place that has the object cannot be reached, or has other bytes.
    """
    data = revision.tree.read(path)
    if data is not None:
        return data
    locked = revision.lock.out(path)
    if locked is None or locked.md5 is None:
        what = f"{path} is neither in Git nor an output that dvc.lock of {revision.name} names."
        return NoPredictions(what, "Let a stage write it, and commit dvc.lock.", absent=True)
    data = objects.read(locked.md5)
    if data is None:
        what = f"The object {locked.md5} of {path} on {revision.name} is not where objects are kept."
        return NoPredictions(what, "Push it from a machine that has it: `dvc push`.")
    return data
