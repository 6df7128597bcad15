"""`modelbot rollback` and `modelbot resume`: a person calls a version back, and lets main decide again.

A rollback is one record in the ledger, and then the same reconcile as always: stopped anywhere, the next run
of `promote` completes it. It asks nothing of main's files, which may be what is broken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.errors import ExitCode, InvalidInputError, ModelbotError, StaleError
from bot.evidence.phrase import Phrase
from bot.promotion.apply import message_of
from bot.promotion.calls import Outcome
from bot.promotion.codec import encode
from bot.promotion.ledger import BRANCH, Ledger, ModelLedger, read_ledger
from bot.promotion.plan import Plan
from bot.promotion.recall import Asked, hold_for, hold_words, recalled_of
from bot.promotion.records import Origin, Record, Resumed
from bot.usecases.judge import Occasion
from bot.usecases.promote_world import PromoteWorld, Where, head_of
from bot.usecases.settle import ROUNDS, plan_for, settle
from bot.usecases.tell import Telling, tell_called_back, tell_deployments


@dataclass(frozen=True, slots=True)
class Rollback:
    """What became of it. `untold`: GitHub did not answer; the rollback itself is done."""

    outcome: Outcome
    hold: Phrase
    untold: ModelbotError | None = None

    @property
    def exit_code(self) -> ExitCode:
        """The outcome's; that of GitHub where only that went wrong."""
        code = self.outcome.exit_code
        return self.untold.exit_code if self.untold and code is ExitCode.OK else code


@dataclass(frozen=True, slots=True)
class Resumption:
    """A hold that ended; `version` is what was held, None where there was no hold."""

    model: str
    version: str | None


def rollback(world: PromoteWorld, where: Where, asked: Asked, occasion: Occasion) -> Rollback:
    """Record what a person called back, make the registry serve it, and tell GitHub.

    Raises:
        InvalidInputError: there is nothing to return to, or not to that version.
        StaleError: another version is champion than the one that was named; nothing moved.
        NotEvaluatedError: MLflow serves other bytes as that version; the champion stayed.
    """
    head = head_of(world, where)
    asked = replace(asked, model=_only(world, asked.model))
    origin = _origin(where, head, asked.by, occasion)
    _hold(world, asked, origin)
    outcome = settle(world, asked.model, lambda ledger: _recall(world, ledger, asked.model)).outcome
    ledger = read_ledger(world.records.entries(BRANCH)).model(asked.model)
    untold = _tell(world, where, Telling(outcome, ledger), occasion)
    return Rollback(outcome, hold_words(ledger.hold) if ledger.hold else (), untold)


def resume(world: PromoteWorld, where: Where, asked: Asked, occasion: Occasion) -> Resumption:
    """Record that main decides again; where it does already, nothing is written.

    Raises:
        InvalidInputError: the ledger knows no such model.
    """
    head = head_of(world, where)
    model = _only(world, asked.model)
    for _round in range(ROUNDS):
        served = _ledger(world).model(model)
        if served.hold is None:
            return Resumption(model, None)
        origin = _origin(where, head, asked.by, occasion)
        record = Resumed(served.tail.sequence + 1, model, served.hold.alias, asked.by, asked.reason, origin)
        if _appended(world, served, record):
            return Resumption(model, served.hold.version)
    raise _busy()


def _hold(world: PromoteWorld, asked: Asked, origin: Origin) -> None:
    for _round in range(ROUNDS):
        served = _ledger(world).model(asked.model)
        alias = served.promotion.alias if served.promotion else ""
        now = world.registry.alias(asked.model, alias) if alias else None
        record = hold_for(asked, served, now.version if now else None, origin)
        if record is None or _appended(world, served, record):
            return
    raise _busy()


def _recall(world: PromoteWorld, ledger: Ledger, model: str) -> Plan:
    recalled = recalled_of(ledger.model(model))
    if recalled is None:
        raise StaleError(f"Somebody resumed {model} meanwhile.", "Look at `modelbot history`.")
    return plan_for(world, recalled, ledger)


def _appended(world: PromoteWorld, served: ModelLedger, record: Record) -> bool:
    """Whether the record was written; not where the ledger moved meanwhile."""
    try:
        world.records.append(BRANCH, served.tail.commit, encode(record), message_of(record))
    except StaleError:
        return False
    return True


def _busy() -> StaleError:
    return StaleError("Others kept writing to the ledger; nothing moved.", "Run this again.")


def _ledger(world: PromoteWorld) -> Ledger:
    return read_ledger(world.records.entries(BRANCH))


def _only(world: PromoteWorld, model: str) -> str:
    """The model that is meant: the named one, else the only one of the ledger."""
    known = [one.model for one in _ledger(world).models]
    if model in known:
        return model
    if not model and len(known) == 1:
        return known[0]
    what = f"The ledger knows no model {model!r}." if model else "There are several models, or none."
    names = ", ".join(known) or "nothing was promoted yet"
    raise InvalidInputError(what, f"Name one with `--model`: {names}.")


def _origin(where: Where, head: str, by: str, occasion: Occasion) -> Origin:
    return Origin(
        occasion.time.isoformat(),
        occasion.repository,
        head,
        occasion.bot_version,
        author=by,
        workflow_run=where.workflow_run,
        workflow_attempt=where.workflow_attempt,
    )


def _tell(world: PromoteWorld, where: Where, told: Telling, occasion: Occasion) -> ModelbotError | None:
    hold = told.ledger.hold
    if hold is None:
        return None
    gone = told.ledger.served_version(hold.before)
    try:
        tell_deployments(world, where, hold.origin.head, (told,))
        if told.outcome.kind in {"returned", "unchanged"} and hold.before != hold.version:
            tell_called_back(world, hold, gone.pull_request if gone else None, occasion)
    except ModelbotError as error:
        return error
    return None
