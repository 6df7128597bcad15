"""The example policies do what their comments say: one candidate passes each, and one does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from bot.evidence.facts import Evidence, EvidenceLevel, Metric, MetricTable, ModelFile, Repeats, Side
from bot.evidence.facts import SliceMetrics as Part
from bot.evidence.predictions import read_predictions
from bot.policy.columns import columns_asked
from bot.policy.evaluate import evaluate
from bot.policy.lint import lint
from bot.policy.load import LoadedPolicy
from bot.policy.parse import parse_policy
from bot.policy.verdict import Status

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
DAY = date(2026, 12, 1)


class Example:
    """A policy of the examples, and sides with what it asks for."""

    def __init__(self, name: str) -> None:
        data = (EXAMPLES / f"{name}.yaml").read_bytes()
        self.loaded = LoadedPolicy(name, sha256(data).hexdigest(), parse_policy(data, name, DAY))

    def side(self, name, metrics=None, *, rows=None, parts=(), repeats=(), resources=None) -> Side:
        numbers = tuple(Metric(*item) for item in (metrics or {}).items())
        asked = columns_asked(self.loaded.policy)
        return Side(
            name,
            name,
            MetricTable(numbers, parts, repeats),
            EvidenceLevel.REPRODUCED,
            predictions=read_predictions(csv(rows), asked) if asked else None,
            resources=tuple(Metric(*item) for item in (resources or {}).items()),
        )

    def judged(self, head, base, **facts):
        return evaluate(self.loaded, "91d0e77", Evidence(head, base, day=DAY, **facts))

    def compared(self, base, head):
        """The verdict on predictions, base's and the candidate's."""
        return self.judged(self.side("this PR", rows=head), self.side("main", rows=base))


def csv(columns) -> bytes:
    lines = [",".join(columns)] + [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    return ("\n".join(lines) + "\n").encode()


def failed(verdict) -> set[str]:
    return {one.rule for one in verdict.results if one.status is Status.FAIL and one.blocks}


def draws():
    return np.random.Generator(np.random.PCG64(7))


def smallest():
    example = Example("smallest")
    main = example.side("main", {"auc": 0.75})
    good, bad = (example.side("this PR", {"auc": auc}) for auc in (0.748, 0.744))
    return example.judged(good, main), example.judged(bad, main), {"metrics.auc.max_regression"}


def regression():
    minutes = draws().normal(35, 8, 4_000).round(3)
    errors = draws().normal(0, 4, 4_000)

    def rows(size):
        return {
            "order_id": range(4_000),
            "minutes": minutes,
            "predicted_minutes": (minutes + errors * size).round(3),
        }

    example = Example("regression")
    worse = {"metrics.mae.max_regression", "metrics.rmse.max_regression"}
    return example.compared(rows(1), rows(1.005)), example.compared(rows(1), rows(1.1)), worse


def multiclass():
    names, generator = ("billing", "delivery", "returns"), draws()
    truth = generator.choice(3, 3_000, p=(0.6, 0.3, 0.1))
    luck = generator.random(3_000)

    def rows(right):
        """Where `luck` is below the share of its class the right topic is likely, else the next one."""
        chosen = np.where(luck < np.asarray(right)[truth], truth, (truth + 1) % 3)
        return {"ticket_id": range(3_000), "topic": [names[one] for one in truth]} | {
            f"p_{name}": np.where(chosen == place, 0.8, 0.1) for place, name in enumerate(names)
        }

    example, main = Example("multiclass"), (0.85, 0.85, 0.85)
    gives_up = example.compared(rows(main), rows((0.93, 0.93, 0.4)))
    return example.compared(rows(main), rows((0.86, 0.86, 0.86))), gives_up, {"metrics.f1.max_regression"}


def ranking():
    generator = draws()
    customer = generator.integers(0, 600, 3_000)
    rank = 1 + generator.geometric(0.6, 3_000) - 1

    def rows(worse):
        """Queries of some customers find what is clicked one place further down."""
        found = rank + (customer % 10 < worse)
        return {
            "query_id": range(3_000),
            "customer_id": customer,
            "clicked_item": ["item"] * 3_000,
            "first_item": np.where(found == 1, "item", "other"),
            "reciprocal_rank": (1 / found).round(6),
        }

    example = Example("ranking")
    worse = {"metrics.mrr.max_regression", "metrics.first_is_right.max_regression"}
    return example.compared(rows(1), rows(0)), example.compared(rows(0), rows(3)), worse


def fairness():
    generator = draws()
    defaulted = generator.integers(0, 2, 4_000)
    region = generator.choice(["north", "south"], 4_000)
    noise = generator.normal(0, 0.22, 4_000)

    def rows(south):
        """All loans of the south get a lower score, by so much: ranked as before among themselves."""
        score = 0.35 + 0.3 * defaulted + noise - south * (region == "south")
        return {
            "loan_id": range(4_000),
            "defaulted": defaulted,
            "p_default": score.round(6),
            "region": region,
            "age_band": np.where(np.arange(4_000) % 2, "to 40", "over 40"),
        }

    example = Example("fairness")
    return (
        example.compared(rows(0), rows(0)),
        example.compared(rows(0), rows(0.15)),
        {"slices.fairness.max_gap[region]"},
    )


def waiver():
    example = Example("waiver")

    def side(name, **countries):
        parts = tuple(Part("country", key, 500, (Metric("auc", auc),)) for key, auc in countries.items())
        return example.side(name, {"auc": 0.8}, parts=parts)

    main = side("main", LU=0.72, FR=0.8)
    waived, other = (side("this PR", LU=0.6, FR=france) for france in (0.8, 0.69))
    return example.judged(waived, main), example.judged(other, main), {"slices.auc.min[country=FR]"}


def resources():
    example = Example("resources")
    costs = {"model_size_mb": 60.0, "latency_p95_ms": 70.0}
    main = example.side("main", {"map": 0.65}, resources=costs)
    report = MetricTable((Metric("images", 6_000), Metric("unreadable_share", 0.0)))

    def judged(size, *files):
        head = example.side("this PR", {"map": 0.65}, resources=costs | {"model_size_mb": size})
        return example.judged(head, main, data_report=report, files=tuple(map(ModelFile, files)))

    good = judged(62.0, "MLmodel", "weights/model.safetensors")
    bad = judged(90.0, "MLmodel", "weights/model.safetensors", "tokenizer/words.pkl")
    return good, bad, {"resources.model_size_mb.max_regression", "artifacts.forbid[*.pkl]"}


def seeds():
    example = Example("seeds")

    def side(name, rouge, perplexity):
        runs = tuple(rouge + step for step in (-0.002, -0.001, 0.0, 0.001, 0.002))
        metrics = {"rouge": rouge, "perplexity": perplexity, "perplexity_stderr": 0.01}
        return example.side(name, metrics, repeats=(Repeats("rouge_by_seed", runs),))

    main = side("main", 0.40, 12.0)
    good, bad = side("this PR", 0.41, 12.0), side("this PR", 0.40, 12.5)
    worse = {"metrics.rouge.must_improve", "metrics.perplexity.max_regression"}
    return example.judged(good, main), example.judged(bad, main), worse


CASES = (smallest, regression, multiclass, ranking, fairness, waiver, resources, seeds)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_an_example_refuses_a_worse_model_and_passes_one_that_is_well(case: Callable):
    good, bad, rules = case()
    assert bad.status is Status.FAIL
    assert failed(bad) == rules
    assert good.status is Status.PASS, [one for one in good.results if one.blocks]


def test_a_waived_slice_is_shown_as_waived_with_its_reason():
    good, _, _ = waiver()
    (found,) = [one for one in good.results if one.status is Status.WAIVED]
    assert found.rule == "slices.auc.min[country=LU]"
    assert any("Luxembourg" in str(part) for part in found.reason)


def test_every_example_has_a_case():
    assert {path.stem for path in EXAMPLES.glob("*.yaml")} == {case.__name__ for case in CASES}


def test_lint_finds_nothing_wrong_with_the_examples_together():
    files = tuple(
        (path.name, path.read_bytes()) for path in EXAMPLES.glob("*.yaml") if path.stem != "smallest"
    )
    assert lint(files, DAY) == ()


def test_an_example_says_what_it_is_about():
    for path in EXAMPLES.glob("*.yaml"):
        assert re.match(r"# yaml-language-server: .*\n# [A-Z].{40}", path.read_text())
