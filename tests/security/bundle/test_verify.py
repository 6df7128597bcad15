"""What an untrusted job may bring, and what of it is believed."""

import json
from hashlib import md5

import pytest

from bot.errors import NotEvaluatedError
from bot.evidence.bundle import Bundle, BundleError, BundleFailure, Statement
from bot.evidence.facts import EvidenceLevel
from bot.evidence.overlay import OverlayTree
from bot.evidence.runs import KnownRuns, level_of, run_of
from bot.lineage.locked import Lock
from bot.lineage.parse import parse_pipeline
from bot.lineage.read_lock import read_lock

OTHER = "0123456789abcdef" * 2


def refused(case, why, bundle=None):
    with pytest.raises(NotEvaluatedError, match=why):
        case.verify(bundle)


RESERVED = [
    ".github/workflows/model-pr.yml",
    ".GitHub/workflows/x.yml",
    "sub/.github/x",
    "policies/model.yaml",
    "Policies/model.yaml",
    "policies",
    ".dvc/config",
    "sub/.dvc/config",
    ".DVC/config.local",
    ".git/hooks/post-checkout",
    "dvc.yaml",
    "sub/dvc.yaml",
    "other/dvc.lock",
    "raw.csv.dvc",
    ".dvcignore",
    ".gitattributes",
    ".gitmodules",
    "CODEOWNERS",
    "docs/CODEOWNERS",
]


@pytest.mark.parametrize(
    "path", [*RESERVED, "train.py", "model", "model/m", "metrics.json.bak", "plots2/x", "é", "n" * 900]
)
def test_a_file_that_is_no_uncached_output_of_a_stage_that_ran_is_refused(case, path):
    case.files[path] = b"x"
    refused(case, "brings files it may not write")


@pytest.mark.parametrize("path", RESERVED)
def test_a_reserved_place_is_refused_although_the_pull_request_declares_it_as_an_output(case, path):
    case.pipeline = case.pipeline.replace("      - plots:\n", f"      - {path}:\n")
    case.files = {"metrics.json": case.files["metrics.json"], path: b"x"}
    with pytest.raises(NotEvaluatedError):
        case.verify()


def test_a_reserved_place_below_a_declared_directory_is_refused(case):
    case.files["plots/.git/config"] = b"x"
    refused(case, "brings files it may not write")


def test_metrics_that_are_not_what_the_lock_says_are_refused(case):
    case.files["metrics.json"] = b'{"auc": 0.99}\n'
    refused(case, "still out of date.*evaluate")


def test_an_extra_file_in_an_output_directory_is_refused(case):
    case.files["plots/extra.csv"] = b"x"
    refused(case, "still out of date.*evaluate")


def test_a_stage_that_the_change_does_not_make_out_of_date_may_not_have_run(case):
    case.ran.append("clean")
    refused(case, "does not make out of date.*clean")
    case.ran[-1] = "invented"
    refused(case, "does not make out of date.*invented")
    case.ran.pop()
    case.restored.append("clean")
    refused(case, "does not make out of date.*clean")


def test_a_rewritten_entry_of_a_stage_that_did_not_run_is_refused(case):
    case.entry("clean")["outs"][0]["md5"] = OTHER
    case.entry("train")["deps"][0]["md5"] = OTHER
    refused(case, "rewrote the lock.*clean")


@pytest.mark.parametrize("stage", ["clean", "train", "evaluate"])
def test_an_entry_that_is_gone_is_refused(case, stage):
    del case.lock["stages"][stage]
    with pytest.raises(NotEvaluatedError):
        case.verify()


def test_an_entry_of_a_stage_that_does_not_exist_is_refused(case):
    case.lock["stages"]["invented"] = case.entry("train") | {"outs": []}
    refused(case, "rewrote the lock.*invented")


def test_a_stage_that_is_left_out_of_date_is_refused(case):
    case.ran = ["train"]
    case.lock["stages"]["evaluate"] = case.base_lock["stages"]["evaluate"]
    case.files = {}
    refused(case, "still out of date.*evaluate")


def test_a_bundle_that_ran_nothing_is_refused(case):
    case.ran, case.files, case.lock = [], {}, case.base_lock
    refused(case, "may not write|still out of date")


def test_another_parameter_or_command_than_the_head_s_is_refused(case):
    case.entry("train")["params"]["params.yaml"]["lr"] = 0.3
    refused(case, "still out of date.*train")
    case.entry("train")["params"]["params.yaml"]["lr"] = 0.2
    case.entry("train")["cmd"] = "python other.py"
    refused(case, "still out of date.*train")


def test_a_lock_of_two_different_runs_is_refused(case):
    case.entry("evaluate")["deps"][0]["md5"] = OTHER + ".dir"
    with pytest.raises(NotEvaluatedError, match="still out of date"):
        case.verify()


