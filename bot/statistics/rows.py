"""What two models say of the same rows. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bot.statistics.arrays import Bools, Column
    from bot.statistics.ordering import Order

Which = Literal["base", "candidate"]


@dataclass(frozen=True, slots=True, eq=False)
class PairedRows:
    """Labels and the predictions of two models, row by row.

    `label` is (n,) of any scalar type. `base` and `candidate` are (n,) scores or predicted classes, or
    (n, k) class probabilities whose columns `classes` names, k labels. `group` is (n,) integer codes of
    rows that belong together, such as one customer's. The arrays are kept as read-only views, not
    copied; a subset shares the sorted orders of the rows it was cut from. Raises ValueError for shapes
    that do not fit.
    """

    label: Column
    base: Column
    candidate: Column
    group: NDArray[np.integer] | None = None
    classes: tuple[object, ...] = ()
    _origin: tuple[PairedRows, Bools] | None = field(default=None, repr=False)
    _orders: dict[tuple[Which, int | None], Order] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for name in ("label", "base", "candidate", "group"):
            column = getattr(self, name)
            if column is not None:
                object.__setattr__(self, name, _read_only(column))
        _require_fit(self)

    def __len__(self) -> int:
        return len(self.label)

    def subset(self, index: NDArray[np.bool_] | NDArray[np.integer]) -> PairedRows:
        """The rows of a mask (n,), or of row numbers in any order."""
        import numpy as np

        chosen = np.asarray(index)
        group = None if self.group is None else self.group[chosen]
        origin = (self, chosen.astype(np.bool_)) if chosen.dtype == np.bool_ else None
        columns = self.label[chosen], self.base[chosen], self.candidate[chosen]
        return PairedRows(*columns, group, self.classes, origin)

    def order(self, which: Which, column: int | None = None) -> Order:
        """Rows by rising score of one side; `column` of its class probabilities. Sorted once."""
        key = (which, column)
        if key not in self._orders:
            self._orders[key] = self._sorted(which, column)
        return self._orders[key]

    def _sorted(self, which: Which, column: int | None) -> Order:
        if self._origin is not None:
            whole, mask = self._origin
            return whole.order(which, column).within(mask)
        from bot.statistics.ordering import order_of

        score = self.base if which == "base" else self.candidate
        return order_of(score if column is None else score[:, column])


def _read_only(column: NDArray[np.generic]) -> NDArray[np.generic]:
    import numpy as np

    view = np.asarray(column).view()
    view.flags.writeable = False
    return view


def _require_fit(rows: PairedRows) -> None:
    import numpy as np

    if rows.label.ndim != 1 or rows.base.shape != rows.candidate.shape or rows.base.ndim not in {1, 2}:
        raise ValueError("labels are (n,), and both sides (n,) or (n, k)")
    if len(rows.base) != len(rows.label):
        raise ValueError("there are not as many predictions as labels")
    if rows.base.ndim == 2 and rows.base.shape[1] != len(rows.classes):  # noqa: PLR2004
        raise ValueError("there are not as many columns as classes")
    if rows.group is not None and rows.group.shape != rows.label.shape:
        raise ValueError("there are not as many groups as labels")
    if rows.group is not None and not np.issubdtype(rows.group.dtype, np.integer):
        raise ValueError("groups are integer codes")
