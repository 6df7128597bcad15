"""One valid default of everything a verdict stands on; each test changes what it is about."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from bot.evidence.facts import (
    Evidence,
    EvidenceLevel,
    Metric,
    MetricTable,
    Return,
    Side,
    SliceMetrics,
    Unreadable,
)
from bot.evidence.predictions import AskedColumns, Predictions, read_predictions
from bot.policy.evaluate import evaluate
from bot.policy.load import LoadedPolicy
from bot.policy.parse import parse_policy
from bot.policy.verdict import RuleResult, Verdict

FILE = "policies/flights.yaml"
HEAD = "version: 1\nmodel: flights\n"
PREDICTED = "predictions: {file: p.csv, id: row, label: y, score: s}\n"


def table(metrics: dict[str, float], slices: dict[str, tuple[int | None, dict[str, float]]]) -> MetricTable:
    parts = (
        SliceMetrics(*key.split("=", 1), rows, tuple(Metric(*item) for item in values.items()))
        for key, (rows, values) in slices.items()
    )
    return MetricTable(tuple(Metric(*item) for item in metrics.items()), tuple(parts))


@pytest.fixture(scope="session")
def measured() -> Callable[..., MetricTable]:
    """measured({"auc": 0.7}, {"origin=JFK": (500, {"auc": 0.7})})."""
    return lambda metrics=None, slices=None: table(metrics or {}, slices or {})


def _side(name: str, measured: object) -> Side | None:
    if measured is None or isinstance(measured, Side):
        return measured
    known = measured if isinstance(measured, MetricTable | Unreadable) else table(dict(measured), {})
    return Side(name, name, known, EvidenceLevel.REPRODUCED)


@pytest.fixture(scope="session")
def judge() -> Callable[..., Verdict]:
    """judge(rules as YAML, head=…, base=…): a side is a dict of metrics, a table, or None for no model."""

    def judging(
        rules: str,
        *,
        head: object,
        base: object = None,
        champion: object = None,
        returning: str = "",
        **facts: object,
    ) -> Verdict:
        data = (HEAD + rules).encode()
        loaded = LoadedPolicy(FILE, sha256(data).hexdigest(), parse_policy(data, FILE))
        evidence = Evidence(
            head=_side("this PR", head),
            base=_side("main", base),
            champion=_side("champion v12", champion),
            returning=Return(returning) if returning else None,
            **facts,
        )
        return evaluate(loaded, "91d0e77", evidence)

    return judging


@pytest.fixture(scope="session")
def only(judge: Callable[..., Verdict]) -> Callable[..., RuleResult]:
    """The one result of a policy with one rule."""

    def one(rules: str, **sides: object) -> RuleResult:
        (result,) = judge(rules, **sides).results
        return result

    return one


@pytest.fixture(scope="session")
def rows() -> Callable[..., pa.Table]:
    """rows(1000, own=1): made-up rows that two models saw; `own` is the noise of one of them."""

    def making(count: int = 1000, *, own: int = 0, skill: float = 2.0, noise: float = 0.3) -> pa.Table:
        world, mine = np.random.default_rng(7), np.random.default_rng(own)
        label = (world.random(count) < 0.4).astype(np.int64)
        place = np.array(["AT", "BE", "CH", "DE"])[world.integers(0, 4, count)]
        signal = skill * (label - 0.5) + world.normal(size=count) + noise * mine.normal(size=count)
        score = 1 / (1 + np.exp(-signal))
        columns = {"row": np.arange(count), "y": label, "s": score, "c": place, "m": abs(label - score)}
        return pa.table(columns)

    return making


def read_rows(found: pa.Table, file: str = "p.csv") -> Predictions:
    slices = tuple(name for name in ("c", "d") if name in found.column_names)
    asked = AskedColumns(file, "row", "y", "s", None, slices, ("m",))
    written = pa.BufferOutputStream()
    (csv.write_csv if file.endswith(".csv") else parquet.write_table)(found, written)
    return read_predictions(written.getvalue().to_pybytes(), asked)


@pytest.fixture(scope="session")
def side() -> Callable[..., Side]:
    """side("main", rows, {"auc": 0.7}): a side with predictions, read from the bytes of a file."""

    def making(
        name: str, found: object, reported: object = None, *, file: str = "p.csv", **known: object
    ) -> Side:
        measured = reported if isinstance(reported, MetricTable | Unreadable) else table(reported or {}, {})
        predictions = read_rows(found, file) if isinstance(found, pa.Table) else found
        level = EvidenceLevel(known.pop("level", "reproduced"))
        return Side(name, name, measured, level, predictions=predictions, **known)

    return making


@pytest.fixture(scope="session")
def compared(judge: Callable[..., Verdict], side: Callable[..., Side]) -> Callable[..., Verdict]:
    """compared(rules, base rows, head rows): the verdict on two models' predictions."""

    def comparing(rules: str, base: object, head: object, **facts: object) -> Verdict:
        sides = {"head": side("this PR", head), "base": side("main", base)}
        return judge(f"{PREDICTED}{rules}", **sides, **facts)

    return comparing
