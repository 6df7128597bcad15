"""How a metric went: which values are told, and bars that never say more than the values do."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evidence.facts import EvidenceLevel, Metric, MetricTable, Side, Unreadable
from bot.policy.verdict import PolicyRef, Position, RuleResult, Severity, SliceKey, Status, Verdict
from bot.report.page.line import EDGE, HEIGHT, WIDTH, line_of
from bot.report.trend import BARS, UNKNOWN, Trend, sparkline, trends_of

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.floats()))
def test_there_is_a_bar_for_every_value(values):
    assert len(sparkline(values)) == len(values)


@given(st.lists(st.floats()))
def test_what_is_no_finite_number_is_a_dot_and_nothing_else_is(values):
    shown = sparkline(values)
    assert [bar == UNKNOWN for bar in shown] == [not math.isfinite(value) for value in values]


@given(st.lists(FINITE, min_size=2))
def test_a_larger_value_has_no_lower_bar(values):
    shown = sparkline(sorted(values))
    assert [BARS.index(bar) for bar in shown] == sorted(BARS.index(bar) for bar in shown)


@given(FINITE, st.integers(1, 20))
def test_equal_values_have_one_bar_in_the_middle(value, count):
    assert sparkline([value] * count) == "▄" * count


@given(st.lists(st.integers(-1000, 1000), min_size=2, unique=True))
def test_the_smallest_has_the_lowest_bar_and_the_largest_the_highest(values):
    shown = dict(zip(values, sparkline(map(float, values)), strict=True))
    assert (shown[min(values)], shown[max(values)]) == ("▁", "█")


def test_the_largest_floats_are_drawn():
    assert sparkline([-1.7e308, 0.0, 1.7e308]) == "▁▅█"


@given(st.lists(FINITE, min_size=2, max_size=11))
def test_every_point_of_the_line_lies_in_its_drawing(values):
    line = line_of(Trend("auc", tuple((f"v{at}", value) for at, value in enumerate(values))))
    assert all(EDGE <= x <= WIDTH - EDGE and EDGE <= y <= HEIGHT - EDGE for x, y in line.points)
    assert [x for x, _ in line.points] == sorted(x for x, _ in line.points)


def test_a_line_says_its_values_in_words():
    line = line_of(Trend("auc", (("v1", 0.7), ("v\u202e2", 0.71), ("this PR", 0.7234))))
    assert line.said == "v1 0.7000, v\ufffd2 0.7100, this PR 0.7234"


def result(
    metric: str = "auc", candidate: float | None = 0.8, rule: str = "metrics", slice_=None
) -> RuleResult:
    return RuleResult(
        f"{rule}.{metric}.min", "min", metric, Status.PASS, Severity.BLOCK, ("ok",), Position("p.yaml", 1, 1),
        "higher", slice_, candidate=candidate,
    )  # fmt: skip


def versions(*values: float | None) -> tuple[Side, ...]:
    return tuple(
        Side(
            f"v{at}",
            "9" * 40,
            MetricTable(()) if value is None else MetricTable((Metric("auc", value),)),
            EvidenceLevel.REPRODUCED,
            resources=(Metric("model_size_mb", float(at)),),
        )
        for at, value in enumerate(values, 1)
    )


def trends(*results: RuleResult, history: tuple[Side, ...]) -> tuple[Trend, ...]:
    return trends_of(Verdict("m", PolicyRef("p.yaml", "9" * 40, "a" * 64), results), history)


@pytest.mark.parametrize(
    ("history", "candidate"),
    [
        (versions(0.1, 0.2), 0.8),
        (versions(0.1, None, 0.2), 0.8),
        (versions(0.1, math.nan, 0.2), 0.8),
        (versions(0.1, 0.2, 0.3), None),
        (versions(0.1, 0.2, 0.3), math.inf),
        (
            (
                *versions(0.1, 0.2),
                Side("v3", "9" * 40, Unreadable("m.json", "broken"), EvidenceLevel.CLAIMED),
            ),
            0.8,
        ),
    ],
)
def test_fewer_than_three_values_or_none_of_its_own_are_no_trend(history, candidate):
    assert trends(result(candidate=candidate), history=history) == ()


def test_a_trend_ends_with_this_pull_request():
    (trend,) = trends(result(), result(), history=versions(0.1, None, 0.2, 0.3))
    assert trend == Trend("auc", (("v1", 0.1), ("v3", 0.2), ("v4", 0.3), ("this PR", 0.8)))


def test_a_size_is_what_is_known_of_the_version_and_a_number_of_the_data_has_no_trend():
    history = versions(0.1, 0.2, 0.3)
    size = result("model_size_mb", 4.0, "resources")
    assert trends(size, result(rule="data.checks"), history=history) == (
        Trend("model_size_mb", (("v1", 1.0), ("v2", 2.0), ("v3", 3.0), ("this PR", 4.0))),
    )


def test_a_slice_has_no_trend():
    assert trends(result(slice_=SliceKey("a", "b"), rule="metrics"), history=versions(0.1, 0.2, 0.3)) == ()
