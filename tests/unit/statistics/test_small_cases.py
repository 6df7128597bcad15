"""What the parts of the computations promise at their edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.statistics.arrays import compact, is_text
from bot.statistics.change import CannotTell, Change
from bot.statistics.draws import resampled_totals
from bot.statistics.ordering import order_of
from bot.statistics.paired import paired_change
from bot.statistics.ranking import components
from bot.statistics.reported import from_history, from_repeats, from_standard_errors
from bot.statistics.rows import PairedRows
from bot.statistics.spec import Kind, Spec
from bot.statistics.values import value


class TestCodes:
    @given(st.lists(st.integers(-5, 2_000), max_size=40))
    def test_codes_are_renumbered_without_gaps_in_their_order(self, codes):
        found, groups = compact(np.array(codes, dtype=np.int64))
        values, inverse = np.unique(np.array(codes, dtype=np.int64), return_inverse=True)
        assert groups == len(values)
        assert found.tolist() == inverse.tolist()

    @pytest.mark.parametrize(
        ("column", "texts"),
        [
            (np.array(["a", "b"]), True),
            (np.array(["a"], dtype=object), True),
            (np.array(["a", 1], dtype=object), True),
            (np.array([1, "a"], dtype=object), False),
            (np.array([], dtype=object), False),
            (np.array([1.0]), False),
        ],
    )
    def test_the_first_object_says_whether_they_are_texts(self, column, texts):
        assert is_text(column) is texts


class TestRanking:
    @given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
    def test_components_are_shares_of_pairs_on_the_right_side(self, rows):
        score = np.array([one for one, _ in rows], dtype=float)
        positive = np.array([one for _, one in rows])
        if positive.all() or not positive.any():
            return
        found = components(order_of(score), positive)
        for at, (mine, is_positive) in enumerate(zip(score, positive, strict=True)):
            others = score[positive != is_positive]
            right = (others < mine) if is_positive else (others > mine)
            assert found[at] == pytest.approx((right + 0.5 * (others == mine)).mean())


class TestCalibration:
    def test_every_bin_counts_by_itself(self):
        chance = np.repeat(np.arange(0.05, 1.0, 0.1), 20)
        label = np.tile(np.repeat([0, 1], [13, 7]), 10)
        label[:20], label[20:40], label[-20:] = 1, 0, 0
        share = label.reshape(10, 20).mean(axis=1)
        wanted = np.abs(share - np.arange(0.05, 1.0, 0.1)).mean()
        assert value(Spec(Kind.ECE), label, chance, ()) == pytest.approx(wanted)

    def test_certain_chances_are_chances(self):
        label, chance = np.array([0, 1, 1, 0]), np.array([0.0, 1.0, 0.0, 1.0])
        assert value(Spec(Kind.ECE), label, chance, ()) == pytest.approx(0.5)
        assert value(Spec(Kind.BRIER), label, chance, ()) == pytest.approx(0.5)


class TestDraws:
    @given(
        draws=st.lists(st.floats(-9, 9), min_size=1, max_size=60),
        confidence=st.sampled_from([0.001, 0.5, 0.9, 0.95, 0.99, 0.999]),
    )
    def test_a_bound_is_the_tightest_draw_that_is_still_sure(self, draws, confidence):
        ordered = tuple(sorted(draws))
        found = Change(0.0, 0.0, 9, "x", 0.0, 1.0, draws=ordered)
        sure = [k for k in range(len(ordered)) if (1 + k) / (1 + len(ordered)) < 1 - confidence]
        assert found.low(confidence) == (ordered[max(sure)] if sure else -math.inf)
        assert found.high(confidence) == (ordered[-1 - max(sure)] if sure else math.inf)

    def test_many_different_units_are_drawn_as_their_sum_is_distributed(self):
        generator = np.random.default_rng(0)
        units = generator.normal(size=(5_001, 2)) @ np.array([[1.0, 0.5], [0.0, 2.0]]) + 3
        times = np.ones(len(units))
        drawn = resampled_totals(units, times, 1)
        assert drawn.shape == (2_000, 2)
        spread = np.cov(units.T, bias=True) * len(units)
        error = np.sqrt(spread.diagonal() / 2_000).max()
        assert drawn.mean(axis=0) == pytest.approx(units.sum(axis=0), abs=4 * error)
        assert np.cov(drawn.T) == pytest.approx(spread, abs=0.08 * spread.max())

    def test_units_that_are_there_several_times_are_drawn_as_often(self):
        units, times = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([30.0, 10.0])
        drawn = resampled_totals(units, times, 1)
        assert (drawn.sum(axis=1) == 40).all()
        assert drawn.mean(axis=0) == pytest.approx([30, 10], abs=0.3)
        assert drawn[:, 0].var() == pytest.approx(40 * 0.75 * 0.25, rel=0.1)


class TestDecisions:
    def test_one_model_may_predict_classes_and_the_other_scores(self):
        generator = np.random.default_rng(3)
        label = generator.integers(0, 2, 300)
        classes, scores = generator.integers(0, 2, 300).astype(float), generator.random(300)
        found = paired_change(Spec(Kind.ACCURACY), PairedRows(label, classes, scores), 0)
        assert found.base == pytest.approx((classes == label).mean())
        assert found.candidate == pytest.approx(((scores >= 0.5) == label).mean())
        for kind in (Kind.RECALL, Kind.PRECISION):
            found = paired_change(Spec(kind), PairedRows(label, classes, scores), 0)
            assert found.base == pytest.approx(value(Spec(kind), label, classes.astype(int), ()))
            assert found.candidate == pytest.approx(value(Spec(kind), label, (scores >= 0.5).astype(int), ()))

    def test_so_it_is_where_the_positive_label_is_another_number(self):
        generator = np.random.default_rng(3)
        label = generator.choice([2, 3], 300)
        classes, scores = generator.choice([2.0, 3.0], 300), generator.random(300)
        found = paired_change(Spec(Kind.RECALL, positive=3), PairedRows(label, classes, scores), 0)
        assert found.base == pytest.approx((classes == 3)[label == 3].mean())

    @pytest.mark.parametrize(
        ("label", "decided", "recall"),
        [
            ([1, 1, -1, -1], [1, -1, -1, 1], 0.5),
            ([1, 1, 0, 0], [1, 0, 0, 1], 0.5),
            ([1, 1, 1, 1], [1, 1, 1, 0], 0.75),
        ],
    )
    def test_1_is_positive_beside_0_or_minus_1(self, label, decided, recall):
        assert value(Spec(Kind.RECALL), np.array(label), np.array(decided), ()) == recall

    @pytest.mark.parametrize(("label", "decided"), [([0, -1], [0, -1]), ([0, 1], [-1, 1]), ([2, 1], [1, 2])])
    def test_beside_both_or_neither_nothing_is_guessed(self, label, decided):
        assert isinstance(value(Spec(Kind.RECALL), np.array(label), np.array(decided), ()), CannotTell)

    def test_the_value_of_classes_does_not_depend_on_how_they_are_written(self):
        numbers, texts = np.array([3, 1, 2, 3, 1]), np.array([2, 1, 2, 3, 3])
        names = np.array(["", "b", "a", "c"])
        spec = Spec(Kind.KAPPA)
        assert value(spec, numbers, texts, ()) == pytest.approx(value(spec, names[numbers], names[texts], ()))

    def test_the_probability_of_the_positive_class_is_the_one_that_is_taken(self):
        label = np.array(["no", "yes"] * 50)
        chance = np.random.default_rng(1).random(100)
        both = np.column_stack((chance, 1 - chance))
        truth = (label == "yes").astype(int)
        alone = value(Spec(Kind.RECALL, threshold=0.4, positive=1), truth, 1 - chance, ())
        spec = Spec(Kind.RECALL, threshold=0.4, positive="yes")
        assert value(spec, label, both, ("no", "yes")) == alone
        found = paired_change(spec, PairedRows(label, both, both[:, ::-1], None, ("no", "yes")), 0)
        assert found.base == alone


class TestReported:
    def test_a_number_that_is_reported_has_no_rows(self):
        found = (
            from_standard_errors(0.7, 0.1, 0.8, 0.1),
            from_repeats((0.7, 0.8), (0.8, 0.9)),
            from_history(tuple(float(at % 3) for at in range(10)), 1.0, 2.0),
        )
        assert [one.rows for one in found] == [0, 0, 0]

    def test_a_refusal_keeps_what_is_known(self):
        refused = from_history((1.0,) * 10, 1.0, 2.0)
        assert (refused.base, refused.candidate, refused.rows) == (1.0, 2.0, 0)


def test_a_refusal_says_both_values_where_only_the_noise_is_unknown():
    generator = np.random.default_rng(0)
    label, base = np.arange(200) % 2, generator.integers(0, 2, 200)
    candidate = np.where(np.arange(200) < 5, 1 - base, base)
    found = paired_change(Spec(Kind.F1), PairedRows(label, base, candidate), 0)
    assert isinstance(found, CannotTell)
    assert found.base == pytest.approx(value(Spec(Kind.F1), label, base, ()))
    assert found.candidate == pytest.approx(value(Spec(Kind.F1), label, candidate, ()))


def test_a_metric_without_an_interval_says_both_values():
    label, base = np.arange(100) % 2, np.linspace(0, 1, 100)
    found = paired_change(Spec(Kind.ECE), PairedRows(label, base, base**2), 0)
    assert (found.base, found.candidate, found.rows) == (
        pytest.approx(value(Spec(Kind.ECE), label, base, ())),
        pytest.approx(value(Spec(Kind.ECE), label, base**2, ())),
        100,
    )
