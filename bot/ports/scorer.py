"""Scoring a model with an evaluator, in a process that can reach nothing. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

Chunks = Iterator[bytes] | Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Work:
    """What is run: `commands` in order, in a directory with nothing but `files`, by path from the root.

    Each file's bytes come in chunks, asked for when they are written. `setup` makes the environment, in a
    directory of its own with `tree`, the whole trusted revision. `wdir` is where the commands run, `output`
    the one file that is read afterwards, at most `most` bytes of it.
    """

    tree: Iterable[tuple[str, Chunks]]
    files: Iterable[tuple[str, Chunks]]
    setup: str | None
    wdir: str
    commands: tuple[str, ...]
    output: str
    most: int


@dataclass(frozen=True, slots=True)
class Scored:
    """The bytes of the output. `isolated`: without network, and without a way to our files."""

    data: bytes
    isolated: bool


class Scorer(Protocol):
    """Runs an evaluator on a model that somebody else made."""

    def score(self, work: Work) -> Scored:
        """Run it in a fresh directory that goes away, with no credentials and within limits.

        Raises NotEvaluatedError, with the last lines that it printed: it failed, was stopped by a limit, or
        wrote no regular file at `output`.
        """
        ...
