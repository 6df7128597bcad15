"""Models scored by main's evaluator, whatever the pull request says of them. The sandbox is real."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
import yaml
from sklearn.metrics import roc_auc_score

from bot.adapters.scorer import SandboxedScorer
from bot.evidence.facts import EvidenceLevel
from bot.evidence.runs import KnownRuns, RunOutput, RunRecord
from bot.evidence.scores import Score
from bot.lineage.tree import MemoryTree
from bot.policy.evaluate import evaluate
from bot.policy.load import load_policies
from bot.policy.verdict import Status, Verdict
from bot.promotion.ledger import ModelLedger
from bot.usecases.gather import Sources, compares, gathered
from bot.usecases.scoring import Scoring, scored, scoring_of
from bot.usecases.sides import Revision, artifact_path, evidence_of, read_revision

POLICY = b"""\
version: 1
model: tiny
artifact: model
predictions: {file: eval/rows.csv, id: id, label: y, score: s}
evidence: {minimum: rescored, evaluator: evaluate, labels: late}
metrics:
  auc: {kind: roc_auc, better: higher, min: 0.7, max_regression: 0.05}
data: {test_set: data/test.csv}
"""
EVALUATE = b"""\
import csv, json, runpy
rows = list(csv.DictReader(open("data/test.csv")))
score = runpy.run_path("model/model.py")["score"]
with open("eval/rows.csv", "w") as out:
    print("id,y,s", file=out)
    for row in rows:
        print(row["id"], row["late"], score(row), sep=",", file=out)
json.dump({"auc": 0.5}, open("eval/metrics.json", "w"))
"""
GOOD = b"def score(row): return float(row['x'])\n"
BAD = b"def score(row): return 1 - float(row['x'])\n"
PIPELINE = {
    "stages": {
        "train": {"cmd": "python3 train.py", "deps": ["train.py"], "outs": ["model"]},
        "evaluate": {
            "cmd": "python3 evaluate.py",
            "deps": ["data/test.csv", "evaluate.py", "model"],
            "outs": ["eval/rows.csv"],
            "metrics": [{"eval/metrics.json": {"cache": False}}],
        },
    }
}


def rows_of(count: int = 400) -> bytes:
    """`x` says much of `late`, and not all."""
    lines = (f"{n},{int((n * 7919) % count < count // 2)},{_x(n, count)}" for n in range(count))
    return "\n".join(["id,late,x", *lines, ""]).encode()


def _x(n: int, count: int) -> float:
    late = (n * 7919) % count < count // 2
    noise = ((n * 104729) % 1000) / 1000
    return round(0.35 * late + 0.65 * noise, 3)


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@dataclass
class Shelf:
    """Objects by DVC's name."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def read(self, name: str) -> bytes | None:
        return self.objects.get(name)

    def put(self, data: bytes, suffix: str = "") -> str:
        name = md5(data) + suffix
        self.objects[name] = data
        return name

    def model(self, files: dict[str, bytes]) -> str:
        listing = [{"md5": self.put(data), "relpath": path} for path, data in sorted(files.items())]
        return self.put(json.dumps(listing).encode(), ".dir")


def commit(
    shelf: Shelf,
    model: dict[str, bytes],
    *,
    auc: float = 0.8,
    rows: bytes | None = None,
    evaluator: bytes = EVALUATE,
    claimed: bytes = b"",
) -> MemoryTree:
    """A revision with this model, and whatever its author says that it measured."""
    test, name = rows or rows_of(), shelf.model(model)
    metrics = json.dumps({"auc": auc}).encode()
    predicted = claimed or b"id,y,s\n" + b"".join(b"%d,%d,%d\n" % (n, n % 2, n % 2) for n in range(400))
    train = {
        "cmd": "python3 train.py",
        "deps": [entry("train.py", b"train")],
        "outs": [{"path": "model", "hash": "md5", "md5": name, "size": 1, "nfiles": len(model)}],
    }
    evaluated = {
        "cmd": "python3 evaluate.py",
        "deps": [
            entry("data/test.csv", test),
            entry("evaluate.py", evaluator),
            {"path": "model", "hash": "md5", "md5": name, "size": 1, "nfiles": len(model)},
        ],
        "outs": [entry("eval/metrics.json", metrics), entry("eval/rows.csv", predicted)],
    }
    shelf.put(predicted)
    lock = {"schema": "2.0", "stages": {"evaluate": evaluated, "train": train}}
    return MemoryTree(
        {
            "dvc.yaml": yaml.safe_dump(PIPELINE).encode(),
            "dvc.lock": yaml.safe_dump(lock).encode(),
            "data/test.csv": test,
            "evaluate.py": evaluator,
            "train.py": b"train",
            "eval/metrics.json": metrics,
            "policies/tiny.yaml": POLICY,
        }
    )


def entry(path: str, data: bytes) -> dict[str, object]:
    return {"path": path, "hash": "md5", "md5": md5(data), "size": len(data)}


