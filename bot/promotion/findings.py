"""What `verify` finds wrong, one value per thing. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, and what to do about it.

    `commit`, `sequence` and `field` say where in the ledger, as far as that can be told; `model` and
    `version` what in the registry. A `warning` is worth a look and keeps nothing from being sound.
    """

    what: str
    todo: str = ""
    commit: str | None = None
    sequence: int | None = None
    field: str | None = None
    model: str | None = None
    version: str | None = None
    warning: bool = False
