"""What was champion at some time in the past, and by which decision: the ledger up to there. Performs no I/O.

Clocks only choose where to stop, and never put records in order: that is what sequence numbers are for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.errors import InvalidInputError, NotEvaluatedError
from bot.promotion.codec import TODO
from bot.promotion.ledger import Committed, fold
from bot.promotion.records import Held, Promoted

DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class ChampionThen:
    """One model's champion then; `by` is the commit and the record that made it so, `hold` who held it."""

    model: str
    version: str
    digest: str
    by: str
    record: Promoted
    hold: Held | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The ledger up to `last`, the last record that counts; None: all came later.

    `skewed` are records before it whose clock says a later time than was asked for.
    """

    asked: str
    rule: str
    last: Committed | None
    skewed: tuple[int, ...]
    champions: tuple[ChampionThen, ...]


def parse_moment(text: str) -> datetime | None:
    """A time from ISO text, UTC where no zone is said, a date meaning its end; None where it is none.

    Raises:
        InvalidInputError: it begins like a date and is none.
    """
    if not DATE.match(text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        what = f"{text!r} is not a time: {error}."
        raise InvalidInputError(what, "Write 2026-03-01 or 2026-03-01T12:00:00Z.") from error
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    whole_day = DATE.fullmatch(text) is not None
    return found + timedelta(days=1, microseconds=-1) if whole_day else found


def at_time(records: Sequence[Committed], asked: str, time: datetime, model: str | None) -> Moment:
    """The state after the last record whose time is not after `time`.

    Raises:
        NotEvaluatedError: a record's time cannot be read.
    """
    times = [_time(committed) for committed in records]
    position = max((index for index, one in enumerate(times) if one <= time), default=-1)
    skewed = tuple(records[index].record.sequence for index in range(position) if times[index] > time)
    return _moment(records[: position + 1], (asked, "a time not after it"), skewed, model)


def at_revision(
    records: Sequence[Committed], asked: str, contains: Callable[[str], bool], model: str | None
) -> Moment:
    """The state after the last record that was decided on a revision which `contains` knows."""
    found = (index for index, one in enumerate(records) if contains(one.record.origin.head))
    position = max(found, default=-1)
    return _moment(records[: position + 1], (asked, "a revision of main that it contains"), (), model)


def _moment(
    records: Sequence[Committed], words: tuple[str, str], skewed: tuple[int, ...], model: str | None
) -> Moment:
    by = {one.record.sequence: one.commit for one in records}
    champions = tuple(
        ChampionThen(
            one.model, one.champion.version, one.champion.digest, by[promoted.sequence], promoted, one.hold
        )
        for one in fold(records).models
        if one.champion and (promoted := one.promotion) and model in {None, one.model}
    )
    return Moment(*words, records[-1] if records else None, skewed, champions)


def _time(committed: Committed) -> datetime:
    text = committed.record.origin.time
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        what = f"The ledger's record {committed.commit[:12]} has no time that can be read: {text!r}."
        raise NotEvaluatedError(what, TODO) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
