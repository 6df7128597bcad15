"""How the registry, and the ledger's revisions, stand to what main wants now."""

from __future__ import annotations

from bot.errors import NotEvaluatedError
from bot.ports.git import Revisions
from bot.ports.registry import RegistryReader
from bot.promotion.apply import pointed
from bot.promotion.ledger import ModelLedger
from bot.promotion.plan import PREVIOUS, Actual, Desired, Recalled, Relation


def actual_state(
    registry: RegistryReader, revisions: Revisions, desired: Desired | Recalled, served: ModelLedger
) -> Actual:
    """What the registry serves, and whether what is on record came before or after HEAD."""
    head = desired.origin.head
    champion = served.champion.revision if served.champion else None
    intent = served.intent.origin.head if served.intent else None
    return Actual(
        pointed(registry, desired.model, desired.alias),
        pointed(registry, desired.model, PREVIOUS),
        relation(revisions, champion, head),
        relation(revisions, intent, head),
        lost(registry, served),
    )


def lost(registry: RegistryReader, served: ModelLedger) -> bool:
    """Whether the version that `previous` should point to was deleted: nothing can be put back then."""
    former = served.previous
    if former is None:
        return False
    return all(one.version != former.version for one in registry.find(served.model, former.key))


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