def test_an_output_of_another_stage_cannot_be_claimed(case):
    """Else evaluate's entry would say which bytes the model is, and train's record would vouch for them."""
    case.entry("evaluate")["outs"].append({"path": "model", "hash": "md5", "md5": OTHER + ".dir"})
    refused(case, "do not declare.*evaluate")


def test_an_output_named_twice_is_refused(case):
    case.entry("train")["outs"].append({"path": "model", "hash": "md5", "md5": OTHER + ".dir"})
    case.entry("evaluate")["deps"][0]["md5"] = OTHER + ".dir"
    refused(case, "do not declare.*train")


@pytest.mark.parametrize(
    "spoiled",
    [
        {"path": "model", "md5": OTHER},
        {"path": "model", "hash": "md5"},
        {"path": "model", "hash": "md5", "md5": "../../../../etc/passwd"},
        {"path": "model", "hash": "md5", "md5": OTHER.upper()},
        {"path": "model", "etag": OTHER},
    ],
)
def test_an_output_must_be_named_as_dvc_3_does(case, spoiled):
    case.entry("train")["outs"] = [spoiled]
    case.entry("evaluate")["deps"] = [spoiled]
    refused(case, "do not declare.*train")


def test_a_dependency_that_is_not_declared_is_refused(case):
    case.entry("train")["deps"].append({"path": "luck", "hash": "md5", "md5": OTHER})
    refused(case, "do not declare.*train")


@pytest.mark.parametrize(
    "data", [b"\xff", b"stages: [", b"<<<<<<< ours\n", b"schema: '1.0'", b"a: 1\na: 2\n"]
)
def test_a_lock_that_cannot_be_read_is_could_not_evaluate(case, data):
    case.files["dvc.lock"] = data
    refused(case, "dvc.lock")


def test_only_a_reproduction_is_verified(case):
    failure = BundleFailure(stage="train", exit_code=1, log_tail=())
    error = BundleError(what="x", todo="")
    for outcome in ({"outcome": "failed", "failure": failure}, {"outcome": "errored", "error": error}):
        statement = Statement(bot="1", head="a" * 40, **outcome)
        refused(case, "its outcome is another", Bundle(statement=statement, files=case.files))
    statement = Statement(bot="1", head="a" * 40, outcome="nothing")
    refused(case, "its outcome is another", Bundle(statement=statement, files={}))


def test_a_stage_that_always_runs_must_have_run(case):
    case.pipeline = case.pipeline.replace(
        "cmd: python clean.py", "cmd: python clean.py\n    always_changed: true"
    )
    refused(case, "stages that always run.*clean")


def test_an_entry_that_did_not_read_what_an_ever_running_stage_wrote_is_refused(case):
    """Whatever reads from a stage that always runs is always out of date, so only the hashes can tell."""
    clean = "cmd: python clean.py"
    case.pipeline = case.pipeline.replace(clean, f"{clean}\n    always_changed: true")
    case.base_lock["stages"]["train"]["params"]["params.yaml"]["lr"] = 0.2
    case.lock = json.loads(json.dumps(case.base_lock))
    case.ran, case.files = ["clean"], {}
    assert [run.stage for run in case.verify().runs] == ["clean"]
    case.entry("clean")["outs"][0]["md5"] = OTHER
    refused(case, "contradicts itself.*train read clean.csv")


def test_an_output_that_says_which_model_is_meant_is_refused(case):
    """`vars` may come from a file, and a file may be an output."""
    case.pipeline = "vars: [vars.yaml]\nartifacts: {m: {path: '${which}'}}\n" + case.pipeline.replace(
        "      - plots:\n", "      - vars.yaml:\n"
    )
    for locked in (case.base_lock, case.lock):
        locked["stages"]["evaluate"]["outs"][1] = {
            "path": "vars.yaml",
            "hash": "md5",
            "md5": md5(b"which: model\n").hexdigest(),
        }
    case.head_files["vars.yaml"] = b"which: model\n"
    case.files = {"metrics.json": case.files["metrics.json"], "vars.yaml": b"which: model\n"}
    assert case.verify().objects
    case.files["vars.yaml"] = b"which: clean.csv\n"
    case.entry("evaluate")["outs"][1]["md5"] = md5(b"which: clean.csv\n").hexdigest()
    refused(case, "change the pipeline itself")


def test_an_honest_bundle_gives_its_objects_its_records_and_the_new_head(case, names):
    reproduced = case.verify()
    assert reproduced.objects == (names["new"],)
    assert [run.stage for run in reproduced.runs] == ["train", "evaluate"]
    assert reproduced.tree.read("metrics.json") == b'{"auc": 0.8}\n'
    assert reproduced.tree.read("raw.csv") == b"raw"


