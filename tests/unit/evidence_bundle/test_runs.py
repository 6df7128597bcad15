"""Run records as bytes, and back."""

import json
from dataclasses import replace

import pytest

from bot.errors import NotEvaluatedError
from bot.evidence.runs import KnownRuns, RunBatch, RunOutput, RunRecord, encode_runs, known_runs, run_of
from bot.lineage.locked import LockedFile, LockedStage

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


ENTRY = LockedStage(
    "train", "dvc.lock", "", "python train.py", None, (), (), (LockedFile("model", "md5", "b" * 32),)
)


def batch(*runs):
    return encode_runs(BATCH.model_copy(update={"runs": runs}))


def test_a_record_without_seconds_is_written_as_before_and_says_no_time():
    data = batch(run_of(ENTRY))
    assert b"seconds" not in data
    assert known_runs([data]).covers(ENTRY)
    assert known_runs([data]).took(ENTRY) is None


def test_the_seconds_of_the_last_record_are_told_of_an_entry_that_it_made():
    known = known_runs([batch(run_of(ENTRY, 5)), batch(run_of(ENTRY, 4.25)), batch(run_of(ENTRY))])
    assert known.took(ENTRY) == 4.25
    assert known.took(replace(ENTRY, cmd="python other.py")) is None
    assert known.took(replace(ENTRY, outs=(LockedFile("model", "md5", "c" * 32),))) is None
    assert known.took(replace(ENTRY, outs=(LockedFile("model", "md5", None),))) is None


def test_two_runs_that_differ_in_time_only_are_one():
    assert known_runs([batch(run_of(ENTRY, 5))]).has(run_of(ENTRY, 6))


@pytest.mark.parametrize("seconds", [b"-1", b"1e10", b'"4"', b"NaN"])
def test_what_is_no_time_makes_nothing_known(seconds):
    data = batch(run_of(ENTRY, 4.25)).replace(b"4.25", seconds)
    with pytest.raises(NotEvaluatedError, match="cannot be read"):
        known_runs([data])
