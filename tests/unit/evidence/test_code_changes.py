"""Which files of the stages differ between two revisions, who reads them, and whether they measure."""

from __future__ import annotations

import pytest

from bot.evidence.code_changes import CodeChange, CodeSide, code_changes
from bot.evidence.line_counts import LineCounts
from bot.lineage.parse import parse_pipeline
from bot.lineage.tree import MemoryTree

PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py, lib, data/raw.csv, /etc/hosts]
    outs: [model]
    metrics: [{scores.json: {cache: false}}]
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py, lib/common.py, model, scores.json]
"""
OTHER_DATA = b"outs: [{path: raw.csv, md5: ff23456789abcdef0123456789abcdef}]"
FILES = {
    "train.py": b"one\n",
    "evaluate.py": b"one\n",
    "lib/common.py": b"one\n",
    "lib/more.py": b"one\n",
    "libel.py": b"one\n",
    "scores.json": b"{}",
    "data/raw.csv.dvc": b"outs: [{path: raw.csv, md5: 0123456789abcdef0123456789abcdef}]",
    "README.md": b"one\n",
}


def side(pipeline: str = PIPELINE, evaluators: tuple[str, ...] = (), **files: bytes | None) -> CodeSide:
    named = {name.replace("__", "/").replace("_py", ".py"): data for name, data in files.items()}
    whole = {path: data for path, data in (FILES | named).items() if data is not None}
    tree = MemoryTree(whole | {"dvc.yaml": pipeline.encode()})
    return CodeSide(tree, parse_pipeline(tree), frozenset(evaluators))


def test_what_no_stage_reads_and_what_stages_and_dvc_write_is_not_code():
    after = side(
        **{"README.md": b"two", "libel_py": b"two", "scores.json": b"[]", "data/raw.csv.dvc": OTHER_DATA}
    )
    assert code_changes(side(), after) == ()


def test_a_changed_file_is_told_with_every_stage_that_reads_it():
    after = side(lib__common_py=b"two\nthree\n")
    assert code_changes(side(), after) == (
        CodeChange("lib/common.py", "changed", ("train", "evaluate"), (), LineCounts(2, 1)),
    )


def test_files_of_a_directory_come_and_go():
    after = side(lib__more_py=None, lib__new_py=b"a\n")
    assert code_changes(side(), after) == (
        CodeChange("lib/more.py", "removed", ("train",), (), LineCounts(0, 1)),
        CodeChange("lib/new.py", "added", ("train",), (), LineCounts(1, 0)),
    )


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_file_that_a_stage_which_measures_reads_is_said_to_measure(where):
    given = {where: ("evaluate",)}
    before = side(evaluators=given.get("before", ()))
    after = side(evaluators=given.get("after", ()), evaluate_py=b"two\n", train_py=b"two\n")
    assert [(change.path, change.measures) for change in code_changes(before, after)] == [
        ("evaluate.py", ("evaluate",)),
        ("train.py", ()),
    ]


def test_a_file_that_is_no_dependency_any_more_is_told_when_it_differs():
    fewer = PIPELINE.replace("[evaluate.py, lib/common.py, model", "[lib/common.py, model")
    after = side(fewer, evaluate_py=b"two\n")
    (change,) = code_changes(side(evaluators=("evaluate",)), after)
    assert (change.path, change.stages, change.measures) == ("evaluate.py", ("evaluate",), ("evaluate",))


def test_the_root_as_a_dependency_is_every_file():
    everything = "stages:\n  all:\n    cmd: x\n    deps: [.]\n"
    changed = code_changes(side(everything), side(everything, **{"README.md": b"two\n"}))
    assert [change.path for change in changed] == ["README.md"]
