"""A drawn plot as part of the page: what a mark stands for is shown under the pointer, without a script.

Vega writes the values of a mark as its label. The drawing is read and written anew from a list of what may be
in it, and those labels become `<title>`s; a picture that has anything else stays an image. Performs no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from xml.etree import ElementTree as ET

from markupsafe import Markup

SVG = "{http://www.w3.org/2000/svg}"
PARTS = frozenset(("g", "path", "text", "line", "rect"))
KEPT = (
    *("d", "transform", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "text-anchor", "display"),
    *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity"),
    *("font-family", "font-size", "font-weight", "stroke-miterlimit", "pointer-events"),
)
SYMBOL = "graphics-symbol"


def inline_svg(drawing: bytes, alt: str) -> Markup | None:
    """The drawing as markup of ours, named `alt`; None where it holds what is not known to be harmless."""
    # A declaration could define entities; Vega writes none.
    if b"<!" in drawing or b"<?" in drawing:
        return None
    try:
        root = ET.fromstring(drawing)  # noqa: S314 -- without a declaration there is no entity to expand
        inner = "".join(part for child in root for part in _written(child))
    except (ET.ParseError, ValueError):
        return None
    if root.tag != f"{SVG}svg":
        return None
    size = " ".join(f'{name}="{_safe(root.get(name, ""))}"' for name in ("width", "height", "viewBox"))
    # Every part of it is escaped or of our own list.
    return Markup(f'<svg {size} role="img" aria-label="{escape(alt)}">{inner}</svg>')  # noqa: S704


def _written(element: ET.Element) -> Iterator[str]:
    name = element.tag.removeprefix(SVG)
    if name not in PARTS:
        raise ValueError(name)
    title = element.get("aria-label", "") if element.get("role") == SYMBOL else ""
    # A group with a label is an axis or a legend, which says its words itself.
    shown = bool(title) and name != "g"
    yield f"<g><title>{escape(title)}</title>" if shown else ""
    yield f"<{name}{''.join(_attributes(element))}>{escape(element.text or '')}"
    for child in element:
        yield from _written(child)
    yield f"</{name}>" + ("</g>" if shown else "")


def _attributes(element: ET.Element) -> Iterator[str]:
    for name in KEPT:
        value = element.get(name)
        if value is not None:
            yield f' {name}="{_safe(value)}"'


def _safe(value: str) -> str:
    """An attribute's value; `url(…)` and its like would point outside."""
    if "url" in value.lower() or "\\" in value:
        raise ValueError(value)
    return escape(value)
