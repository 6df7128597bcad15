"""What holds for every policy and every pair of tables."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import InvalidFileError
from bot.evidence.facts import Evidence, EvidenceLevel, Metric, MetricTable, Side, SliceMetrics
from bot.policy.evaluate import evaluate
from bot.policy.load import LoadedPolicy
from bot.policy.parse import parse_policy
from bot.policy.verdict import Position, Status

RANK = [Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.PASS]
numbers = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1)
finite = st.floats(-1e6, 1e6) | st.floats(0, 1)
directions = st.sampled_from(["higher", "lower"])
names = st.sampled_from(["auc", "f1", "loss"])
margins = st.floats(0, 10).map(repr) | st.floats(0, 200).map(lambda p: f"{p:.6f}%")


@st.composite
def limits(draw, better):
    parts = [f"better: {better}"]
    keys = draw(st.sets(st.sampled_from(["min", "max", "max_regression"]), min_size=1))
    amounts = {key: draw(margins) if key == "max_regression" else repr(draw(finite)) for key in keys}
    parts += [f"{key}: {amount}" for key, amount in amounts.items()]
    if draw(st.booleans()):
        parts.append("optional: true")
    return "{" + ", ".join(parts) + "}"


@st.composite
def rule_lines(draw):
    better = {name: draw(directions) for name in ("auc", "f1", "loss")}
    whole = {name: draw(limits(better[name])) for name in draw(st.sets(names, min_size=1))}
    parts = {name: draw(limits(better[name])) for name in draw(st.sets(names))}
    return whole, parts, better


def written(whole, parts):
    text = ["version: 1", "model: m", "metrics:", *(f"  {name}: {rule}" for name, rule in whole.items())]
    if parts:
        text += ["slices:", "  by: [origin]", "  metrics:"]
        text += [f"    {name}: {rule}" for name, rule in parts.items()]
    return "\n".join(text).encode()


tables = st.builds(
    lambda metrics, slices: MetricTable(
        tuple(Metric(*item) for item in metrics.items()),
        tuple(
            SliceMetrics("origin", value, rows, tuple(Metric(*item) for item in inside.items()))
            for value, (rows, inside) in slices.items()
        ),
    ),
    st.dictionaries(names, numbers, max_size=3),
    st.dictionaries(
        st.sampled_from(["JFK", "EWR", "LGA"]),
        st.tuples(st.none() | st.integers(0, 1000), st.dictionaries(names, numbers, max_size=3)),
        max_size=3,
    ),
)


def parsed(data):
    try:
        return LoadedPolicy("p.yaml", "0" * 64, parse_policy(data, "p.yaml"))
    except InvalidFileError as error:
        assert all("no value can pass" in problem.what for problem in error.problems)  # noqa: PT017
        return None


def judged(loaded, head, base):
    sides = (
        side and Side(name, "", side, EvidenceLevel.CLAIMED) for name, side in (("pr", head), ("main", base))
    )
    return evaluate(loaded, "", Evidence(*sides))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rule_lines(), tables, st.none() | tables)
def test_a_passing_result_is_finite_and_within_its_limit(lines, head, base):
    loaded = parsed(written(*lines[:2]))
    if loaded is None:
        return
    for result in judged(loaded, head, base).results:
        if result.status is not Status.PASS:
            continue
        assert math.isfinite(result.candidate)
        if result.kind == "max_regression":
            assert math.isfinite(result.base)
            slack = 1e-9 * max(1.0, abs(result.base), abs(result.candidate), result.limit)
            assert result.improvement >= -result.limit - slack
        else:
            sign = 1 if result.kind == "min" else -1
            slack = 1e-9 * max(1.0, abs(result.candidate))
            assert sign * (result.candidate - result.limit) >= -slack


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rule_lines(), tables, tables, st.floats(0, 1e6), st.randoms(use_true_random=False))
def test_a_verdict_never_improves_when_a_metric_gets_worse(lines, head, base, by, choice):
    whole, parts, better = lines
    # A bound on the good side of a metric asks it not to be too good; worse may then be right.
    loaded = parsed(
        written(
            *(
                {name: _one_sided(rule, better[name]) for name, rule in part.items()}
                for part in (whole, parts)
            )
        )
    )
    if loaded is None or not head.metrics:
        return
    chosen = choice.choice(head.metrics)
    lower = chosen.value - by if better[chosen.name] == "higher" else chosen.value + by
    metrics = tuple(replace(one, value=lower) if one is chosen else one for one in head.metrics)
    before, after = (judged(loaded, side, base).status for side in (head, replace(head, metrics=metrics)))
    assert RANK.index(after) <= RANK.index(before)


def _one_sided(rule, better):
    wrong = "max:" if better == "higher" else "min:"
    kept = [part for part in rule.strip("{}").split(", ") if not part.startswith(wrong)]
    if not any(part.startswith(("min:", "max:", "max_regression")) for part in kept):
        kept.append("max_regression: 0.1")
    return "{" + ", ".join(kept) + "}"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rule_lines(), tables, tables, st.randoms(use_true_random=False))
def test_the_order_of_policy_and_slices_changes_nothing(lines, head, base, choice):
    whole, parts, _ = lines
    first, second = (
        parsed(written(whole, parts)),
        parsed(written(_shuffled(whole, choice), _shuffled(parts, choice))),
    )
    if first is None or second is None:
        return
    one = judged(first, head, base)
    slices = list(head.slices)
    choice.shuffle(slices)
    other = judged(second, replace(head, slices=tuple(slices)), base)
    assert one.status == other.status
    assert _placeless(one) == _placeless(other)


def _shuffled(rules, choice):
    items = list(rules.items())
    choice.shuffle(items)
    return dict(items)


def _placeless(verdict):
    nowhere = Position("", 0, 0)
    return sorted(repr(replace(result, position=nowhere)) for result in verdict.results)


POLICY = b"""version: 1
model: flights
artifact: model
compare: {inconclusive: ask}
metrics:
  auc: {better: higher, min: 0.70, max_regression: 0.005}
  f1: {better: higher, max_regression: 1%, optional: true}
  log_loss:
    better: lower
    max: 0.9