@dataclass
class Judge:
    """Main with a good model, and what a report would decide of a pull request against it."""

    shelf: Shelf
    scorer: SandboxedScorer
    main: MemoryTree

    def scoring(self) -> Scoring:
        base = read_revision("main", "b" * 40, self.main)
        (loaded,) = load_policies(self.main)
        found = scoring_of(base, loaded, compares(base, loaded.policy, artifact_path(base, loaded)))
        assert found is not None
        return found

    def scores(self, head: MemoryTree) -> dict[str, Score]:
        scoring = self.scoring()
        names = [read_revision("", "", tree).lock.out("model").md5 for tree in (head, self.main)]
        made = (scored(scoring, name, self.shelf, self.scorer, seed) for seed, name in enumerate(names, 10))
        return {one.key: one for one in made}

    def evidence(self, tree: MemoryTree, **sources: object):
        (loaded,) = load_policies(self.main)
        base: Revision = read_revision("main", "b" * 40, self.main)
        head = read_revision("this PR", "a" * 40, tree)
        served = ModelLedger("tiny")
        found = evidence_of(head, base, loaded, served, KnownRuns())
        given = Sources(self.shelf, lambda _sha: tree, date(2026, 3, 1), **sources)
        return loaded, gathered(found, loaded, (head, base), served, given)

    def verdict(self, tree: MemoryTree) -> Verdict:
        loaded, evidence = self.evidence(tree, scores=self.scores(tree))
        assert evidence.unscored == ""
        return evaluate(loaded, "b" * 40, evidence)

    def auc(self, tree: MemoryTree) -> float:
        """The candidate's AUC as the verdict has it."""
        return next(one.candidate for one in self.verdict(tree).results if one.rule == "metrics.auc.min")


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    shelf = Shelf()
    return Judge(shelf, SandboxedScorer(tmp_path / "cache"), commit(shelf, {"model.py": GOOD}))


def honest() -> float:
    """What an honest evaluator says of the good model."""
    rows = list(csv.DictReader(io.StringIO(rows_of().decode())))
    late, x = ([float(row[name]) for row in rows] for name in ("late", "x"))
    return float(roc_auc_score(late, x))


HONEST = honest()


def test_an_honest_model_is_judged_by_what_mains_evaluator_says_of_it(judge):
    verdict = judge.verdict(commit(judge.shelf, {"model.py": GOOD + b"# again\n"}, auc=HONEST))
    by = {one.rule: one for one in verdict.results}
    assert by["metrics.auc.min"].candidate == pytest.approx(HONEST)
    assert by["metrics.auc.max_regression"].improvement == pytest.approx(0.0)
    assert by["evidence.minimum"].status is Status.SKIPPED


