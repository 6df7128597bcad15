"""What a person called back: the record that says so, and the plan that follows from it. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import InvalidInputError, NotEvaluatedError, StaleError
from bot.evidence.phrase import Phrase, Quoted
from bot.promotion.ledger import ModelLedger, Served
from bot.promotion.plan import Actual, Basis, Finish, NothingToDo, Plan, Promote, Recalled
from bot.promotion.planner import damaged, misplaced_previous, stray
from bot.promotion.records import Held, Origin

LONGEST = 300
DAY = len("2026-03-01")


@dataclass(frozen=True, slots=True)
class Asked:
    """A rollback as a person asks for it.

    `serving` is the version that they believe is champion now, `wanted` the one to return to; None: the one
    before it.
    """

    model: str
    serving: str
    wanted: str | None
    by: str
    reason: str


def asked_by(by: str, model: str, serving: str, wanted: str, reason: str) -> Asked:
    """A rollback from what a person typed: "v13" is version 13, an empty version is not said.

    Raises:
        InvalidInputError: nobody gave a reason or a name, or it is longer than people read.
    """
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST:
        what = f"The reason is {'missing' if not said else f'longer than {LONGEST} characters'}."
        raise InvalidInputError(what, "Say in a sentence why, with `--reason`.")
    if not by:
        raise InvalidInputError("Nobody can be named for this.", "Set a name: `git config user.name NAME`.")
    return Asked(model, serving.removeprefix("v"), wanted.removeprefix("v") or None, by, said)


def hold_for(asked: Asked, served: ModelLedger, now: str | None, origin: Origin) -> Held | None:
    """The record to append; None where the very same hold is on record already.

    `now` is the version that the registry serves.

    Raises:
        InvalidInputError: nothing was ever promoted, or the wanted version never was champion.
        StaleError: another version is champion than the one that was named.
    """
    promoted = served.promotion
    if promoted is None or served.champion is None:
        raise InvalidInputError(f"Nothing was promoted for {asked.model} yet.", "See `modelbot status`.")
    known = served.hold
    target = _target(asked, served, now)
    if known and (known.before, known.version) == (asked.serving, target.version):
        return None
    if now != asked.serving:
        serves = f"version {now}" if now else "no version"
        what = f"The champion of {asked.model} is {serves}, not version {asked.serving}; nothing moved."
        raise StaleError(what, "Look at `modelbot status`, and name the version that serves now.")
    return Held(
        served.tail.sequence + 1,
        served.model,
        promoted.alias,
        asked.serving,
        target.version,
        target.digest,
        asked.by,
        asked.reason,
        origin,
    )


def _target(asked: Asked, served: ModelLedger, now: str | None) -> Served:
    if asked.wanted is None:
        return _before(asked, served, now)
    found = served.served_version(asked.wanted)
    if found is None:
        ever = ", ".join(one.version for one in served.former)
        what = f"Version {asked.wanted} of {asked.model} never was champion; these were: {ever}."
        raise InvalidInputError(what, "Name one of them with `--to`.")
    return found


def _before(asked: Asked, served: ModelLedger, now: str | None) -> Served:
    """The version before the one that is named.

    A hold that was carried out has the two change places, and is asked for once more after a crash.
    """
    champion, known = served.champion, served.hold
    if known and known.before == asked.serving and champion and champion.version == known.version:
        return champion
    # An alias that is not where the ledger says (a promotion that stopped): the ledger's is the one before.
    found = served.previous if champion and champion.version == now else champion
    if found is None:
        what = f"Version {asked.serving} of {asked.model} is its first: there is none to return to."
        raise InvalidInputError(what, "Name a version with `--to`, or merge a better model.")
    return found


def recalled_of(served: ModelLedger) -> Recalled | None:
    """What is asked for instead of main while there is a hold; None where there is none.

    Raises:
        NotEvaluatedError: the ledger has no promotion of what is held.
    """
    hold = served.hold
    if hold is None:
        return None
    found = next((one for one in served.former if one.digest == hold.digest), None)
    if found is None or found.record is None:
        raise NotEvaluatedError(f"The ledger has no promotion of version {hold.version} of {hold.model}.")
    return Recalled(hold, found.record.artifact, found.record.judgement)


def plan_recall(recalled: Recalled, actual: Actual, ledger: ModelLedger) -> Plan:
    """The one thing to do next while the hold lasts. After applying what changes something, plan again.

    An alias that somebody moved is drift, but for the one whose place the person who rolled back named.
    """
    basis = Basis(recalled, actual, ledger.tail, ledger.champion)
    strayed = stray(basis, ledger)
    if strayed and (isinstance(strayed, Finish) or not _named(recalled, actual)):
        return strayed
    target = next(one for one in ledger.former if one.digest == recalled.hold.digest)
    if _serves(actual, ledger, target):
        settled = NothingToDo(basis, hold_words(recalled.hold))
        return damaged(basis, ledger) or misplaced_previous(basis, ledger) or settled
    intent = ledger.intent
    goes_on = intent is not None and intent.key == target.key and intent.sequence > recalled.hold.sequence
    return Promote(basis, target.digest, target, intent if goes_on else None)


def _named(recalled: Recalled, actual: Actual) -> bool:
    return actual.champion is not None and actual.champion.version == recalled.hold.before


def _serves(actual: Actual, ledger: ModelLedger, target: Served) -> bool:
    pointed, champion = actual.champion, ledger.champion
    recorded = champion is not None and champion.digest == target.digest
    return recorded and pointed is not None and pointed.version == target.version


def hold_words(hold: Held) -> Phrase:
    """Who holds what since when, and until when."""
    since = hold.origin.time[:DAY]
    return (
        f"on hold: version {hold.version} stays since {since}, by ",
        Quoted(hold.by),
        " (",
        Quoted(hold.reason),
        "), until `modelbot resume`",
    )
