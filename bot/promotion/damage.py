"""Versions on record that the registry does not have as they were promoted. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.evidence.phrase import Phrase, Quoted
from bot.promotion.model_ledger import Served

What = Literal["alias", "version", "tags", "bytes"]


@dataclass(frozen=True, slots=True)
class Hashed:
    """What the registry serves as one version: its digest, or why there is none."""

    version: str
    digest: str | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Pointed:
    """The version an alias points to; `key` and `digest` are our tags, None on versions not ours."""

    version: str
    key: str | None
    digest: str | None


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with the version that `alias` serves, or served, by the ledger.

    `what`: the version is gone, its tags of ours are others, or its bytes are.
    """

    alias: str
    served: Served
    what: What
    reason: Phrase


@dataclass(frozen=True, slots=True)
class Look:
    """What was found where one alias should point to `served`; None: it should point to nothing.

    `points`: where it does point; `gone`: the registry has the version no longer; `hashed`: what it serves
    as that version, where somebody read it.
    """

    alias: str
    served: Served | None
    points: Pointed | None
    gone: bool = False
    hashed: Hashed | None = None


def damages(looks: tuple[Look, ...]) -> Iterator[Damage]:
    """What is wrong, one per version; other bytes come before other tags, which follow from them at times."""
    for look in looks:
        found = _damage(look, look.served) if look.served else None
        if found and look.served:
            yield Damage(look.alias, look.served, *found)


def _damage(look: Look, served: Served) -> tuple[What, Phrase] | None:
    there, number = look.points, served.version
    if look.gone:
        words = f"version {number}, to which the alias "
        return "version", (words, Quoted(look.alias), " should point, is gone from MLflow")
    if there is None or there.version != number:
        return None
    if look.hashed and look.hashed.digest != served.digest:
        return "bytes", _other_bytes(number, served.digest, look.hashed)
    if (there.key, there.digest) != (served.key, served.digest):
        names = " and ".join(_other_tags(there, served))
        return "tags", (f"somebody changed the tag {names} of version {number}",)
    return None


def _other_bytes(number: str, expected: str, found: Hashed) -> Phrase:
    if found.digest is None:
        return (f"what MLflow serves as version {number} cannot be read: ", Quoted(found.trouble))
    digests = f"digest {found.digest[:12]}, not {expected[:12]}"
    return (f"MLflow serves other bytes as version {number}: {digests}",)


def _other_tags(there: Pointed, served: Served) -> Iterator[str]:
    if there.key != served.key:
        yield "modelbot.key"
    if there.digest != served.digest:
        yield "modelbot.digest"