class TestForged:
    """None of these is seen in a number that decides."""

    def test_metrics_and_predictions_that_somebody_wrote_by_hand(self, judge):
        forged = commit(judge.shelf, {"model.py": BAD}, auc=0.99)
        assert judge.auc(forged) == pytest.approx(1 - HONEST)
        assert judge.verdict(forged).status in {Status.FAIL, Status.ERROR}

    def test_a_claim_that_the_new_score_contradicts_is_a_finding_of_its_own(self, judge):
        forged = commit(judge.shelf, {"model.py": GOOD + b"#\n"}, auc=0.99)
        bad = [one for one in judge.verdict(forged).results if one.blocks]
        assert any("0.99" in str(one.reason) for one in bad)

    def test_a_model_that_reads_the_labels(self, judge):
        peeks = b"def score(row): return float(row['late'])\n"
        assert judge.auc(commit(judge.shelf, {"model.py": peeks})) == pytest.approx(0.5, abs=0.1)

    def test_a_model_that_reads_the_file_of_the_labels(self, judge):
        peeks = (
            b"import csv\nLATE = {r['id']: r['late'] for r in csv.DictReader(open('data/test.csv'))}\n"
            b"def score(row): return float(LATE[row['id']])\n"
        )
        assert judge.auc(commit(judge.shelf, {"model.py": peeks})) == pytest.approx(0.5, abs=0.1)

    def test_a_model_that_looks_for_the_labels_elsewhere(self, judge):
        looks = (
            b"import subprocess\n"
            b"found = subprocess.run('timeout 9 find / -xdev -name test.csv 2>&- | head -50',"
            b" shell=True, capture_output=True).stdout.split()\n"
            b"import csv\nLATE = {}\n"
            b"for place in found:\n"
            b"    for r in csv.DictReader(open(place)):\n"
            b"        LATE.setdefault(r.get('id'), r.get('late'))\n"
            b"def score(row): return float(LATE.get(row['id']) or 0)\n"
        )
        assert judge.auc(commit(judge.shelf, {"model.py": looks})) == pytest.approx(0.5, abs=0.1)

    def test_a_model_that_writes_the_evaluators_answer_itself(self, judge):
        writes = (
            b"import os\nos.makedirs('eval', exist_ok=True)\n"
            b"with open('eval/rows.csv', 'w') as out:\n"
            b"    print('id,y,s', file=out)\n"
            b"    for n in range(400): print(n, n % 2, n % 2, sep=',', file=out)\n"
            b"os._exit(0)\n"
        )
        assert judge.auc(commit(judge.shelf, {"model.py": writes})) == pytest.approx(0.5, abs=0.1)

    def test_code_beside_the_model_that_python_would_import_at_its_start(self, judge):
        cheats = b"import builtins\nbuiltins.float = lambda _x: 0.0\n"
        files = {"model.py": GOOD, "sitecustomize.py": cheats, "usercustomize.py": cheats, "csv.py": cheats}
        assert judge.auc(commit(judge.shelf, files)) == pytest.approx(HONEST)

    def test_a_metric_library_that_is_patched_in_the_evaluators_process(self, judge):
        patches = (
            b"import json\njson.dump = lambda value, out: out.write('{\"auc\": 0.99}')\n"
            b"def score(row): return 1 - float(row['x'])\n"
        )
        assert judge.auc(commit(judge.shelf, {"model.py": patches}, auc=0.99)) < 0.3

    def test_an_evaluator_that_the_pull_request_edits(self, judge):
        lenient = EVALUATE.replace(b"score(row)", b"row['late']")
        head = commit(judge.shelf, {"model.py": BAD}, auc=0.99, evaluator=lenient)
        assert judge.auc(head) < 0.3

    def test_a_test_set_that_the_pull_request_replaces(self, judge):
        easy = b"id,late,x\n" + b"".join(b"%d,%d,%d\n" % (n, n % 2, 1 - n % 2) for n in range(400))
        head = commit(judge.shelf, {"model.py": BAD}, auc=1.0, rows=easy)
        assert judge.auc(head) < 0.3

    def test_scores_that_are_no_numbers(self, judge):
        head = commit(judge.shelf, {"model.py": b"def score(row): return 'nan'\n"}, auc=0.99)
        assert judge.verdict(head).status in {Status.FAIL, Status.ERROR}

    def test_a_swapped_object(self, judge):
        head = commit(judge.shelf, {"model.py": GOOD + b"# other\n"})
        name = md5(GOOD + b"# other\n")
        del judge.shelf.objects[name]
        loaded, evidence = judge.evidence(head, scores=judge.scores(head))
        assert f"The object {name} of model is not where objects are kept" in evidence.unscored
        assert evaluate(loaded, "b" * 40, evidence).status is Status.ERROR


class TestWithoutAScore:
    def test_a_model_that_fails_is_not_believed_instead(self, judge):
        head = commit(judge.shelf, {"model.py": b"raise SystemExit('no')\n"}, auc=0.99)
        loaded, evidence = judge.evidence(head, scores=judge.scores(head))
        assert "this PR: The evaluator ended with exit code 1: no" in evidence.unscored
        assert evidence.head.level is EvidenceLevel.CLAIMED
        verdict = evaluate(loaded, "b" * 40, evidence)
        assert verdict.status is Status.ERROR
        assert any("only claimed, and rescored is asked" in str(one.reason) for one in verdict.results)

    def test_what_nobody_scored_is_said(self, judge):
        _, evidence = judge.evidence(commit(judge.shelf, {"model.py": GOOD + b"#\n"}))
        assert evidence.unscored == "this PR: nobody scored it by main's evaluator"

    def test_a_base_without_a_score_leaves_both_as_they_were(self, judge):
        head = commit(judge.shelf, {"model.py": GOOD + b"#\n"})
        scores = judge.scores(head)
        mine = judge.scoring().key(read_revision("", "", judge.main).lock.out("model").md5)
        del scores[mine]
        _, evidence = judge.evidence(head, scores=scores)
        assert evidence.head.level is EvidenceLevel.CLAIMED
        assert evidence.unscored.startswith("main: ")


def record(key: str, name: str) -> RunRecord:
    return RunRecord(stage="(scored anew)", run_key=key, outs=(RunOutput(path="x", md5=name),))


def test_a_recorded_score_is_used_again_and_one_of_another_evaluator_is_not(judge):
    head = commit(judge.shelf, {"model.py": GOOD + b"#\n"})
    made = judge.scores(head)
    runs = [record(key, judge.shelf.put(one.predictions)) for key, one in made.items()]
    _, evidence = judge.evidence(head, known=KnownRuns().adding(runs))
    assert evidence.head.level is EvidenceLevel.RESCORED
    other = EVALUATE + b"# changed\n"
    judge.main = commit(judge.shelf, {"model.py": GOOD}, evaluator=other)
    _, evidence = judge.evidence(head, known=KnownRuns().adding(runs))
    assert evidence.head.level is EvidenceLevel.CLAIMED
