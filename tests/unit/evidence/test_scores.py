"""Scores as they travel from the job that runs a stranger's model, read strictly."""

from __future__ import annotations

import json

import pytest

from bot.errors import NotEvaluatedError
from bot.evidence.scores import Score, encode_scores, parse_scores, scoring_key

WITH = (("data/test.parquet", "aa"), ("the command of evaluate", "bb"))
KEY = scoring_key(WITH, "eval/rows.parquet", "cc.dir")
SCORES = (Score(KEY, b"PAR1", "", isolated=True), Score("0" * 64, None, "it ended with exit code 1"))


def test_what_was_written_is_read():
    assert parse_scores(encode_scores(SCORES)) == {one.key: one for one in SCORES}


def test_the_same_measure_in_another_order_is_the_same_key():
    assert scoring_key(WITH[::-1], "eval/rows.parquet", "cc.dir") == KEY


@pytest.mark.parametrize(
    "other",
    [
        scoring_key((*WITH[:1], ("the command of evaluate", "b")), "eval/rows.parquet", "cc.dir"),
        scoring_key(WITH[:1], "eval/rows.parquet", "cc.dir"),
        scoring_key(WITH, "eval/other.parquet", "cc.dir"),
        scoring_key(WITH, "eval/rows.parquet", "dd.dir"),
    ],
)
def test_another_evaluator_file_or_model_is_another_key(other):
    assert other != KEY


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index.update(version=2),
        lambda index: index.update(more=1),
        lambda index: index["scores"][0].update(key="../../etc"),
        lambda index: index["scores"][0].update(file="../passwd.parquet"),
        lambda index: index["scores"][0].update(file=f"{'1' * 64}.parquet"),
        lambda index: index["scores"][0].update(isolated=1),
        lambda index: index.update(scores=index["scores"] * 51),
    ],
)
def test_an_index_that_is_not_ours_is_an_error(change):
    files = encode_scores(SCORES)
    index = json.loads(files["scores.json"])
    change(index)
    with pytest.raises(NotEvaluatedError, match="no list of scores that can be read"):
        parse_scores(files | {"scores.json": json.dumps(index).encode()})


def test_no_index_at_all_is_an_error():
    with pytest.raises(NotEvaluatedError):
        parse_scores({})
