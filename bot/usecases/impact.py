"""`modelbot impact`: which stages a change makes out of date, and why, before anything runs."""

from __future__ import annotations

from bot.lineage.impact import Impact
from bot.ports.git import Revisions
from bot.usecases.scope import Scope, impact_in


def impact(revisions: Revisions, base: str) -> Impact:
    """What the work tree, as it is now, makes out of date since it parted from `base`."""
    head = revisions.snapshot()
    parted = revisions.merge_base(revisions.resolve(base), head)
    return impact_in(revisions, Scope(head, revisions.resolve(base), parted))
