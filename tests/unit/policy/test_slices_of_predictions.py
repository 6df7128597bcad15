"""Slices that are computed from predictions: many at once, small ones, and those of one class."""

# ruff: noqa: E501 -- a table of exact messages

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from bot.evidence.phrase import plain

SLICED = """metrics: {accuracy: {kind: accuracy, better: higher, min: 0.1}}
slices: {by: [c], metrics: {accuracy: {better: higher, RULE}}}
"""
DROP = SLICED.replace("RULE", "max_regression: 0.0")
MIN = SLICED.replace("RULE", "min: 0.5")
IMPROVE = SLICED.replace("RULE", "must_improve: 0.0")


def of_slices(verdict):
    return {
        result.slice.value: (str(result.status), plain(result.reason))
        for result in verdict.results
        if result.slice
    }


def made(*slices):
    """Slices of (rows, right on main, right in the pull request), cut from the front and from the back."""
    names, base, head = [], [], []
    for number, (count, before, after) in enumerate(slices):
        names += [f"s{number:02}"] * count
        base += [1.0] * before + [0.0] * (count - before)
        head += [0.0] * (count - after) + [1.0] * after
    count = len(names)
    columns = {"row": range(count), "y": [1] * (count - 1) + [0], "c": names, "m": [0.0] * count}
    return tuple(
        pa.table({key: pa.array(values) for key, values in (columns | {"s": side}).items()})
        for side in (base, head)
    )


EQUAL = (300, 200, 200)
WORSE = (300, 240, 212)
MUCH_WORSE = (300, 290, 150)


def test_one_slice_that_is_worse_fails_and_among_many_it_may_be_chance(compared):
    assert of_slices(compared(DROP, *made(WORSE)))["s00"][0] == "fail"
    for others in (1, 10, 30):
        found = of_slices(compared(DROP, *made(WORSE, *[EQUAL] * others)))["s00"]
        assert found[0] == ("fail" if others == 1 else "inconclusive")
    assert found[1].endswith("; among 31 slices that may be chance")


def test_what_the_correction_takes_away_is_a_question_and_never_a_pass(compared):
    found = compared(DROP, *made(WORSE, *[EQUAL] * 30))
    assert (found.status, found.conclusion) == ("inconclusive", "neutral")


def test_a_slice_that_is_much_worse_fails_among_any_number(compared):
    found = of_slices(compared(DROP, *made(MUCH_WORSE, *[EQUAL] * 50)))
    assert found["s00"][0] == "fail"
    assert "may be chance" not in found["s00"][1]


def test_the_correction_goes_down_step_by_step(compared):
    """Beside one that is much worse, another is held against what is left of the level."""
    for others, status in ((EQUAL, "inconclusive"), (MUCH_WORSE, "fail")):
        found = of_slices(compared(DROP, *made(WORSE, EQUAL, *[others] * 10)))
        assert found["s00"][0] == status


def test_twenty_slices_of_an_equal_model_hardly_ever_fail(compared, rows):
    failed = 0
    for own in range(1, 21):
        pair = [_cut(rows(4000, own=own + shift), 20) for shift in (0, 100)]
        failed += "fail" in {status for status, _ in of_slices(compared(DROP, *pair)).values()}
    assert failed <= 3


def _cut(found, slices):
    names = [f"s{number:02}" for number in np.arange(found.num_rows) % slices]
    return found.set_column(found.column_names.index("c"), "c", pa.array(names))


def test_equal_slices_fail_to_improve_however_many_there_are(compared, rows):
    """Not to improve is no claim that noise could have made."""
    found = of_slices(compared(IMPROVE, rows(), rows()))
    assert {status for status, _ in found.values()} == {"fail"}
    worse = of_slices(compared(IMPROVE, *made(WORSE, *[EQUAL] * 30)))
    assert {status for status, _ in worse.values()} == {"fail"}


@pytest.mark.parametrize(("count", "status"), [(199, "skipped"), (200, "pass")])
def test_a_slice_of_fewer_rows_than_asked_is_not_judged_counted_and_listed(compared, count, status):
    found = compared(MIN, *made((count, count, count), EQUAL, EQUAL))
    assert of_slices(found)["s00"][0] == status
    if status == "skipped":
        said = "accuracy for c=s00 is not judged: 199 rows, fewer than 200"
        assert of_slices(found)["s00"][1] == said
        assert "1 slice results not judged" in map(plain, found.notes)


def test_only_slices_that_are_too_small_do_not_make_a_pass(compared):
    rules = MIN.replace(", min: 0.1", "")
    assert compared(rules, *made((150, 100, 100), (150, 100, 100))).status == "error"


def test_a_slice_of_one_class_only_is_not_judged_by_a_ranking(compared):
    sides = [_classes(found) for found in made(EQUAL, EQUAL)]
    for rules in (DROP, MIN):
        found = of_slices(compared(rules.replace("accuracy", "roc_auc"), *sides))
        assert found["s00"] == (
            "skipped",
            "roc_auc for c=s00 is not judged: not measured in this slice (one class only?)",
        )
        assert found["s01"][0] != "skipped"


def _classes(found):
    """The first slice is of one class, the second of both."""
    labels = [1] * 300 + [number % 2 for number in range(300)]
    return found.set_column(found.column_names.index("y"), "y", pa.array(labels))


def test_a_slice_that_is_gone_from_the_pull_request_is_no_pass(compared, rows):
    sides = (rows(own=1), _cut(rows(own=2), 3))
    found = compared(DROP, *sides)
    assert {"AT", "s00"} <= of_slices(found).keys()
    assert {status for status, _ in of_slices(found).values()} == {"inconclusive"}
    assert found.status == "inconclusive"


def test_an_empty_value_is_a_slice_of_its_own(compared):
    sides = [one.set_column(one.column_names.index("c"), "c", pa.array([None] * 300)) for one in made(EQUAL)]
    assert of_slices(compared(MIN, *sides))["(missing)"][0] == "pass"


FAIR = """metrics: {accuracy: {kind: accuracy, better: higher, min: 0.1}}
slices: {by: [c], fairness: {metric: accuracy, max_gap: 0.1}}
"""


@pytest.mark.parametrize(
    ("slices", "status", "said"),
    [
        (((300, 0, 240), (300, 0, 210)), "pass", "lies 0.1 apart between c=s01 (0.7) and c=s00 (0.8; at most 0.1)"),
        (((300, 0, 240), (300, 0, 209)), "fail", "apart between c=s01 (0.69667) and c=s00 (0.8; at most 0.1)"),
        (((300, 0, 240), (150, 0, 1)), "inconclusive", "cannot be compared between slices of c: 1 of them could be judged"),
    ],
)  # fmt: skip
def test_the_gap_between_the_best_and_the_worst_judged_slice_is_limited(compared, slices, status, said):
    extra = (300, 0, 230) if status != "inconclusive" else (100, 0, 100)
    base, head = made(*slices, extra)
    every = head.set_column(head.column_names.index("y"), "y", pa.array([1] * head.num_rows))
    result = compared(FAIR, base, every).results[-1]
    assert (result.rule, str(result.status)) == ("slices.fairness.max_gap[c]", status)
    assert plain(result.reason).endswith(said)
