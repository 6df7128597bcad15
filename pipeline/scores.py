"""Numbers from labels and scores: headline, slices, curves; rounded to `DIGITS`. Performs no I/O."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

Array: TypeAlias = npt.NDArray[Any]
Numbers: TypeAlias = dict[str, float | int]

DIGITS = 6
BINS = 10
CURVE_POINTS = 200


def headline(label: Array, score: Array) -> Numbers:
    """Quality over all rows: labels are 0 or 1, scores are probabilities of 1; both classes must occur."""
    bins = calibration(label, score)
    gaps = sum(row["n"] * abs(row["predicted"] - row["observed"]) for row in bins)
    return {
        "auc": round(float(roc_auc_score(label, score)), DIGITS),
        "brier": round(float(brier_score_loss(label, score)), DIGITS),
        "ece": round(gaps / len(label), DIGITS),
        "log_loss": round(float(log_loss(label, score)), DIGITS),
        "positive_rate": round(float(np.mean(label)), DIGITS),
        "rows": len(label),
    }


def slice_numbers(label: Array, score: Array, min_rows: int) -> Numbers:
    """Quality within one slice; with too few rows or one class only there is nothing but the count ``n``."""
    if len(label) < min_rows or len(np.unique(label)) < 2:  # noqa: PLR2004 - two classes
        return {"n": len(label)}
    return {
        "auc": round(float(roc_auc_score(label, score)), DIGITS),
        "log_loss": round(float(log_loss(label, score)), DIGITS),
        "n": len(label),
    }


def slices(
    label: Array, score: Array, columns: Mapping[str, Array], min_rows: int
) -> dict[str, dict[str, Numbers]]:
    """For each column the numbers of each of its values."""
    return {
        name: {
            str(value): slice_numbers(label[values == value], score[values == value], min_rows)
            for value in np.unique(values)
        }
        for name, values in columns.items()
    }


def calibration(label: Array, score: Array) -> list[Numbers]:
    """Mean score and observed rate in each of ten equally wide bins of the score that has any row."""
    bins = np.minimum((score * BINS).astype(np.int64), BINS - 1)
    return [
        {
            "n": int(np.sum(bins == k)),
            "observed": round(float(np.mean(label[bins == k])), DIGITS),
            "predicted": round(float(np.mean(score[bins == k])), DIGITS),
        }
        for k in np.unique(bins)
    ]


def roc(label: Array, score: Array) -> list[Numbers]:
    """The ROC curve, thinned to at most 200 points that are evenly spread along it, ends included."""
    fpr, tpr, _ = roc_curve(label, score)
    at = np.unique(np.linspace(0, len(fpr) - 1, CURVE_POINTS).round().astype(np.int64))
    return [
        {"fpr": round(float(x), DIGITS), "tpr": round(float(y), DIGITS)}
        for x, y in zip(fpr[at], tpr[at], strict=True)
    ]
