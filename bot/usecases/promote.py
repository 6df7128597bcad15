"""`modelbot promote`: make the registry agree with main. A reconcile, not a script; it never trains.

Always decided on main's newest HEAD, by HEAD's policy on HEAD's committed metrics against the champion's
record. Running it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import ExitCode, StaleError
from bot.promotion.apply import apply
from bot.promotion.calls import Outcome
from bot.promotion.ledger import BRANCH, Ledger, read_ledger
from bot.promotion.plan import Plan
from bot.promotion.planner import plan
from bot.usecases.desired import Wanted, desired_models
from bot.usecases.judge import Occasion
from bot.usecases.promote_world import PromoteWorld, Where, head_of
from bot.usecases.standing import actual_state
from bot.usecases.tell import tell

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of every model: plans of a dry run, or outcomes. The exit code is the worst."""

    head: str
    plans: tuple[Plan, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def changes(self) -> bool:
        """Whether applying would write, or wrote, anything."""
        return any(one.changes for one in self.plans) or any(one.changed for one in self.outcomes)

    @property
    def exit_code(self) -> ExitCode:
        """The worst of all models.

        A plan that has something to write answers 0, also when that is a refusal: applying it comes next, and
        what the ledger says must not depend on a job that stops before it.
        """
        codes = [one.exit_code for one in self.plans if not one.changes]
        codes += [one.exit_code for one in self.outcomes]
        return max(codes, key=_severity, default=ExitCode.OK)


def _severity(code: ExitCode) -> int:
    order = (ExitCode.OK, ExitCode.STALE, ExitCode.REJECTED, ExitCode.NOT_EVALUATED)
    return order.index(code) if code in order else len(order)


def preview(world: PromoteWorld, where: Where, occasion: Occasion) -> Promotion:
    """What `promote` would do now; nothing is written."""
    head = head_of(world, where)
    ledger = read_ledger(world.records.entries(BRANCH))
    plans = tuple(
        plan_for(world, wanted, ledger) for wanted in desired_models(world, where, head, ledger, occasion)
    )
    return Promotion(head, plans, ())


def promote(world: PromoteWorld, where: Where, occasion: Occasion) -> Promotion:
    """Plan and apply until nothing changes, for every model that HEAD's policies name.

    Raises:
        StaleError: others kept changing the ledger or the aliases meanwhile.
        NotEvaluatedError: bytes are missing or not what their name says; the champion stayed.
    """
    head = head_of(world, where)
    outcomes = tuple(
        _settle(world, where, head, occasion, index) for index in _models(world, where, head, occasion)
    )
    for outcome in outcomes:
        tell(world, where, head, occasion, outcome)
    return Promotion(head, (), outcomes)


def _models(world: PromoteWorld, where: Where, head: str, occasion: Occasion) -> Iterator[str]:
    ledger = read_ledger(world.records.entries(BRANCH))
    yield from (one.desired.model for one in desired_models(world, where, head, ledger, occasion))


def _settle(world: PromoteWorld, where: Where, head: str, occasion: Occasion, model: str) -> Outcome:
    """Reconcile one model; a round that lost a race, or only cleared the way, is followed by another."""
    for _round in range(ROUNDS):
        ledger = read_ledger(world.records.entries(BRANCH))
        found = desired_models(world, where, head, ledger, occasion)
        wanted = next(one for one in found if one.desired.model == model)
        try:
            outcome = apply(plan_for(world, wanted, ledger), world.registry, world.records, world.files)
        except StaleError as error:
            last = error
            continue
        if outcome.settled:
            return outcome
        last = StaleError(f"The registry did not settle for {model}.", "Run this again.")
    raise last


def plan_for(world: PromoteWorld, wanted: Wanted, ledger: Ledger) -> Plan:
    """What is to be done about one model, given what the registry serves now."""
    served = ledger.model(wanted.desired.model)
    return plan(wanted.desired, actual_state(world.registry, world.revisions, wanted.desired, served), served)
