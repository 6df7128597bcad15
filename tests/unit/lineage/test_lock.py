"""`dvc.lock` is read strictly, and two values are the same work exactly when their run keys are."""

from dataclasses import replace

import pytest

from bot.errors import InvalidFileError
from bot.lineage.lock import Lock, inconsistencies, parse_lock, read_lock, run_key
from bot.lineage.parse import parse_pipeline
from bot.lineage.tree import MemoryTree

ENTRY = """\
schema: '2.0'
stages:
  train:
    cmd: train
    deps:
    - path: x
      hash: md5
      md5: d41d8cd98f00b204e9800998ecf8427e
      size: 3
    params:
      params.yaml:
        lr: 5e-3
        when: 2020-01-01
    outs:
    - path: model
      hash: md5
      md5: 11111111111111111111111111111111.dir
      size: 9
      nfiles: 2
"""

BROKEN = {
    "conflict": (
        ENTRY.replace("    cmd: train", "<<<<<<< ours\n    cmd: train"),
        "dvc.lock:4:1: merge conflict",
    ),
    "truncated": (ENTRY[: ENTRY.index("    cmd") + 3] + ": [", "not valid YAML"),
    "cut in the middle of an entry": (ENTRY[: ENTRY.index("    cmd")], "stages.train: has no cmd"),
    "schema 1": ("train:\n  cmd: train\n", "schema: not a lock of schema '2.0'"),
    "schema of the future": (ENTRY.replace("2.0", "3.0"), "dvc.lock:1:1: schema"),
    "schema as a number": (ENTRY.replace("'2.0'", "2.0"), "not a lock of schema"),
    "duplicate entry": (ENTRY + "  train:\n    cmd: x\n", "duplicate key 'train', first on line 3"),
    "stages is a list": ("schema: '2.0'\nstages: [a]\n", "stages: expected a mapping"),
    "deps is a word": (ENTRY + "  b:\n    cmd: x\n    deps: y\n", "stages.b.deps: expected a list"),
    "an output without a path": (ENTRY + "  b:\n    cmd: x\n    outs:\n    - md5: aa\n", "stages.b.outs"),
    "params without a file": (ENTRY + "  b:\n    cmd: x\n    params: [lr]\n", "stages.b.params"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_lock_is_refused_with_its_place_and_a_remedy(name: str) -> None:
    text, expected = BROKEN[name]
    with pytest.raises(InvalidFileError) as caught:
        parse_lock(text.encode(), "dvc.lock")
    assert expected in caught.value.what
    assert caught.value.todo


def test_a_conflict_says_that_hashes_are_not_merged_by_hand() -> None:
    with pytest.raises(InvalidFileError) as caught:
        parse_lock(BROKEN["conflict"][0].encode(), "sub/dvc.lock")
    assert "base's side of sub/dvc.lock" in caught.value.todo
    assert "dvc repro" in caught.value.todo


def test_an_empty_lock_has_no_entries() -> None:
    assert parse_lock(b"", "dvc.lock") == Lock(())
    assert parse_lock(b"schema: '2.0'\n", "dvc.lock") == Lock(())


def test_an_entry_is_read_whole() -> None:
    lock = parse_lock(ENTRY.encode(), "sub/dvc.lock")
    (entry,) = lock.stages
    assert lock.stage("sub/dvc.yaml:train") is entry
    assert lock.stage("train") is None
    assert (entry.cmd, entry.line, entry.legacy) == ("train", 3, False)
    assert entry.params == (
        ("params.yaml", "lr", "0.005"),
        ("params.yaml", "when", '{"!timestamp": "2020-01-01"}'),
    )
    model = lock.out("sub/model")
    assert model is not None
    assert (model.md5, model.size, model.nfiles) == ("11111111111111111111111111111111.dir", 9, 2)


def test_an_entry_of_dvc_2_is_recognised() -> None:
    (entry,) = parse_lock(ENTRY.replace("      hash: md5\n", "").encode(), "dvc.lock").stages
    assert entry.legacy
    assert {item.hash for item in (*entry.deps, *entry.outs)} == {"md5-dos2unix"}


def test_paths_are_relative_to_the_stage_s_working_directory() -> None:
    dvc_yaml = b"stages:\n  train:\n    wdir: work\n    cmd: train\n    deps: [x]\n    outs: [model]\n"
    tree = MemoryTree({"sub/dvc.yaml": dvc_yaml, "sub/dvc.lock": ENTRY.encode()})
    assert read_lock(tree).out("sub/work/model") is not None


def test_a_run_key_depends_on_work_and_not_on_sizes_or_results() -> None:
    (entry,) = parse_lock(ENTRY.encode(), "dvc.lock").stages
    dep, out = entry.deps[0], entry.outs[0]
    same = (
        replace(entry, deps=(replace(dep, size=99),)),
        replace(entry, outs=(replace(out, md5="2" * 32, size=1, nfiles=1),)),
        replace(entry, line=77),
    )
    other = (
        replace(entry, cmd="train "),
        replace(entry, cmd_list=("train",)),
        replace(entry, deps=(replace(dep, md5="2" * 32),)),
        replace(entry, deps=(replace(dep, path="y"),)),
        replace(entry, deps=()),
        replace(entry, params=entry.params[:1]),
        replace(entry, params=(("params.yaml", "lr", "0.0051"), entry.params[1])),
        replace(entry, outs=(replace(out, path="model2"),)),
    )
    assert {run_key(item) for item in same} == {run_key(entry)}
    assert len({run_key(item) for item in (*other, entry)}) == len(other) + 1


PIPELINE = b"""\
stages:
  a: {cmd: a, outs: [one, two]}
  b: {cmd: b, deps: [one, data], outs: [three]}
  c: {cmd: c, deps: [three]}
"""
LOCK = b"""\
schema: '2.0'
stages:
  a: {cmd: a, outs: [{path: one, hash: md5, md5: a1}]}
  b:
    cmd: b
    deps: [{path: one, hash: md5, md5: a2}, {path: data, hash: md5, md5: d2}]
    outs: [{path: three, hash: md5, md5: b1}]
  gone: {cmd: g}
"""


def test_a_lock_that_no_single_run_wrote_is_told_in_sentences() -> None:
    data = b"outs:\n- {path: data, md5: d1, hash: md5}\n"
    tree = MemoryTree({"dvc.yaml": PIPELINE, "dvc.lock": LOCK, "data.dvc": data})
    found = inconsistencies(parse_pipeline(tree), read_lock(tree))
    assert [str(item) for item in found] == [
        "a declares the output two and dvc.lock has no record of it",
        "b read one as a2, but a wrote a1",
        "b read data as d2, but data.dvc wrote d1",
        "c has no entry in dvc.lock",
        "gone is in dvc.lock and not in dvc.yaml",
    ]
