"""When the rows of two predictions files are the same test rows, and what is said when they are not."""

# ruff: noqa: E501 -- tables of exact messages

from __future__ import annotations

import pytest

from bot.evidence.pairing import NotPaired, Paired, pair
from bot.evidence.predictions import AskedColumns, Predictions, read_predictions

ASKED = AskedColumns("p.csv", "row", "y", "s", "g", ("c",), ("wer",))
ROWS = ("1,0,0.2,u,DE,0.1", "2,1,0.4,u,FR,0.2", "3,1,0.7,v,DE,0.3")


def rows(*lines: str, asked: AskedColumns = ASKED) -> Predictions:
    return read_predictions("\n".join(("row,y,s,g,c,wer", *lines)).encode(), asked)


def reason(base: Predictions, candidate: Predictions) -> str:
    found = pair(base, candidate, ("main", "this PR"))
    assert isinstance(found, NotPaired)
    return found.reason


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        (ROWS[:2], "1 row only on main, 0 only on this PR, 2 on both"),
        ((*ROWS[1:], "4,1,0.7,v,DE,0.3"), "1 row only on main, 1 only on this PR, 2 on both"),
        ((*ROWS, ROWS[0]), "1 row of this PR has an id that is there already"),
        ((*ROWS, ROWS[0], ROWS[0]), "2 rows of this PR have an id that is there already"),
        (("1,1,0.2,u,DE,0.1", *ROWS[1:]), "1 row has another label"),
        (("1,0,0.2,u,FR,0.1", *ROWS[1:]), "1 row has another c"),
        (("1,0,0.2,w,DE,0.1", *ROWS[1:]), "2 rows have another group"),
        (("a,0,0.2,u,DE,0.1", *ROWS[1:]), "ids are numbers on main and text on this PR"),
        (("1,0,no,u,DE,0.1", "2,1,yes,u,FR,0.2", "3,1,yes,v,DE,0.3"), "scores are numbers on main and text on this PR"),
    ],
)  # fmt: skip
def test_other_rows_are_not_comparable(candidate, said):
    assert reason(rows(*ROWS), rows(*candidate)) == said


def test_rows_that_share_an_id_on_main_are_said_to_be_mains():
    assert reason(rows(*ROWS, ROWS[0]), rows(*ROWS)) == "1 row of main has an id that is there already"


def test_the_same_rows_in_another_order_are_matched_by_id():
    found = pair(rows(*ROWS), rows(*reversed(ROWS)))
    assert isinstance(found, Paired)
    assert found.base.tolist() == found.candidate.tolist() == [0.2, 0.4, 0.7]
    assert found.rows == 3


def test_both_sides_scores_and_means_stand_side_by_side():
    found = pair(rows(*ROWS), rows("1,0,0.3,u,DE,0.5", *ROWS[1:]))
    assert isinstance(found, Paired)
    assert (found.base[0], found.candidate[0]) == (0.2, 0.3)
    ((name, before, after),) = found.means
    assert (name, before[0], after[0]) == ("wer", 0.1, 0.5)


def test_groups_that_are_only_named_otherwise_are_the_same_groups():
    renamed = tuple(line.replace(",u,", ",x,").replace(",v,", ",y,") for line in ROWS)
    assert isinstance(pair(rows(*ROWS), rows(*renamed)), Paired)
