"""The area under the ROC curve averaged over classes, each against the rest. Performs no I/O."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bot.statistics.arrays import Codes, Floats
from bot.statistics.change import CannotTell, Change
from bot.statistics.noise import noise_of_mean, too_rare
from bot.statistics.ordering import Order
from bot.statistics.ranking import components
from bot.statistics.spec import Average, Kind, Spec

NOT_AVERAGED = CannotTell(
    "of rankings only an area is averaged over classes, as macro or weighted", unfit=True
)
MISSING_CLASS = CannotTell("a class has no rows")


def refused(spec: Spec, codes: Codes, classes: int) -> CannotTell | None:
    """A refusal, unless an area is asked, its average is macro or weighted, and every class has rows."""
    if spec.kind is not Kind.ROC_AUC or spec.average not in {"macro", "weighted"}:
        return NOT_AVERAGED
    return MISSING_CLASS if len(np.unique(codes)) < classes else None


def mean_area(average: Average | None, areas: Floats, codes: Codes) -> float:
    """The mean of the areas (k,) of all classes; weighted by their rows for `weighted`."""
    return float(np.average(areas, weights=_weights(average, codes, len(areas))))


def paired_mean_areas(
    average: Average | None,
    orders: tuple[tuple[Order, ...], tuple[Order, ...]],
    codes: Codes,
    group: NDArray[np.integer] | None,
) -> Change | CannotTell:
    """The change of a mean of areas, from the orders of both sides by each class's chance.

    A row's influence on one area A is (V - A) / share of the row's class, V being DeLong's component;
    weights by rows add (1 for the row's class, less its share) · A. Student's t on the mean of the
    differences of influence; see `delong` for the source.
    """
    before, after = (_influences(average, side, codes) for side in orders)
    base, candidate = float(before.mean()), float(after.mean())
    noise = _too_rare(average, codes, group) or noise_of_mean(after - before, group)
    if isinstance(noise, CannotTell):
        return replace(noise, base=base, candidate=candidate, rows=len(codes))
    method = noise.named("DeLong for several classes")
    center, rows = candidate - base, len(codes)
    return Change(base, candidate, rows, method, center, noise.standard_error, noise.degrees)


def _too_rare(average: Average | None, codes: Codes, group: NDArray[np.integer] | None) -> CannotTell | None:
    """A refusal for a rare class, unless it weighs no more than its few rows."""
    if average == "weighted":
        return None
    found = (too_rare(codes == place, group) for place in range(codes.max() + 1))
    return next((rare for rare in found if rare is not None), None)


def _weights(average: Average | None, codes: Codes, classes: int) -> Floats:
    shares = np.bincount(codes, minlength=classes) / len(codes)
    return shares if average == "weighted" else np.full(classes, 1 / classes)


def _influences(average: Average | None, orders: tuple[Order, ...], codes: Codes) -> Floats:
    """The mean area plus each row's influence on it (n,): their mean is the mean area."""
    weights = _weights(average, codes, len(orders))
    total = np.zeros(len(codes))
    for place, order in enumerate(orders):
        positive = codes == place
        shares = components(order, positive)
        area = float(shares[positive].mean())
        own = float(positive.mean())
        total += weights[place] * (shares - area) / np.where(positive, own, 1 - own)
        total += area * (positive if average == "weighted" else weights[place])
    return total
