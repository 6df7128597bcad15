"""ROC and calibration of both models, as places in a square. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.evidence.phrase import Quoted
from bot.policy.curves import SideCurves
from bot.report.model import Words
from bot.report.page.scale import Scale

SIDE = 260.0
BEFORE_AND_AFTER = 2
_ACROSS, _UP = Scale(0, 1, 0, SIDE), Scale(0, 1, SIDE, 0)


@dataclass(frozen=True, slots=True)
class Series:
    """One model's line. `marks` are (x, y, radius); `which` its colour: 1 is main's, 2 the pull request's."""

    which: int
    name: Words
    line: str
    marks: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Square:
    """A drawing of rates or shares from 0 to 1 on both axes; `told` says it in words."""

    title: str
    across: str
    up: str
    told: Words
    series: tuple[Series, ...]


def squares_of(curves: tuple[SideCurves, ...]) -> tuple[Square, ...]:
    """ROC, then calibration, each where a model has one."""
    numbered = tuple(zip((2,) if len(curves) == 1 else (1, 2), curves, strict=False))
    return (*_roc(numbered), *_calibration(numbered))


def _roc(curves: tuple[tuple[int, SideCurves], ...]) -> tuple[Square, ...]:
    series = tuple(Series(at, (Quoted(one.name),), _line(one.roc)) for at, one in curves if one.roc)
    rows = max((one.rows for _, one in curves), default=0)
    words = (f"ROC of {rows:,} test rows: the further to the upper left, the better it ranks.",)
    return (Square("ROC", "false positive rate", "true positive rate", words, series),) if series else ()


def _calibration(curves: tuple[tuple[int, SideCurves], ...]) -> tuple[Square, ...]:
    series = tuple(
        Series(at, (Quoted(one.name),), _line(_shares(one)), _marks(one))
        for at, one in curves
        if one.calibration
    )
    words = ("Ten groups of test rows by predicted chance: on the diagonal, chances are what happens.",)
    return (Square("Calibration", "predicted chance", "observed share", words, series),) if series else ()


def _shares(side: SideCurves) -> tuple[tuple[float, float], ...]:
    return tuple((one.chance, one.share) for one in side.calibration)


def _line(points: tuple[tuple[float, float], ...]) -> str:
    return " ".join(f"{_ACROSS.at(x)},{_UP.at(y)}" for x, y in points)


def _marks(side: SideCurves) -> tuple[tuple[float, float, float], ...]:
    return tuple((_ACROSS.at(one.chance), _UP.at(one.share), 3.5) for one in side.calibration)
