"""Places in drawings: what is drawn lies inside, in the order of its values, whatever the values are."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evidence.phrase import Quoted
from bot.policy.verdict import Noise, PolicyRef, Position, RuleResult, Severity, SliceKey, Status, Verdict
from bot.report.facts import StageFact
from bot.report.page.forest import SHOWN, forests_of
from bot.report.page.graph import MOST_STAGES, graph_of
from bot.report.page.scale import scale_for, ticks
from bot.report.page.strip import WIDTH, drawn_values, strip_of, tone_of

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def change(improvement: float | None, low: float | None = None, high: float | None = None, **more: object):
    result = RuleResult(
        "slices.auc.max_regression[c=a]", "max_regression", "auc", Status.PASS, Severity.BLOCK,
        ("words",), Position("p.yaml", 1, 1), "higher", SliceKey("c", "a"), 0.8,
        None if improvement is None else 0.8 + improvement, improvement, low, high, 0.02,
        noise=Noise("DeLong", 900, 0.03),
    )  # fmt: skip
    return replace(result, **more)


def verdict(*results: RuleResult) -> Verdict:
    return Verdict("m", PolicyRef("p.yaml", "9" * 40, "a" * 64), results)


class TestScale:
    @given(st.lists(st.one_of(st.none(), st.floats()), max_size=5), st.floats(allow_nan=False))
    def test_every_place_lies_in_the_drawing(self, values, value):
        scale = scale_for(values, 0.0, 240.0)
        assert 0.0 <= scale.at(value) <= 240.0

    @given(NUMBERS, NUMBERS)
    def test_a_larger_value_is_never_left_of_a_smaller(self, one, other):
        scale = scale_for((one, other), 0.0, 240.0)
        assert (scale.at(min(one, other))) <= scale.at(max(one, other))

    @given(NUMBERS, NUMBERS)
    def test_ticks_are_few_and_lie_on_the_scale(self, one, other):
        scale = scale_for((one, other), 0.0, 240.0)
        found = ticks(scale)
        assert len(found) <= 6
        assert all(scale.low <= tick <= scale.high or math.isclose(tick, scale.low) for tick in found)

    def test_ticks_are_round_numbers(self):
        assert ticks(scale_for((-0.041, 0.013), 0, 240)) == pytest.approx((-0.04, -0.02, 0.0))


class TestStrip:
    @given(st.tuples(NUMBERS, NUMBERS, NUMBERS))
    def test_a_change_is_drawn_within_its_range_and_both_on_the_line(self, values):
        low, middle, high = sorted(values)
        result = change(middle, low, high)
        strip = strip_of(result, scale_for(drawn_values(result), 0.0, WIDTH))
        assert 0 <= strip.low <= strip.point <= strip.high <= WIDTH

    def test_what_is_worse_than_the_limit_lies_left_of_it(self):
        result = change(-0.05, -0.06, -0.04)
        strip = strip_of(result, scale_for(drawn_values(result), 0.0, WIDTH))
        assert strip.high < strip.limit < strip.zero

    def test_the_gain_that_is_asked_lies_right_of_no_change(self):
        result = change(0.05, kind="must_improve", limit=0.01)
        strip = strip_of(result, scale_for(drawn_values(result), 0.0, WIDTH))
        assert strip.zero < strip.limit < strip.point

    @pytest.mark.parametrize(
        ("status", "severity", "tone"),
        [
            (Status.FAIL, Severity.BLOCK, "bad"),
            (Status.FAIL, Severity.WARN, "unsure"),
            (Status.ERROR, Severity.BLOCK, "bad"),
            (Status.INCONCLUSIVE, Severity.BLOCK, "unsure"),
            (Status.WAIVED, Severity.BLOCK, "unsure"),
            (Status.PASS, Severity.BLOCK, "good"),
            (Status.SKIPPED, Severity.BLOCK, "quiet"),
            (Status.NEW, Severity.BLOCK, "quiet"),
        ],
    )
    def test_a_result_has_the_tone_of_what_it_means(self, status, severity, tone):
        assert tone_of(change(0.0, status=status, severity=severity)) == tone


def slice_of(number: int, improvement: float, status: Status = Status.PASS) -> RuleResult:
    key = SliceKey("c", f"v{number:03}")
    return change(improvement, improvement - 0.01, improvement + 0.01, slice=key, status=status)


class TestForest:
    def test_the_worst_slice_comes_first_and_failures_before_what_only_moved(self):
        results = (
            slice_of(1, -0.01),
            slice_of(2, -0.9, Status.INCONCLUSIVE),
            slice_of(3, -0.05, Status.FAIL),
        )
        (forest,) = forests_of(verdict(*results))
        assert [row.slice for row in forest.rows] == [Quoted("c=v003"), Quoted("c=v002"), Quoted("c=v001")]

    def test_passing_slices_beyond_a_dozen_are_folded_and_failing_ones_never(self):
        bad = tuple(slice_of(number, -0.05, Status.FAIL) for number in range(20))
        good = tuple(slice_of(number, 0.01) for number in range(20, 60))
        (forest,) = forests_of(verdict(*bad, *good))
        assert (len(forest.rows), len(forest.folded)) == (20, 40)
        (forest,) = forests_of(verdict(*good))
        assert (len(forest.rows), len(forest.folded)) == (SHOWN, 28)

    def test_a_slice_that_is_not_judged_is_named_with_its_reason(self):
        small = slice_of(1, 0.0, Status.SKIPPED)
        (forest,) = forests_of(verdict(small, slice_of(2, 0.0)))
        assert forest.left_out == (small.reason,)
        assert [row.slice for row in forest.rows] == [Quoted("c=v002")]

    def test_a_slice_without_a_change_is_told_without_a_drawing(self):
        new = change(None, status=Status.NEW, base=None)
        (forest,) = forests_of(verdict(new))
        assert forest.rows[0].strip is None


class TestGraph:
    def test_a_stage_stands_right_of_all_it_reads_from(self):
        stages = tuple(StageFact(name, "ran", 1.0) for name in ("d", "c", "b", "a"))
        graph = graph_of(stages, (("a", "b"), ("b", "d"), ("a", "c"), ("c", "d"), ("a", "d")))
        x = {node.name.text: node.x for node in graph.nodes}
        assert x["a"] < x["b"] == x["c"] < x["d"]

    def test_no_two_stages_lie_on_each_other(self):
        stages = tuple(StageFact(f"s{number}", "cached") for number in range(MOST_STAGES))
        graph = graph_of(stages, (("s0", "s1"), ("s0", "s2")))
        assert len({(node.x, node.y) for node in graph.nodes}) == MOST_STAGES

    def test_a_circle_ends(self):
        stages = (StageFact("a", "ran"), StageFact("b", "ran"))
        assert graph_of(stages, (("a", "b"), ("b", "a"))) is not None

    def test_a_long_name_is_cut_and_strange_signs_are_replaced(self):
        graph = graph_of((StageFact("train\u202e" + "x" * 50, "ran"),), ())
        (node,) = graph.nodes
        assert len(node.name.text) <= 20
        assert "\u202e" not in node.name.text

    def test_hundreds_of_stages_are_left_to_the_table(self):
        assert graph_of(tuple(StageFact(str(n), "ran") for n in range(MOST_STAGES + 1)), ()) is None
