"""A `dvc.lock` without some of its entries, every other byte as it was. Performs no I/O."""

from __future__ import annotations

from collections.abc import Collection
from itertools import takewhile

from bot.errors import NotEvaluatedError
from bot.lineage.read_lock import parse_lock

_INDENTED = " \t"


def without_entries(data: bytes, file: str, names: Collection[str]) -> bytes:
    """The lock without the entries of these names (as `LockedStage.name`), so that their stages must run.

    Raises:
        NotEvaluatedError: it is not written as DVC writes it, so that lines cannot simply be taken out.
        InvalidFileError: it is no lock.
    """
    lock = parse_lock(data, file)
    lines = data.decode().splitlines(keepends=True)
    for entry in sorted(lock.stages, key=lambda one: one.line, reverse=True):
        if entry.name in names:
            first = entry.line - 1
            del lines[first : first + _length(lines[first:])]
    kept = "".join(lines).encode()
    if parse_lock(kept, file).stages != tuple(one for one in lock.stages if one.name not in names):
        what = f"{file} is not written as DVC writes it: an entry cannot be taken out of it."
        raise NotEvaluatedError(what, "Run `dvc repro --force` with the stage's name, and commit the lock.")
    return kept


def _length(lines: list[str]) -> int:
    """How many lines belong to the key in the first one: those that are indented more."""
    depth = _depth(lines[0])
    return 1 + sum(1 for _ in takewhile(lambda line: not line.strip() or _depth(line) > depth, lines[1:]))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(_INDENTED))
