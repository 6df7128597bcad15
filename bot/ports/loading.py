"""Loading a model as a serving host would, in a process that can reach nothing. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from bot.ports.scorer import Chunks


@dataclass(frozen=True, slots=True)
class Loading:
    """The model's directory, and the trusted revision whose environment may serve: its files, and `setup`."""

    model: Path
    tree: Iterable[tuple[str, Chunks]]
    setup: str | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """How it went: `failure` in words, empty when it loaded and answered.

    `answer` is what the process wrote (`bot.evidence.answers`); `reference` the same of the repository's
    environment, where that is another and the model loads there too; `recorded` the model's own
    output_example.json.
    """

    environment: Literal["own", "repository"]
    isolated: bool
    failure: str = ""
    answer: bytes = b""
    reference: bytes | None = None
    recorded: bytes | None = None


class Loader(Protocol):
    """Loads a model that somebody else made."""

    def load(self, asked: Loading) -> Loaded:
        """Load it and have it answer its input example, with no credentials and within limits.

        In the environment that its own requirements make; the repository's where that satisfies them.
        Raises NotEvaluatedError: that environment could not be made; UnavailableError: no disk for it.
        """
        ...
