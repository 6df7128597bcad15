"""The files that our reader takes for plots, and the points in them, held against `dvc plots show`."""

import json

import pytest

from bot.errors import InvalidFileError
from bot.evidence.plot_changes import parse_plot
from bot.evidence.plots import Plot, read_plots
from bot.lineage.parse import parse_pipeline

TABLE = "x,y\n1,2\n\n3,4\n"
STAGE = "stages: {s: {cmd: x, plots: [%s]}}\n"

DRAWN = {
    "a table with its axes": ("plots: [p.csv: {x: x, y: y}]", {"p.csv": TABLE}),
    "a table by its name alone": ("plots: [p.csv]", {"p.csv": TABLE}),
    "tabs": ("plots: [p.tsv]", {"p.tsv": "x\ty\n1,5\t2\n"}),
    "a stage's, without a header": (STAGE % "p.csv: {cache: false, header: false}", {"p.csv": "1,2\n3,4\n"}),
    "a list": ("plots: [p.json: {y: y}]", {"p.json": '[{"x": 1, "y": NaN}, {"y": 2}]'}),
    "several lists": (
        "plots: [p.json: {x: x, y: z}]",
        {"p.json": '{"roc": [{"x": 1}, {"x": 2}], "deep": {"prc": [{"z": 1}, {"z": 2}, {"z": 3}]}, "n": 1}'},
    ),
    "a directory": ("plots: [d]", {"d/a.csv": TABLE, "d/e/b.json": '[{"x": 1}]', "dd/c.csv": TABLE}),
    "a directory and a file in it": ("plots: [d, d/a.csv: {y: y}]", {"d/a.csv": TABLE, "d/b.csv": TABLE}),
}


BROKEN = {
    "a column that is not there": ("plots: [p.csv: {x: x, y: gone}]", {"p.csv": TABLE}),
    "points with other keys": ("plots: [p.json: {y: x}]", {"p.json": '[{"x": 1}, {"y": 1}]'}),
    "no points": ("plots: [p.json: {y: x}]", {"p.json": '{"x": [1, 2]}'}),
    "no file": ("plots: [p.csv]", {}),
    "a page": ("plots: [p.html]", {"p.html": "<p>"}),
}


def drawn_by_dvc(made) -> tuple[dict[str, int], str]:
    """The number of points of every plot, and everything DVC says."""
    made.commit()
    said = made.dvc(made.root, "plots", "show", "--json", ok=False)
    last = said.splitlines()[-1]
    plots = json.loads(last).get("data", {}) if last.startswith("{") else {}
    return {name: len(shown[0]["content"]["data"]["values"]) for name, shown in plots.items() if shown}, said


@pytest.mark.parametrize("shape", DRAWN)
def test_every_plot_is_found_with_its_points(repository, shape):
    declared, files = DRAWN[shape]
    made = repository({**files, "dvc.yaml": declared})
    drawn, said = drawn_by_dvc(made)
    assert {plot.path: parse_plot(plot).points for plot in read(made)} == drawn, said


@pytest.mark.parametrize("shape", BROKEN)
def test_what_dvc_draws_nothing_from_is_refused(repository, shape):
    declared, files = BROKEN[shape]
    made = repository({**files, "dvc.yaml": declared})
    drawn, said = drawn_by_dvc(made)
    assert not drawn, said
    (plot,) = read(made)
    with pytest.raises(InvalidFileError):
        parse_plot(plot)


def read(made) -> tuple[Plot, ...]:
    tree = made.tree()
    return read_plots(tree, parse_pipeline(tree))
