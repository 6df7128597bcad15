"""Which columns of the predictions a policy needs. Performs no I/O."""

from __future__ import annotations

from bot.evidence.predictions import AskedColumns
from bot.policy.definition import Policy


def columns_asked(policy: Policy) -> AskedColumns | None:
    """The columns; None where no metric is computed from predictions."""
    where = policy.predictions
    kinds = {name for name, limits in policy.metrics.items() if limits.kind is not None}
    if where is None or not kinds:
        return None
    score = where.score if isinstance(where.score, str) else tuple(where.score.items())
    columns = tuple(limits.column for limits in policy.metrics.values() if limits.column is not None)
    return AskedColumns(
        where.file,
        where.id,
        where.label,
        score,
        where.group,
        _slices(policy, kinds),
        tuple(dict.fromkeys(columns)),
    )


def _slices(policy: Policy, kinds: set[str]) -> tuple[str, ...]:
    slices = policy.slices
    if slices is None:
        return ()
    named = {*slices.metrics, *((slices.fairness.metric,) if slices.fairness else ())}
    return slices.by if named & kinds else ()