slices:
  by: [origin]
  min_examples: 200
  metrics: {auc: {better: higher, max_regression: 0.02}}
pipeline: {lock: commit, setup: "uv sync"}
promotion: {alias: champion}
"""


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_policy_is_an_error_or_a_policy_that_says_what_its_text_says(seed):
    """Nothing is ignored: a policy that parses, written out again, has every word of the damaged text."""
    damage, refused, read = random.Random(seed), 0, 0
    for _ in range(150):
        data = _damaged(POLICY, damage)
        try:
            policy = parse_policy(data, "p.yaml")
        except InvalidFileError as error:
            refused += bool(error.problems)
        else:
            read += 1
            assert _ignored(data.decode(), str(policy.model_dump(by_alias=True))) == [], data
    assert refused + read == 150
    assert refused > read > 0


def _ignored(text, policy):
    keys = (line.split("#")[0].split(":")[0].strip() for line in text.splitlines())
    return [key for key in keys if key and key[0] not in "-{}[]\"'" and key not in policy]


def _damaged(data, damage):
    at = damage.randrange(len(data))
    match damage.randrange(5):
        case 0:
            return data[:at] + data[at + 1 :]
        case 1:
            return data[:at] + bytes([damage.randrange(32, 127)]) + data[at:]
        case 2:
            return data[:at] + bytes([damage.randrange(256)]) + data[at + 1 :]
        case 3:
            lines = data.splitlines(keepends=True)
            lines.insert(damage.randrange(len(lines)), damage.choice(lines))
            return b"".join(lines)
        case _:
            lines = data.splitlines(keepends=True)
            lines.pop(damage.randrange(len(lines)))
            return b"".join(lines)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text("{}[]:,&*!|>'\"%@`#-? \n\tab1.~<=", max_size=60).map(str.encode))
def test_no_bytes_at_all_get_past_as_anything_but_problems(data):
    with pytest.raises(InvalidFileError) as caught:
        parse_policy(data, "p.yaml")
    assert all(problem.file == "p.yaml" and problem.what for problem in caught.value.problems)
