"""Which metric is meant. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """What a metric measures."""

    ROC_AUC = "roc_auc"
    AVERAGE_PRECISION = "average_precision"
    ACCURACY = "accuracy"
    BALANCED_ACCURACY = "balanced_accuracy"
    F1 = "f1"
    PRECISION = "precision"
    RECALL = "recall"
    SPECIFICITY = "specificity"
    KAPPA = "kappa"
    MCC = "mcc"
    LOG_LOSS = "log_loss"
    BRIER = "brier"
    ECE = "ece"
    MAE = "mae"
    MSE = "mse"
    RMSE = "rmse"
    R2 = "r2"
    MEAN = "mean"


Average = Literal["binary", "macro", "micro", "weighted"]


@dataclass(frozen=True, slots=True)
class Spec:
    """A metric and its parameters.

    `positive` is the label of the positive class (None: 1 or true, where labels are 0 and 1, -1 and 1, or
    booleans). `threshold` is the score from which a row is decided positive (None: 0.5 where scores are
    numbers). `average` says how classes are averaged where there are more than two. `bins` are for `ece`.
    """

    kind: Kind
    positive: str | int | bool | float | None = None
    threshold: float | None = None
    average: Average | None = None
    bins: int = 10


LOWER = frozenset({Kind.LOG_LOSS, Kind.BRIER, Kind.ECE, Kind.MAE, Kind.MSE, Kind.RMSE})


def direction_of(kind: Kind) -> Literal["higher", "lower"] | None:
    """Whether higher or lower is better, for advice only; None where the kind does not say."""
    if kind is Kind.MEAN:
        return None
    return "lower" if kind in LOWER else "higher"
