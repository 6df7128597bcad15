"""The MLflow model registry. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """One version of a registered model. `key` and `digest` are our tags, None on versions not ours."""

    model: str
    version: str
    key: str | None
    digest: str | None
    source: str


class RegistryReader(Protocol):
    """Reads the MLflow model registry."""

    def alias(self, model: str, alias: str) -> RegisteredVersion | None:
        """The version the alias points to; None when model or alias does not exist."""
        ...

    def find(self, model: str, key: str) -> tuple[RegisteredVersion, ...]:
        """Every version whose key tag is `key`, oldest first."""
        ...

    def registered(self, model: str) -> tuple[RegisteredVersion, ...]:
        """Every version of a model, whoever made it, oldest first; none when the model does not exist."""
        ...

    def download(self, version: RegisteredVersion, into: Path) -> Path:
        """The version's files as the registry would serve them, in a new directory below `into`."""
        ...


class RegistryWriter(RegistryReader, Protocol):
    """Changes the MLflow model registry. No call is retried blindly: each can be found again by its key."""

    def create(
        self, model: str, key: str, digest: str, files: Path, tags: tuple[tuple[str, str], ...]
    ) -> RegisteredVersion:
        """Upload the directory and create a version with its key and digest tags in the same call."""
        ...

    def tag(
        self, version: RegisteredVersion, key: str, digest: str, tags: tuple[tuple[str, str], ...]
    ) -> None:
        """Give a version that is there these tags, then its digest, then its key: the key comes last.

        Raises StaleError when the version is gone.
        """
        ...

    def disown(self, version: RegisteredVersion) -> None:
        """Take our key tag from a version, so that it is found by it no more; its other tags stay.

        Raises StaleError when the version is gone.
        """
        ...

    def point(self, model: str, alias: str, version: str) -> None:
        """Move the alias. Last writer wins in MLflow: the ledger is what orders writers."""
        ...
