"""How the registry, and the ledger's revisions, stand to what main wants now."""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import NotEvaluatedError
from bot.ports.git import Revisions
from bot.ports.registry import RegisteredVersion, RegistryReader
from bot.promotion.damage import Hashed, Look, Pointed, damages
from bot.promotion.ledger import ModelLedger, Served
from bot.promotion.plan import PREVIOUS, Actual, Desired, Recalled, Relation

Reading = Callable[[RegisteredVersion], Hashed]
"""Reads what the registry serves as a version."""


def actual_state(
    registry: RegistryReader,
    revisions: Revisions,
    desired: Desired | Recalled,
    served: ModelLedger,
    read: Reading | None = None,
) -> Actual:
    """What the registry serves, and whether what is on record came before or after HEAD.

    With `read` the bytes of champion and `previous` are read too, where the aliases are where they should be.
    """
    head = desired.origin.head
    champion = served.champion.revision if served.champion else None
    intent = served.intent.origin.head if served.intent else None
    now, before = looks_at(registry, served, desired.alias, read)
    return Actual(
        now.points,
        before.points,
        relation(revisions, champion, head),
        relation(revisions, intent, head),
        before.gone,
        tuple(damages((now, before))),
    )


def looks_at(
    registry: RegistryReader, served: ModelLedger, alias: str, read: Reading | None = None
) -> tuple[Look, Look]:
    """What is there of champion and `previous`, the alias first."""
    return (
        _look(registry, served.model, alias, served.champion, read),
        _look(registry, served.model, PREVIOUS, served.previous, read),
    )


def _look(
    registry: RegistryReader, model: str, alias: str, served: Served | None, read: Reading | None
) -> Look:
    """Only where an alias is not where it should be is it asked whether the version is there at all."""
    found = registry.alias(model, alias)
    points = Pointed(found.version, found.key, found.digest) if found else None
    right = served is not None and found is not None and found.version == served.version
    gone = served is not None and not right and _gone(registry, model, served)
    return Look(alias, served, points, gone, read(found) if read and found and right else None)


def _gone(registry: RegistryReader, model: str, served: Served) -> bool:
    return all(one.version != served.version for one in registry.find(model, served.key))


def relation(revisions: Revisions, recorded: str | None, head: str) -> Relation:
    """How a recorded revision stands to HEAD; UNKNOWN when this clone cannot tell."""
    if recorded is None:
        return Relation.NONE
    if recorded == head:
        return Relation.SAME
    try:
        if revisions.is_ancestor(recorded, head):
            return Relation.ANCESTOR
        return Relation.DESCENDANT if revisions.is_ancestor(head, recorded) else Relation.UNRELATED
    except NotEvaluatedError:
        return Relation.UNKNOWN
