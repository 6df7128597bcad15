"""What the ledger says of one version, for somebody who asks years later. Performs no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from bot.errors import InvalidInputError
from bot.promotion.history import renumbered_words
from bot.promotion.ledger import Committed, ModelLedger, Served, fold
from bot.promotion.records import Drift, Held, Intent, Measured, Promoted, Rebuilt, Record, Refused, Resumed

MOST = 20
DIGEST = re.compile("[0-9a-f]{12,64}")
Place = Literal["champion", "previous", "former"]


@dataclass(frozen=True, slots=True)
class Later:
    """One thing that became of a version afterwards. `what` holds words of strangers."""

    sequence: int
    commit: str
    time: str
    what: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One version: the record that made it champion for the first time, and what became of it.

    `version` is its number now, `numbers` all that it ever had, oldest first. `others` are the
    digests of other versions that once had the number that was asked for. `place` is what it is now;
    `taken_back`: a return to an earlier one took it back. `judgement` and the rest stand in `record`.
    """

    model: str
    version: str
    numbers: tuple[str, ...]
    others: tuple[str, ...]
    place: Place
    taken_back: bool
    commit: str
    record: Promoted
    later: tuple[Later, ...]


def dossier(records: Sequence[Committed], model: str, version: str) -> Dossier:
    """What is on record of a version, by its number now, one that it had, or its digest.

    Raises:
        InvalidInputError: the ledger knows no such model, or the version never was champion.
        NotEvaluatedError: the ledger contradicts itself.
    """
    ledger = fold(records)
    served = _served(ledger.model(_only(tuple(one.model for one in ledger.models), model)), records, version)
    name = served.record.model if served.record else model
    mine = tuple(one for one in records if one.record.model == name)
    made = [(one.commit, one.record) for one in mine if _promotes(one.record, served.digest)]
    commit, record = next((commit, one) for commit, one in made if isinstance(one, Promoted))
    state = ledger.model(name)
    later = tuple(_later(mine, served.digest, record.sequence))
    taken_back = served.digest not in state.standing
    numbers = tuple(dict.fromkeys([*_numbers(mine, served.digest), served.version]))
    place = _place(state, served.digest)
    others = tuple(one for one in _once(mine, version.removeprefix("v")) if one != served.digest)
    return Dossier(name, served.version, numbers, others, place, taken_back, commit, record, later)


def _only(known: tuple[str, ...], model: str) -> str:
    if model in known:
        return model
    if not model and len(known) == 1:
        return known[0]
    what = f"The ledger knows no model {model!r}." if model else "There are several models, or none."
    raise InvalidInputError(
        what, f"Name one with `--model`: {', '.join(known) or 'nothing was promoted yet'}."
    )


def _served(state: ModelLedger, records: Sequence[Committed], version: str) -> Served:
    asked = version.removeprefix("v")
    found = state.served_version(asked)
    if found:
        return found
    mine = tuple(one for one in records if one.record.model == state.model)
    by_digest = [
        one.digest for one in state.former if DIGEST.fullmatch(asked) and one.digest.startswith(asked)
    ]
    digests = (*_once(mine, asked), *by_digest)
    if digests:
        return next(kept for kept in state.former if kept.digest == digests[0])
    last = [kept.version for kept in state.former][-MOST:]
    what = f"Version {asked} of {state.model} never was champion, so there is no evidence for it."
    raise InvalidInputError(what, f"The last that were: {', '.join(last)}. See `modelbot history`.")


def _once(records: Sequence[Committed], number: str) -> tuple[str, ...]:
    """The digests that had this number at some time, oldest first."""
    found: dict[str, None] = {}
    for one in records:
        record = one.record
        if isinstance(record, Promoted) and record.version == number and record.artifact.digest:
            found[record.artifact.digest] = None
        if isinstance(record, Rebuilt):
            found |= dict.fromkeys(it.digest for it in record.versions if it.version == number)
    return tuple(found)


def _promotes(record: Record, digest: str) -> bool:
    return isinstance(record, Promoted) and record.artifact.digest == digest


def _place(state: ModelLedger, digest: str) -> Place:
    if state.champion and state.champion.digest == digest:
        return "champion"
    return "previous" if state.previous and state.previous.digest == digest else "former"


def _numbers(records: Sequence[Committed], digest: str) -> Iterator[str]:
    for one in records:
        record = one.record
        if isinstance(record, Promoted) and record.artifact.digest == digest:
            yield record.version
        if isinstance(record, Rebuilt):
            yield from (it.version for it in record.versions if it.digest == digest and it.version)


def _later(records: Sequence[Committed], digest: str, after: int) -> Iterator[Later]:
    """What the records after the promotion say of these bytes."""
    champion: str | None = None
    number = ""
    for one in records:
        record = one.record
        if record.sequence > after:
            what = _event(record, digest, champion, number)
            if what:
                yield Later(record.sequence, one.commit, record.origin.time, what)
        if isinstance(record, Promoted):
            champion = record.artifact.digest
            number = record.version if champion == digest else number
        if isinstance(record, Rebuilt):
            number = next((it.version or "" for it in record.versions if it.digest == digest), number)


def _event(record: Record, digest: str, champion: str | None, number: str) -> str:
    """A record in words, as far as it is about the version with this digest; empty where it is not."""
    serving, words = champion == digest, ""
    match record:
        case Promoted():
            words = _promotion(record, digest, serving=serving)
        case Measured():
            words = f"main measured it anew at {record.revision[:12]}" if serving else ""
        case Held():
            words = _hold(record, digest, number)
        case Drift():
            words = _drift(record) if serving and record.expected == number else ""
        case Rebuilt():
            words = "; ".join(renumbered_words(it) for it in record.versions if it.digest == digest)
        case Resumed():
            words = f"{record.by} ended the hold: {record.reason}" if serving else ""
        case Intent() | Refused():
            pass
        case _ as never:
            assert_never(never)
    return words


def _promotion(record: Promoted, digest: str, *, serving: bool) -> str:
    if record.artifact.digest == digest:
        return "promoted once more" if serving else f"champion again, as version {record.version}"
    if not serving:
        return ""
    pull = f" (#{record.origin.pull_request})" if record.origin.pull_request else ""
    return f"version {record.version} {'was returned to' if record.returning else 'superseded it'}{pull}"


def _hold(record: Held, digest: str, number: str) -> str:
    if record.digest == digest:
        return f"{record.by} called it back: {record.reason}"
    if record.before == number:
        return f"{record.by} called version {record.version} back instead: {record.reason}"
    return ""


def _drift(record: Drift) -> str:
    back = ", and was put back" if record.restored else ""
    words = {
        "alias": f"the alias {record.alias} was found at {record.found or 'nothing'}",
        "version": "it was gone from MLflow",
        "tags": "somebody had changed its tags",
        "bytes": "MLflow served other bytes as this version",
    }
    return f"{words[record.what]}{back}"
