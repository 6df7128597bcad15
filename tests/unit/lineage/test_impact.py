"""What the impact says where DVC cannot be asked: unknown data, a broken base, external paths, words."""

from typing import get_args

import pytest

from bot.lineage import impact as door
from bot.lineage.hashing import directory_md5, folded_md5
from bot.lineage.impact import (
    AlwaysChanged,
    CommandChanged,
    DataChange,
    DefinitionChanged,
    DependencyChanged,
    DependencyMissing,
    DependencyUnknown,
    Impact,
    NeverRun,
    NewStage,
    OutputChanged,
    OutputsDeclaredChanged,
    ParameterChanged,
    Reason,
    ResultChanged,
    StageImpact,
    StageRemoved,
    UnknownDependency,
    UpstreamChanged,
    impact_of,
    reason_phrase,
)
from bot.lineage.tree import MemoryTree

LOCKED_DEP = "schema: '2.0'\nstages:\n  a: {cmd: x, deps: [%s]}\n"
EMPTY = "d41d8cd98f00b204e9800998ecf8427e"


def tree(files: dict[str, str]) -> MemoryTree:
    return MemoryTree({path: text.encode() for path, text in files.items()})


def data_file(path: str, md5: str) -> str:
    return f"outs:\n- path: {path}\n  md5: {md5}\n  hash: md5\n"


INSIDE = {
    "dvc.yaml": "stages:\n  use: {cmd: x, deps: [data/part]}\n",
    "dvc.lock": "schema: '2.0'\nstages:\n  use: {cmd: x, deps: [{path: data/part, hash: md5, md5: p1}]}\n",
    "data.dvc": data_file("data", "d1.dir"),
}


def test_a_part_of_data_that_changed_may_have_changed() -> None:
    head = tree({**INSIDE, "data.dvc": data_file("data", "d2.dir")})
    impact = impact_of(tree(INSIDE), head)
    assert impact.stages == (StageImpact("use", "run", (DependencyUnknown("data/part"),)),)
    assert impact.data == (DataChange("data.dvc", "data", "d1.dir", "d2.dir"),)


def test_a_part_of_data_that_changed_is_settled_once_the_author_ran_it() -> None:
    head = tree(
        {
            **INSIDE,
            "data.dvc": data_file("data", "d2.dir"),
            "dvc.lock": INSIDE["dvc.lock"].replace("p1", "p2"),
        }
    )
    impact = impact_of(tree(INSIDE), head)
    assert impact.stages == (StageImpact("use", "changed", (DependencyChanged("data/part"),)),)


def test_a_part_of_data_that_did_not_change_is_up_to_date() -> None:
    impact = impact_of(tree(INSIDE), tree({**INSIDE, "README.md": "x"}))
    assert impact == Impact((), ("use",))
    assert impact.empty


def test_a_broken_base_does_not_stop_the_change_that_repairs_it() -> None:
    files = {"dvc.yaml": "stages:\n  a: {cmd: x, outs: [y]}\n"}
    impact = impact_of(tree({"dvc.yaml": "stages: ["}), tree(files))
    assert impact.to_run == ("a",)
    assert impact.stages[0].reasons == (NeverRun(),)
    assert "dvc.yaml:1:10" in impact.base_problem
    assert not impact_of(tree({"dvc.yaml": "stages: ["}), tree({})).empty


def test_an_external_dependency_is_taken_as_recorded_and_said_to_be_unknown() -> None:
    files = {
        "dvc.yaml": "stages:\n  a: {cmd: x, deps: [s3://bucket/raw, ../outside, /abs]}\n",
        "dvc.lock": "schema: '2.0'\nstages:\n  a: {cmd: x, deps: [{path: s3://bucket/raw, etag: e1}]}\n",
    }
    impact = impact_of(tree(files), tree(files))
    assert impact.to_run == ()
    assert impact.unknown == tuple(
        UnknownDependency("a", path) for path in ("s3://bucket/raw", "../outside", "/abs")
    )


def test_a_dependency_that_nothing_makes_is_missing() -> None:
    files = {
        "dvc.yaml": "stages:\n  a: {cmd: x, deps: [gone]}\n",
        "dvc.lock": LOCKED_DEP % f"{{path: gone, hash: md5, md5: {EMPTY}}}",
    }
    assert impact_of(tree(files), tree(files)).stages == (
        StageImpact("a", "run", (DependencyMissing("gone"),)),
    )


def test_a_code_file_hashed_by_dvc_2_is_up_to_date_whatever_its_line_ends() -> None:
    files = {
        "dvc.yaml": "stages:\n  a: {cmd: x, deps: [code.py]}\n",
        "dvc.lock": LOCKED_DEP % f"{{path: code.py, md5: {folded_md5(b'a' + bytes([10]))}}}",
        "code.py": "a\r\n",
    }
    assert impact_of(tree(files), tree(files)).empty
    changed = {**files, "code.py": "b\r\n"}
    assert impact_of(tree(files), tree(changed)).to_run == ("a",)


