"""Digits: a difference must be seen, and a missed limit must not look met."""

from __future__ import annotations

import math

import pytest

from bot.report.numbers import change, counted, decimals_for, difference, duration, number, shortest, size


@pytest.mark.parametrize(
    ("base", "candidate", "shown"),
    [
        (0.7177, 0.7216, ("0.7177", "0.7216", "+0.0039")),
        (0.7177, 0.71771234, ("0.717700", "0.717712", "+0.000012")),
        (118.31, 120.1, ("118.3", "120.1", "+1.8")),
        (12000.0, 11000.0, ("12000", "11000", "\N{MINUS SIGN}1000")),
        (0.3, 0.1 + 0.2, ("0.3000", "0.3000", "0")),
        (0.0, 0.0, ("0", "0", "0")),
        (1e300, 1e299, ("1e+300", "1e+299", "\N{MINUS SIGN}9e+299")),
        (-0.5, 0.5, ("\N{MINUS SIGN}0.5000", "0.5000", "+1.0000")),
    ],
)
def test_both_sides_have_the_same_decimals_and_the_change_is_visible(
    base: float, candidate: float, shown: tuple[str, str, str]
) -> None:
    apart = difference(base, candidate)
    decimals = decimals_for((base, candidate), (apart,))
    told = change(apart, decimals)
    assert (number(base, decimals), number(candidate, decimals), told) == shown


def test_a_value_just_under_its_limit_is_not_rounded_onto_it() -> None:
    decimals = decimals_for((0.69996,), gaps=(0.69996 - 0.7,))
    assert number(0.69996, decimals) == "0.69996"


def test_a_number_is_never_rounded_to_nothing() -> None:
    assert number(1e-12, 4) == "1e-12"
    assert change(-1e-12, 4) == "\N{MINUS SIGN}1e-12"


@pytest.mark.parametrize(
    ("value", "shown"), [(math.nan, "NaN"), (math.inf, "infinity"), (-math.inf, "\N{MINUS SIGN}infinity")]
)
def test_what_is_no_number_says_so(value: float, shown: str) -> None:
    decimals = decimals_for((value, 0.5), (value,))
    assert (decimals, number(value, decimals), shortest(value)) == (4, shown, shown)
    assert change(math.nan, 2) == "NaN"


def test_what_is_missing_is_none_and_not_zero() -> None:
    assert number(None, 3) == "none"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.04, "0.0 s"),
        (0.96, "1.0 s"),
        (8.4, "8 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 B"), (999, "999 B"), (4_100_000, "4.1 MB"), (2 * 10**15, "2000.0 TB")]
)
def test_sizes_are_decimal(count: int, shown: str) -> None:
    assert size(count) == shown


def test_one_is_singular() -> None:
    assert [counted(n, "rule") for n in (0, 1, 2, 1200)] == ["0 rules", "1 rule", "2 rules", "1,200 rules"]
