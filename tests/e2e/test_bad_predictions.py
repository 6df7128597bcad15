"""Predictions that no gate can use, through a real pipeline and the real command: what a data scientist reads."""

# ruff: noqa: E501 -- tables of exact messages

from __future__ import annotations

import io
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

DVC_YAML = """\
stages:
  train: {cmd: rm -rf model && cp -r given model, deps: [given], outs: [model]}
  evaluate:
    cmd: cp model/rows.* . && cp model/metrics.json .
    deps: [model]
    outs: [rows.csv, rows.parquet]
    metrics: [{metrics.json: {cache: false}}]
"""
POLICY = """\
version: 1
model: tiny
artifact: model
predictions: {file: rows.csv, id: row, label: y, score: s}
metrics: {auc: {kind: roc_auc, better: higher, min: 0.6, max_regression: 0.02}}
slices: {by: [country], metrics: {auc: {better: higher, max_regression: 0.05}}}
"""
LABELS = [number % 2 for number in range(600)]
ROWS = {
    "row": list(range(600)),
    "y": LABELS,
    "s": [round((number * 37 % 100) / 150 + label / 3, 4) for number, label in enumerate(LABELS)],
    "country": ["AT" if number % 3 else "BE" for number in range(600)],
}
TODO = "Correct the stage that writes it, or what the policy says of it."


def csv(**other: object) -> bytes:
    columns = {name: values for name, values in (ROWS | other).items() if values is not None}
    lines = (",".join(map(str, line)) for line in zip(*columns.values(), strict=True))
    return "\n".join((",".join(columns), *lines, "")).encode()


def as_parquet(**other: object) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.table(ROWS | other), sink)
    return sink.getvalue()


def at(place: int, value: object, column: str) -> dict[str, list[object]]:
    """The column with one value replaced."""
    return {column: [value if number == place else one for number, one in enumerate(ROWS[column])]}


MANY = csv(row=range(10_000), y=[0] * 10_000, s=[0.5] * 10_000, country=[f"user{n}" for n in range(10_000)])