def test_an_uncached_output_that_git_never_had_does_not_run_its_stage() -> None:
    files = {
        "dvc.yaml": "stages:\n  a: {cmd: x, deps: [i], outs: [{log: {cache: false}}]}\n",
        "dvc.lock": "schema: '2.0'\nstages:\n  a: {cmd: x, deps: [{path: i, hash: md5, md5: " + EMPTY + "}],"
        " outs: [{path: log, hash: md5, md5: " + EMPTY + "}]}\n",
        "i": "",
    }
    assert impact_of(tree(files), tree(files)).empty
    with_log = {**files, "log": ""}
    assert impact_of(tree(with_log), tree(with_log)).empty
    assert impact_of(tree(with_log), tree(files)).stages[0].reasons == (OutputChanged("log"),)
    assert impact_of(tree(files), tree({**files, "log": "x"})).stages[0].reasons == (OutputChanged("log"),)


def test_a_parameter_that_is_not_a_number_always_runs_its_stage() -> None:
    """NaN never equals itself, for DVC too."""
    files = {
        "dvc.yaml": "stages:\n  a: {cmd: x, params: [n]}\n",
        "dvc.lock": "schema: '2.0'\nstages:\n  a: {cmd: x, params: {params.yaml: {n: .nan}}}\n",
        "params.yaml": "n: .nan\n",
    }
    assert impact_of(tree(files), tree(files)).to_run == ("a",)


def test_a_chain_of_three_thousand_stages_is_ordered_without_deep_recursion() -> None:
    stages = (f"  s{i}: {{cmd: x, deps: [o{i + 1}], outs: [o{i}]}}\n" for i in range(3000))
    files = {"dvc.yaml": "stages:\n" + "".join(stages), "o3000": ""}
    impact = impact_of(tree(files), tree(files))
    assert impact.to_run == tuple(f"s{i}" for i in reversed(range(3000)))


def test_a_definition_that_asks_for_no_run_is_changed() -> None:
    lock = {"dvc.lock": "schema: '2.0'\nstages:\n  a: {cmd: x, outs: [{path: o, hash: md5, md5: m}]}\n"}
    base = tree({"dvc.yaml": "stages:\n  a: {cmd: x, outs: [o]}\n", **lock})
    pushed = tree({"dvc.yaml": "stages:\n  a: {cmd: x, outs: [{o: {push: false}}]}\n", **lock})
    described = tree({"dvc.yaml": "stages:\n\n  a: {cmd: x, outs: [o], desc: hello}\n", **lock})
    assert impact_of(base, pushed).stages == (StageImpact("a", "changed", (DefinitionChanged(),)),)
    assert impact_of(base, described).empty


PHRASES: list[tuple[Reason, str]] = [
    (NewStage(), "new stage"),
    (NeverRun(), "no entry in dvc.lock"),
    (AlwaysChanged(), "runs every time"),
    (CommandChanged("a", "b"), "command changed"),
    (DependencyChanged("src/x.py"), "[src/x.py] changed"),
    (DependencyMissing("x"), "[x] is missing"),
    (DependencyUnknown("x"), "[x] may have changed: it is inside data that did"),
    (ParameterChanged("params.yaml", "lr", "1", "2"), "[lr]: [1] → [2]"),
    (ParameterChanged("params.yaml", "lr", None, "2"), "[lr] is new: [2]"),
    (ParameterChanged("params.yaml", "lr", "1", None), "[lr] is gone (was [1])"),
    (OutputChanged("m.json"), "[m.json] is not what dvc.lock recorded"),
    (OutputsDeclaredChanged(("a",), ("b", "c")), "new output [a], dropped output [b], dropped output [c]"),
    (UpstreamChanged("prep", "data"), "[prep] runs and writes [data]"),
    (ResultChanged("model"), "[model] has another recorded result"),
    (DefinitionChanged(), "defined differently"),
    (StageRemoved(), "removed"),
]


@pytest.mark.parametrize(("reason", "expected"), PHRASES)
def test_a_reason_is_words_of_ours_around_words_of_strangers(reason: Reason, expected: str) -> None:
    assert "".join(f"[{text}]" if foreign else text for text, foreign in reason_phrase(reason)) == expected


def test_every_kind_of_reason_has_its_words_and_its_door() -> None:
    assert {type(reason) for reason, _ in PHRASES} == set(get_args(Reason))
    assert {kind.__name__ for kind in get_args(Reason)} <= set(door.__all__)


def test_the_hash_of_a_directory_does_not_depend_on_the_order_of_its_members() -> None:
    members = [("b/ü.txt", "60b725f10c9c85c70d97880dfe8191b3"), ("a.txt", EMPTY)]
    assert directory_md5(members) == directory_md5(reversed(members))
    assert directory_md5(members) != directory_md5(members[:1])
