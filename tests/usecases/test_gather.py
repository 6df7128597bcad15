"""From two revisions to the evidence that a policy asks for: predictions, their places, what compares."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date

import pytest

from bot.errors import NotEvaluatedError, UnavailableError
from bot.evidence.facts import EvidenceLevel, Metric, MetricTable, NoPredictions, Unreadable
from bot.evidence.phrase import plain
from bot.evidence.predictions import Predictions
from bot.evidence.runs import known_runs
from bot.lineage.tree import MemoryTree
from bot.policy.evaluate import evaluate
from bot.policy.load import load_policies
from bot.promotion.ledger import ModelLedger, Served
from bot.usecases.fetched import BroughtFirst, FirstOf, bytes_of
from bot.usecases.gather import MOST_PROMOTIONS, Sources, gathered, promoted_lately
from bot.usecases.reproduce import object_path
from bot.usecases.sides import evidence_of, read_revision

DAY = date(2026, 3, 1)
POLICY = """\
version: 1
model: tiny
artifact: model
predictions: {file: rows.csv, id: id, label: y, score: p}
metrics:
  auc: {kind: roc_auc, better: higher, min: 0.6, max_regression: 0.1}
  loss: {better: lower, max: 1}
"""
SLICED = POLICY + "slices: {by: [country], metrics: {auc: {min: 0.1}}}\n"
DVC_YAML = """\
stages:
  train: {cmd: train, deps: [train.py], outs: [model]}
  evaluate:
    cmd: evaluate
    deps: [evaluate.py, data/test.csv, model]
    outs: [OUT]
    metrics: [{metrics.json: {cache: false}}]
"""


def rows(skill, count=200):
    """Predictions of a model that is right more often the more skill it has."""
    lines = (
        f"{n},{n % 2},{(n * 37 % 100) / 100 * (1 - skill) + skill * (n % 2):.4f},{'AB'[n % 3 > 0]}"
        for n in range(count)
    )
    return "\n".join(("id,y,p,country", *lines)) + "\n"


def md5(data):
    return hashlib.md5(data.encode()).hexdigest()


def locked(path, name):
    return f"    - {{path: {path}, hash: md5, md5: {name}, size: 3}}\n"


def revision(name, text, **other):
    """A revision whose `rows.csv` has this text (None: no stage writes one); `git`: Git keeps it, not DVC."""
    known = {"model": name, "evaluate": "e", "test": "s", "metrics": '{"loss": 0.5}', "git": False} | other
    files = {"metrics.json": known["metrics"].encode(), "policies/tiny.yaml": POLICY.encode()}
    outs, kept = "", "rows.csv" if text is not None else "other.csv"
    if known["git"]:
        files["rows.csv"], kept = text.encode(), "{rows.csv: {cache: false}}"
    if text is not None:
        outs = locked("rows.csv", md5(text))
    files["dvc.yaml"] = DVC_YAML.replace("OUT", kept).encode()
    files["dvc.lock"] = (
        "schema: '2.0'\nstages:\n  train:\n    cmd: train\n    deps:\n"
        + locked("train.py", md5(known["model"]))
        + "    outs:\n"
        + locked("model", md5(known["model"]))
        + "  evaluate:\n    cmd: evaluate\n    deps:\n"
        + locked("evaluate.py", md5(known["evaluate"]))
        + locked("data/test.csv", md5(known["test"]))
        + locked("model", md5(known["model"]))
        + "    outs:\n"
        + locked("metrics.json", md5(known["metrics"]))
        + outs
    ).encode()
    return read_revision(name, name * 4, MemoryTree(files))


class Unreachable:
    def read(self, md5):
        raise UnavailableError(f"The DVC remote did not answer for {md5}.")


@dataclass(frozen=True)
class Judged:
    evidence: object
    verdict: object
    lately: tuple[object, ...] = ()

    def __getitem__(self, rule):
        (found,) = [one for one in self.verdict.results if one.rule == rule]
        return str(found.status), plain(found.reason)

    @property
    def notes(self):
        return [plain(note) for note in self.verdict.notes]


@pytest.fixture
def judged(store):
    """Judge a revision beside main's; `objects` is where objects are kept, the store if not given."""

    def judging(head, base, policy=POLICY, *, served=None, objects=store, **sources):
        (loaded,) = load_policies(MemoryTree({"policies/tiny.yaml": policy.encode()}))
        ledger = served or ModelLedger("tiny")
        trees = {one.sha: one.tree for one in (head, base, *sources.pop("others", ())) if one}

        def tree(sha):
            if sha not in trees:
                raise NotEvaluatedError(f"There is no revision {sha} here.")
            return trees[sha]

        found = evidence_of(head, base, loaded, ledger, known_runs(()))
        given = Sources(objects, tree, DAY, **sources)
        evidence = gathered(found, loaded, (head, base), ledger, given)
        lately = promoted_lately(evidence, loaded, ledger, given)
        return Judged(evidence, evaluate(loaded, "main", evidence), lately)

    return judging


