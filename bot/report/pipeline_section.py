"""What the pipeline did for this pull request, and what that cost. Performs no I/O."""

from __future__ import annotations

from bot.evidence.phrase import Quoted
from bot.report import numbers
from bot.report.facts import StageFact
from bot.report.model import Block, Column, Lines, Section, Table, Words

MOST_ROWS = 100
_STAGE_WORDS = {
    "ran": "ran",
    "cached": "up to date",
    "changed": "changed, not run here",
    "removed": "removed",
    "failed": "❌ failed",
}


def pipeline_section(stages: tuple[StageFact, ...]) -> Section | None:
    """What each stage did and why it was out of date, with the time it took."""
    if not stages:
        return None
    columns = (
        Column(("Stage",)),
        Column(("What happened",)),
        Column(("Time",), numeric=True),
        Column(("Why",)),
    )
    rows = tuple(_stage_row(stage) for stage in stages[:MOST_ROWS])
    hidden = len(stages) - len(rows)
    more: tuple[Block, ...] = (Lines(((f"and {hidden:,} more",),), "pipeline"),) if hidden else ()
    return Section(f"Pipeline: {_told(stages)}", (Table(columns, rows, "pipeline"), *more), "pipeline")


def _stage_row(stage: StageFact) -> tuple[Words, ...]:
    why: list[str | Quoted] = []
    for reason in stage.reasons:
        why += [*((", ",) if why else ()), *reason]
    return ((Quoted(stage.stage),), (_STAGE_WORDS[stage.outcome],), (_time(stage),), tuple(why) or ("",))


def _time(stage: StageFact) -> str:
    if stage.seconds is not None:
        return numbers.duration(stage.seconds)
    return "" if stage.took is None else f"took {numbers.duration(stage.took)}"


def _told(stages: tuple[StageFact, ...]) -> str:
    """How many stages did what; how long those took that ran, and those that did not have to."""
    counts = (
        (_count(stages, "failed"), " failed"),
        (_count(stages, "ran"), f" ran{_in_time(stages)}"),
        (_count(stages, "changed"), " changed but not run here"),
        (_count(stages, "removed"), " removed"),
    )
    done = ", ".join(f"{count}{words}" for count, words in counts if count)
    cached = tuple(stage for stage in stages if stage.outcome == "cached")
    if not cached:
        return done
    spared = _spared(cached)
    between = "; " if spared else ", "
    return f"{done}{between if done else ''}{len(cached)} up to date{spared}"


def _count(stages: tuple[StageFact, ...], outcome: str) -> int:
    return sum(stage.outcome == outcome for stage in stages)


def _in_time(stages: tuple[StageFact, ...]) -> str:
    seconds = sum(stage.seconds or 0.0 for stage in stages)
    return f" in {numbers.duration(seconds)}" if seconds else ""


def _spared(cached: tuple[StageFact, ...]) -> str:
    """The time of the runs that were not needed again, of as many stages as it is known of."""
    known = [stage.took for stage in cached if stage.took is not None]
    if not known:
        return ""
    which = "which" if len(known) == len(cached) else f"{len(known)} of which"
    when = "when it ran" if len(known) == 1 else "when they ran"
    return f", {which} took {numbers.duration(sum(known))} {when}"
