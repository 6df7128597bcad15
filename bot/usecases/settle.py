"""One model, from what is asked of it to what the registry serves: plan and apply until nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.errors import StaleError
from bot.policy.load import LoadedPolicy
from bot.promotion.apply import apply
from bot.promotion.calls import Outcome
from bot.promotion.ledger import BRANCH, Ledger, read_ledger
from bot.promotion.plan import Desired, Plan, Recalled
from bot.promotion.planner import plan
from bot.promotion.recall import plan_recall, recalled_of
from bot.usecases.desired import Head, wanted_of
from bot.usecases.hashing import hashed
from bot.usecases.judge import Occasion
from bot.usecases.promote_world import PromoteWorld, Where
from bot.usecases.standing import actual_state

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a model; `ledger` as it was before that, `plan` what was carried out last."""

    outcome: Outcome
    ledger: Ledger
    plan: Plan


def settle(
    world: PromoteWorld, model: str, planned: Callable[[Ledger], Plan], ledger: Ledger | None = None
) -> Settled:
    """Reconcile one model; a round that lost a race, or only cleared the way, is followed by another.

    When there is nothing left to do after the way was cleared, what cleared it is the outcome. `ledger`,
    as it was just read, is what the first round plans on: every write is refused where it is not the newest.

    Raises:
        StaleError: others kept changing the ledger or the aliases.
    """
    cleared: Outcome | None = None
    for _round in range(ROUNDS):
        now, ledger = ledger or read_ledger(world.records.entries(BRANCH)), None
        try:
            found = planned(now)
            outcome = apply(found, world.registry, world.records, world.files)
        except StaleError as error:
            last = error
            continue
        if outcome.settled:
            return Settled(cleared if cleared and outcome.kind == "unchanged" else outcome, now, found)
        cleared = cleared or outcome
        last = StaleError(f"The registry did not settle for {model}.", "Run this again.")
    raise last


def plan_of_policy(
    world: PromoteWorld, where: Where, head: Head, loaded: LoadedPolicy, ledger: Ledger, occasion: Occasion
) -> Plan:
    """What is to be done about a policy's model: as main asks, or as a person who holds it against main."""
    held = recalled_of(ledger.model(loaded.policy.model))
    return plan_for(world, held or wanted_of(world, where, head, loaded, ledger, occasion), ledger)


def plan_for(world: PromoteWorld, asked: Desired | Recalled, ledger: Ledger) -> Plan:
    """What is to be done about one model, given what the registry serves now."""
    served = ledger.model(asked.model)
    read = partial(hashed, world.registry, world.files) if world.reads_bytes else None
    actual = actual_state(world.registry, world.revisions, asked, served, read)
    if isinstance(asked, Recalled):
        return plan_recall(asked, actual, served)
    return plan(asked, actual, served)