@pytest.fixture
def kept(store):
    """Push a predictions file to where objects are kept."""

    def keeping(text):
        store.put(text.encode())
        return text

    return keeping


class TestWhereTheyAreKept:
    def test_outputs_of_dvc_are_fetched_and_compared_row_by_row(self, judged, kept):
        head, base = revision("pr", kept(rows(0.3))), revision("main", kept(rows(0.35)))
        found = judged(head, base)
        assert found["metrics.auc.max_regression"][0] == "pass"
        (result,) = [one for one in found.verdict.results if one.kind == "max_regression"]
        assert result.noise.rows == 200
        assert found.notes == []

    def test_a_file_in_git_is_read_there_and_no_object_is_asked_for(self, judged):
        head, base = (revision(name, rows(0.3), git=True) for name in ("pr", "main"))
        found = judged(head, base, objects=Unreachable())
        assert found["metrics.auc.max_regression"][0] == "pass"

    def test_a_policy_that_computes_nothing_asks_for_none(self, judged):
        policy = "version: 1\nmodel: tiny\nartifact: model\nmetrics: {loss: {max: 1}}\n"
        found = judged(revision("pr", rows(0.3)), revision("main", rows(0.3)), policy, objects=Unreachable())
        assert found.evidence.head.predictions is None
        assert found.verdict.status == "pass"


NEVER = (
    "rows.csv is neither in Git nor an output that dvc.lock of {} names. "
    "Let a stage write it, and commit dvc.lock."
)
LOST = (
    "The object {} of rows.csv on {} is not where objects are kept. "
    "Push it from a machine that has it: `dvc push`."
)


class TestMissing:
    def test_only_on_main_the_metric_is_new(self, judged, kept):
        found = judged(revision("pr", kept(rows(0.3))), revision("main", None))
        assert found["metrics.auc.min"][0] == "pass"
        assert found["metrics.auc.max_regression"][0] == "new"
        assert found.notes == [f"no interval against main: {NEVER.format('main')}"]

    def test_only_on_main_which_reports_the_number_it_is_a_single_value(self, judged, kept):
        main = revision("main", None, metrics='{"loss": 0.5, "auc": 0.85}')
        found = judged(revision("pr", kept(rows(0.3))), main)
        assert found["metrics.auc.max_regression"][0] == "pass"
        assert (
            "single values, whose noise is unknown" in found.notes[-1] or "single values" in found.notes[-1]
        )

    def test_only_in_the_pull_request_is_an_error_that_says_what_to_do(self, judged, kept):
        found = judged(revision("pr", None), revision("main", kept(rows(0.3))))
        told = ("error", f"auc cannot be computed: {NEVER.format('pr')}")
        assert found["metrics.auc.min"] == found["metrics.auc.max_regression"] == told
        assert found["metrics.loss.max"][0] == "pass"
        assert found.verdict.exit_code == 5

    def test_an_object_of_main_that_nobody_pushed_is_a_question_that_names_it(self, judged, kept):
        gone = rows(0.3)
        found = judged(revision("pr", kept(rows(0.35))), revision("main", gone))
        assert found["metrics.auc.min"][0] == "pass"
        lost = LOST.format(md5(gone), "main")
        assert found["metrics.auc.max_regression"] == ("inconclusive", f"auc cannot be compared: {lost}")

    def test_an_object_of_the_pull_request_that_nobody_pushed_is_an_error_that_names_it(self, judged, kept):
        gone = rows(0.3)
        found = judged(revision("pr", gone), revision("main", kept(rows(0.35))))
        lost = LOST.format(md5(gone), "pr")
        assert found["metrics.auc.min"] == ("error", f"auc cannot be computed: {lost}")


