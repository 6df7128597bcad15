"""Drawing pictures, and putting them where a comment can show them. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from bot.evidence.figures import ImagePair


@dataclass(frozen=True, slots=True)
class Drawn:
    """Drawn as SVG and as PNG, images of a pipeline as PNG only; `why` not, and then there is neither."""

    svg: bytes = field(default=b"", repr=False)
    png: bytes = field(default=b"", repr=False)
    why: str = ""


class Drawer(Protocol):
    """Draws Vega-Lite specifications."""

    def draw(self, specs: tuple[str, ...]) -> tuple[Drawn, ...]:
        """Each of them, in order; one that cannot be drawn says why, and never raises."""
        ...


class Framer(Protocol):
    """Lays images of a pipeline beside each other."""

    def frame(self, pairs: tuple[ImagePair, ...]) -> tuple[Drawn, ...]:
        """One PNG for each, in order, and no SVG; one that cannot be read says why, and never raises."""
        ...


class Gallery(Protocol):
    """Where pictures stand so that a page at GitHub can show them."""

    def keep(self, pictures: tuple[tuple[str, bytes], ...]) -> str:
        """Put files there, by name, with those that are there; answers the commit that has them all.

        Raises UnavailableError when it cannot be written to.
        """
        ...
