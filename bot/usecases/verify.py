"""`modelbot verify`: the ledger is sound, and the registry agrees with it. Changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import ExitCode, InvalidInputError, UnavailableError
from bot.ports.candidate import ModelFiles
from bot.ports.git import ChainReader
from bot.ports.registry import RegistryReader
from bot.promotion.agreement import Registered, disagreements, keys_known, versions_to_hash
from bot.promotion.audit import Audit, audit
from bot.promotion.findings import Finding
from bot.promotion.ledger import BRANCH, ModelLedger, Served
from bot.promotion.plan import PREVIOUS
from bot.usecases.hashing import hashed

COMMIT = re.compile("[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class VerifyWorld:
    """What verifying reads. `registry` is None where only the ledger is asked about."""

    records: ChainReader
    registry: RegistryReader | None
    files: ModelFiles


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked, and what is wrong; `unanswered` says what could not be asked.

    `tip` is the ledger's last commit: whoever writes it down can ask later whether it is still in the ledger.
    `hashed` counts the versions whose bytes were read; None where the registry was not asked.
    """

    tip: str | None
    records: int
    hashed: int | None
    findings: tuple[Finding, ...]
    first_bad: Finding | None
    unanswered: str = ""

    @property
    def sound(self) -> bool:
        """Whether everything was asked and nothing is wrong; warnings do not count."""
        return not self.unanswered and all(one.warning for one in self.findings)

    @property
    def exit_code(self) -> ExitCode:
        """What is wrong is wrong, whoever else did not answer."""
        if any(not one.warning for one in self.findings):
            return ExitCode.REJECTED
        return ExitCode.UNAVAILABLE if self.unanswered else ExitCode.OK


def parse_commit(text: str) -> tuple[str, ...]:
    """A commit as a person writes it down: seven digits or more; nothing where nothing is said.

    Raises:
        InvalidInputError: it is none.
    """
    if text and not COMMIT.fullmatch(text):
        what = f"{text!r} is no commit: seven to 64 hexadecimal digits."
        raise InvalidInputError(what, "Copy it from what `modelbot verify` printed last.")
    return (text,) if text else ()


def verify(world: VerifyWorld, *, every: bool, known: tuple[str, ...] = ()) -> Verified:
    """Check the ledger, and the registry against it; `known` are commits that the ledger must contain.

    Raises:
        UnavailableError: origin does not answer.
    """
    chain = world.records.chain(BRANCH)
    read = audit(chain.links, (*known, *(one for one in chain.seen if one not in known)))
    tip = chain.links[-1].commit if chain.links else None
    found: list[Finding] = []
    hashed, unanswered = 0, ""
    try:
        for model, state in _asked(world, read, every=every):
            found += model
            hashed += state
    except UnavailableError as error:
        unanswered = str(error)
    asked = hashed if world.registry else None
    return Verified(tip, len(chain.links), asked, (*read.findings, *found), read.first_bad, unanswered)


def _asked(world: VerifyWorld, read: Audit, *, every: bool) -> Iterator[tuple[tuple[Finding, ...], int]]:
    """Per model: the findings, and of how many versions the bytes were read."""
    for one in read.ledger.models if world.registry else ():
        wanted = versions_to_hash(one, every=every)
        found = _registered(world, one, wanted)
        known = keys_known(read.records, one.model)
        yield tuple(disagreements(one, found, wanted, known)), len(found.served)


def _registered(world: VerifyWorld, ledger: ModelLedger, wanted: tuple[Served, ...]) -> Registered:
    registry = world.registry
    if registry is None:
        raise TypeError("there is no registry to ask")
    versions = registry.registered(ledger.model)
    alias = ledger.promotion.alias if ledger.promotion else "champion"
    numbers = {one.version for one in wanted}
    served = (hashed(registry, world.files, one) for one in versions if one.version in numbers)
    champion, previous = registry.alias(ledger.model, alias), registry.alias(ledger.model, PREVIOUS)
    return Registered(versions, champion, previous, tuple(served))
