"""One valid default of everything a verdict stands on; each test changes what it is about."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest

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
from bot.policy.evaluate import evaluate
from bot.policy.load import LoadedPolicy
from bot.policy.parse import parse_policy
from bot.policy.verdict import RuleResult, Verdict

FILE = "policies/flights.yaml"
HEAD = "version: 1\nmodel: flights\n"


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
        **facts: bool,
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
