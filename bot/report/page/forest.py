"""The slices of a metric, worst first, with their intervals on one axis. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.evidence.phrase import Quoted
from bot.policy.verdict import RuleResult, Status, Verdict
from bot.report import numbers
from bot.report.model import Words
from bot.report.page.scale import Scale, scale_for, ticks
from bot.report.page.strip import WIDTH, Strip, Tone, drawn_values, strip_of, tone_of
from bot.report.wording import decimals_of, limit_words, range_words, result_words, slice_words

CHANGES = ("max_regression", "must_improve", "max_regression_from_best")
SHOWN = 12
"""So many of the passing slices are unfolded."""
MOST = 300
"""So many slices of a metric are drawn."""


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One slice. `rows` is how many test rows it has, "" where that is not known."""

    slice: Quoted
    rows: str
    base: str
    candidate: str
    change: str
    result: str
    tone: Tone
    strip: Strip | None


@dataclass(frozen=True, slots=True)
class Forest:
    """One rule on every slice. `axis` are the places and words of its ticks; `folded` what needs no look.

    `hidden` is how many more slices are not drawn, the least bad of them.
    """

    title: Words
    limit: str
    axis: tuple[tuple[float, str], ...]
    zero: float
    rows: tuple[ForestRow, ...]
    folded: tuple[ForestRow, ...]
    left_out: tuple[Words, ...]
    hidden: int = 0


def forests_of(verdict: Verdict, *, passing: bool = True) -> tuple[Forest, ...]:
    """One for every rule that compares slices, the worst first, of at most 300 slices.

    Without `passing` slices, only those that need a look are drawn, and a few more.
    """
    found: dict[tuple[str, str], list[RuleResult]] = {}
    for result in verdict.results:
        if result.slice is not None and result.kind in CHANGES:
            found.setdefault((result.metric, result.kind), []).append(result)
    most = MOST if passing else 0
    return tuple(_forest(tuple(results), most) for results in sorted(found.values(), key=_worst))


def _worst(results: list[RuleResult]) -> tuple[int, str]:
    bad = {Status.ERROR: 0, Status.FAIL: 0, Status.INCONCLUSIVE: 1, Status.WAIVED: 2}
    return min(bad.get(result.status, 3) for result in results), results[0].metric


def _forest(results: tuple[RuleResult, ...], most: int) -> Forest:
    judged = sorted((one for one in results if one.status is not Status.SKIPPED), key=_badness)
    scale = scale_for((value for one in judged for value in drawn_values(one)), 0.0, WIDTH)
    decimals = decimals_of(tuple(judged))
    bad = sum(tone_of(one) != "good" for one in judged)
    shown = min(max(SHOWN, bad), MOST)
    rows = tuple(_row(one, scale, decimals) for one in judged[: max(shown, most)])
    return Forest(
        (Quoted(results[0].metric), " by slice"),
        next((limit_words(one) for one in judged if one.limit is not None), ""),
        tuple((scale.at(tick), numbers.change(tick, _tick_decimals(scale))) for tick in ticks(scale)),
        scale.at(0.0),
        rows[:shown],
        rows[shown:],
        tuple(one.reason for one in results if one.status is Status.SKIPPED)[:MOST],
        len(judged) - len(rows),
    )


def _badness(result: RuleResult) -> tuple[int, float, str]:
    order = {Status.ERROR: 0, Status.FAIL: 1, Status.INCONCLUSIVE: 2, Status.WAIVED: 3, Status.NEW: 4}
    change = result.improvement
    known = change is not None and change == change  # noqa: PLR0124 -- NaN
    return order.get(result.status, 5), change if known and change is not None else float("-inf"), result.rule


def _row(result: RuleResult, scale: Scale, decimals: int) -> ForestRow:
    count = result.noise.rows if result.noise else 0
    return ForestRow(
        slice_words(result.slice) if result.slice else Quoted(""),
        f"{count:,}" if count else "",
        numbers.number(result.base, decimals),
        numbers.number(result.candidate, decimals),
        range_words(result, decimals),
        result_words(result),
        tone_of(result),
        strip_of(result, scale) if result.improvement is not None else None,
    )


def _tick_decimals(scale: Scale) -> int:
    return numbers.decimals_for((), (scale.high - scale.low,))
