"""Run records as bytes, and back."""

import json

import pytest

from bot.errors import NotEvaluatedError
from bot.evidence.runs import KnownRuns, RunBatch, RunOutput, RunRecord, encode_runs, known_runs

RUN = RunRecord(stage="train", run_key="a" * 64, outs=(RunOutput(path="model", md5="b" * 32),))
BATCH = RunBatch(revision="c" * 40, where="https://x/1", time="2026-01-01T00:00:00+00:00", runs=(RUN,))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"\xff",
        encode_runs(BATCH).replace(b'"version": 1', b'"version": 2'),
        encode_runs(BATCH)[:-20],
    ],
)
def test_an_entry_that_cannot_be_read_makes_nothing_known(data):
    with pytest.raises(NotEvaluatedError, match="cannot be read"):
        known_runs([encode_runs(BATCH), data])


def test_records_survive_and_are_canonical():
    data = encode_runs(BATCH)
    assert known_runs([data]) == KnownRuns().adding([RUN])
    assert json.dumps(json.loads(data), sort_keys=True, indent=1) + "\n" == data.decode()
    assert known_runs([]) == KnownRuns()


@pytest.mark.parametrize(
    "other",
    [
        RUN.model_copy(update={"run_key": "d" * 64}),
        RUN.model_copy(update={"outs": (RunOutput(path="model", md5="e" * 32),)}),
        RUN.model_copy(update={"outs": (RunOutput(path="other", md5="b" * 32),)}),
        RUN.model_copy(update={"outs": ()}),
    ],
)
def test_a_run_is_on_record_only_with_the_same_inputs_and_outputs(other):
    known = known_runs([encode_runs(BATCH)])
    assert known.has(RUN)
    assert known.has(RUN.model_copy(update={"stage": "renamed"}))
    assert not known.has(other)
    assert known.adding([other]).has(other)
