"""Whether the registry serves what the ledger says. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.ports.registry import RegisteredVersion
from bot.promotion.damage import Hashed
from bot.promotion.findings import Finding
from bot.promotion.model_ledger import Committed, ModelLedger, Served
from bot.promotion.plan import PREVIOUS
from bot.promotion.records import Intent, Promoted

REBUILD = "`modelbot rebuild --dry-run` says what can be put back from ledger and DVC remote."
ORIGINS = "Look at who may write to MLflow, and at `modelbot history`."


@dataclass(frozen=True, slots=True)
class Registered:
    """What the registry has of one model: its versions, its two aliases, and what it serves of some."""

    versions: tuple[RegisteredVersion, ...]
    champion: RegisteredVersion | None
    previous: RegisteredVersion | None
    served: tuple[Hashed, ...]


def versions_to_hash(ledger: ModelLedger, *, every: bool) -> tuple[Served, ...]:
    """The versions whose bytes are read: champion and previous, or every one that ever was champion."""
    if every:
        return ledger.former
    return tuple(one for one in (ledger.champion, ledger.previous) if one)


def keys_known(records: tuple[Committed, ...], model: str) -> frozenset[str]:
    """Every key that the ledger announced or promoted for a model."""
    mine = (one.record for one in records if one.record.model == model)
    return frozenset(record.key for record in mine if isinstance(record, Intent | Promoted))


def disagreements(
    ledger: ModelLedger, found: Registered, wanted: tuple[Served, ...], known: frozenset[str]
) -> Iterator[Finding]:
    """Where registry and ledger differ: versions, aliases, and versions of ours that nobody recorded."""
    for one in wanted:
        yield from _version(ledger.model, one, found)
    alias = ledger.promotion.alias if ledger.promotion else "champion"
    yield from _alias(ledger.model, alias, ledger.champion, found.champion)
    yield from _alias(ledger.model, PREVIOUS, ledger.previous, found.previous)
    for version in found.versions:
        if version.key is not None and version.key not in known:
            what = (
                f"Version {version.version} of {ledger.model} has our tag, and the ledger does not know it."
            )
            yield Finding(what, ORIGINS, model=ledger.model, version=version.version, warning=True)


def _version(model: str, one: Served, found: Registered) -> Iterator[Finding]:
    wrong = _wrong(one, found)
    if wrong:
        what = f"Version {one.version} of {model} {wrong[0]}"
        yield Finding(what, wrong[1], sequence=one.sequence, field=wrong[2], model=model, version=one.version)


def _wrong(one: Served, found: Registered) -> tuple[str, str, str] | None:
    """What is wrong with a version, what to do, and the recorded field that it contradicts."""
    there = next((version for version in found.versions if version.version == one.version), None)
    if there is None:
        again = next((version.version for version in found.versions if version.key == one.key), None)
        instead = f"; the same bytes are there as version {again}" if again else ""
        return f"is not in MLflow{instead}.", REBUILD, "version"
    if there.key != one.key:
        return "is another one in MLflow: its tag modelbot.key differs.", ORIGINS, "key"
    if there.digest != one.digest:
        return "has another digest in its tag modelbot.digest.", ORIGINS, "artifact.digest"
    served = next((item for item in found.served if item.version == one.version), None)
    if served is None or served.digest is None:
        return (
            f"could not be read: {served.trouble if served else 'nobody asked'}",
            ORIGINS,
            "artifact.digest",
        )
    if served.digest != one.digest:
        what = f"is served with other bytes: digest {served.digest[:12]}, not {one.digest[:12]}."
        return what, f"{ORIGINS} Delete that version, then: {REBUILD}", "artifact.digest"
    return None


def _alias(
    model: str, alias: str, expected: Served | None, found: RegisteredVersion | None
) -> Iterator[Finding]:
    if (found.version if found else None) == (expected.version if expected else None):
        return
    there = f"version {found.version}" if found else "nothing"
    should = f"version {expected.version}" if expected else "nothing"
    what = f"The alias {alias} of {model} points to {there}, and the ledger says {should}."
    todo = "`modelbot status` says what promotion would do; else put it back in MLflow."
    yield Finding(what, todo, model=model, version=found.version if found else None)
