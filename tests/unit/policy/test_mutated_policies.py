"""One thing in a policy changed: it is an error, or it is exactly what the policy now says. Never silence."""

from __future__ import annotations

import random

import pytest

from bot.errors import InvalidFileError
from bot.evidence.located import Leaf, walk
from bot.evidence.source import read_text
from bot.evidence.strict_yaml import parse_yaml
from bot.policy.parse import parse_policy
from bot.policy.waiving import ids_of, rules_of

WHOLE = """version: 1
model: churn
artifact: models/churn
compare:
  confidence: 99%
  inconclusive: fail
  min_examples: 150
predictions:
  file: eval/predictions.parquet
  id: row_id
  label: y
  score: p_churn
  group: customer_id
evidence:
  minimum: reproduced
  evaluator: evaluate
metrics:
  auc:
    kind: roc_auc
    better: higher
    min: 0.85
    max_regression: 0.005
  f1:
    kind: f1
    positive: 1
    threshold: 0.4
    better: higher
    max_regression: 1%
    max_regression_from_best: 2%
    must_improve: 0.001
  score:
    kind: mean
    column: wer
    better: lower
    max: 0.5
  ece:
    better: lower
    max: 0.05
    stderr: ece_se
    optional: true
    severity: warn
slices:
  by:
    - country
    - age_band
  min_examples: 300
  metrics:
    auc:
      better: higher
      min: 0.80
  fairness:
    metric: auc
    max_gap: 0.10
data:
  test_set: data/test.parquet
  report: eval/report.json
  checks:
    rows:
      min: 10000
resources:
  model_size_mb:
    max: 250
artifacts:
  require:
    - MLmodel
  forbid:
    - model.pkl
  severity: info
pipeline:
  setup: uv sync
promotion:
  alias: winner
waivers:
  - rule: metrics.auc.min
    reason: labels
    by: lead
    until: 2026-12-31
mode: report
"""
LINES = WHOLE.splitlines()
KEYS = [number for number, line in enumerate(LINES) if ":" in line]
VALUES = [number for number in KEYS if not LINES[number].endswith(":")]
WRONG = ("true", "{}", '"0.5"', "-1", ".nan")


def meaning(data):
    """What a policy says, and its rules; None for one that is refused with a place for each problem."""
    try:
        policy = parse_policy(data, "p.yaml")
    except InvalidFileError as error:
        refused = error.problems
    else:
        return policy.model_dump(by_alias=True), ids_of(rules_of(policy))
    assert refused
    assert all(problem.what and problem.file == "p.yaml" for problem in refused)
    return None


def read(lines):
    return meaning("\n".join(lines).encode())


WRITTEN = read(LINES)


def below(number):
    """The end of the lines that stand deeper than this one."""
    depth = _depth(LINES[number])
    after = (at for at in range(number + 1, len(LINES)) if _depth(LINES[at]) <= depth)
    return next(after, len(LINES))


def _depth(line):
    return len(line) - len(line.lstrip(" "))


def test_the_whole_policy_is_read():
    assert WRITTEN is not None


@pytest.mark.parametrize("number", KEYS, ids=lambda number: LINES[number].strip())
def test_a_key_that_is_deleted_is_missed_or_changes_what_the_policy_says(number):
    kept = [*LINES[:number], *LINES[below(number) :]]
    if LINES[number].lstrip().startswith("- "):
        kept.insert(number, LINES[number][: _depth(LINES[number])] + "- reason: x")
    assert read(kept) != WRITTEN


@pytest.mark.parametrize("number", KEYS, ids=lambda number: LINES[number].strip())
def test_a_key_that_is_renamed_is_an_error_or_a_name_that_is_then_used(number):
    key = LINES[number].split(":")[0].strip("- ")
    new = f"{key}s"
    found = read([*LINES[:number], LINES[number].replace(key, new, 1), *LINES[number + 1 :]])
    assert found is None or f"'{new}'" in str(found[0])


@pytest.mark.parametrize("number", VALUES, ids=lambda number: LINES[number].strip())
def test_a_value_of_another_type_is_an_error_or_what_the_policy_then_says(number):
    key, written = LINES[number].split(": ")
    for wrong in (one for one in WRONG if one != written):
        found = read([*LINES[:number], f"{key}: {wrong}", *LINES[number + 1 :]])
        assert found is None or repr(found) != repr(WRITTEN), wrong
        assert found is None or wrong not in ("{}", ".nan")


@pytest.mark.parametrize("number", KEYS, ids=lambda number: LINES[number].strip())
def test_a_key_that_is_there_twice_is_an_error(number):
    if LINES[number].lstrip().startswith("- "):
        return
    block = LINES[number : below(number)]
    assert read([*LINES[:number], *block, *LINES[number:]]) is None


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_byte_is_an_error_or_every_word_of_it_is_in_what_the_policy_says(seed):
    damage, data = random.Random(seed), WHOLE.encode()
    read_ones = 0
    for _ in range(25):
        at = damage.randrange(len(data))
        flipped = data[:at] + bytes([data[at] ^ (1 << damage.randrange(8))]) + data[at + 1 :]
        found = meaning(flipped)
        if found is None:
            continue
        read_ones += 1
        assert _said(flipped) <= _meant(found[0]), flipped[max(0, at - 9) :][:20]
    assert 0 < read_ones < 25


def _said(data):
    """Every key and every value that a policy file writes."""
    root = parse_yaml(read_text(data, "p.yaml", 1 << 20))
    nodes = list(walk(root))
    keys = {part for path, _, _ in nodes for part in path if not part.startswith("[")}
    return {*keys, *(_plain(node.value) for _, _, node in nodes if isinstance(node, Leaf))}


def _meant(policy):
    """Every key and every value that a policy holds."""
    if isinstance(policy, dict):
        return {*policy, *(one for value in policy.values() for one in _meant(value))}
    if isinstance(policy, tuple):
        return {one for value in policy for one in _meant(value)}
    return {_plain(policy)}


def _plain(value):
    """A number as a number, however it is written; everything else as its text."""
    try:
        return float(str(value).removesuffix("%"))
    except ValueError:
        return str(value)