def test_what_was_restored_is_believed_as_far_as_it_checks_out_and_never_recorded_as_run(case, names):
    case.ran, case.restored = ["evaluate"], ["train"]
    reproduced = case.verify()
    assert [run.stage for run in reproduced.runs] == ["evaluate"]
    assert reproduced.objects == (names["new"],)


def test_a_lock_entry_that_dvc_left_behind_of_a_removed_stage_is_no_contradiction(case):
    case.base_lock["stages"]["former"] = case.lock["stages"]["former"] = {
        "cmd": "x",
        "outs": [{"path": "former.csv", "hash": "md5", "md5": OTHER}],
    }
    assert [run.stage for run in case.verify().runs] == ["train", "evaluate"]


def test_a_leftover_entry_that_claims_the_model_is_refused(case):
    former = {"cmd": "x", "outs": [{"path": "model", "hash": "md5", "md5": OTHER + ".dir"}]}
    case.base_lock["stages"]["former"] = case.lock["stages"]["former"] = former
    with pytest.raises(NotEvaluatedError):
        case.verify()


# How far the numbers of a committed lock are trusted.


def level(case, *, runs=None, paths=("metrics.json", "model"), files=None, since=None):
    """The level of the head that the bundle would make, with every entry on record unless `runs` says."""
    _, head = case.trees()
    tree = OverlayTree(head, case.files | {"dvc.lock": json.dumps(case.lock).encode()} | (files or {}))
    pipeline = parse_pipeline(tree)
    lock = read_lock(tree, pipeline)
    known = KnownRuns().adding(run_of(entry) for entry in (lock.stages if runs is None else runs(lock)))
    return level_of(pipeline, lock, paths, known, since(lock) if since else None, tree)


def test_a_level_is_reproduced_only_when_every_entry_upstream_is_on_record(case):
    assert level(case) is EvidenceLevel.REPRODUCED
    for missing in ("clean", "train", "evaluate"):
        on_record = level(case, runs=lambda lock: [e for e in lock.stages if e.name != missing])  # noqa: B023
        assert on_record is EvidenceLevel.CLAIMED
    before_evaluate = level(
        case, runs=lambda lock: [e for e in lock.stages if e.name != "evaluate"], paths=("model",)
    )
    assert before_evaluate is EvidenceLevel.REPRODUCED
    assert level(case, runs=lambda _lock: []) is EvidenceLevel.CLAIMED


def test_what_main_had_before_is_not_this_change_s_claim(case):
    def of(*names):
        return lambda lock: Lock(tuple(entry for entry in lock.stages if entry.name in names))

    def run(*names):
        return lambda lock: of(*names)(lock).stages

    assert level(case, runs=run("train", "evaluate"), since=of("clean")) is EvidenceLevel.REPRODUCED
    assert level(case, runs=run("evaluate"), since=of("clean")) is EvidenceLevel.CLAIMED
    nothing_ran = level(case, runs=run(), since=of("clean", "train", "evaluate"))
    assert nothing_ran is EvidenceLevel.CLAIMED


@pytest.mark.parametrize("paths", [(), ("nobody.json",), ("metrics.json", "nobody.json")])
def test_a_file_that_no_stage_writes_is_claimed(case, paths):
    assert level(case, paths=paths) is EvidenceLevel.CLAIMED


def test_metrics_edited_by_hand_are_claimed_although_the_lock_is_on_record(case):
    assert level(case, files={"metrics.json": b'{"auc": 0.99}\n'}) is EvidenceLevel.CLAIMED
    assert level(case, files={"plots/more.csv": b"x"}, paths=("plots",)) is EvidenceLevel.CLAIMED


def test_a_phantom_lock_is_claimed_although_each_entry_is_on_record(case):
    """Two valid runs whose entries never met: each is on record, and neither read what the other wrote."""
    case.lock["stages"]["train"] = case.base_lock["stages"]["train"]
    assert level(case) is EvidenceLevel.CLAIMED


def test_an_entry_that_claims_the_model_of_another_is_claimed_although_all_are_on_record(case):
    honest = level(case)
    case.entry("evaluate")["outs"].append({"path": "model", "hash": "md5", "md5": OTHER + ".dir"})
    case.entry("evaluate")["deps"][0]["md5"] = OTHER + ".dir"
    assert (honest, level(case)) == (EvidenceLevel.REPRODUCED, EvidenceLevel.CLAIMED)


def test_a_leftover_entry_that_claims_the_model_makes_it_claimed(case):
    former = {"cmd": "x", "outs": [{"path": "model", "hash": "md5", "md5": OTHER + ".dir"}]}
    case.lock["stages"]["former"] = former
    assert level(case) is EvidenceLevel.CLAIMED


def test_an_output_without_a_hash_is_claimed(case):
    del case.entry("train")["outs"][0]["md5"]
    del case.entry("evaluate")["deps"][0]["md5"]
    assert level(case) is EvidenceLevel.CLAIMED
