"""How often the same test data decided on a model: what is on record. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.evidence.facts import PriorUse
from bot.promotion.records import Promoted, Record, Refused

DAY = len("2026-03-01")


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision on a model: with which test data, on which day, and whether it became champion."""

    tested_on: str
    day: str
    promoted: bool


def decision_of(record: Record) -> Decided | None:
    """The decision that a record is; None where it is none, or does not say which test data it stood on.

    A return is none: its change rules are skipped, and nothing is chosen by the test data again.
    """
    if not isinstance(record, Promoted | Refused) or record.judgement.tested_on is None:
        return None
    if isinstance(record, Promoted) and record.returning:
        return None
    return Decided(record.judgement.tested_on, record.origin.time[:DAY], isinstance(record, Promoted))


def use_of(decided: Iterable[Decided], tested_on: str | None) -> PriorUse | None:
    """The decisions, oldest first, that the same test data took before; None where there are none."""
    same = tuple(one for one in decided if one.tested_on == tested_on)
    if not same:
        return None
    promotions = sum(one.promoted for one in same)
    return PriorUse(promotions, len(same) - promotions, same[0].day)
