"""`modelbot status`: what main wants, what the ledger says, what the registry serves."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import ModelbotError
from bot.evidence.phrase import Phrase
from bot.promotion.plan import NothingToDo, Plan
from bot.promotion.recall import hold_words
from bot.promotion.records import Held
from bot.usecases.desired import read_head
from bot.usecases.judge import Occasion
from bot.usecases.promote_world import PromoteWorld, Where, head_of
from bot.usecases.recorded import recorded
from bot.usecases.settle import plan_of_policy


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model: its champion by the ledger and by the registry, and what promotion would do next.

    `hold`: that a person called a version back, in words.
    """

    model: str
    alias: str
    recorded: str | None
    served: str | None
    digest: str | None
    plan: Plan
    hold: Phrase = ()

    @property
    def agrees(self) -> bool:
        """Whether main, ledger and registry say the same; never while a person holds a model against main."""
        return not self.hold and self.recorded == self.served and isinstance(self.plan, NothingToDo)


@dataclass(frozen=True, slots=True)
class Status:
    """Every model that HEAD's policies name; `trouble` is set when HEAD, or a model, cannot be promoted."""

    head: str
    models: tuple[ModelStatus, ...]
    trouble: Phrase = ()


def status(world: PromoteWorld, where: Where, occasion: Occasion) -> Status:
    """The state of every model; changes nothing. What cannot be judged is in `trouble`, not in `models`."""
    head = head_of(world, where)
    now = recorded(world.records)
    models: list[ModelStatus] = []
    troubles: list[str] = []
    try:
        read = read_head(world, head, now.runs)
    except ModelbotError as error:
        return Status(head, (), (error.what,))
    if read is None:
        return Status(head, ())
    for loaded in read.policies:
        try:
            found = plan_of_policy(world, where, read, loaded, now.ledger, occasion)
            models.append(_status(found, now.ledger.model(loaded.policy.model).hold))
        except ModelbotError as error:
            troubles.append(error.what)
    return Status(head, tuple(models), (" ".join(troubles),) if troubles else ())


def _status(plan: Plan, hold: Held | None) -> ModelStatus:
    basis = plan.basis
    recorded, served = basis.champion, basis.actual.champion
    return ModelStatus(
        basis.desired.model,
        basis.desired.alias,
        recorded.version if recorded else None,
        served.version if served else None,
        recorded.digest if recorded else None,
        plan,
        hold_words(hold) if hold else (),
    )
