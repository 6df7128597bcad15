"""The pipeline as a graph: each stage right of all it reads from. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.evidence.phrase import Quoted
from bot.report import numbers
from bot.report.encode import cleaned
from bot.report.facts import StageFact

WIDTH, HEIGHT, GAP_ACROSS, GAP_DOWN = 168, 48, 52, 18
MOST_STAGES = 40
NAME = 20
_WORDS = {
    "ran": "ran",
    "cached": "up to date",
    "changed": "not run here",
    "removed": "removed",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Node:
    """A stage's box: its upper left corner, its name cut to fit, what became of it."""

    x: int
    y: int
    name: Quoted
    outcome: str
    words: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and the paths between them, in a drawing of this size."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[str, ...]


def graph_of(stages: tuple[StageFact, ...], edges: tuple[tuple[str, str], ...]) -> Graph | None:
    """The graph of at most 40 stages; None for none, for more, and where nothing is known of their order."""
    if not stages or len(stages) > MOST_STAGES:
        return None
    names = {stage.stage for stage in stages}
    kept = tuple(edge for edge in edges if names.issuperset(edge))
    places = _places(tuple(stage.stage for stage in stages), kept)
    nodes = tuple(_node(stage, places[stage.stage]) for stage in stages)
    return Graph(
        max(node.x for node in nodes) + WIDTH,
        max(node.y for node in nodes) + HEIGHT,
        nodes,
        tuple(_path(places[one], places[other]) for one, other in kept),
    )


def _places(names: tuple[str, ...], edges: tuple[tuple[str, str], ...]) -> dict[str, tuple[int, int]]:
    columns: dict[int, list[str]] = {}
    for name, depth in _depths(names, edges).items():
        columns.setdefault(depth, []).append(name)
    return {
        name: (depth * (WIDTH + GAP_ACROSS), row * (HEIGHT + GAP_DOWN))
        for depth, column in columns.items()
        for row, name in enumerate(sorted(column))
    }


def _depths(names: tuple[str, ...], edges: tuple[tuple[str, str], ...]) -> dict[str, int]:
    """How many stages come before each; a circle (DVC allows none) ends after as many rounds as stages."""
    depths = dict.fromkeys(names, 0)
    for _ in names:
        for before, after in edges:
            depths[after] = min(max(depths[after], depths[before] + 1), len(names) - 1)
    return depths


def _node(stage: StageFact, place: tuple[int, int]) -> Node:
    words = _WORDS[stage.outcome]
    time = "" if stage.seconds is None else f", {numbers.duration(stage.seconds)}"
    return Node(*place, Quoted(_cut(stage.stage)), stage.outcome, f"{words}{time}")


def _cut(name: str) -> str:
    shown = cleaned(name)
    return shown if len(shown) <= NAME else f"{shown[: NAME - 1]}…"


def _path(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y = start[0] + WIDTH, start[1] + HEIGHT // 2
    to_x, to_y = end[0], end[1] + HEIGHT // 2
    middle = (x + to_x) // 2
    return f"M{x},{y} C{middle},{y} {middle},{to_y} {to_x - 6},{to_y}"
