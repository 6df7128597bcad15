"""The registry, from ledger and DVC remote alone: what has to be there, and the calls that bring it there.

Performs no I/O. The order is what makes it safe to stop anywhere and run again: versions, found by key or
registered and read back; then, where MLflow gave other numbers, one record that says so; then the aliases.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field

from bot.errors import ExitCode, NotEvaluatedError, StaleError
from bot.ports.registry import RegisteredVersion
from bot.promotion.agreement import Registered
from bot.promotion.calls import (
    Answer,
    Call,
    CheckTail,
    CreateVersion,
    FindVersions,
    PointAlias,
)
from bot.promotion.ledger import Committed, ModelLedger, Served
from bot.promotion.plan import PREVIOUS
from bot.promotion.records import Intent, Origin, Promoted, Rebuilt, Renumbered
from bot.promotion.restoring import fetch_promoted
from bot.promotion.serving import append, must_serve, read_back, tags_of, versions

LOST_NUMBER = 1 << 62


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version that was promoted: which bytes, where `dvc.lock` had them, and the tags it was made with."""

    served: Served
    path: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rebuild:
    """One model's registry as it has to be; `wanted` in the order of the ledger's numbers.

    `there` is what the registry has now; `by` and `origin` are for the record of other numbers.
    """

    ledger: ModelLedger
    alias: str
    wanted: tuple[Wanted, ...]
    there: Registered
    by: str
    origin: Origin

    @property
    def missing(self) -> tuple[Wanted, ...]:
        """What has to be registered."""
        keys = {one.key for one in self.there.versions}
        return tuple(one for one in self.wanted if one.served.key not in keys)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A version that could not be brought back, and why."""

    version: str
    what: str
    todo: str


@dataclass(slots=True)
class _Work:
    """What is known of each version so far, by digest; never leaves this module."""

    numbers: dict[str, str] = field(default_factory=dict)
    registered: list[Renumbered] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RebuildOutcome:
    """What became of one model: versions that were registered, other numbers, aliases moved, and troubles."""

    model: str
    kept: int
    registered: tuple[Renumbered, ...]
    renumbered: tuple[Renumbered, ...]
    aliases: tuple[tuple[str, str], ...]
    troubles: tuple[Trouble, ...]

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.registered or self.renumbered or self.aliases)

    @property
    def exit_code(self) -> ExitCode:
        """5 where bytes are missing or are others."""
        return ExitCode.NOT_EVALUATED if self.troubles else ExitCode.OK


def plan_rebuild(
    ledger: ModelLedger, records: Iterable[Committed], there: Registered, by: str, origin: Origin
) -> Rebuild:
    """What has to be in the registry for this model.

    Raises:
        StaleError: the registry has versions of ours that the ledger does not know, or an alias elsewhere.
    """
    mine = [one.record for one in records if one.record.model == ledger.model]
    made = {one.key: one for one in reversed(mine) if isinstance(one, Intent | Promoted)}
    others = tuple(_others(ledger, there, frozenset(made)))
    if others:
        what = f"MLflow has more of {ledger.model} than the ledger; nothing was changed: {'; '.join(others)}."
        todo = (
            "Look at who made it. Rebuild into an empty MLflow, or remove by hand what does not belong there."
        )
        raise StaleError(what, todo)
    wanted = [Wanted(one, made[one.key].artifact.path, tags_of(made[one.key])) for one in ledger.former]
    alias = ledger.promotion.alias if ledger.promotion else "champion"
    return Rebuild(ledger, alias, tuple(sorted(wanted, key=_number)), there, by, origin)


def _number(wanted: Wanted) -> tuple[int, int]:
    version = wanted.served.version
    return int(version) if version.isdecimal() else LOST_NUMBER, wanted.served.sequence


def _others(ledger: ModelLedger, there: Registered, known: frozenset[str]) -> Iterator[str]:
    """What the registry has that the ledger does not say, in words."""
    for one in there.versions:
        if one.key is not None and one.key not in known:
            yield f"version {one.version} with our tag"
    pairs = (("champion", there.champion, ledger.champion), (PREVIOUS, there.previous, ledger.previous))
    for alias, found, expected in pairs:
        if found and found.key != (expected.key if expected else None):
            yield f"the alias {alias} on version {found.version}"


def rebuild_steps(plan: Rebuild) -> Generator[Call, Answer, RebuildOutcome]:
    """The calls that bring the registry there; a NotEvaluatedError in answer to one is a trouble of its own.

    Raises:
        StaleError: somebody wrote to the ledger or moved an alias meanwhile; run again.
    """
    work = _Work()
    for wanted in plan.wanted:
        try:
            yield from _version(plan, wanted, work)
        except NotEvaluatedError as error:
            work.troubles.append(Trouble(wanted.served.version, error.what, error.todo))
    renumbered = tuple(_renumbered(plan, work))
    tail = plan.ledger.tail
    if renumbered:
        record = Rebuilt(tail.sequence + 1, plan.ledger.model, plan.alias, renumbered, plan.by, plan.origin)
        tail = yield from append(tail, record)
    aliases: list[tuple[str, str]] = []
    for alias, version in _aliases(plan, work):
        yield CheckTail(tail.commit)
        yield PointAlias(plan.ledger.model, alias, version)
        yield from read_back(plan.ledger.model, alias, version)
        aliases.append((alias, version))
    return RebuildOutcome(
        plan.ledger.model,
        len(work.numbers) - len(work.registered),
        tuple(work.registered),
        renumbered,
        tuple(aliases),
        tuple(work.troubles),
    )


def _version(plan: Rebuild, wanted: Wanted, work: _Work) -> Generator[Call, Answer, None]:
    """Find one version by its key or register it, and read back what the registry serves."""
    served, model = wanted.served, plan.ledger.model
    found = versions((yield FindVersions(model, served.key)))
    fresh = not found
    if fresh:
        yield from _register(model, wanted)
        found = versions((yield FindVersions(model, served.key)))
    if not found:
        raise StaleError("The version that was just registered is gone.", "Run this again.")
    version = _chosen(found, served.version)
    yield from must_serve(version, served.digest)
    work.numbers[served.digest] = version.version
    if fresh:
        work.registered.append(Renumbered(served.digest, served.version, version.version))


def _register(model: str, wanted: Wanted) -> Generator[Call, Answer, None]:
    served = wanted.served
    fetched = yield from fetch_promoted(served, wanted.path)
    yield CreateVersion(model, served.key, served.digest, fetched.directory, wanted.tags)


def _chosen(found: tuple[RegisteredVersion, ...], number: str) -> RegisteredVersion:
    """The version with the ledger's number where there is one, else the lowest, always."""
    return next((one for one in found if one.version == number), found[0])


def _renumbered(plan: Rebuild, work: _Work) -> Iterator[Renumbered]:
    """Versions that have another number now, and lost ones whose number another has."""
    taken = set(work.numbers.values())
    for wanted in plan.wanted:
        served = wanted.served
        now = work.numbers.get(served.digest)
        if now != served.version and (now or served.version in taken):
            yield Renumbered(served.digest, served.version, now)


def _aliases(plan: Rebuild, work: _Work) -> Iterator[tuple[str, str]]:
    """The aliases that have to move; `previous` first, as a promotion does it."""
    there, ledger = plan.there, plan.ledger
    pairs = ((PREVIOUS, ledger.previous, there.previous), (plan.alias, ledger.champion, there.champion))
    for alias, wanted, now in pairs:
        version = work.numbers.get(wanted.digest) if wanted else None
        if version and (now is None or now.version != version):
            yield alias, version
