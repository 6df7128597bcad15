"""Labels against classes: which rows are positive, which class a row has. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.statistics.arrays import Bools, Codes, Column, Floats, as_floats, is_number, is_text
from bot.statistics.change import CannotTell
from bot.statistics.spec import Spec

NOT_SAID = CannotTell(
    "the labels are others than 0 and 1, and which one is positive is not said; name it with `positive:`",
    unfit=True,
)
OTHER_KIND = CannotTell("`positive` is text and the labels are numbers, or the other way round", unfit=True)
NO_POSITIVE = CannotTell("no row has the positive label")
UNKNOWN = CannotTell("a label is not among the predicted classes", unfit=True)
NOT_A_CLASS = CannotTell("the positive label is not among the predicted classes", unfit=True)
NOT_SCORES = CannotTell("the predictions are classes, and this kind needs scores", unfit=True)
ONE_CLASS = CannotTell("all rows have the same label")


def positives(spec: Spec, label: Column) -> Bools | CannotTell:
    """Which rows (n,) have the positive label.

    Without `positive`, 1 (or true) among labels that are 0 and 1, -1 and 1, or booleans; else not guessed.
    """
    if spec.positive is None:
        return _ones(label)
    if is_text(label) != isinstance(spec.positive, str):
        return OTHER_KIND
    positive = equal(label, spec.positive)
    return positive if positive.any() else NO_POSITIVE


def _ones(label: Column) -> Bools | CannotTell:
    if label.dtype == np.bool_:
        return label.astype(np.bool_, copy=False)
    if is_text(label):
        return NOT_SAID
    ones = equal(label, 1)
    rest = label[~ones]
    return ones if (rest == 0).all() or (rest == -1).all() else NOT_SAID


def equal(label: Column, wanted: object) -> Bools:
    """Which rows (n,) have this label."""
    return np.asarray(label == wanted, dtype=np.bool_)


def positive_column(spec: Spec, classes: tuple[object, ...]) -> int | CannotTell:
    """Which column of class probabilities is the positive class's."""
    if spec.positive is not None:
        return classes.index(spec.positive) if spec.positive in classes else NOT_A_CLASS
    if len(classes) == 2 and classes[1] == 1 and classes[0] in {0, -1}:  # noqa: PLR2004
        return 1
    return NOT_SAID


def positive_scores(spec: Spec, score: Column, classes: tuple[object, ...]) -> Floats | CannotTell:
    """The scores (n,) of the positive class, from scores (n,) or class probabilities (n, k)."""
    if not is_number(score):
        return NOT_SCORES
    if score.ndim == 1:
        return as_floats(score)
    column = positive_column(spec, classes)
    return column if isinstance(column, CannotTell) else as_floats(score[:, column])


def is_averaged(spec: Spec, score: Column) -> bool:
    """Whether a ranking of rows is asked for each class against the rest, and averaged."""
    return score.ndim > 1 and spec.positive is None and spec.average not in {None, "binary"}


def class_codes(label: Column, classes: tuple[object, ...]) -> Codes | CannotTell:
    """The place of each row's label (n,) among the classes; CannotTell when one is not there."""
    codes = np.full(len(label), -1, dtype=np.int64)
    for place, one in enumerate(classes):
        if is_text(label) == isinstance(one, str):
            codes[equal(label, one)] = place
    return UNKNOWN if (codes < 0).any() else codes


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Which rows are positive (n,), their scores (n,), and the column of class probabilities, if any."""

    positive: Bools
    score: Floats
    column: int | None


def ranking_of(spec: Spec, label: Column, score: Column, classes: tuple[object, ...]) -> Ranking | CannotTell:
    """Rows to rank by the positive class's score; CannotTell unless there are rows of either kind."""
    positive, scores = positives(spec, label), positive_scores(spec, score, classes)
    if isinstance(scores, CannotTell):
        return scores
    if isinstance(positive, CannotTell):
        return positive
    if positive.all() or not positive.any():
        return ONE_CLASS
    column = None if score.ndim == 1 else positive_column(spec, classes)
    return column if isinstance(column, CannotTell) else Ranking(positive, scores, column)
