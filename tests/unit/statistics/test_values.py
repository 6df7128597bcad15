"""A metric of one model's predictions is scikit-learn's."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from bot.statistics.change import CannotTell
from bot.statistics.spec import Kind, Spec
from bot.statistics.values import value

AVERAGES = ("macro", "micro", "weighted")
TEXTS = np.array(["no", "yes"])
NOT_SAID = (
    "the labels are others than 0 and 1, and which one is positive is not said; name it with `positive:`"
)


def reason(found) -> str:
    assert isinstance(found, CannotTell), found
    return found.reason


def misfit(found) -> str:
    """Why no rows at all would do, where that is so."""
    assert isinstance(found, CannotTell), found
    assert found.unfit, found
    return found.reason


def quietly(function, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **options)


class TestUnhappy:
    @pytest.mark.parametrize("kind", Kind)
    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    def test_nan_and_infinity_among_scores_are_errors(self, kind, bad):
        with pytest.raises(ValueError, match="NaN or infinity"):
            value(Spec(kind), np.array([0, 1, 1]), np.array([0.1, bad, 0.3]))

    def test_nan_among_labels_is_an_error(self):
        with pytest.raises(ValueError, match="NaN or infinity"):
            value(Spec(Kind.MAE), np.array([0.0, math.nan]), np.array([0.1, 0.3]))

    @pytest.mark.parametrize(
        ("label", "score", "classes"),
        [
            (np.zeros(3), np.zeros(2), ()),
            (np.zeros((3, 1)), np.zeros(3), ()),
            (np.zeros(3), np.zeros((3, 2)), ()),
            (np.zeros(3), np.zeros((3, 2)), (0, 1, 2)),
            (np.zeros(3), np.zeros((3, 2, 2)), (0, 1)),
        ],
    )
    def test_shapes_that_do_not_fit_are_errors(self, label, score, classes):
        with pytest.raises(ValueError, match=r"predictions|labels|columns"):
            value(Spec(Kind.ACCURACY), label, score, classes)

    @pytest.mark.parametrize("kind", Kind)
    def test_of_no_rows_there_is_no_value(self, kind):
        assert reason(value(Spec(kind), np.array([]), np.array([]))) == "there are no rows"

    @pytest.mark.parametrize("kind", [Kind.ROC_AUC, Kind.AVERAGE_PRECISION])
    @pytest.mark.parametrize("label", [[0, 0, 0], [1, 1, 1], [0]])
    def test_one_class_cannot_be_ranked(self, kind, label):
        found = value(Spec(kind), np.array(label), np.linspace(0, 1, len(label)))
        assert reason(found) == "all rows have the same label"

    @pytest.mark.parametrize(
        ("kind", "label", "decided"),
        [
            (Kind.RECALL, [0, 0], [0, 1]),
            (Kind.PRECISION, [0, 1], [0, 0]),
            (Kind.F1, [0, 0], [0, 0]),
            (Kind.SPECIFICITY, [1, 1], [0, 1]),
            (Kind.BALANCED_ACCURACY, [1, 1], [0, 1]),
            (Kind.KAPPA, [1, 1], [1, 1]),
            (Kind.MCC, [1, 0], [1, 1]),
        ],
    )
    def test_a_ratio_to_nothing_is_not_defined(self, kind, label, decided):
        assert reason(value(Spec(kind), np.array(label), np.array(decided)))

    @pytest.mark.parametrize("kind", [Kind.ROC_AUC, Kind.AVERAGE_PRECISION, Kind.LOG_LOSS, Kind.F1, Kind.ECE])
    def test_which_of_two_texts_is_positive_is_never_guessed(self, kind):
        found = value(Spec(kind), TEXTS[[0, 1, 1]], np.array([0.1, 0.2, 0.3]))
        assert misfit(found) == NOT_SAID

    @pytest.mark.parametrize("label", [[1, 2, 2], [0, 1, 2], [-1, 0, 1], [0.5, 1, 0]])
    def test_nor_which_of_numbers_other_than_0_and_1(self, label):
        found = value(Spec(Kind.ROC_AUC), np.array(label), np.array([0.1, 0.2, 0.3]))
        assert misfit(found) == NOT_SAID

    @pytest.mark.parametrize("kind", [Kind.ROC_AUC, Kind.LOG_LOSS, Kind.ACCURACY, Kind.RECALL, Kind.ECE])
    @pytest.mark.parametrize(("label", "positive"), [([0, 1], 2), (["no", "no"], "yes")])
    def test_a_positive_label_that_no_row_has_is_not_taken_for_rare(self, kind, label, positive):
        found = value(Spec(kind, positive), np.array(label), np.array([0.1, 0.2]))
        assert reason(found) == "no row has the positive label"
        assert not found.unfit

    @pytest.mark.parametrize("kind", [Kind.ROC_AUC, Kind.LOG_LOSS, Kind.ACCURACY, Kind.RECALL, Kind.ECE])
    @pytest.mark.parametrize(("label", "positive"), [([0, 1], "1"), (["0", "1"], 1)])
    def test_a_positive_label_of_another_kind_than_the_labels_fits_no_rows(self, kind, label, positive):
        found = value(Spec(kind, positive), np.array(label), np.array([0.1, 0.2]))
        assert misfit(found) == "`positive` is text and the labels are numbers, or the other way round"

    @pytest.mark.parametrize(
        ("positive", "labels", "said", "unfit"),
        [
            ("yes", ["no", "no"], "no row has the positive label", False),
            (None, [0, 0], "no row has the positive label", False),
            (2, [0, 1], "no row has the positive label", False),
            ("1", [0, 1], "`positive` is text and the labels are numbers, or the other way round", True),
            (None, ["no", "yes"], NOT_SAID, True),
        ],
    )
    def test_among_predicted_classes_too_an_absent_one_is_told_from_one_that_is_not_said(
        self, positive, labels, said, unfit
    ):
        found = value(Spec(Kind.F1, positive), np.array(labels), np.array(labels))
        assert (reason(found), found.unfit) == (said, unfit)

    def test_a_positive_label_that_is_no_predicted_class_fits_no_rows(self, of_classes):
        rows = of_classes()
        for kind in (Kind.F1, Kind.ROC_AUC):
            found = value(Spec(kind, "zebra"), rows.label, rows.base, rows.classes)
            assert misfit(found) == "the positive label is not among the predicted classes"

    @pytest.mark.parametrize("kind", [Kind.LOG_LOSS, Kind.BRIER, Kind.ACCURACY, Kind.KAPPA, Kind.ECE])
    def test_a_label_that_is_none_of_the_predicted_classes_is_said(self, kind):
        chances = np.array([[0.2, 0.3, 0.5], [0.4, 0.4, 0.2]])
        found = value(Spec(kind), np.array(["a", "x"]), chances, ("a", "b", "c"))
        assert misfit(found) == "a label is not among the predicted classes"

    def test_texts_and_numbers_are_different_classes(self):
        found = value(Spec(Kind.ACCURACY), np.array(["0", "1"]), np.array([0, 1]))
        assert misfit(found) == "of labels and predictions one are texts and the other numbers"

    @pytest.mark.parametrize("kind", [Kind.ROC_AUC, Kind.LOG_LOSS, Kind.ECE, Kind.MEAN, Kind.MAE])
    def test_predicted_texts_are_no_scores(self, kind):
        found = value(Spec(kind, "yes"), TEXTS[[0, 1]], TEXTS[[0, 1]])
        assert misfit(found) == "the predictions are classes, and this kind needs scores"

    def test_predicted_texts_have_no_threshold(self):
        found = value(Spec(Kind.F1, "yes", 0.5), TEXTS[[0, 1]], TEXTS[[0, 1]])
        assert misfit(found) == "a threshold needs scores, and the predictions are classes"

    @pytest.mark.parametrize("kind", [Kind.LOG_LOSS, Kind.BRIER, Kind.ECE])
    @pytest.mark.parametrize("chance", [-0.1, 1.1])
    def test_scores_outside_0_to_1_are_no_probabilities(self, kind, chance):
        assert "not probabilities" in misfit(value(Spec(kind), np.array([0, 1]), np.array([0.5, chance])))

    @pytest.mark.parametrize("kind", [Kind.MAE, Kind.MSE, Kind.RMSE, Kind.R2])
    def test_texts_have_no_errors(self, kind):
        assert misfit(value(Spec(kind), TEXTS[[0, 1]], np.array([0.5, 1.0]))) == "the labels are not numbers"

    def test_equal_labels_have_no_r2(self):
        assert reason(value(Spec(Kind.R2), np.ones(5), np.arange(5.0))) == "all labels are equal"

    @pytest.mark.parametrize("kind", [Kind.F1, Kind.PRECISION, Kind.RECALL])
    def test_of_three_classes_one_is_chosen_or_all_are_averaged(self, kind, of_classes):
        rows = of_classes()
        found = value(Spec(kind), rows.label, rows.base, rows.classes)
        assert misfit(found) == NOT_SAID

    @pytest.mark.parametrize(("kind", "average"), [("roc_auc", "micro"), ("average_precision", "macro")])
    def test_an_average_of_rankings_that_is_not_known_is_said(self, kind, average, of_classes):
        rows = of_classes()
        found = value(Spec(Kind(kind), average=average), rows.label, rows.base, rows.classes)
        assert "averaged over classes" in misfit(found)

    def test_an_average_of_areas_needs_rows_of_every_class(self, of_classes):
        rows = of_classes()
        kept = rows.subset(rows.label != "owl")
        found = value(Spec(Kind.ROC_AUC, average="macro"), kept.label, kept.base, kept.classes)
        assert reason(found) == "a class has no rows"


@pytest.mark.parametrize("digits", [None, 2, 1, 0], ids=["no ties", "few ties", "many ties", "two scores"])
class TestScores:
    def test_areas(self, scored, digits):
        rows = scored(digits=digits)
        found = value(Spec(Kind.ROC_AUC), rows.label, rows.base)
        assert found == pytest.approx(metrics.roc_auc_score(rows.label, rows.base), abs=1e-12)

    def test_average_precision(self, scored, digits):
        rows = scored(digits=digits)
        found = value(Spec(Kind.AVERAGE_PRECISION), rows.label, rows.base)
        assert found == pytest.approx(metrics.average_precision_score(rows.label, rows.base), abs=1e-12)

    def test_log_loss_and_brier(self, scored, digits):
        rows = scored(digits=digits)
        loss = value(Spec(Kind.LOG_LOSS), rows.label, rows.base)
        brier = value(Spec(Kind.BRIER), rows.label, rows.base)
        assert loss == pytest.approx(metrics.log_loss(rows.label, rows.base), rel=1e-12)
        assert brier == pytest.approx(metrics.brier_score_loss(rows.label, rows.base), rel=1e-12)

    @pytest.mark.parametrize("threshold", [None, 0.3, 0.9])
    def test_decisions_from_a_threshold_on(self, scored, digits, threshold):
        rows = scored(digits=digits)
        decided = rows.base >= (threshold or 0.5)
        for kind, oracle in (
            (Kind.ACCURACY, metrics.accuracy_score),
            (Kind.F1, metrics.f1_score),
            (Kind.PRECISION, metrics.precision_score),
            (Kind.RECALL, metrics.recall_score),
            (Kind.BALANCED_ACCURACY, metrics.balanced_accuracy_score),
            (Kind.KAPPA, metrics.cohen_kappa_score),
            (Kind.MCC, metrics.matthews_corrcoef),
        ):
            found = value(Spec(kind, threshold=threshold), rows.label, rows.base)
            assert found == pytest.approx(oracle(rows.label, decided), abs=1e-12), kind
        specificity = value(Spec(Kind.SPECIFICITY, threshold=threshold), rows.label, rows.base)
        assert specificity == pytest.approx(metrics.recall_score(rows.label, decided, pos_label=0), abs=1e-12)


def test_single_precision_scores_are_clipped_like_single_precision(scored):
    rows = scored()
    single = np.where(rows.label == 1, np.float32(0), rows.base.astype(np.float32))
    found = value(Spec(Kind.LOG_LOSS), rows.label, single)
    assert found == pytest.approx(metrics.log_loss(rows.label, single), rel=1e-6)


@pytest.mark.parametrize("bins", [5, 10])
def test_calibration_error_is_that_of_the_calibration_curve(scored, bins):
    rows = scored()
    observed, predicted = calibration_curve(rows.label, rows.base, n_bins=bins)
    places = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], rows.base)
    share = np.bincount(places, minlength=bins) / len(rows)
    oracle = float(np.abs(observed - predicted) @ share[share > 0])
    assert value(Spec(Kind.ECE, bins=bins), rows.label, rows.base) == pytest.approx(oracle, abs=1e-12)


def test_calibration_of_several_classes_is_that_of_the_most_probable(of_classes):
    rows = of_classes()
    codes = np.searchsorted(rows.classes, rows.label)
    chosen = rows.base.argmax(axis=1)
    binary = (chosen == codes).astype(int)
    oracle = value(Spec(Kind.ECE), binary, rows.base.max(axis=1))
    assert value(Spec(Kind.ECE), rows.label, rows.base, rows.classes) == pytest.approx(oracle)


def test_errors_of_numbers(measured):
    rows = measured()
    for kind, oracle in (
        (Kind.MAE, metrics.mean_absolute_error),
        (Kind.MSE, metrics.mean_squared_error),
        (Kind.RMSE, metrics.root_mean_squared_error),
        (Kind.R2, metrics.r2_score),
    ):
        assert value(Spec(kind), rows.label, rows.base) == pytest.approx(oracle(rows.label, rows.base))


def test_a_mean_is_that_of_the_score_whatever_the_labels():
    assert value(Spec(Kind.MEAN), np.array(["a", "b"]), np.array([0.2, 0.6])) == pytest.approx(0.4)


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("from_chances", [True, False], ids=["class probabilities", "predicted classes"])
def test_averages_over_classes(of_classes, average, from_chances):
    rows = of_classes()
    decided = np.array(rows.classes)[rows.base.argmax(axis=1)]
    given = (rows.base, rows.classes) if from_chances else (decided, None)
    for kind, oracle in (
        (Kind.F1, metrics.f1_score),
        (Kind.PRECISION, metrics.precision_score),
        (Kind.RECALL, metrics.recall_score),
    ):
        found = value(Spec(kind, average=average), rows.label, *given)
        assert found == pytest.approx(oracle(rows.label, decided, average=average), abs=1e-12), kind


@pytest.mark.parametrize("average", AVERAGES)
def test_in_an_average_a_class_never_decided_for_counts_as_0_and_an_absent_one_not_at_all(average):
    label = np.array(["a", "a", "b", "b", "c"])
    decided = np.array(["a", "b", "b", "b", "a"])
    for kind, oracle in (
        (Kind.F1, metrics.f1_score),
        (Kind.PRECISION, metrics.precision_score),
        (Kind.RECALL, metrics.recall_score),
    ):
        expected = quietly(oracle, label, decided, average=average, zero_division=0)
        assert value(Spec(kind, average=average), label, decided) == pytest.approx(expected)
        chances = (decided[:, None] == np.array(["a", "b", "c", "d"])).astype(float)
        found = value(Spec(kind, average=average), label, chances, ("a", "b", "c", "d"))
        assert found == pytest.approx(expected)


@pytest.mark.parametrize("kind", [Kind.ACCURACY, Kind.BALANCED_ACCURACY, Kind.KAPPA, Kind.MCC])
def test_metrics_of_all_classes(of_classes, kind):
    oracle = {
        Kind.ACCURACY: metrics.accuracy_score,
        Kind.BALANCED_ACCURACY: metrics.balanced_accuracy_score,
        Kind.KAPPA: metrics.cohen_kappa_score,
        Kind.MCC: metrics.matthews_corrcoef,
    }[kind]
    rows = of_classes()
    decided = np.array(rows.classes)[rows.base.argmax(axis=1)]
    expected = pytest.approx(oracle(rows.label, decided))
    assert value(Spec(kind), rows.label, rows.base, rows.classes) == expected
    assert value(Spec(kind), rows.label, decided) == expected
    assert value(Spec(kind), rows.label.astype(object), decided.astype(object)) == expected


def test_losses_of_class_probabilities(of_classes):
    rows = of_classes()
    loss = value(Spec(Kind.LOG_LOSS), rows.label, rows.base, rows.classes)
    brier = value(Spec(Kind.BRIER), rows.label, rows.base, rows.classes)
    assert loss == pytest.approx(metrics.log_loss(rows.label, rows.base, labels=rows.classes))
    assert brier == pytest.approx(metrics.brier_score_loss(rows.label, rows.base, labels=rows.classes))


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_areas_averaged_over_classes(of_classes, average):
    rows = of_classes()
    oracle = metrics.roc_auc_score(rows.label, rows.base, multi_class="ovr", average=average)
    found = value(Spec(Kind.ROC_AUC, average=average), rows.label, rows.base, rows.classes)
    assert found == pytest.approx(oracle, abs=1e-12)


def test_one_class_against_the_rest(of_classes):
    rows = of_classes()
    oracle = metrics.roc_auc_score(rows.label == "owl", rows.base[:, 2])
    assert value(Spec(Kind.ROC_AUC, "owl"), rows.label, rows.base, rows.classes) == pytest.approx(oracle)
    decided = rows.base.argmax(axis=1) == 2
    oracle = metrics.f1_score(rows.label == "owl", decided)
    assert value(Spec(Kind.F1, "owl"), rows.label, rows.base, rows.classes) == pytest.approx(oracle)
    oracle = metrics.f1_score(rows.label == "owl", rows.base[:, 2] >= 0.2)
    found = value(Spec(Kind.F1, "owl", 0.2), rows.label, rows.base, rows.classes)
    assert found == pytest.approx(oracle)


def test_two_columns_of_0_and_1_are_as_good_as_the_second_alone(scored):
    rows = scored()
    both = np.column_stack([1 - rows.base, rows.base])
    for kind in (Kind.ROC_AUC, Kind.LOG_LOSS, Kind.BRIER, Kind.F1, Kind.ACCURACY, Kind.ECE):
        alone = value(Spec(kind), rows.label, rows.base)
        assert value(Spec(kind), rows.label, both, (0, 1)) == pytest.approx(alone), kind


@pytest.mark.parametrize(
    "label",
    [
        np.array([0, 1, 1, 0]),
        np.array([False, True, True, False]),
        np.array([-1, 1, 1, -1]),
        np.array([0.0, 1, 1, 0]),
    ],
    ids=["0 and 1", "booleans", "-1 and 1", "floats"],
)
def test_1_or_true_is_positive_where_nothing_is_said(label):
    score = np.array([0.1, 0.9, 0.4, 0.6])
    assert value(Spec(Kind.ROC_AUC), label, score) == 0.75
    assert value(Spec(Kind.RECALL), label, score) == 0.5
    assert value(Spec(Kind.LOG_LOSS), label, score) == pytest.approx(metrics.log_loss([0, 1, 1, 0], score))


def test_whole_numbers_are_predicted_classes_even_in_a_slice_that_lacks_one():
    label, decided = np.array([0, 1, 1, 0]), np.array([0.0, 1.0, 2.0, 2.0])
    assert value(Spec(Kind.ACCURACY), label, decided) == 0.5
    assert value(Spec(Kind.RECALL, 0), label, decided) == 0.5


@pytest.mark.parametrize("kind", Kind)
def test_labels_of_any_type_say_the_same(scored, kind):
    rows = scored(300)
    if kind in {Kind.MAE, Kind.MSE, Kind.RMSE, Kind.R2}:
        types, positive = (np.int8, np.float32, np.int64), 1
        labels = [rows.label.astype(one) for one in types]
    else:
        positive = "yes"
        labels = [TEXTS[rows.label], TEXTS[rows.label].astype(object)]
    found = {value(Spec(kind, positive), label, rows.base) for label in labels}
    assert found == {value(Spec(kind), rows.label, rows.base)}
