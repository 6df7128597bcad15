"""A change is that of two values: what cannot be told of one model cannot be told of a change, and why."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bot.statistics.change import CannotTell
from bot.statistics.paired import paired_change
from bot.statistics.rows import PairedRows
from bot.statistics.spec import Kind, Spec
from bot.statistics.values import value

ROWS = 120
HALVES = np.arange(ROWS) % 2
THIRDS = np.arange(ROWS) % 3
NAMES, LETTERS = np.array(["no", "yes"]), np.array(["a", "b", "c"])


def chances(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(ROWS)


def shares(seed: int, classes: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).random((ROWS, classes))
    return drawn / drawn.sum(axis=1, keepdims=True)


def certain(seed: int, classes: int) -> np.ndarray:
    return np.eye(classes)[np.random.default_rng(seed).integers(0, classes, ROWS)]


def decided(seed: int, names: np.ndarray) -> np.ndarray:
    return names[np.random.default_rng(seed).integers(0, len(names), ROWS)]


COLUMNS = {
    "chances": (HALVES, chances(1), chances(2)),
    "booleans": (HALVES == 1, chances(1), chances(2)),
    "no chances on main": (HALVES, chances(1) + 1, chances(2)),
    "no chances in the pull request": (HALVES, chances(1), chances(2) - 1),
    "texts": (NAMES[HALVES], chances(1), chances(2)),
    "texts for texts": (NAMES[HALVES], decided(1, NAMES), decided(2, NAMES)),
    "numbers for texts": (NAMES[HALVES], decided(1, np.arange(2)), decided(2, np.arange(2))),
    "texts for numbers": (HALVES, decided(1, NAMES), decided(2, NAMES)),
    "classes": (HALVES, decided(1, np.arange(2)), decided(2, np.arange(2))),
    "three classes": (THIRDS, decided(1, np.arange(3)), decided(2, np.arange(3))),
    "measured": (chances(3), chances(1), chances(2)),
    "equal labels": (np.ones(ROWS), chances(1), chances(2)),
    "three shares": (LETTERS[THIRDS], shares(1, 3), shares(2, 3), None, tuple(LETTERS.tolist())),
    "an unknown label": (LETTERS[THIRDS], shares(1, 3), shares(2, 3), None, ("a", "b", "x")),
    "a class without rows": (LETTERS[HALVES], shares(1, 3), shares(2, 3), None, ("a", "b", "c")),
    "two shares": (NAMES[HALVES], shares(1, 2), shares(2, 2), None, ("no", "yes")),
    "-1 and 1": (2 * HALVES - 1, shares(1, 2), shares(2, 2), None, (-1, 1)),
    "certain shares": (THIRDS, certain(1, 3), certain(2, 3), None, (0, 1, 2)),
    "certain on one side": (HALVES, certain(1, 2), shares(2, 2), None, (0, 1)),
}
SPECS = [
    {"positive": positive} | more
    for positive, more in itertools.product(
        (None, 1, "yes", "b"), ({}, {"threshold": 0.3}, {"average": "macro"}, {"average": "weighted"})
    )
]


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("kind", Kind)
def test_a_change_has_the_values_of_both_models_or_the_reason_why_one_has_none(kind, columns):
    rows = PairedRows(*COLUMNS[columns])
    for how in SPECS:
        spec = Spec(kind, **how)
        sides = [value(spec, rows.label, side, rows.classes) for side in (rows.base, rows.candidate)]
        found = paired_change(spec, rows, 1)
        why = next((side for side in sides if isinstance(side, CannotTell)), None)
        if why is not None:
            assert isinstance(found, CannotTell), how
            assert kind is Kind.ECE or (found.reason, found.unfit) == (why.reason, why.unfit), how
        known = [None if isinstance(side, CannotTell) else pytest.approx(side) for side in sides]
        assert [found.base, found.candidate] == known, how
        assert found.rows == ROWS, how
