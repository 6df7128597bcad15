"""`dvc.lock`: the door to its values, its reader and its check against itself. Performs no I/O."""

from __future__ import annotations

from bot.lineage.consistency import Inconsistency, inconsistencies
from bot.lineage.locked import Lock, LockedFile, LockedStage, run_key
from bot.lineage.read_lock import parse_lock, read_lock

__all__ = [
    "Inconsistency",
    "Lock",
    "LockedFile",
    "LockedStage",
    "inconsistencies",
    "parse_lock",
    "read_lock",
    "run_key",
]
