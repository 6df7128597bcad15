"""How noisy reported numbers are, by what is reported of that. Performs no I/O."""

from __future__ import annotations

import math

from bot.evidence.facts import Evidence, Metric, MetricTable, Side
from bot.policy.rules.subject import Subject
from bot.policy.verdict import Noise
from bot.statistics.change import CannotTell, Change
from bot.statistics.power import rows_needed_for, smallest_visible
from bot.statistics.reported import from_history, from_repeats, from_standard_errors

EXACT = frozenset({"model_size_mb", "model_files"})
ENOUGH = 10
TOO_LARGE = CannotTell("the numbers are too large to work out their noise")


def reported_change(subject: Subject, side: Side, evidence: Evidence) -> Change | CannotTell | None:
    """The change of a reported number, by standard errors, repeats or history; None: single values."""
    if subject.scope == "resources" and subject.metric not in EXACT:
        return _by_history(subject, side, evidence)
    if subject.slice is not None:
        return None
    if subject.stderr is not None:
        return _by_standard_errors(subject, subject.stderr, side, evidence.head)
    if subject.repeats is not None:
        return _by_repeats(subject.repeats, side, evidence.head)
    return None


def has_history(evidence: Evidence, name: str) -> bool:
    """Whether enough promotions measured this number to know its noise."""
    return len(_history(evidence, name)) >= ENOUGH


def _history(evidence: Evidence, name: str) -> tuple[float, ...]:
    values = (_known(side, name) for side in evidence.promoted)
    return tuple(value for value in values if value is not None and math.isfinite(value))


def _by_history(subject: Subject, side: Side, evidence: Evidence) -> Change | CannotTell | None:
    base, candidate = _known(side, subject.metric), _known(evidence.head, subject.metric)
    values = _history(evidence, subject.metric)
    if base is None or candidate is None or len(values) < ENOUGH:
        return None
    try:
        return from_history(values, base, candidate)
    except OverflowError:
        return TOO_LARGE


def _known(side: Side, name: str) -> float | None:
    own: tuple[Metric, ...] = side.resources
    found = next((metric.value for metric in own if metric.name == name), None)
    if found is not None:
        return found
    return side.measured.value(name) if isinstance(side.measured, MetricTable) else None


def _by_standard_errors(subject: Subject, key: str, side: Side, head: Side) -> Change | CannotTell:
    numbers = [_known(one, name) for one in (side, head) for name in (subject.metric, key)]
    found = [number for number in numbers if number is not None and math.isfinite(number)]
    if len(found) < len(numbers) or found[1] < 0 or found[3] < 0:
        return CannotTell("a side does not report a standard error")
    return from_standard_errors(*found)


def _by_repeats(key: str, side: Side, head: Side) -> Change | CannotTell:
    before, after = (repeats_of(one, key) for one in (side, head))
    if before is None or after is None:
        return CannotTell("a side does not report repeats")
    if not all(map(math.isfinite, (*before, *after))):
        return CannotTell("a side reports repeats that are no numbers")
    try:
        return from_repeats(before, after)
    except OverflowError:
        return TOO_LARGE


def repeats_of(side: Side, key: str) -> tuple[float, ...] | None:
    """What a side reports of a metric over seeds; None where it does not."""
    table = side.measured
    found = table.repeats if isinstance(table, MetricTable) else ()
    return next((one.values for one in found if one.name == key), None)


def noise_of(change: Change, margin: float) -> Noise:
    """What a report says of an interval: how it was made, and what the rows can show."""
    return Noise(
        change.method,
        change.rows,
        smallest_visible(change.standard_error),
        rows_needed_for(change, margin) if change.rows else None,
        change.p_at_least(-margin),
        change.seed,
        change.discordant,
    )
