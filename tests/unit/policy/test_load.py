"""All policies of a revision, and what `lint` says of files."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

from bot.errors import InvalidFileError
from bot.lineage.tree import MemoryTree
from bot.policy.lint import lint
from bot.policy.load import load_policies

NOTHING = "the policy asks for nothing; give a metric a min, max or max_regression"


def policy(model):
    return f"version: 1\nmodel: {model}\nmetrics: {{auc: {{min: 0.7}}}}\n".encode()


def test_every_yaml_file_of_the_folder_is_a_policy_and_no_other_file():
    files = {
        "policies/b.yaml": policy("b"),
        "policies/a.yaml": policy("a"),
        "policies/README.md": b"words",
        "policies/old/c.yaml": b"broken: [",
        "policies.yaml": b"broken: [",
    }
    loaded = load_policies(MemoryTree(files))
    assert [(one.file, one.policy.model) for one in loaded] == [
        ("policies/a.yaml", "a"),
        ("policies/b.yaml", "b"),
    ]
    assert loaded[0].digest == sha256(policy("a")).hexdigest()


def test_a_revision_without_policies_has_none():
    assert load_policies(MemoryTree({"dvc.yaml": b"stages: {}"})) == ()


def test_two_files_that_name_one_model_are_refused_with_both_places():
    files = {"policies/a.yaml": policy("flights"), "policies/b.yaml": b"# words\n" + policy("flights")}
    with pytest.raises(InvalidFileError) as caught:
        load_policies(MemoryTree(files))
    (problem,) = caught.value.problems
    assert str(problem).splitlines()[0] == (
        "policies/b.yaml:3:1: model: the model flights already has a policy at policies/a.yaml:2:1"
    )


def test_problems_of_every_file_come_together():
    files = {"policies/a.yaml": b"", "policies/b.yml": policy("b"), "policies/c.yaml": b"version: 1\n"}
    with pytest.raises(InvalidFileError) as caught:
        load_policies(MemoryTree(files))
    assert [str(problem).splitlines()[0] for problem in caught.value.problems] == [
        "policies/a.yaml: the file is empty",
        "policies/b.yml: a policy file ends in .yaml; rename it to b.yaml",
        f"policies/c.yaml:1:1: metrics: {NOTHING}",
        "policies/c.yaml:1:1: model: this key is missing",
    ]


def test_lint_says_the_same_and_nothing_of_files_that_are_right():
    assert lint((("policies/a.yaml", policy("a")), ("policies/b.yaml", policy("b")))) == ()
    said = lint((("x.yaml", policy("a")), ("y.yaml", policy("a")), ("z.yaml", b"\t")))
    assert [(one.file, one.line, one.what) for one in said] == [
        ("z.yaml", 0, "the file is empty"),
        ("y.yaml", 2, "the model a already has a policy at x.yaml:2:1"),
    ]


def test_the_policies_of_the_reference_are_policies():
    text = (Path(__file__).parents[3] / "docs" / "policy.md").read_text("utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        assert lint((("policies/flights.yaml", example.encode()),)) == ()