class TestNotFetched:
    def test_a_remote_that_does_not_answer_for_the_pull_request_ends_the_judgement(self, judged):
        with pytest.raises(UnavailableError, match="did not answer"):
            judged(revision("pr", rows(0.3)), revision("main", rows(0.3)), objects=Unreachable())

    def test_for_main_alone_it_is_told_and_the_rest_is_judged(self, judged):
        head = revision("pr", rows(0.3), git=True)
        found = judged(head, revision("main", rows(0.35)), objects=Unreachable())
        assert found["metrics.auc.min"][0] == "pass"
        status, why = found["metrics.auc.max_regression"]
        assert status == "inconclusive"
        assert "The DVC remote did not answer" in why

    def test_an_object_with_other_bytes_is_not_read(self, judged, store):
        named = rows(0.3)
        store.objects[md5(named)] = rows(0.9).encode()
        with pytest.raises(NotEvaluatedError, match="other bytes"):
            judged(revision("pr", named), revision("main", None))

    def test_on_somebodys_machine_the_reported_numbers_stand_in_and_it_is_said(self, judged):
        head, base = (
            revision(name, rows(0.3), metrics='{"loss": 0.5, "auc": 0.8}') for name in ("pr", "main")
        )
        found = judged(head, base, objects=Unreachable(), preview=True)
        assert found["metrics.auc.min"] == ("pass", "auc is 0.8 (at least 0.6)")
        assert found["metrics.auc.max_regression"][0] == "pass"
        assert any(note.startswith("no interval against main: The DVC remote") for note in found.notes)

    def test_a_preview_without_a_reported_number_does_not_invent_a_new_metric(self, judged):
        head = revision("pr", rows(0.3), git=True)
        found = judged(head, revision("main", rows(0.3)), objects=Unreachable(), preview=True)
        assert found["metrics.auc.max_regression"][0] == "inconclusive"


CUT_OFF = "line 2, column 1: this row has 3 values, and the header has 4: 1,0,0.5"


class TestBroken:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                "id,y,p,county\n1,0,0.5,A\n",
                "column country: `slices.by` names this column, and it is not there; did you mean `county`?",
            ),
            ("id,y,p,country\n", "the file has no rows"),
            ("id,y,p,country\n1,0,0.5\n", CUT_OFF),
            ("id,y,p,country\n,,0.5,A\n2,1,0.5,A\n", "column y: 1 row has no label (and 1 more)"),
        ],
    )  # fmt: skip
    def test_predictions_of_the_pull_request_are_an_error_with_file_place_and_remedy(
        self, judged, kept, text, said
    ):
        found = judged(revision("pr", kept(text)), revision("main", kept(rows(0.3))), SLICED)
        todo = "Correct the stage that writes it, or what the policy says of it."
        told = ("error", f"auc cannot be computed: rows.csv: {said}. {todo}")
        assert found["metrics.auc.min"] == found["slices.auc.min[country]"] == told
        assert found["metrics.loss.max"][0] == "pass"

    def test_those_of_main_leave_the_thresholds_alone_and_are_told(self, judged, kept):
        broken = kept("id,y,p,country\n1,0,0.5\n")
        found = judged(revision("pr", kept(rows(0.3, 700))), revision("main", broken), SLICED)
        assert found["metrics.auc.min"][0] == found["slices.auc.min[country=A]"][0] == "pass"
        assert found["metrics.auc.max_regression"][0] == "inconclusive"
        (note,) = found.notes
        assert note.startswith(f"no interval against main: rows.csv: {CUT_OFF}. ")


