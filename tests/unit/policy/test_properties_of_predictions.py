"""What holds for any two models' predictions, whatever the policy asks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.policy.verdict import Position, Status

RANK = [Status.ERROR, Status.FAIL, Status.INCONCLUSIVE, Status.PASS]
KINDS = {
    "accuracy": "higher",
    "roc_auc": "higher",
    "f1": "higher",
    "average_precision": "higher",
    "log_loss": "lower",
    "brier": "lower",
    "mae": "lower",
    "rmse": "lower",
}
WITHOUT_DRAWS = ("accuracy", "roc_auc", "log_loss", "brier", "mae", "rmse")
seeds, margins = st.integers(0, 10_000), st.floats(0, 0.2)
many = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def limits(kind, *rules):
    return f"{kind}: {{kind: {kind}, better: {KINDS[kind]}, {', '.join(rules)}}}"


def policy(*metrics, slices=""):
    return "metrics:\n" + "".join(f"  {one}\n" for one in metrics) + slices


def replaced(found, column, values):
    return found.set_column(found.column_names.index(column), column, pa.array(values))


def numbers(verdict):
    """Every result without its place in the policy, in an order of their own."""
    nowhere = Position("", 0, 0)
    return sorted(repr(replace(one, position=nowhere)) for one in verdict.results)


@many
@given(st.sampled_from(sorted(KINDS)), seeds, seeds, st.floats(0.2, 3), margins, st.integers(60, 600))
def test_a_pass_is_finite_and_within_its_limit(compared, rows, kind, own, other, skill, margin, count):
    bound = f"min: {1 - margin}" if KINDS[kind] == "higher" else f"max: {margin}"
    asked = (f"max_regression: {margin!r}", f"must_improve: {margin!r}", bound)
    sides = rows(count, own=own), rows(count, own=other, skill=skill)
    for result in compared(policy(limits(kind, *asked)), *sides).results:
        if result.status is not Status.PASS:
            continue
        assert math.isfinite(result.candidate)
        sign = 1 if KINDS[kind] == "higher" else -1
        if result.kind == "max_regression":
            assert -result.limit - 1e-8 <= result.low <= result.high
            assert count >= 100
        elif result.kind == "must_improve":
            assert result.low > 0
            assert sign * (result.candidate - result.base) >= margin - 1e-8
        else:
            assert sign * (result.candidate - result.limit) >= -1e-8


@many
@given(seeds, seeds, margins, st.integers(1, 200))
def test_more_wrong_answers_never_make_accuracy_pass_sooner(compared, rows, own, other, margin, worse):
    base, head = _decided(rows(own=own)), _decided(rows(own=other))
    right = np.flatnonzero(head["s"].to_numpy() == head["y"].to_numpy())[:worse]
    score = head["s"].to_numpy().copy()
    score[right] = 1 - score[right]
    asked = policy(limits("accuracy", "min: 0.6", f"max_regression: {margin!r}", "must_improve: 0.0"))
    before, after = (compared(asked, base, one) for one in (head, replaced(head, "s", score)))
    for first, second in zip(before.results, after.results, strict=True):
        assert RANK.index(second.status) <= RANK.index(first.status)
    assert RANK.index(after.status) <= RANK.index(before.status)


def _decided(found):
    return replaced(found, "s", (found["s"].to_numpy() >= 0.5).astype(float))


@many
@given(st.sampled_from(sorted(KINDS)), seeds, st.floats(0, 1), st.floats(0, 1))
def test_lower_scores_of_positives_never_meet_a_threshold_sooner(compared, rows, kind, own, part, at):
    head = rows(own=own)
    label, score = head["y"].to_numpy(), head["s"].to_numpy()
    lower = replaced(head, "s", np.where(label == 1, score * part, score))
    asked = policy(limits(kind, f"min: {at!r}" if KINDS[kind] == "higher" else f"max: {at!r}"))
    before, after = (compared(asked, head, one).status for one in (head, lower))
    assert RANK.index(after) <= RANK.index(before)


@many
@given(st.sampled_from(sorted(KINDS)), seeds, st.randoms(use_true_random=False), margins)
def test_the_order_of_the_rows_changes_nothing(compared, rows, kind, own, choice, margin):
    asked = policy(limits(kind, f"max_regression: {margin!r}", "must_improve: 0.01"), slices=_sliced(kind))
    base, head = rows(own=own), rows(own=own + 1)
    order = list(range(base.num_rows))
    choice.shuffle(order)
    one, other = compared(asked, base, head), compared(asked, base, head.take(pa.array(order)))
    assert one.status == other.status
    assert numbers(one) == numbers(other)


def _sliced(kind):
    return f"slices: {{by: [c], metrics: {{{kind}: {{better: {KINDS[kind]}, max_regression: 0.01}}}}}}\n"


@many
@given(st.sampled_from(WITHOUT_DRAWS), seeds, st.permutations(["a", "ü", "2024-01-01", "x=y]"]), margins)
def test_the_names_of_slices_change_nothing(compared, rows, kind, own, names, margin):
    asked = policy(limits(kind, f"max_regression: {margin!r}"), slices=_sliced(kind))
    base, head = rows(1200, own=own), rows(1200, own=own + 1)
    known = dict(zip(["AT", "BE", "CH", "DE"], names, strict=True))
    called = [known[one] for one in base["c"].to_pylist()]
    first = compared(asked, base, head)
    second = compared(asked, replaced(base, "c", called), replaced(head, "c", called))
    assert first.status == second.status
    assert _by_slice(first, known) == _by_slice(second, {})


def _by_slice(verdict, known):
    return {
        known.get(one.slice.value, one.slice.value): (one.status, one.low, one.high, one.improvement)
        for one in verdict.results
        if one.slice
    }


@settings(many, max_examples=8)
@given(seeds, st.permutations(["accuracy", "f1", "log_loss", "roc_auc"]), st.permutations(["c", "d"]))
def test_the_order_of_the_policy_changes_nothing(compared, rows, own, order, columns):
    def asked(kinds, by):
        sliced = (
            f"slices: {{by: [{', '.join(by)}], metrics: {{f1: {{better: higher, max_regression: 0.01}}}}}}\n"
        )
        return policy(
            *(limits(kind, "max_regression: 0.01", "must_improve: 0") for kind in kinds), slices=sliced
        )

    sides = rows(own=own), rows(own=own + 1)
    sides = tuple(one.append_column("d", one["c"]) for one in sides)
    one, other = compared(asked(sorted(order), "cd"), *sides), compared(asked(order, columns), *sides)
    assert one.status == other.status
    assert numbers(one) == numbers(other)


@pytest.mark.parametrize("names", [("first", "second"), ("second", "first")])
def test_two_metrics_of_one_kind_have_each_their_own_seed_in_any_order(compared, rows, names):
    asked = policy(*(f"{one}: {{kind: f1, better: higher, max_regression: 0.01}}" for one in names))
    found = {one.metric: one.noise.seed for one in compared(asked, rows(own=1), rows(own=2)).results}
    single = policy("first: {kind: f1, better: higher, max_regression: 0.01}")
    assert found["first"] == compared(single, rows(own=1), rows(own=2)).results[0].noise.seed
    assert found["first"] != found["second"]


def test_a_second_run_draws_the_same_and_other_predictions_draw_anew(compared, rows):
    asked = policy(limits("f1", "max_regression: 0.01"))
    one, again = (compared(asked, rows(own=1), rows(own=2)).results[0] for _ in range(2))
    other = compared(asked, rows(own=1), rows(own=3)).results[0]
    assert (one.low, one.high, one.noise) == (again.low, again.high, again.noise)
    assert one.noise.seed != other.noise.seed


@many
@given(st.sampled_from(["mae", "mse", "rmse", "r2"]), st.floats(1e-300, 1e300), st.floats(1e-300, 1e300))
def test_numbers_of_any_size_are_answered(compared, rows, kind, one, other):
    better = "higher" if kind == "r2" else "lower"
    asked = policy(f"{kind}: {{kind: {kind}, better: {better}, max_regression: 1%, must_improve: 0}}")
    base, head = (
        replaced(found, "s", found["s"].to_numpy() * size)
        for found, size in ((rows(own=1), one), (rows(own=2), other))
    )
    for result in compared(asked, base, head).results:
        if result.status is Status.PASS:
            assert all(map(math.isfinite, (result.base, result.candidate, result.low)))
