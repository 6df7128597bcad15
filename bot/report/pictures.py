"""A figure as a Vega-Lite specification, for light and for dark paper. Performs no I/O.

Values stand in it as data and nothing else of a stranger's: words are texts, fields have our names, no
address is anywhere. So a renderer that may not fetch anything has everything.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Literal

from bot.evidence.figures import TABLES, Figure, ImagePair, Row
from bot.report.encode import for_terminal

Tone = Literal["light", "dark"]
Json = dict[str, object]

WIDTH, HEIGHT = 420, 260
LONGEST = 80
MOST_POINTED = 60
SIDES = ("main", "this PR")


@dataclass(frozen=True, slots=True)
class Colours:
    """What is drawn in which colour: text, lines of the paper, main's model, the candidate, its heat."""

    ink: str
    grid: str
    main: str
    candidate: str
    heat: tuple[str, str]
    on_heat: str


COLOURS: dict[Tone, Colours] = {
    "light": Colours("#3b4351", "#e3e6eb", "#8a93a3", "#2563eb", ("#f1f5fb", "#2563eb"), "#ffffff"),
    "dark": Colours("#c3c9d4", "#2c3340", "#7d8799", "#7aa2f7", ("#1b2130", "#7aa2f7"), "#0d1117"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure drawn twice, as SVG and as PNG; `why` says that it could not be, and then there is neither.

    An image has no SVG, and one PNG for light and dark.
    """

    path: str
    title: str
    alt: str
    svg: tuple[bytes, bytes] = field(default=(b"", b""), repr=False)
    png: tuple[bytes, bytes] = field(default=(b"", b""), repr=False)
    why: str = ""

    @property
    def name(self) -> str:
        """By its content, so that the same picture has one name (without the ending)."""
        return hashlib.sha256(b"\0".join(self.png)).hexdigest()[:20]


def alt_of(figure: Figure) -> str:
    """What a picture shows, for who cannot see it."""
    counts = (f"{len(rows)} points of {side}" for side, rows in _sides(figure) if rows)
    axes = f"{_short(figure.y_label) or 'y'} by {_short(figure.x_label)}"
    return f"{_short(figure.title)}: {axes}, {' and '.join(counts) or 'no points'}"


def alt_of_pair(pair: ImagePair) -> str:
    """The same of an image: only which side it is of."""
    sides = [side for side, data in zip(SIDES, (pair.main, pair.candidate), strict=True) if data is not None]
    return f"{_short(pair.title)}: image of {' and '.join(sides)}"


def spec_of(figure: Figure, tone: Tone) -> str:
    """The specification as JSON; the same figure, the same text."""
    made = _matrix(figure, tone) if figure.template in TABLES else _lines(figure, tone)
    head: Json = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": None,
        "config": _config(COLOURS[tone]),
    }
    return json.dumps(head | made, sort_keys=True, allow_nan=False)


def _sides(figure: Figure) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    return tuple(zip(SIDES, (figure.main, figure.candidate), strict=True))


def _short(text: str) -> str:
    return for_terminal(text, LONGEST)


def _lines(figure: Figure, tone: Tone) -> Json:
    numeric = all(isinstance(row[0], float) for _, rows in _sides(figure) for row in rows)
    values = [
        {"side": side, "x": x, "y": y, "line": _short(line), "at": at}
        for side, rows in _sides(figure)
        for at, (x, y, line) in enumerate(rows)
    ]
    bars = figure.template.startswith("bar_")
    across: Json = {
        "field": "x",
        "type": "quantitative" if numeric and not bars else "nominal",
        "title": _short(figure.x_label),
        "scale": {"zero": False} if numeric and not bars else {},
    }
    up: Json = {"field": "y", "type": "quantitative", "title": _short(figure.y_label)}
    if not bars:
        up["scale"] = {"zero": False}
    if bars and figure.template.endswith("sorted"):
        across["sort"] = "-x"
    encoding: Json = {"x": up, "y": across, "yOffset": _by_side()} if bars else {"x": across, "y": up}
    encoding["color"] = _coloured(COLOURS[tone])
    if any(row[2] for _, rows in _sides(figure) for row in rows):
        encoding["strokeDash"] = {"field": "line", "type": "nominal", "title": None}
    most = max(len(rows) for _, rows in _sides(figure))
    return _sized({"data": {"values": values}, "encoding": encoding, **_marks(figure.template, most)})


def _marks(template: str, most: int) -> Json:
    """Over a line lie points that are not seen: they say their values to who points at them."""
    mark = _mark(template)
    if template not in ("linear", "simple", "smooth"):
        return mark
    every = -(-most // MOST_POINTED)
    told: Json = {
        "mark": {"type": "point", "filled": True, "opacity": 0, "size": 120},
        "transform": [{"filter": f"datum.at % {max(every, 1)} === 0"}],
    }
    return {"layer": [mark, told]}


def _sized(spec: Json) -> Json:
    return spec | {"width": WIDTH, "height": HEIGHT}


def _mark(template: str) -> Json:
    if template.startswith("bar_"):
        return {"mark": {"type": "bar", "cornerRadiusEnd": 2}}
    if template == "scatter":
        return {"mark": {"type": "point", "filled": True, "opacity": 0.6, "size": 28}}
    line: Json = {"mark": {"type": "line", "strokeWidth": 2, "interpolate": "linear", "aria": False}}
    if template == "smooth":
        # DVC's own bandwidth.
        smooth = {"loess": "y", "on": "x", "bandwidth": 0.3, "groupby": ["side", "line"]}
        return line | {"transform": [smooth]}
    return line


def _by_side() -> Json:
    return {"field": "side", "type": "nominal", "sort": list(SIDES)}


def _coloured(colours: Colours) -> Json:
    scale = {"domain": list(SIDES), "range": [colours.main, colours.candidate]}
    return _by_side() | {"scale": scale, "title": None, "legend": {"orient": "top"}}


def _matrix(figure: Figure, tone: Tone) -> Json:
    colours, whole = COLOURS[tone], figure.template.endswith("normalized")
    cells = [(side, _shares(rows, normalized=whole)) for side, rows in _sides(figure)]
    most = max((share for _, shares in cells for *_, share in shares), default=0.0)
    values = [
        {"side": side, "x": x, "y": y, "n": share, "strong": share > most / 2}
        for side, shares in cells
        for x, y, share in shares
    ]
    cell: Json = {
        "x": {"field": "x", "type": "nominal", "title": _short(figure.x_label)},
        "y": {"field": "y", "type": "nominal", "title": _short(figure.y_label)},
    }
    heat = {"field": "n", "type": "quantitative", "scale": {"range": list(colours.heat)}, "legend": None}
    form = ".2f" if whole else ",d"
    ink = {"condition": {"test": "datum.strong", "value": colours.on_heat}, "value": colours.ink}
    told = {"field": "n", "type": "quantitative", "format": form}
    return {
        "data": {"values": values},
        "facet": {"column": _by_side() | {"title": None}},
        "spec": {
            "width": WIDTH // 2,
            "height": WIDTH // 2,
            "encoding": cell,
            "layer": [
                {"mark": "rect", "encoding": {"color": heat}},
                {"mark": "text", "encoding": {"text": told, "color": ink}},
            ],
        },
    }


def _shares(rows: tuple[Row, ...], *, normalized: bool) -> tuple[tuple[str, str, float], ...]:
    """Counts; or the share of each actual class, so that a row of the matrix adds up to 1."""
    totals: dict[str, float] = {}
    for _, actual, count in rows:
        totals[str(actual)] = totals.get(str(actual), 0.0) + float(count)
    return tuple(
        (_short(str(x)), _short(str(y)), float(count) / (totals[str(y)] if normalized else 1.0))
        for x, y, count in rows
    )


def _config(colours: Colours) -> Json:
    axis = {
        "labelColor": colours.ink,
        "titleColor": colours.ink,
        "gridColor": colours.grid,
        "domainColor": colours.grid,
        "tickColor": colours.grid,
    }
    return {
        "font": "DejaVu Sans, sans-serif",
        "axis": axis,
        "header": {"labelColor": colours.ink},
        "legend": {"labelColor": colours.ink, "titleColor": colours.ink},
        "view": {"stroke": colours.grid},
    }