class TestWhatCompares:
    @pytest.mark.parametrize(
        ("change", "named"),
        [({"evaluate": "e2"}, "evaluate.py"), ({"test": "s2"}, "data/test.csv")],
    )
    def test_other_code_or_data_in_the_lock_compares_with_nothing_though_the_rows_are_the_same(
        self, judged, kept, change, named
    ):
        head, base = revision("pr", kept(rows(0.3)), **change), revision("main", kept(rows(0.3)))
        found = judged(head, base)
        assert found["metrics.auc.min"][0] == "pass"
        assert found["metrics.auc.max_regression"] == (
            "inconclusive",
            f"auc does not compare with main: measured with other {named}",
        )

    def test_other_rows_are_noticed_though_the_lock_says_nothing(self, judged, kept):
        head, base = revision("pr", kept(rows(0.3, 190))), revision("main", kept(rows(0.3)))
        status, why = judged(head, base)["metrics.auc.max_regression"]
        assert status == "inconclusive"
        assert why.endswith("10 rows only on main, 0 only on pr, 190 on both")

    def test_another_model_is_what_is_compared(self, judged, kept):
        head, base = revision("pr", kept(rows(0.3))), revision("main", kept(rows(0.3)))
        assert judged(head, base)["metrics.auc.max_regression"][0] == "pass"


def served(version, at, auc, model):
    table = MetricTable((Metric("auc", auc), Metric("loss", 0.5)))
    name = md5(model)
    return Served(version, "d" * 63 + version, name, "key", table, EvidenceLevel.REPRODUCED, at, 7, 2, at)


class TestTheLedgersVersions:
    def test_a_champion_that_main_has_not_is_compared_by_its_own_predictions(self, judged, kept):
        head, base = revision("pr", kept(rows(0.3))), revision("main", kept(rows(0.3)))
        other = revision("old", kept(rows(0.9)))
        ledger = ModelLedger("tiny", champion=served("3", other.sha, 0.9, "old"))
        found = judged(head, base, served=ledger, others=(other,))
        assert found["metrics.auc.max_regression"][0] == "fail"
        assert isinstance(found.evidence.champion.predictions, Predictions)

    def test_one_whose_revision_is_not_here_is_compared_by_the_numbers_on_record(self, judged, kept):
        head, base = revision("pr", kept(rows(0.3))), revision("main", kept(rows(0.3)))
        ledger = ModelLedger("tiny", champion=served("3", "gone", 0.7, "gone"))
        found = judged(head, base, served=ledger)
        assert isinstance(found.evidence.champion.predictions, NoPredictions)
        assert (
            "no interval against champion v3: The revision gone of champion v3 cannot be read here."
            in found.notes
        )

    def test_versions_that_were_measured_with_other_data_are_left_out_of_the_best_and_counted(
        self, judged, kept
    ):
        policy = POLICY.replace("max_regression: 0.1", "max_regression_from_best: 0.1")
        head, base = revision("pr", kept(rows(0.3)), test="s2"), revision("main", kept(rows(0.3)), test="s2")
        before = revision("old", None, test="s1")
        former = (served("1", before.sha, 0.99, "old"), served("2", base.sha, 0.8, "main"))
        digests = tuple(one.digest for one in former)
        found = judged(
            head, base, policy, served=ModelLedger("tiny", former=former, standing=digests), others=(before,)
        )
        assert [one.name for one in found.evidence.promoted] == ["v2"]
        assert plain(found.evidence.best_reset).startswith("1 promoted versions were measured with other")


