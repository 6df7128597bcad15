"""Concurrency groups: one holder, and what happens to those who come while it is held. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

MOST_PENDING = 100
"""How many may wait with `queue: max`; GitHub cancels the one that comes after that."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A run, or one job of a run, that asks for a group. `job` is empty for the run itself."""

    run_id: int
    job: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Who holds the group and who waits for it, the next one first."""

    holder: Ticket | None = None
    pending: tuple[Ticket, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """The group after a request, and the tickets that must be cancelled because of it."""

    group: Group
    cancelled: tuple[Ticket, ...] = ()


def enter(group: Group, ticket: Ticket, *, queue_max: bool, cancel_in_progress: bool) -> Entry:
    """Ask for the group. A free one is taken; else the newest waits and, unless `queue_max`, replaces older
    ones.
    """
    if group.holder is None:
        return Entry(Group(ticket, group.pending))
    if queue_max and len(group.pending) >= MOST_PENDING:
        return Entry(group, (ticket,))
    kept = group.pending if queue_max else ()
    dropped = () if queue_max else group.pending
    holder = (group.holder,) if cancel_in_progress else ()
    return Entry(Group(group.holder, (*kept, ticket)), (*dropped, *holder))


def leave(group: Group, ticket: Ticket) -> Group:
    """Give the group up, or stop waiting for it. The next one waiting becomes the holder."""
    if group.holder != ticket:
        return Group(group.holder, tuple(each for each in group.pending if each != ticket))
    return Group(group.pending[0], group.pending[1:]) if group.pending else Group()
