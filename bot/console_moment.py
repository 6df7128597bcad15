"""What was champion in the past, as lines for a terminal. Performs no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bot.console import JSON_VERSION, safe_line
from bot.promotion.moment import ChampionThen, Moment


def moment_lines(found: Moment) -> Iterator[str]:
    """The champions then, after the record at which the ledger was read to its end."""
    if found.last is None:
        yield safe_line(f"{found.asked}: no record has {found.rule}; there was no champion.")
        return
    record = found.last.record
    yield safe_line(
        f"{found.asked}: record {record.sequence} ({found.last.commit[:12]}, {record.origin.time})"
    )
    yield f"    is the last with {found.rule}."
    if found.skewed:
        named = ", ".join(map(str, found.skewed[:5])) + (" and more" if len(found.skewed) > 5 else "")  # noqa: PLR2004
        yield f"    Before it, by a clock that was ahead, and counted: {named}."
    if not found.champions:
        yield "There was no champion."
    for one in found.champions:
        yield from map(safe_line, _champion(one))


def _champion(one: ChampionThen) -> Iterator[str]:
    record, origin = one.record, one.record.origin
    verb = "returned to" if record.returning else "promoted"
    pull = f" for #{origin.pull_request}" if origin.pull_request else ""
    yield f"{one.model}: version {one.version}, digest {one.digest[:12]}"
    yield f"    {verb} by record {record.sequence} ({one.by[:12]}, {origin.time})"
    yield f"    from {origin.head[:12]}{pull}; `modelbot evidence {one.digest[:12]} --model {one.model}`"
    if one.hold:
        yield f"    on hold since record {one.hold.sequence}, by {one.hold.by}: {one.hold.reason}"


def moment_json(found: Moment) -> Iterator[str]:
    """The same for a program."""
    last = found.last
    value = {
        "version": JSON_VERSION,
        "at": found.asked,
        "rule": f"the last record with {found.rule}",
        "record": _record(last.record.sequence, last.commit, last.record.origin.time) if last else None,
        "clock_ahead": list(found.skewed),
        "champions": [
            {
                "model": one.model,
                "version": one.version,
                "digest": one.digest,
                "by": _record(one.record.sequence, one.by, one.record.origin.time),
                "revision": one.record.origin.head,
                "pull_request": one.record.origin.pull_request,
                "returning": one.record.returning,
                "held_by": one.hold.by if one.hold else None,
            }
            for one in found.champions
        ],
    }
    yield json.dumps(value, indent=2, sort_keys=True)


def _record(sequence: int, commit: str, time: str) -> dict[str, object]:
    return {"sequence": sequence, "commit": commit, "time": time}
