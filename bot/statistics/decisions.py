"""Which class each model decides for. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.statistics.arrays import Bools, Codes, Column, as_floats, is_number, is_text
from bot.statistics.change import CannotTell
from bot.statistics.labels import (
    NO_POSITIVE,
    NOT_SAID,
    OTHER_KIND,
    class_codes,
    equal,
    positive_column,
    positives,
)
from bot.statistics.spec import Spec

MISMATCH = CannotTell("of labels and predictions one are texts and the other numbers", unfit=True)
NO_SCORES = CannotTell("a threshold needs scores, and the predictions are classes", unfit=True)
HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Codes below `classes` of each row's label (n,) and of the class that each model decides for, each (n,).

    `positive` is the positive class's code; `why` there is none: no row has it, or it is not said.
    """

    label: Codes
    sides: tuple[Codes, ...]
    classes: int
    positive: int | None
    why: CannotTell = NOT_SAID

    def one_against_rest(self) -> Decided:
        """The positive class, 1, against all others, 0. Raises ValueError where it is not said."""
        if self.positive is None:
            raise ValueError("which class is positive is not said")
        label, *sides = ((one == self.positive).astype(np.int64) for one in (self.label, *self.sides))
        return Decided(label, tuple(sides), 2, 1)


def correct(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> Bools | CannotTell:
    """Which rows (n,) are decided rightly."""
    if score.ndim == 1 and not _are_scores(spec, label, score):
        return _mismatch(label, score) or equal(label, score)
    found = decide(spec, label, (score,), classes)
    return found if isinstance(found, CannotTell) else found.label == found.sides[0]


def decide(
    spec: Spec, label: Column, scores: tuple[Column, ...], classes: tuple[object, ...]
) -> Decided | CannotTell:
    """The decision of each model for each row.

    Class probabilities (n, k) decide for the most probable class, the first of equals; with a threshold, for
    the positive class from it on. Scores (n,) decide for the positive class from the threshold on, 0.5 where
    none is said. Predicted classes (n,) are decisions: texts, booleans, integers, and floats that are all
    whole, unless a threshold is said.
    """
    if scores[0].ndim == 1 and not any(_are_scores(spec, label, score) for score in scores):
        return _from_classes(spec, label, scores)
    if spec.threshold is None and scores[0].ndim > 1:
        return _from_chances(spec, label, scores, classes)
    return _from_scores(spec, label, scores, classes)


def _are_scores(spec: Spec, label: Column, score: Column) -> bool:
    if spec.threshold is not None:
        return True
    return score.dtype.kind == "f" and not (is_number(label) and bool((as_floats(score) % 1 == 0).all()))


def _mismatch(label: Column, score: Column) -> CannotTell | None:
    return MISMATCH if is_text(label) != is_text(score) else None


def _from_scores(
    spec: Spec, label: Column, scores: tuple[Column, ...], classes: tuple[object, ...]
) -> Decided | CannotTell:
    positive = positives(spec, label)
    if isinstance(positive, CannotTell):
        return positive
    if not all(is_number(score) for score in scores):
        return NO_SCORES
    column = None if scores[0].ndim == 1 else positive_column(spec, classes)
    if isinstance(column, CannotTell):
        return column
    chances = (score if column is None else score[:, column] for score in scores)
    sides = tuple(_chosen(spec, label, chance).astype(np.int64) for chance in chances)
    return Decided(positive.astype(np.int64), sides, 2, 1)


def _chosen(spec: Spec, label: Column, chance: Column) -> Bools:
    """Which rows (n,) one model decides positive: of two models one may have predicted classes."""
    if not _are_scores(spec, label, chance):
        return equal(chance, 1 if spec.positive is None else spec.positive)
    return as_floats(chance) >= (HALF if spec.threshold is None else spec.threshold)


def _from_chances(
    spec: Spec, label: Column, scores: tuple[Column, ...], classes: tuple[object, ...]
) -> Decided | CannotTell:
    codes = class_codes(label, classes)
    if isinstance(codes, CannotTell):
        return codes
    column = positive_column(spec, classes)
    sides = tuple(np.argmax(score, axis=1).astype(np.int64) for score in scores)
    if isinstance(column, CannotTell):
        return Decided(codes, sides, len(classes), None, column)
    return Decided(codes, sides, len(classes), column)


def _from_classes(spec: Spec, label: Column, scores: tuple[Column, ...]) -> Decided | CannotTell:
    if any(_mismatch(label, score) for score in scores):
        return MISMATCH
    values, codes = _numbered((label, *scores))
    wanted = spec.positive
    if wanted is None and set(values) <= {0, 1} | {-1} and not {0, -1} <= set(values):
        wanted = 1
    if wanted in values:
        return Decided(codes[0], codes[1:], len(values), values.index(wanted))
    return Decided(codes[0], codes[1:], len(values), None, _why_none(label, wanted))


def _why_none(label: Column, wanted: object) -> CannotTell:
    """Why no class is the positive one."""
    if wanted is None:
        return NOT_SAID
    return NO_POSITIVE if is_text(label) == isinstance(wanted, str) else OTHER_KIND


def _numbered(columns: tuple[Column, ...]) -> tuple[list[object], tuple[Codes, ...]]:
    """The distinct values of all columns, in an order that rows do not decide, and each column in codes."""
    lists = [column.tolist() for column in columns]
    values = sorted(set().union(*lists), key=_numbers_first)
    places = {value: place for place, value in enumerate(values)}
    codes = tuple(np.fromiter(map(places.__getitem__, one), np.int64, len(one)) for one in lists)
    return values, codes


def _numbers_first(one: object) -> tuple[bool, float | str]:
    return (False, one) if isinstance(one, int | float) else (True, repr(one))
