"""`modelbot rebuild`: the registry's versions and aliases again, from ledger and DVC remote alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.errors import ExitCode, ModelbotError, NotEvaluatedError
from bot.ports.candidate import ModelFiles
from bot.ports.git import Chain, LedgerStore
from bot.ports.registry import RegistryReader, RegistryWriter
from bot.promotion.agreement import Registered
from bot.promotion.apply import World, drive
from bot.promotion.audit import audit
from bot.promotion.calls import Answer, Call
from bot.promotion.ledger import BRANCH, ModelLedger, fold, read_records
from bot.promotion.plan import PREVIOUS
from bot.promotion.rebuild import Rebuild, RebuildOutcome, plan_rebuild, rebuild_steps
from bot.promotion.records import Origin
from bot.usecases.judge import Occasion

Around = Callable[[Call, Callable[[Call], Answer]], Answer]


@dataclass(frozen=True, slots=True)
class By:
    """Who rebuilds, and in which workflow run; None: on a person's machine."""

    name: str
    workflow_run: int | None = None
    workflow_attempt: int | None = None


@dataclass(frozen=True, slots=True)
class RebuildWorld:
    """What rebuilding needs: the ledger, the registry to fill, and bytes from the DVC remote."""

    records: LedgerStore
    registry: RegistryWriter
    files: ModelFiles


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """What became of every model of the ledger; plans of a dry run, or outcomes; errors of some."""

    plans: tuple[Rebuild, ...] = ()
    outcomes: tuple[RebuildOutcome, ...] = ()
    errors: tuple[ModelbotError, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """The worst: what did not answer, before what is in the way, before what is gone."""
        codes = [*(one.exit_code for one in self.outcomes), *(one.exit_code for one in self.errors)]
        order = (ExitCode.OK, ExitCode.NOT_EVALUATED, ExitCode.STALE, ExitCode.UNAVAILABLE)
        return max(
            codes, key=lambda code: order.index(code) if code in order else len(order), default=order[0]
        )


def rebuild(
    world: RebuildWorld, by: By, occasion: Occasion, *, dry_run: bool, around: Around | None = None
) -> Rebuilding:
    """Bring every model's versions and aliases to what the ledger says; `around` makes each call in tests.

    Raises:
        NotEvaluatedError: there is no ledger, or it is not sound: see `modelbot verify`.
        UnavailableError: origin did not answer.
    """
    _must_be_sound(world.records.chain(BRANCH))
    known = fold(read_records(world.records.entries(BRANCH))).models
    promoted = [one.model for one in known if one.champion]
    if not promoted:
        raise NotEvaluatedError("The ledger has no promotion to rebuild from.", "See `modelbot verify`.")
    plans: list[Rebuild] = []
    outcomes: list[RebuildOutcome] = []
    errors: list[ModelbotError] = []
    for model in promoted:
        try:
            plan = _planned(world, model, by, occasion)
            if dry_run:
                plans.append(plan)
            else:
                answering = World(world.registry, world.records, world.files).answer
                outcomes.append(drive(rebuild_steps(plan), partial(_made, answering, around)))
        except ModelbotError as error:
            errors.append(error)
    return Rebuilding(tuple(plans), tuple(outcomes), tuple(errors))


def _must_be_sound(chain: Chain) -> None:
    """Nothing is built from a ledger that somebody changed, as far as that can be told."""
    found = audit(chain.links, chain.seen).findings
    if chain.links and found:
        what = f"The ledger is not sound; nothing was changed. {found[0].what}"
        raise NotEvaluatedError(what, f"{found[0].todo} `modelbot verify --ledger-only` says all.")


def _planned(world: RebuildWorld, model: str, by: By, occasion: Occasion) -> Rebuild:
    records = read_records(world.records.entries(BRANCH))
    ledger = fold(records).model(model)
    there = _registered(world.registry, ledger)
    return plan_rebuild(ledger, records, there, by.name, _origin(ledger, by, occasion))


def _registered(registry: RegistryReader, ledger: ModelLedger) -> Registered:
    alias = ledger.promotion.alias if ledger.promotion else "champion"
    champion, previous = registry.alias(ledger.model, alias), registry.alias(ledger.model, PREVIOUS)
    return Registered(registry.registered(ledger.model), champion, previous, ())


def _origin(ledger: ModelLedger, by: By, occasion: Occasion) -> Origin:
    """Of this time and person, and of the revision that was promoted last: nothing of main is read."""
    last = ledger.promotion.origin if ledger.promotion else None
    repository, head = (last.repository, last.head) if last else (occasion.repository, "")
    return Origin(
        occasion.time.isoformat(),
        repository,
        head,
        occasion.bot_version,
        author=by.name,
        workflow_run=by.workflow_run,
        workflow_attempt=by.workflow_attempt,
    )


def _made(answering: Callable[[Call], Answer], around: Around | None, call: Call) -> Answer:
    return around(call, answering) if around else answering(call)
