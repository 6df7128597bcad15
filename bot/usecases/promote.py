"""`modelbot promote`: make the registry agree with main. A reconcile, not a script; it never trains.

Always decided on main's newest HEAD, by HEAD's policy on HEAD's committed metrics against the champion's
record, model by model: what is wrong with one keeps no other. Running it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from bot.errors import ExitCode, ModelbotError, UnavailableError
from bot.policy.load import LoadedPolicy
from bot.ports.github import PullRequest
from bot.promotion.calls import Outcome
from bot.promotion.ledger import BRANCH, read_ledger
from bot.promotion.plan import Plan
from bot.usecases.desired import Head, read_head
from bot.usecases.judge import Occasion
from bot.usecases.promote_world import PromoteWorld, Where, head_of
from bot.usecases.recorded import recorded
from bot.usecases.reproduction import Asking, ask_to_reproduce
from bot.usecases.settle import plan_of_policy, settle
from bot.usecases.tell import Telling, tell_deployments, tell_pull_request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A model that could not be settled, or whose promotion could not be told at GitHub."""

    model: str
    error: ModelbotError


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of every model: plans of a dry run, or outcomes; and what went wrong with some of them.

    `opened` are the pull requests that have the stages run which nobody ran.
    """

    head: str
    plans: tuple[Plan, ...]
    outcomes: tuple[Outcome, ...]
    troubles: tuple[Trouble, ...] = ()
    opened: tuple[PullRequest, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether applying would write, or wrote, anything."""
        return any(one.changes for one in self.plans) or any(one.changed for one in self.outcomes)

    @property
    def exit_code(self) -> ExitCode:
        """The worst of all models.

        Of plans 0 as soon as one has something to write, also when that is a refusal: applying it comes next,
        answers with the worst itself, and must not depend on a job that stops before it.
        """
        if any(one.changes for one in self.plans):
            return ExitCode.OK
        codes = [one.exit_code for one in (*self.plans, *self.outcomes)]
        codes += [one.error.exit_code for one in self.troubles]
        return max(codes, key=_severity, default=ExitCode.OK)


def _severity(code: ExitCode) -> int:
    order = (ExitCode.OK, ExitCode.STALE, ExitCode.REJECTED, ExitCode.NOT_EVALUATED)
    return order.index(code) if code in order else len(order)


def preview(world: PromoteWorld, where: Where, occasion: Occasion) -> Promotion:
    """What `promote` would do now; nothing is written.

    Raises:
        ModelbotError: HEAD cannot be read, or no model of it can be planned.
    """
    head = head_of(world, where)
    now = recorded(world.records)
    read = read_head(world, head, now.runs)

    def planned(loaded: LoadedPolicy) -> Plan | None:
        return plan_of_policy(world, where, read, loaded, now.ledger, occasion) if read else None

    found: tuple[tuple[Plan, ...], tuple[Trouble, ...]] = _each(read, planned)
    return _answer(Promotion(head, found[0], (), found[1]))


def promote(world: PromoteWorld, where: Where, occasion: Occasion) -> Promotion:
    """Plan and apply until nothing changes, for every model that HEAD's policies name, and tell GitHub.

    What goes wrong with one model is kept until the others are done, and is in `troubles` then.

    Raises:
        ModelbotError: HEAD cannot be read, or no model could be settled: bytes are missing or not what their
            name says, or others kept changing the ledger or the aliases. The champions stayed.
    """
    head = head_of(world, where)
    now = recorded(world.records)
    read, ledger = read_head(world, head, now.runs), now.ledger
    told: list[Telling] = []
    untold: list[Trouble] = []
    opened: list[PullRequest] = []

    def settled(loaded: LoadedPolicy) -> Outcome | None:
        nonlocal ledger
        if read is None:
            return None
        policy = partial(plan_of_policy, world, where, read, loaded, occasion=occasion)
        done = settle(world, loaded.policy.model, policy, ledger)
        outcome = done.outcome
        untold.extend(_asked(outcome.model, lambda: opened.extend(_opened(world, where, read, done.plan))))
        ledger = read_ledger(world.records.entries(BRANCH)) if outcome.changed else done.ledger
        told.append(Telling(outcome, ledger.model(outcome.model)))
        untold.extend(_told(outcome.model, lambda: tell_pull_request(world, head, occasion, told[-1])))
        return outcome

    outcomes, troubles = _each(read, settled)
    untold += _told("", lambda: tell_deployments(world, where, head, tuple(told)))
    return _answer(Promotion(head, (), outcomes, (*troubles, *untold), tuple(opened)))


def _each(
    read: Head | None, ask: Callable[[LoadedPolicy], T | None]
) -> tuple[tuple[T, ...], tuple[Trouble, ...]]:
    """Ask about every model; an error of one is kept, and the others are asked all the same."""
    found: list[T] = []
    troubles: list[Trouble] = []
    for loaded in read.policies if read else ():
        try:
            answer = ask(loaded)
        except ModelbotError as error:
            troubles.append(Trouble(loaded.policy.model, error))
        else:
            found += [answer] if answer is not None else []
    return tuple(found), tuple(troubles)


def _opened(world: PromoteWorld, where: Where, read: Head, plan: Plan) -> tuple[PullRequest, ...]:
    """The pull request that has the stages run which the refused model came without; at most one."""
    if world.branches is None or world.github is None:
        return ()
    found = ask_to_reproduce(Asking(world.branches, world.github, where.branch), read.revision, plan)
    return (found,) if found else ()


def _asked(model: str, ask: Callable[[], None]) -> tuple[Trouble, ...]:
    """Ask; where that cannot be done, the refusal stands, and a person has to see to the run."""
    try:
        ask()
    except ModelbotError as error:
        what = f"The pull request that has the stages run was not opened. {error.what}"
        todo = "Allow Actions to create pull requests (Settings, Actions), or run the stages in one of yours."
        return (Trouble(model, UnavailableError(what, todo)),)
    return ()


def _told(model: str, tell: Callable[[], None]) -> tuple[Trouble, ...]:
    """Tell; where GitHub does not answer, what was promoted is promoted, and the sentence says so."""
    try:
        tell()
    except ModelbotError as error:
        what = f"The promotion itself is done and on record; only GitHub was not told of it. {error.what}"
        return (Trouble(model, UnavailableError(what, error.todo or "Run this again.")),)
    return ()


def _answer(done: Promotion) -> Promotion:
    """The promotion itself, unless nothing at all could be planned or settled: then the worst error."""
    if done.troubles and not done.plans and not done.outcomes:
        raise max((one.error for one in done.troubles), key=lambda error: _severity(error.exit_code))
    return done