@dataclass(frozen=True)
class Checkout:
    root: Path

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=mona", "-c", "user.email=mona@localhost")
        subprocess.run(["git", *who, *arguments], cwd=self.root, check=True, capture_output=True)

    def dvc(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "dvc", *arguments, "--quiet"]
        subprocess.run(command, cwd=self.root, env=self.environment, check=True)

    @property
    def environment(self) -> dict[str, str]:
        own = {"HOME": str(self.root.parent), "NO_COLOR": "1", "LANG": "C.UTF-8", "DVC_NO_ANALYTICS": "1"}
        return {"PATH": os.environ["PATH"], **own}

    def give(self, name: str, data: bytes) -> None:
        (self.root / "given").mkdir(exist_ok=True)
        (self.root / "given" / name).write_bytes(data)

    def check(self) -> tuple[int, str]:
        """The exit code, and what was said on one line: where a terminal breaks lines is not ours."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", "check"],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, " ".join(f"{done.stdout}\n{done.stderr}".split())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    made = Checkout(tmp_path_factory.mktemp("predictions") / "work")
    (made.root / "policies").mkdir(parents=True)
    made.git("init", "--quiet", "--initial-branch=main")
    made.dvc("init")
    (made.root / "dvc.yaml").write_text(DVC_YAML)
    (made.root / "policies" / "tiny.yaml").write_text(POLICY)
    made.give("rows.csv", csv())
    made.give("rows.parquet", as_parquet())
    made.give("metrics.json", b"{}")
    made.dvc("repro")
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message", "start")
    return made


@pytest.fixture
def checkout(template: Checkout, tmp_path: Path) -> Checkout:
    """A copy of the template, for this test alone."""
    shutil.copytree(template.root, tmp_path / "work", symlinks=True)
    return Checkout(tmp_path / "work")


def test_predictions_that_are_in_order_are_judged_row_by_row(checkout: Checkout) -> None:
    checkout.give("rows.csv", csv(**at(7, 0.5, "s")))
    code, said = checkout.check()
    assert code == 0
    assert "✅ tiny: ready to merge, all 4 rules pass" in said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (csv(country=None), "rows.csv: column country: `slices.by` names this column, and it is not there; the file has row, y, s."),
        (csv(row=None, y=None), "rows.csv: columns row, y: the policy names these columns, and they are not there; the file has s, country."),
        (csv(**at(17, "n/a", "s")), "rows.csv: column s: 1 row has text where the others have numbers; the first is 'n/a' at id 17."),
        (csv(s=["2026-01-01"] * 600), "rows.csv: column s: this column must hold numbers, and this is date32[day]."),
        (b"row,y,s,country\n", "rows.csv: the file has no rows."),
        (csv()[:-6], "rows.csv: line 601, column 1: this row has 3 values, and the header has 4: 599,1,0.75."),
        (csv().replace(b"BE", b"M\xfcnchen", 1), "rows.csv: line 2, column 10: the file is not UTF-8 text: byte 0xfc cannot be read; save it as UTF-8."),
        (MANY, "rows.csv: column country: this slice column has 10,000 values, and at most 1,000 are allowed; slice by a coarser column."),
    ],
    ids=["no slice column", "no id and label", "one word", "dates", "no rows", "cut off", "Latin-1", "10,000 slices"],
)  # fmt: skip
def test_a_csv_that_cannot_be_used_is_exit_5_with_its_place_and_the_remedy_said_once(
    checkout: Checkout, data: bytes, said: str
) -> None:
    checkout.give("rows.csv", data)
    code, told = checkout.check()
    assert code == 5
    assert f"Why: auc cannot be computed: {said}" in told
    assert TODO in told
    assert told.split("Rules:")[0].count("cannot be computed") == 2, "the metric, and its slices"
    assert "ready to merge" not in told


def test_a_label_that_nobody_said_anything_of_is_exit_5_and_asks_for_positive(checkout: Checkout) -> None:
    checkout.give("rows.csv", csv(**at(3, 2, "y")))
    code, told = checkout.check()
    assert code == 5
    assert "auc cannot be computed: the labels are others than 0 and 1, and which one is positive" in told
    assert "name it with `positive:`" in told


def test_an_id_that_is_there_twice_asks_a_person_with_the_count(checkout: Checkout) -> None:
    checkout.give("rows.csv", csv(**at(7, 6, "row")))
    code, told = checkout.check()
    assert code == 0
    assert "⚠️ tiny: your decision" in told
    assert "the test rows do not compare: 1 row of this PR has an id that is there already" in told


def test_predictions_that_the_stage_did_not_write_are_exit_5_and_named(checkout: Checkout) -> None:
    (checkout.root / "given" / "rows.csv").unlink()
    code, told = checkout.check()
    assert code == 5
    assert "output 'rows.csv' does not exist Let the stage write it, or take it out of dvc.yaml." in told


class Planted:
    """Runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (self.command,)


class TestParquet:
    @pytest.fixture
    def columns(self, checkout: Checkout) -> Checkout:
        """The same checkout, whose policy reads the Parquet file."""
        (checkout.root / "policies" / "tiny.yaml").write_text(POLICY.replace("rows.csv", "rows.parquet"))
        checkout.git("commit", "--quiet", "--all", "--message", "Parquet")
        return checkout

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (as_parquet()[:-100], "this is no whole Parquet file: it was cut off, or is another kind of file; write it anew."),
            (csv(), "this is no whole Parquet file: it was cut off, or is another kind of file; write it anew."),
            (as_parquet(s=[[0.5]] * 600), "column s: this column must hold numbers, and this is list<element: double>."),
            (as_parquet(row=[b"1"] * 600), "column row: ids are whole numbers or text, and this is binary."),
            (as_parquet(country=[{"a": 1}] * 600), "column country: a slice column holds text, numbers or dates, and this is struct<a: int64>."),
        ],
        ids=["cut off", "a CSV", "nested", "bytes", "structs"],
    )  # fmt: skip
    def test_one_that_cannot_be_used_is_exit_5_with_its_column_and_the_remedy(
        self, columns: Checkout, data: bytes, said: str
    ) -> None:
        columns.give("rows.parquet", data)
        code, told = columns.check()
        assert code == 5
        assert f"Why: auc cannot be computed: rows.parquet: {said} {TODO}" in told

    def test_a_pickle_under_its_name_is_refused_and_never_loaded(self, columns: Checkout) -> None:
        trace = columns.root.parent / "unpickled"
        planted = pickle.dumps(Planted(f"touch {trace}"))
        columns.give("rows.parquet", planted)
        code, told = columns.check()
        assert code == 5
        assert "this is no whole Parquet file" in told
        assert not trace.exists()
        pickle.loads(planted)
        assert trace.exists(), "the trap itself works"
