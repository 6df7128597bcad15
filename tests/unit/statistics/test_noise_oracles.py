"""The noise of every change against another way to come by it: formulas written out, and the jackknife.

The jackknife leaves out each row (or group) once; for smooth metrics its standard error and the one of the
delta method or of a bootstrap agree.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from bot.statistics.change import CannotTell, Change
from bot.statistics.paired import paired_change
from bot.statistics.rows import PairedRows
from bot.statistics.spec import Kind, Spec
from bot.statistics.values import value

SEED = 11
OF_DECISIONS = [
    Kind.F1,
    Kind.PRECISION,
    Kind.RECALL,
    Kind.SPECIFICITY,
    Kind.BALANCED_ACCURACY,
    Kind.KAPPA,
    Kind.MCC,
]


def change_of(spec: Spec, rows: PairedRows) -> Change:
    found = paired_change(spec, rows, SEED)
    assert isinstance(found, Change), found
    return found


def difference(spec: Spec, rows: PairedRows) -> float:
    before, after = (value(spec, rows.label, side, rows.classes) for side in (rows.base, rows.candidate))
    return after - before


def jackknife(spec: Spec, rows: PairedRows) -> float:
    units = np.arange(len(rows)) if rows.group is None else rows.group
    each = np.unique(units)
    moved = np.array([difference(spec, rows.subset(units != one)) for one in each])
    return math.sqrt((len(each) - 1) / len(each) * np.square(moved - moved.mean()).sum())


def in_groups(rows: PairedRows, groups: int) -> PairedRows:
    """The same rows in groups that are not alike in size, with gaps in their codes."""
    codes = 7 * np.sort(np.random.default_rng(5).integers(0, groups, len(rows)) ** 2 // groups)
    return PairedRows(rows.label, rows.base, rows.candidate, codes, rows.classes)


@pytest.mark.parametrize("kind", [Kind.RMSE, Kind.R2, Kind.MAE, Kind.MSE])
@pytest.mark.parametrize("groups", [None, 60])
def test_errors_of_numbers(kind, groups, measured):
    rows = measured(500, groups=groups)
    found = change_of(Spec(kind), rows)
    assert found.difference == pytest.approx(difference(Spec(kind), rows))
    assert found.standard_error == pytest.approx(jackknife(Spec(kind), rows), rel=0.06)
    assert found.rows == 500
    assert found.degrees == (499 if groups is None else len(np.unique(rows.group)) - 1)


@pytest.mark.parametrize("kind", [Kind.LOG_LOSS, Kind.BRIER, Kind.ACCURACY])
def test_means_over_groups_by_the_ratio_estimator_written_out(kind, scored):
    rows = in_groups(scored(600, noise=1.5), 50)
    found = change_of(Spec(kind), rows)
    each = np.array([difference(Spec(kind), rows.subset(np.arange(600) == one)) for one in range(600)])
    groups = np.unique(rows.group)
    sums = np.array([(each[rows.group == one] - each.mean()).sum() for one in groups])
    wanted = math.sqrt(len(groups) / (len(groups) - 1) * np.square(sums).sum()) / 600
    assert found.standard_error == pytest.approx(wanted)
    assert found.degrees == len(groups) - 1
    assert found.method.endswith(f"over {len(groups)} groups")


@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize("groups", [None, 70])
def test_areas_averaged_over_classes(average, groups, of_classes):
    rows = of_classes(300)
    rows = rows if groups is None else in_groups(rows, groups)
    spec = Spec(Kind.ROC_AUC, average=average)
    found = change_of(spec, rows)
    assert found.difference == pytest.approx(difference(spec, rows))
    assert (found.base, found.rows) == (pytest.approx(value(spec, rows.label, rows.base, rows.classes)), 300)
    assert found.standard_error == pytest.approx(jackknife(spec, rows), rel=0.06)


def obuchowski(rows: PairedRows) -> float:
    """The variance of the difference of two areas over groups, by sums over pairs written out."""
    positive = rows.label == 1
    components = []
    for side in (rows.base, rows.candidate):
        over = (side[positive][:, None] > side[~positive][None, :]) + 0.5 * (
            side[positive][:, None] == side[~positive][None, :]
        )
        components.append((over.mean(axis=1), over.mean(axis=0), over.mean()))
    (v10, v01, area), (w10, w01, other) = components
    groups = np.unique(rows.group)
    ups, downs = np.zeros(len(groups)), np.zeros(len(groups))
    holds_up, holds_down = 0, 0
    for place, one in enumerate(groups):
        mine, theirs = rows.group[positive] == one, rows.group[~positive] == one
        ups[place] = ((w10 - v10)[mine] - (other - area)).sum()
        downs[place] = ((w01 - v01)[theirs] - (other - area)).sum()
        holds_up += bool(mine.any())
        holds_down += bool(theirs.any())
    m, n = positive.sum(), (~positive).sum()
    s10 = holds_up / ((holds_up - 1) * m) * np.square(ups).sum()
    s01 = holds_down / ((holds_down - 1) * n) * np.square(downs).sum()
    s11 = len(groups) / (len(groups) - 1) * (ups * downs).sum()
    return s10 / m + s01 / n + 2 * s11 / (m * n)


@pytest.mark.parametrize("digits", [None, 1])
def test_areas_over_groups_are_obuchowskis_written_out(digits, scored):
    rows = scored(400, groups=40, digits=digits)
    found = change_of(Spec(Kind.ROC_AUC), rows)
    assert found.standard_error == pytest.approx(math.sqrt(obuchowski(rows)))
    assert found.degrees == len(np.unique(rows.group)) - 1
    assert found.standard_error == pytest.approx(jackknife(Spec(Kind.ROC_AUC), rows), rel=0.1)


def test_an_areas_degrees_of_freedom_are_welchs(scored):
    rows = scored(300, rate=0.1)
    found = change_of(Spec(Kind.ROC_AUC), rows)
    positive = rows.label == 1
    shares, sizes = [], []
    for mine, theirs in ((positive, ~positive), (~positive, positive)):
        each = [
            np.mean(
                [
                    (rows.candidate[mine][at] > rows.candidate[theirs]).mean(),
                    -(rows.base[mine][at] > rows.base[theirs]).mean(),
                ]
            )
            for at in range(mine.sum())
        ]
        shares.append(np.var(each, ddof=1) / mine.sum())
        sizes.append(mine.sum())
    wanted = sum(shares) ** 2 / sum(share**2 / (size - 1) for share, size in zip(shares, sizes, strict=True))
    assert found.degrees == pytest.approx(wanted)


@pytest.mark.parametrize("kind", OF_DECISIONS)
@pytest.mark.parametrize("groups", [None, 80])
def test_decisions_of_two_classes(kind, groups, scored):
    rows = scored(800, noise=1.5)
    rows = rows if groups is None else in_groups(rows, groups)
    spec = Spec(kind)
    found = change_of(spec, rows)
    assert found.difference == pytest.approx(difference(spec, rows))
    assert found.center == pytest.approx(found.difference)
    assert found.standard_error == pytest.approx(jackknife(spec, rows), rel=0.15 if groups else 0.07)
    assert len(found.draws) == 2_000


@pytest.mark.parametrize("kind", [Kind.F1, Kind.PRECISION, Kind.RECALL, Kind.BALANCED_ACCURACY, Kind.MCC])
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_decisions_of_three_classes(kind, average, of_classes):
    rows, spec = of_classes(700), Spec(kind, average=average)
    found = change_of(spec, rows)
    assert found.difference == pytest.approx(difference(spec, rows))
    assert found.standard_error == pytest.approx(jackknife(spec, rows), rel=0.1)


def test_of_many_classes_the_table_is_counted_without_being_laid_out():
    generator = np.random.default_rng(2)
    label, base, candidate = generator.integers(0, 40, (3, 500))
    rows = PairedRows(label, base, candidate)
    found = change_of(Spec(Kind.KAPPA), rows)
    assert found.standard_error == pytest.approx(jackknife(Spec(Kind.KAPPA), rows), rel=0.1)


@pytest.mark.parametrize("groups", [None, 80])
def test_average_precision(groups, scored):
    rows = scored(700, noise=1.0)
    rows = rows if groups is None else in_groups(rows, groups)
    spec = Spec(Kind.AVERAGE_PRECISION)
    found = change_of(spec, rows)
    assert np.mean(found.draws) == pytest.approx(found.difference, abs=found.standard_error / 3)
    assert found.standard_error == pytest.approx(jackknife(spec, rows), rel=0.3)
    assert len(found.draws) == 200


@pytest.mark.parametrize("groups", [None, 300])
def test_of_too_many_rows_some_are_drawn_and_the_values_are_those_of_all(groups, scored, monkeypatch):
    monkeypatch.setattr("bot.statistics.resampled_ranking.MOST_ROWS", 4_000)
    rows, spec = scored(10_000), Spec(Kind.AVERAGE_PRECISION)
    rows = rows if groups is None else in_groups(rows, groups)
    found = change_of(spec, rows)
    assert found.difference == pytest.approx(difference(spec, rows))
    assert found.rows == 4_000 or (groups and 3_000 < found.rows < 4_000)
    assert f"{found.rows:,} of 10,000 rows" in found.method
    assert np.mean(found.draws) == pytest.approx(found.difference, abs=found.standard_error / 3)
    small = change_of(spec, rows.subset(np.arange(10_000) % 10 < 4))
    assert found.standard_error == pytest.approx(small.standard_error, rel=0.3)


def test_as_many_rows_as_are_drawn_are_all_taken(scored, monkeypatch):
    monkeypatch.setattr("bot.statistics.resampled_ranking.MOST_ROWS", 500)
    found = change_of(Spec(Kind.AVERAGE_PRECISION), scored(500))
    assert (found.rows, found.method) == (500, "Poisson bootstrap, 200 draws")


def test_a_mean_of_0_and_1_is_a_share():
    generator = np.random.default_rng(1)
    base, candidate = (generator.random((2, 400)) < 0.5).astype(float)
    rows = PairedRows(np.zeros(400), base, candidate)
    found = change_of(Spec(Kind.MEAN), rows)
    lost, gained = ((base > candidate).sum() + 1) / 402, ((candidate > base).sum() + 1) / 402
    assert found.method == "adjusted Wald (Bonett-Price)"
    assert found.center == pytest.approx(gained - lost)
    assert found.standard_error == pytest.approx(math.sqrt((lost + gained - (gained - lost) ** 2) / 402))


def test_a_mean_of_0_and_2_is_none():
    base, candidate = np.random.default_rng(1).choice([0.0, 2.0], (2, 400))
    assert change_of(Spec(Kind.MEAN), PairedRows(np.zeros(400), base, candidate)).method == "paired t"


class TestRefusals:
    def different(self, count: int, n: int = 400, groups: int | None = None) -> PairedRows:
        """Rows of which so many are predicted differently."""
        generator = np.random.default_rng(3)
        label, base = np.arange(n) % 2, generator.random(n)
        candidate = base.copy()
        candidate[:count] = 1 - base[:count] / 2
        group = None if groups is None else np.arange(n) % groups
        return PairedRows(label, base, candidate, group)

    @pytest.mark.parametrize("kind", [Kind.BRIER, Kind.AVERAGE_PRECISION])
    def test_with_20_rows_that_differ_there_is_an_interval_and_with_19_none(self, kind):
        assert isinstance(paired_change(Spec(kind), self.different(20), SEED), Change)
        refused = paired_change(Spec(kind), self.different(19), SEED)
        assert isinstance(refused, CannotTell)
        assert "20 are needed" in refused.reason
        assert refused.rows == 400
        assert refused.candidate - refused.base == pytest.approx(difference(Spec(kind), self.different(19)))

    @pytest.mark.parametrize("kind", [Kind.BRIER, Kind.ROC_AUC, Kind.AVERAGE_PRECISION])
    def test_with_20_groups_there_is_an_interval_and_with_19_none(self, kind):
        assert isinstance(paired_change(Spec(kind), self.different(400, groups=20), SEED), Change)
        refused = paired_change(Spec(kind), self.different(400, groups=19), SEED)
        assert "there are only 19 groups" in refused.reason

    @pytest.mark.parametrize("kind", OF_DECISIONS)
    def test_groups_that_decide_alike_do_not_count(self, kind):
        label = np.arange(600) % 2
        base = np.random.default_rng(1).integers(0, 2, 600)
        candidate = np.where(np.arange(600) < 190, 1 - base, base)
        rows = PairedRows(label, base, candidate, np.arange(600) // 10)
        refused = paired_change(Spec(kind), rows, SEED)
        assert isinstance(refused, CannotTell)
        assert "only 19 groups" in refused.reason

    @pytest.mark.parametrize("kind", [Kind.ROC_AUC, Kind.AVERAGE_PRECISION])
    def test_with_10_rows_of_the_rarer_class_there_is_an_interval_and_with_9_none(self, kind):
        score = np.random.default_rng(4).random((2, 200))
        enough = PairedRows((np.arange(200) < 10).astype(int), *score)
        assert isinstance(paired_change(Spec(kind), enough, SEED), Change)
        for label in (np.arange(200) < 9, np.arange(200) >= 9):
            refused = paired_change(Spec(kind), PairedRows(label.astype(int), *score), SEED)
            assert "the rarer class has only 9 rows; 10 are needed" in refused.reason

    def test_one_row_shows_no_noise_and_two_may(self):
        one = PairedRows(np.array([1.0]), np.array([0.5]), np.array([0.6]))
        assert "one row" in paired_change(Spec(Kind.MAE), one, SEED).reason
        two = PairedRows(np.array([1.0, 2.0]), np.array([0.5, 1.0]), np.array([0.6, 1.9]))
        assert isinstance(paired_change(Spec(Kind.MAE), two, SEED), Change)

    def test_of_fewer_than_20_rows_all_must_differ(self):
        label, base = np.zeros(5), np.arange(5.0)
        moved = base + np.array([0.1, 0.2, 0.3, 0.4, 0.5])
        assert isinstance(paired_change(Spec(Kind.MAE), PairedRows(label, base, moved), SEED), Change)
        moved = base + np.array([0.1, 0.2, 0.3, 0.4, 0.0])
        assert "only 4 rows" in paired_change(Spec(Kind.MAE), PairedRows(label, base, moved), SEED).reason

    def test_rows_that_all_change_alike_show_no_noise(self):
        label = np.zeros(50)
        rows = PairedRows(label, np.full(50, 1.0), np.full(50, 2.0))
        assert "by the same amount" in paired_change(Spec(Kind.MAE), rows, SEED).reason

    def test_areas_that_all_change_alike_show_no_noise(self):
        label = np.repeat([0, 1], 50)
        rows = PairedRows(label, np.repeat([0.6, 0.4], 50), np.repeat([0.4, 0.6], 50))
        assert "ranked differently by the same amount" in paired_change(Spec(Kind.ROC_AUC), rows, SEED).reason

    @pytest.mark.parametrize("side", ["base", "candidate"])
    def test_a_model_without_error_has_no_known_noise_of_its_root(self, side):
        label = np.random.default_rng(0).normal(size=60)
        sides = {"base": label + 0.1 * label**2, "candidate": label + 0.2 * label**2} | {side: label}
        refused = paired_change(Spec(Kind.RMSE), PairedRows(label, **sides), SEED)
        assert "no error at all" in refused.reason
        assert {"base": refused.base, "candidate": refused.candidate}[side] == 0
        assert max(refused.base, refused.candidate) > 0

    @pytest.mark.parametrize("kind", [Kind.RECALL, Kind.SPECIFICITY])
    def test_only_rows_that_the_metric_counts_count(self, kind):
        """30 rows differ, all of the class of which recall (or specificity) knows nothing."""
        other = 0 if kind is Kind.RECALL else 1
        label = np.arange(400) % 2
        base = np.random.default_rng(1).integers(0, 2, 400)
        candidate = np.where((label == other) & (np.arange(400) < 60), 1 - base, base)
        refused = paired_change(Spec(kind), PairedRows(label, base, candidate), SEED)
        assert isinstance(refused, CannotTell)
        assert refused.discordant == 0
        swapped = np.where((label != other) & (np.arange(400) < 60), 1 - base, base)
        assert change_of(Spec(kind), PairedRows(label, base, swapped)).discordant == 30

    @pytest.mark.parametrize("undefined", ["base", "candidate"])
    def test_a_metric_that_one_side_does_not_define_is_not_compared(self, undefined):
        label = np.arange(200) % 2
        sides = {"base": label.copy(), "candidate": 1 - label} | {undefined: np.zeros(200, dtype=int)}
        refused = paired_change(Spec(Kind.PRECISION), PairedRows(label, **sides), SEED)
        assert "not defined" in refused.reason
        assert getattr(refused, undefined) is None
        assert refused.rows == 200

    def test_a_metric_that_too_many_draws_do_not_define_is_not_compared(self):
        label = np.arange(300) % 2
        base = np.zeros(300, dtype=int)
        base[:2] = 1
        candidate = base.copy()
        candidate[10:60] = 1
        assert (
            "not defined"
            in paired_change(Spec(Kind.PRECISION), PairedRows(label, base, candidate), SEED).reason
        )


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(range(4), 2)))
def test_a_seed_decides_the_draws(one, other, scored):
    rows = scored(600)
    found = [paired_change(Spec(Kind.F1), rows, seed).draws for seed in (one, one, other)]
    assert found[0] == found[1] != found[2]
