"""What a policy's author is told on the day that the policy is checked."""

from __future__ import annotations

from datetime import date

import pytest

from bot.policy.lint import lint

TODAY = date(2026, 7, 1)
POLICY = """\
version: 1
model: flights
metrics: {auc: {min: 0.7}}
waivers:
  - rule: metrics.auc.min
    reason: labels of June are wrong
    by: "@ana"
    until: %s
"""


def linted(until, today=TODAY):
    return [str(problem) for problem in lint((("p.yaml", (POLICY % until).encode()),), today)]


def test_a_waiver_that_ends_more_than_180_days_ahead_is_an_error_at_its_line():
    (said,) = linted("2026-12-29")
    assert said.splitlines() == [
        "p.yaml:8:5: waivers[0].until: a waiver ends at most 180 days ahead: 2026-12-28 at the latest",
        "        until: 2026-12-29",
        "        ^",
    ]


@pytest.mark.parametrize("until", ["2026-12-28", "2026-07-01", "2020-01-01"])
def test_a_waiver_that_ends_sooner_is_well_and_so_is_one_that_is_over(until):
    assert linted(until) == []


def test_where_nobody_says_which_day_it_is_no_end_is_too_late():
    assert linted("2999-01-01", today=None) == []
