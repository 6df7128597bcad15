"""Figures drawn, and put where a comment can show them."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import ModelbotError
from bot.evidence.figures import Figure, ImagePair, Shown, Undrawn
from bot.ports.pictures import Drawer, Framer, Gallery
from bot.report.facts import ReportFacts, Shot
from bot.report.links import picture_url
from bot.report.pictures import Picture, alt_of, alt_of_pair, spec_of

MOST_SHOWN = 6
"""So many stand in a comment; the page has them all."""


def drawn(figures: tuple[Shown, ...], drawer: Drawer, framer: Framer) -> tuple[Picture, ...]:
    """Every figure, for light and for dark paper, then every image; one that cannot be drawn says why."""
    return (*_drawn(figures, drawer), *_framed(figures, framer))


def _framed(figures: tuple[Shown, ...], framer: Framer) -> tuple[Picture, ...]:
    pairs = tuple(one for one in figures if isinstance(one, ImagePair))
    return tuple(
        Picture(one.path, one.title, alt_of_pair(one), png=(made.png, made.png), why=made.why)
        for one, made in zip(pairs, framer.frame(pairs), strict=True)
    )


def _drawn(figures: tuple[Shown, ...], drawer: Drawer) -> tuple[Picture, ...]:
    wanted = [one for one in figures if isinstance(one, Figure) and (one.main or one.candidate)]
    specs = tuple(spec_of(one, tone) for one in wanted for tone in ("light", "dark"))
    made = drawer.draw(specs)
    pairs = zip(wanted, made[::2], made[1::2], strict=True)
    return tuple(
        Picture(
            one.path,
            one.title,
            alt_of(one),
            (light.svg, dark.svg),
            (light.png, dark.png),
            light.why or dark.why,
        )
        for one, light, dark in pairs
    )


def hung(facts: ReportFacts, pictures: tuple[Picture, ...], gallery: Gallery) -> ReportFacts:
    """The facts with where the pictures can be seen; without any where they cannot be put there."""
    failed = tuple(Undrawn(one.path, one.why) for one in pictures if one.why)
    facts = replace(facts, figures=(*facts.figures, *failed))
    shown = [one for one in pictures if not one.why][:MOST_SHOWN]
    if not shown:
        return facts
    files = tuple(
        (f"{one.name}-{tone}.png", png)
        for one in shown
        for tone, png in zip(("light", "dark"), one.png, strict=True)
    )
    try:
        commit = gallery.keep(files)
    except ModelbotError as error:
        what = f"pictures could not be put at GitHub ({error.what}); the page has them"
        return replace(facts, figures=(*facts.figures, Undrawn("modelbot/plots", what)))
    target = facts.basis.target
    shots = (
        Shot(
            one.title,
            picture_url(target, commit, f"{one.name}-light.png"),
            picture_url(target, commit, f"{one.name}-dark.png"),
        )
        for one in shown
    )
    return replace(facts, shots=tuple(shots))
