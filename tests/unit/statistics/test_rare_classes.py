"""How sure a ranking is hangs on its rarer class: with too few rows or groups of it nobody can tell."""

from __future__ import annotations

import numpy as np
import pytest

from bot.statistics.change import CannotTell, Change
from bot.statistics.paired import paired_change
from bot.statistics.rows import PairedRows
from bot.statistics.spec import Kind, Spec

RANKS = [Kind.ROC_AUC, Kind.AVERAGE_PRECISION]


def of_customers(holding: int, *, rare: int = 1, customers: int = 40, each: int = 10) -> PairedRows:
    """Ten rows of each customer; all rows of so many customers are of the rare class, and no others."""
    group = np.repeat(np.arange(customers), each)
    label = np.where(group < holding, rare, 1 - rare)
    return PairedRows(label, *np.random.default_rng(0).random((2, len(group))), group)


class TestGroups:
    @pytest.mark.parametrize("rare", [0, 1])
    @pytest.mark.parametrize("kind", RANKS)
    def test_a_class_in_ten_groups_has_an_interval_and_in_nine_none(self, kind, rare):
        assert isinstance(paired_change(Spec(kind), of_customers(10, rare=rare), 1), Change)
        refused = paired_change(Spec(kind), of_customers(9, rare=rare), 1)
        assert isinstance(refused, CannotTell)
        assert refused.reason == "a class has rows in only 9 groups; 10 are needed"
        assert (refused.rows, refused.unfit) == (400, False)
        assert None not in (refused.base, refused.candidate)

    def test_the_positive_rows_of_one_customer_are_one_observation_however_many(self):
        refused = paired_change(Spec(Kind.ROC_AUC), of_customers(1, each=500, customers=30), 1)
        assert refused.reason == "a class has rows in only 1 groups; 10 are needed"

    @pytest.mark.parametrize("kind", [Kind.RECALL, Kind.SPECIFICITY])
    def test_of_groups_only_those_that_the_metric_counts_count(self, kind):
        """Every customer is decided differently, but only 19 in a row of which the metric knows."""
        group, label = np.repeat(np.arange(60), 4), np.tile([0, 0, 1, 1], 60)
        counted = label == (1 if kind is Kind.RECALL else 0)
        base = np.random.default_rng(1).integers(0, 2, len(label))
        few, enough = (
            paired_change(
                Spec(kind),
                PairedRows(label, base, np.where(~counted | (group < one), 1 - base, base), group),
                1,
            )
            for one in (19, 20)
        )
        assert few.reason == "only 19 groups have rows predicted differently; 20 are needed"
        assert isinstance(enough, Change)
        assert (few.discordant, enough.discordant) == (38, 40)


class TestSeveralClasses:
    def rows(self, rare: int) -> PairedRows:
        label = np.concatenate((np.full(rare, 2), np.arange(300 - rare) % 2))
        drawn = np.random.default_rng(0).random((2, 300, 3))
        return PairedRows(label, *drawn / drawn.sum(axis=2, keepdims=True), None, (0, 1, 2))

    def test_where_every_class_weighs_the_same_each_needs_ten_rows(self):
        spec = Spec(Kind.ROC_AUC, average="macro")
        assert isinstance(paired_change(spec, self.rows(10), 1), Change)
        refused = paired_change(spec, self.rows(9), 1)
        assert isinstance(refused, CannotTell)
        assert refused.reason == "the rarer class has only 9 rows; 10 are needed"
        assert None not in (refused.base, refused.candidate)

    def test_where_classes_weigh_by_their_rows_a_rare_one_decides_nothing(self):
        assert isinstance(paired_change(Spec(Kind.ROC_AUC, average="weighted"), self.rows(1), 1), Change)