class TestTheLastPromotions:
    def former(self, count, at):
        return tuple(
            replace(served(str(n), at, 0.7, f"m{n}"), digest=f"{n:064}", sequence=n)
            for n in range(count, 0, -1)
        )

    def test_people_see_them_oldest_first_and_no_rule_does(self, judged, kept):
        head, base = revision("pr", kept(rows(0.3))), revision("main", kept(rows(0.3)))
        found = judged(head, base, served=ModelLedger("tiny", former=self.former(12, base.sha)))
        assert [side.name for side in found.lately] == [f"v{n}" for n in range(3, 13)]
        assert len(found.lately) == MOST_PROMOTIONS
        assert found.evidence.promoted == ()

    def test_those_measured_otherwise_or_not_readable_here_are_left_out(self, judged, kept):
        head, base = revision("pr", kept(rows(0.3))), revision("main", kept(rows(0.3)))
        other = revision("old", None, test="s1")
        former = (
            *self.former(3, base.sha),
            served("4", other.sha, 0.7, "old"),
            served("5", "gone", 0.7, "gone"),
        )
        found = judged(head, base, served=ModelLedger("tiny", former=former), others=(other,))
        assert {side.name for side in found.lately} == {"v1", "v2", "v3"}

    def test_fewer_than_three_are_not_even_read(self, judged, kept):
        head, base = revision("pr", kept(rows(0.3))), revision("main", kept(rows(0.3)))
        assert judged(head, base, served=ModelLedger("tiny", former=self.former(2, "gone"))).lately == ()


class TestTheDataReport:
    POLICY = POLICY.replace(
        "predictions:", "data: {report: report.json, checks: {n: {min: 5}}}\npredictions:"
    )

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (None, "report.json is neither in Git nor an output that dvc.lock of pr names."),
            (b'{"n": "5"}', "a metric must be a number, and this is text"),
            (b"\xff", "the file is not UTF-8 text: byte 0xff cannot be read; save it as UTF-8"),
        ],
    )
    def test_one_that_is_missing_or_broken_is_an_error_of_its_checks_alone(self, judged, kept, data, said):
        head = revision("pr", kept(rows(0.3)))
        files = {path: head.tree.read(path) for path in head.tree.paths()}
        if data is not None:
            head = replace(head, tree=MemoryTree(files | {"report.json": data}))
        found = judged(head, revision("main", kept(rows(0.3))), self.POLICY)
        assert isinstance(found.evidence.data_report, Unreadable)
        assert found["data.n.min"] == ("error", f"n cannot be read: report.json: {said}")
        assert found["metrics.auc.min"][0] == "pass"


class TestObjects:
    def test_what_a_run_brought_comes_before_the_store(self, store):
        brought = {object_path(md5("new")): b"new"}
        assert BroughtFirst(lambda: brought, Unreachable).read(md5("new")) == b"new"
        store.put(b"old")
        assert BroughtFirst(lambda: brought, lambda: store).read(md5("old")) == b"old"

    def test_what_a_run_brought_under_the_name_of_other_bytes_is_not_believed(self, store):
        brought = {object_path(md5("honest")): b"a lie"}
        assert BroughtFirst(lambda: brought, lambda: store).read(md5("honest")) is None
        store.put(b"honest")
        assert BroughtFirst(lambda: brought, lambda: store).read(md5("honest")) == b"honest"

    def test_a_place_that_does_not_answer_is_passed_over_for_the_next(self, store):
        store.put(b"here")
        places = FirstOf((Unreachable, lambda: store))
        assert places.read(md5("here")) == b"here"
        assert places.read(md5("nowhere")) is None

    def test_a_file_of_git_wins_over_the_object_that_the_lock_names(self, store):
        text = rows(0.3)
        found = revision("pr", text, git=True)
        store.put(text.encode())
        assert bytes_of(found, "rows.csv", Unreachable()) == text.encode()
