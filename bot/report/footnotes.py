"""What stands in small print below a report: it never blocks. Performs no I/O."""

from __future__ import annotations

from bot.evidence.facts import PriorUse
from bot.report.model import ModelSection, Words
from bot.report.numbers import counted
from bot.report.wording import name


def footnotes(models: tuple[ModelSection, ...]) -> tuple[Words, ...]:
    """How often each model's test set decided before, where the ledger knows of it."""
    several = len(models) > 1
    return tuple(
        _use(model.prior_use, (name(model.model), ": this") if several else ("This",))
        for model in models
        if model.prior_use
    )


def _use(use: PriorUse, begun: Words) -> Words:
    parts = ((use.promotions, "promotion"), (use.refusals, "refusal"))
    told = " and ".join(counted(count, word) for count, word in parts if count)
    each = "; every decision on the same rows makes them a little less independent"
    return (*begun, f" test set has decided {told} since ", name(use.since), each)
