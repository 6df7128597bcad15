"""A report that is too long, shorter and shorter: whole parts go, in a fixed order. Performs no I/O."""

from __future__ import annotations

from dataclasses import replace

from bot.report.columns import without
from bot.report.model import DROP_ORDER, Block, Drop, ModelSection, Report, Section


def ever_shorter(report: Report) -> list[Report]:
    """The report as it is, then without one more part each; what is gone is said in `dropped`."""
    shorter = [report]
    for drop in DROP_ORDER:
        last = _without(shorter[-1], drop)
        if last is not None:
            shorter.append(last)
    return shorter


def _without(report: Report, drop: Drop) -> Report | None:
    """The report without what `drop` names; None when it has nothing of the kind."""
    models = tuple(_shorter(model, drop) for model in report.models)
    sections = _kept(report.sections, drop)
    if models == report.models and sections == report.sections:
        return None
    return replace(report, models=models, sections=sections, dropped=(*report.dropped, drop))


def _shorter(model: ModelSection, drop: Drop) -> ModelSection:
    headline = without(model.headline, drop) if model.headline else None
    return replace(model, headline=headline, sections=_kept(model.sections, drop))


def _kept(sections: tuple[Section, ...], drop: Drop) -> tuple[Section, ...]:
    shorter = (
        replace(section, blocks=tuple(block for block in section.blocks if not _is(block, drop)))
        for section in sections
    )
    return tuple(section for section in shorter if section.blocks)


def _is(block: Block, drop: Drop) -> bool:
    return block.drop == drop
