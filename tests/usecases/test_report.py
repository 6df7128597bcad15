"""`modelbot report` over fakes: the trusted job believes nothing it did not work out, and always answers."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pytest

from bot.errors import (
    InvalidFileError,
    InvalidInputError,
    ModelbotError,
    NotEvaluatedError,
    StaleError,
    UnavailableError,
)
from bot.evidence.bundle import Bundle, BundleStage, Statement, encode_bundle
from bot.usecases.brought import BUNDLE, OBJECTS, bundle_of_run, objects_of_run
from bot.usecases.judge import RUNS
from bot.usecases.report import Brought, report

BETTER = {"params__yaml": "lr: 0.2\n"}
WORSE = {"params__yaml": "lr: 0.3\n"}
FORK = "mallory/tiny"


def stored(team):
    """What only the trusted job may write: refs, objects, records."""
    refs, branches, objects, *_ = team.state()
    return refs, branches, objects


@pytest.fixture
def committed(promoted, lock_of):
    """The files of an author who trained with a learning rate and committed the lock; nothing is pushed."""

    def files(rate: str, measured: str | None = None) -> dict[str, str]:
        given = promoted.repository.files("main") | {"params.yaml": f"lr: {rate}\n".encode()}
        promoted.workshop.run("train", given)
        promoted.workshop.run("evaluate", given)
        promoted.workshop.trained = 0
        metrics = (measured or given["metrics.json"].decode()).encode()
        given["metrics.json"] = metrics
        return {
            "params__yaml": f"lr: {rate}\n",
            "metrics__json": metrics.decode(),
            "dvc__lock": lock_of(given, rate).decode(),
        }

    return files


def open_checks(team) -> list[str]:
    return [where for where, check, _ in team.hub.runs.values() if check.status != "completed"]


def forged(bundle: Bundle, **files: bytes) -> Brought:
    added = {path.replace("__", "."): data for path, data in files.items()}
    return Brought(Bundle(statement=bundle.statement, files={**bundle.files, **added}), {})


class TestAnHonestJob:
    def test_the_lock_comes_back_and_the_result_stands_on_the_new_head(self, promoted):
        run = promoted.propose(**BETTER)
        author = promoted.head
        promoted.start(run)
        published = promoted.report(run)
        assert published.conclusion == "success"
        assert promoted.head != author
        assert promoted.repository.commits[promoted.head].parents == (author,)
        changed = {
            path
            for path, data in promoted.repository.files(promoted.head).items()
            if promoted.repository.files(author).get(path) != data
        }
        assert changed == {"dvc.lock", "metrics.json"}
        assert promoted.checks(promoted.head) == [
            ("completed", "success", "✅ tiny: ready to merge, all 2 rules pass")
        ]
        ((status, conclusion, _),) = promoted.checks(author)
        assert status == "completed"
        assert conclusion != "success"

    def test_objects_and_run_records_are_stored(self, promoted, object_name):
        promoted.report(promoted.propose(**BETTER))
        assert object_name("0.2") in promoted.remote.objects
        assert b"lr 0.2" in promoted.remote.objects.values()
        (entry,) = promoted.records.entries(RUNS)
        assert object_name("0.2").encode() in entry.data

    def test_the_one_comment_says_what_merging_does(self, promoted):
        run = promoted.propose(**BETTER)
        promoted.start(run)
        promoted.report(run)
        (body,) = promoted.comments()
        assert "**If merged:** this model replaces v1 as champion" in body
        assert "reproduced by the bot" in body

    def test_a_worse_model_fails_and_its_lock_comes_back_all_the_same(self, promoted, object_name):
        run = promoted.propose(**WORSE)
        published = promoted.report(run)
        assert published.conclusion == "failure"
        assert object_name("0.3").encode() in promoted.repository.files(promoted.head)["dvc.lock"]
        assert promoted.champion() == "lr 0.1"
        assert "auc` is 0.2 lower" in promoted.comments()[0]
        assert "**If merged:** nothing: promotion refuses" in promoted.comments()[0]

    def test_a_change_of_documents_gets_a_green_check_and_no_comment(self, promoted):
        run = promoted.propose(README__md="Tiny, explained.\n")
        before = stored(promoted)
        assert promoted.start(run)
        promoted.report(run)
        assert promoted.comments() == []
        ((status, conclusion, title),) = promoted.checks(promoted.head)
        assert (status, conclusion) == ("completed", "success")
        assert "nothing to judge" in title
        assert stored(promoted) == before

    def test_a_stage_that_failed_is_told_with_its_last_lines_and_nothing_is_stored(self, promoted):
        promoted.workshop.fails("train", 137, "Killed")
        run = promoted.propose(**BETTER)
        before = stored(promoted)
        assert promoted.report(run).conclusion == "failure"
        assert "Killed" in promoted.comments()[0]
        assert stored(promoted) == before

    def test_a_pull_request_that_returns_says_so_and_gets_no_commit(self, promoted):
        first = promoted.repository.files("main")
        promoted.report(promoted.propose(**BETTER))
        promoted.merge()
        promoted.promote()
        promoted.hub.said.clear()
        text = {path: data.decode() for path, data in first.items()}
        run = promoted.propose(**text)
        before = stored(promoted)
        assert promoted.report(run).conclusion == "success"
        assert "return to v1" in promoted.comments()[0]
        assert stored(promoted) == before
        assert promoted.workshop.trained == 1


class TestAgain:
    def test_a_second_invocation_for_the_same_run_says_the_same_and_changes_nothing(self, promoted):
        run = promoted.propose(**BETTER)
        brought = promoted.carried(promoted.reproduce())
        promoted.report(run, brought)
        promoted.hub.pull_request(7)
        before = promoted.state()
        assert promoted.report(run, brought).conclusion == "success"
        assert promoted.state() == before

    def test_a_run_on_the_new_head_changes_neither_branch_nor_remote_nor_records(self, promoted):
        promoted.report(promoted.propose(**BETTER))
        promoted.hub.pull_request(7)
        before = stored(promoted)
        published = promoted.report(promoted.begin())
        assert published.conclusion == "success"
        assert stored(promoted) == before
        assert len(promoted.comments()) == 1

    def test_a_job_that_died_before_its_commit_is_finished_by_the_next(self, promoted, object_name):
        run = promoted.propose(**BETTER)
        brought = promoted.carried(promoted.reproduce())
        parent = promoted.head
        promoted.repository.refs["change"] = promoted.main
        with pytest.raises(StaleError):
            promoted.report(run, brought)
        assert object_name("0.2") in promoted.remote.objects
        promoted.repository.refs["change"] = parent
        assert promoted.report(run, brought).conclusion == "success"
        assert len(promoted.records.entries(RUNS)) == 1
        assert len(promoted.comments()) == 1

    def test_run_records_that_lost_a_race_are_appended_after_the_rivals(self, promoted):
        run = promoted.propose(**BETTER)
        records, rivals = promoted.records, []

        class Raced:
            """Records to which somebody else appends first, twice."""

            def entries(self, branch):
                return records.entries(branch)

            def append(self, branch, after, data, message):
                if len(rivals) < 2:
                    rivals.append(records.append(branch, after, data, "a rival's"))
                return records.append(branch, after, data, message)

        world = promoted.report_world()
        world = replace(world, carry=replace(world.carry, records=Raced()))
        brought = promoted.carried(promoted.reproduce())
        assert report(world, run, promoted.occasion, lambda _run: brought).conclusion == "success"
        assert [entry.commit for entry in records.entries(RUNS)][:2] == rivals
        assert len(records.entries(RUNS)) == 3

    def test_starting_twice_opens_one_check_and_one_comment(self, promoted):
        run = promoted.propose(**BETTER)
        promoted.start(run)
        before = promoted.state()
        promoted.start(run)
        assert promoted.state() == before

    def test_a_start_that_comes_late_does_not_hide_the_result(self, promoted):
        run = promoted.propose(**WORSE)
        promoted.report(run)
        before = promoted.comments()
        promoted.start(run)
        assert promoted.comments() == before


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


class TestArtifacts:
    """What the untrusted job left is taken from its run alone, in memory."""

    @pytest.fixture
    def run(self, promoted):
        return promoted.propose(**BETTER)

    def test_what_an_honest_job_uploaded_arrives(self, promoted, run):
        brought = promoted.carried(promoted.reproduce())
        promoted.hub.artifacts[BUNDLE] = zipped(dict(encode_bundle(brought.bundle)))
        promoted.hub.artifacts[OBJECTS] = zipped(dict(brought.objects))
        assert bundle_of_run(promoted.hub, run) == brought.bundle
        assert objects_of_run(promoted.hub, run) == brought.objects

    def test_a_run_that_uploaded_nothing_brought_nothing(self, promoted, run):
        assert bundle_of_run(promoted.hub, run) is None
        assert objects_of_run(promoted.hub, run) == {}

    def test_a_bomb_is_refused(self, promoted, run):
        promoted.hub.artifacts[BUNDLE] = zipped({"bundle.json": b" " * (80 << 20)})
        with pytest.raises(NotEvaluatedError):
            bundle_of_run(promoted.hub, run)

    def test_what_is_no_archive_is_refused(self, promoted, run):
        promoted.hub.artifacts[BUNDLE] = b"PK, but not really"
        with pytest.raises(NotEvaluatedError):
            bundle_of_run(promoted.hub, run)


class TestNothingUseful:
    def test_a_run_without_evidence_could_not_be_evaluated(self, promoted):
        run = promoted.propose(**BETTER)
        promoted.start(run)
        before = stored(promoted)
        published = promoted.report(run, Brought(None, {}))
        assert published.conclusion == "failure"
        ((status, conclusion, title),) = promoted.checks(promoted.head)
        assert (status, conclusion) == ("completed", "failure")
        assert "could not evaluate" in title
        assert "without evidence" in promoted.comments()[0]
        assert stored(promoted) == before

    @pytest.mark.parametrize(
        "error",
        [
            NotEvaluatedError("The artifact is larger than 20 MiB.", "Bring less."),
            UnavailableError("GitHub did not answer."),
        ],
    )
    def test_evidence_that_cannot_be_read_still_completes_the_check_in_the_same_words(self, promoted, error):
        run = promoted.propose(**BETTER)
        promoted.start(run)
        before = stored(promoted)

        def brought(_run):
            raise error

        with pytest.raises(type(error)):
            report(promoted.report_world(), run, promoted.occasion, brought)
        ((status, conclusion, _),) = promoted.checks(promoted.head)
        assert (status, conclusion) == ("completed", "failure")
        assert error.what in promoted.comments()[0]
        assert stored(promoted) == before

    def test_a_bug_of_ours_completes_the_check_too(self, promoted):
        run = promoted.propose(**BETTER)
        with pytest.raises(ZeroDivisionError):
            report(promoted.report_world(), run, promoted.occasion, lambda _run: 1 // 0)
        ((status, conclusion, _),) = promoted.checks(promoted.head)
        assert (status, conclusion) == ("completed", "failure")

    def test_a_wrong_policy_on_base_is_told_with_its_place(self, promoted):
        promoted.put(**{"policies/tiny__yaml": "version: 1\nmodel: tiny\ncolour: red\n"})
        run = promoted.propose(**{**BETTER, "policies/tiny__yaml": "version: 1\nmodel: tiny\ncolour: blue\n"})
        assert promoted.report(run).conclusion == "failure"
        assert "policies/tiny.yaml:3:1" in promoted.comments()[0]
        assert "colour" in promoted.comments()[0]

    def test_a_broken_pipeline_is_told_with_its_place(self, promoted):
        run = promoted.propose(dvc__yaml="stages: [\n")
        with pytest.raises(InvalidFileError):
            promoted.report(run, Brought(None, {}))
        assert "dvc.yaml:2" in promoted.comments()[0]


class TestMoved:
    def test_a_run_of_a_former_head_tells_nobody(self, promoted):
        run = promoted.propose(**BETTER)
        promoted.move(promoted.repository.files(promoted.head) | {"README.md": b"New.\n"})
        promoted.hub.pull_request(7)
        before = promoted.state()
        assert promoted.report(run, Brought(None, {})) is None
        assert promoted.state() == before

    def test_a_head_that_moved_before_the_job_looked_is_stale(self, promoted):
        run = promoted.propose(**BETTER)
        former = promoted.head
        promoted.start(run)
        promoted.move(promoted.repository.files(former) | {"README.md": b"New.\n"})
        before = stored(promoted)
        published = promoted.report(run, Brought(None, {}))
        assert published.stale
        ((status, conclusion, title),) = promoted.checks(former)
        assert (status, conclusion) == ("completed", "failure")
        assert "stale" in title
        assert stored(promoted) == before

    def test_a_head_that_moves_while_it_is_judged_gets_neither_commit_nor_verdict(self, promoted):
        run = promoted.propose(**BETTER)
        former = promoted.head
        brought = promoted.carried(promoted.reproduce())

        def meanwhile(_run):
            promoted.move(promoted.repository.files(former) | {"README.md": b"New.\n"})
            return brought

        with pytest.raises(StaleError):
            report(promoted.report_world(), run, promoted.occasion, meanwhile)
        assert promoted.repository.files(promoted.head)["README.md"] == b"New.\n"
        assert "lr: 0.2" not in promoted.repository.files(promoted.head)["dvc.lock"].decode()
        assert {status for status, _, _ in promoted.checks(former)} == {"completed"}
        assert "success" not in {conclusion for _, conclusion, _ in promoted.checks(former)}
        assert not any("ready to merge" in body for body in promoted.comments())


class TestLies:
    """The bundle was written by whoever wrote the pull request."""

    @pytest.fixture
    def run(self, promoted):
        return promoted.propose(**WORSE)

    @pytest.fixture
    def refused(self, promoted, run):
        """Report what is brought; it must be refused, told, and leave no trace."""

        def tried(brought: Brought, why: str) -> None:
            before = stored(promoted)
            with pytest.raises(NotEvaluatedError, match=why):
                promoted.report(run, brought)
            assert stored(promoted) == before
            ((status, conclusion, title),) = promoted.checks(promoted.head)
            assert (status, conclusion) == ("completed", "failure")
            assert "could not evaluate" in title
            assert len(promoted.comments()) == 1

        return tried

    def test_a_stage_that_did_not_run(self, promoted, refused):
        bundle = promoted.reproduce()
        told = bundle.statement.model_copy(update={"ran": bundle.statement.ran[1:]})
        refused(promoted.carried(Bundle(statement=told, files=bundle.files)), "stages that did not run")

    def test_a_stage_that_the_change_does_not_concern(self, promoted, refused):
        bundle = promoted.reproduce()
        more = (*bundle.statement.ran, BundleStage(name="deploy", seconds=1.0))
        told = bundle.statement.model_copy(update={"ran": more})
        refused(promoted.carried(Bundle(statement=told, files=bundle.files)), "does not make out of date")

    def test_nothing_ran_where_something_has_to(self, promoted, refused):
        told = Statement(bot="0.1.0", head=promoted.head, outcome="nothing")
        refused(Brought(Bundle(statement=told, files={}), {}), "evidence bundle")

    @pytest.mark.parametrize(
        "path",
        [
            ".github/workflows/model-promote__yml",
            "policies/tiny__yaml",
            "params__yaml",
            "train__py",
            "dvc__yaml",
            ".dvc/config",
            "metrics__json/../train__py",
        ],
    )
    def test_a_file_that_no_stage_may_write(self, promoted, refused, path):
        refused(forged(promoted.reproduce(), **{path: b"forged"}), "evidence bundle")

    def test_a_number_that_the_lock_does_not_name(self, promoted, refused):
        refused(forged(promoted.reproduce(), metrics__json=b'{"auc": 0.99}'), "evidence bundle")

    def test_the_lock_of_another_run(self, promoted, refused, lock_of):
        files = promoted.repository.files("HEAD")
        refused(forged(promoted.reproduce(), dvc__lock=lock_of(files, "0.2")), "evidence bundle")

    def test_objects_that_were_not_brought(self, promoted, run, object_name):
        before = stored(promoted)
        with pytest.raises(NotEvaluatedError, match=object_name("0.3")):
            promoted.report(run, Brought(promoted.reproduce(), {}))
        assert stored(promoted) == before
        assert {status for status, _, _ in promoted.checks(promoted.head)} == {"completed"}

    def test_objects_with_other_bytes_are_not_stored_under_that_name(self, promoted, run):
        brought = promoted.carried(promoted.reproduce())
        weights = next(path for path, data in brought.objects.items() if data == b"lr 0.3")
        name = weights.removeprefix("files/md5/").replace("/", "")
        with pytest.raises(NotEvaluatedError, match=name):
            promoted.report(run, Brought(brought.bundle, {**brought.objects, weights: b"lr 9.9"}))
        assert b"lr 9.9" not in promoted.remote.objects.values()
        assert promoted.head == promoted.repository.refs["change"]
        assert "dvc.lock" in promoted.repository.files(promoted.head)
        assert promoted.records.entries(RUNS) == ()

    def test_objects_that_nobody_named_are_not_stored(self, promoted, run):
        brought = promoted.carried(promoted.reproduce())
        extra = {**brought.objects, "files/md5/aa/" + "a" * 30: b"smuggled"}
        promoted.report(run, Brought(brought.bundle, extra))
        assert b"smuggled" not in promoted.remote.objects.values()

    def test_evidence_about_another_head_is_none(self, promoted, run):
        bundle = promoted.reproduce()
        told = bundle.statement.model_copy(update={"head": "a" * 40})
        before = stored(promoted)
        published = promoted.report(run, Brought(Bundle(statement=told, files=bundle.files), {}))
        assert published.conclusion == "failure"
        assert stored(promoted) == before

    def test_another_workflow_is_not_reported_at_all(self, promoted, run):
        known = promoted.hub.runs_known
        known[run] = replace(known[run], workflow_path=".github/workflows/evil.yml")
        before = promoted.state()
        with pytest.raises(NotEvaluatedError, match="evil"):
            promoted.report(run, Brought(None, {}))
        assert promoted.state() == before


class TestFork:
    """A pull request from a fork is reported on its own head; nothing of it is written here."""

    def test_without_its_own_lock_it_is_not_green_and_nothing_is_written(self, promoted):
        run = promoted.propose(repository=FORK, **BETTER)
        head, before = promoted.head, stored(promoted)
        promoted.start(run)
        published = promoted.report(run)
        assert published.conclusion == "failure"
        assert stored(promoted) == before
        assert promoted.head == head
        ((_, conclusion, title),) = promoted.checks(head)
        assert (conclusion, title) == ("failure", "❗ tiny: could not evaluate")

    def test_with_its_own_lock_and_objects_it_is_judged_on_its_own_head(self, promoted, committed):
        run = promoted.propose(repository=FORK, **committed("0.2"))
        promoted.remote.objects |= promoted.workshop.cache.objects
        head, before = promoted.head, stored(promoted)
        assert promoted.report(run).conclusion == "success"
        assert stored(promoted) == before
        assert promoted.head == head

    def test_a_branch_of_the_same_name_here_is_left_alone(self, promoted):
        promoted.repository.refs["change"] = promoted.main
        run = promoted.propose(repository=FORK, **BETTER)
        promoted.repository.refs["change"] = promoted.head
        before = stored(promoted)
        promoted.report(run)
        assert stored(promoted) == before

    def test_the_comment_says_what_is_missing_for_a_promotion(self, promoted):
        promoted.report(promoted.propose(repository=FORK, **BETTER))
        (body,) = promoted.comments()
        assert "Promotion would refuse this when merged: dvc.lock is out of date" in body
        assert "dvc repro" in body
        assert "replaces v1" not in body

    def test_and_so_it_is_when_it_is_merged(self, promoted):
        promoted.report(promoted.propose(repository=FORK, **BETTER))
        promoted.merge()
        with pytest.raises(NotEvaluatedError, match="would have to run"):
            promoted.promote()
        assert promoted.champion() == "lr 0.1"

    def test_a_worse_model_from_a_fork_fails(self, promoted):
        run = promoted.propose(repository=FORK, **WORSE)
        before = stored(promoted)
        assert promoted.report(run).conclusion == "failure"
        assert stored(promoted) == before


class TestTheCheckIsAlwaysCompleted:
    """A check run in progress on a head blocks it and says nothing: every way out completes it."""

    def test_github_that_fails_at_the_new_head_leaves_a_completed_check_there(self, promoted):
        run = promoted.propose(**BETTER)
        former = promoted.head
        promoted.start(run)
        promoted.hub.breaks["start_check"] = (2,)
        with pytest.raises(UnavailableError):
            promoted.report(run)
        assert promoted.head != former
        ((status, conclusion, title),) = promoted.checks(promoted.head)
        assert (status, conclusion, title) == ("completed", "failure", "could not evaluate")
        assert open_checks(promoted) == []

    def test_a_failure_after_the_lock_commit_is_told_on_the_new_head(self, promoted):
        run = promoted.propose(**BETTER)
        promoted.start(run)
        promoted.hub.breaks["complete_check"] = (1,)
        with pytest.raises(UnavailableError):
            promoted.report(run)
        assert [conclusion for _, conclusion, _ in promoted.checks(promoted.head)] == ["failure"]
        assert open_checks(promoted) == []

    def test_a_job_that_died_after_its_commit_is_finished_by_the_next(self, promoted):
        run = promoted.propose(**BETTER)
        author = promoted.head
        brought = promoted.carried(promoted.reproduce())
        promoted.start(run)
        promoted.hub.breaks["start_check"] = tuple(range(2, 9))
        with pytest.raises(UnavailableError):
            promoted.report(run, brought)
        promoted.hub.breaks.clear()
        promoted.hub.pull_request(7)
        tip = promoted.head
        assert (promoted.repository.commits[tip].parents, promoted.checks(tip)) == ((author,), [])
        assert promoted.report(run, brought).conclusion == "success"
        assert promoted.head == tip
        assert [conclusion for _, conclusion, _ in promoted.checks(tip)] == ["success"]
        assert "success" not in {conclusion for _, conclusion, _ in promoted.checks(author)}
        assert open_checks(promoted) == []
        (body,) = promoted.comments()
        assert "ready to merge" in body

    @pytest.mark.parametrize("more", [{"README.md": b"New.\n"}, {"metrics.json": b'{"auc": 0.99}'}])
    def test_an_authors_commit_with_our_lock_does_not_inherit_the_result(self, promoted, more):
        run = promoted.propose(**BETTER)
        former, files = promoted.head, promoted.repository.files(promoted.head)
        brought = promoted.carried(promoted.reproduce())
        promoted.start(run)
        promoted.move(files | dict(brought.bundle.files) | more)
        promoted.hub.pull_request(7)
        before = stored(promoted), promoted.comments()
        assert promoted.report(run, brought) is None
        assert (stored(promoted), promoted.comments()) == before
        assert promoted.checks(promoted.head) == []
        assert [conclusion for _, conclusion, _ in promoted.checks(former)] == ["failure"]

    def test_superseding_the_former_head_cannot_take_the_result_back(self, promoted):
        run = promoted.propose(**BETTER)
        promoted.start(run)
        promoted.hub.breaks["complete_check"] = (2,)
        with pytest.raises(UnavailableError):
            promoted.report(run)
        assert [conclusion for _, conclusion, _ in promoted.checks(promoted.head)] == ["success"]
        assert "ready to merge" in promoted.comments()[0]

    def test_a_pull_request_that_was_closed_meanwhile(self, promoted):
        run = promoted.propose(**BETTER)
        promoted.start(run)
        promoted.hub.pull = replace(promoted.hub.pull, state="closed")
        assert promoted.report(run, Brought(None, {})) is None
        assert promoted.checks(promoted.head) == [("completed", "failure", "closed or moved on")]

    def test_a_head_that_moved_meanwhile_leaves_other_runs_checks_alone(self, promoted):
        run = promoted.propose(**BETTER)
        former = promoted.head
        promoted.start(run)
        promoted.start(promoted.begin())
        promoted.move(promoted.repository.files(former) | {"README.md": b"New.\n"})
        promoted.hub.pull_request(7)
        assert promoted.report(run, Brought(None, {})) is None
        assert [status for status, _, _ in promoted.checks(former)] == ["completed", "in_progress"]

    def test_the_check_of_an_attempt_that_was_started_again(self, promoted):
        run = promoted.propose(**BETTER)
        promoted.start(run)
        known = promoted.hub.runs_known
        known[run] = replace(known[run], attempt=2)
        promoted.start(run)
        promoted.report(run)
        assert open_checks(promoted) == []
        assert promoted.checks(promoted.head)[-1][1] == "success"

    @pytest.mark.parametrize("given", [BETTER, {"README__md": "Tiny, explained.\n"}])
    def test_a_remote_that_is_not_configured_is_told_where_it_is_needed(self, promoted, given):
        run = promoted.propose(**given)
        brought = promoted.carried(promoted.reproduce())
        promoted.start(run)

        def remote():
            raise InvalidInputError("MODELBOT_DVC_REMOTE is not set.")

        world = promoted.report_world()
        world = replace(world, carry=replace(world.carry, objects=remote))
        if given is BETTER:
            with pytest.raises(InvalidInputError):
                report(world, run, promoted.occasion, lambda _run: brought)
            assert "MODELBOT_DVC_REMOTE is not set" in promoted.comments()[0]
            assert [conclusion for _, conclusion, _ in promoted.checks(promoted.head)] == ["failure"]
        else:
            assert report(world, run, promoted.occasion, lambda _run: brought).conclusion == "success"
        assert open_checks(promoted) == []

    def test_two_pull_requests_of_one_head_get_no_green_check(self, promoted):
        promoted.report(promoted.propose(README__md="Tiny, explained.\n"))
        promoted.hub.sharing = (replace(promoted.hub.pull, number=8, base_branch="release"),)
        run = promoted.begin()
        assert not promoted.start(run)
        assert promoted.checks(promoted.head)[-1][:2] == ("completed", "failure")
        assert promoted.report(run, Brought(None, {})) is None
        assert [conclusion for _, conclusion, _ in promoted.checks(promoted.head)] == ["success", "failure"]
        assert promoted.comments() == []


class TestWhatPromotionWouldRefuse:
    """What cannot be promoted after the merge is not green before it."""

    @pytest.fixture
    def refused(self, promoted):
        """The pull request is could not evaluate for this reason, and merging it promotes nothing."""

        def tried(run: int, why: str) -> None:
            assert promoted.report(run).conclusion == "failure"
            assert why in promoted.comments()[0]
            assert "could not evaluate" in promoted.comments()[0]
            promoted.merge()
            with pytest.raises(ModelbotError):
                promoted.promote()
            assert promoted.champion() == "lr 0.1"

        return tried

    def test_a_policy_that_the_pull_request_breaks(self, promoted, refused):
        broken = "version: 1\nmodel: tiny\ncolour: red\n"
        refused(promoted.propose(**{"policies/tiny__yaml": broken}), "policies/tiny.yaml:3:1")

    def test_a_lock_whose_model_nobody_pushed(self, promoted, committed, object_name):
        run = promoted.propose(**committed("0.2"))
        assert promoted.report(run).conclusion == "failure"
        assert (
            f"{object_name('0.2')}, which dvc.lock names, is not on the DVC remote" in promoted.comments()[0]
        )

    def test_a_lock_whose_model_is_pushed_is_judged(self, promoted, committed):
        run = promoted.propose(**committed("0.2"))
        promoted.remote.objects |= promoted.workshop.cache.objects
        assert promoted.report(run).conclusion == "success"

    def test_no_lock_at_all_for_frozen_stages(self, promoted, refused):
        frozen = promoted.repository.files("main")["dvc.yaml"].decode()
        frozen = frozen.replace("    cmd: python", "    frozen: true\n    cmd: python")
        run = promoted.propose(dvc__yaml=frozen, metrics__json='{"auc": 0.99}', removed=("dvc.lock",))
        refused(run, "dvc.lock does not say which bytes model has")


class TestWhatIsLookedAt:
    def test_a_change_of_documents_downloads_nothing(self, promoted):
        run = promoted.propose(README__md="Tiny, explained.\n")
        published = report(promoted.report_world(), run, promoted.occasion, lambda _run: 1 // 0)
        assert published.conclusion == "success"

    def test_a_metrics_file_that_no_stage_writes_is_judged_when_it_is_edited(self, team):
        files = team.repository.files("main")
        pipeline = (
            files["dvc.yaml"]
            .decode()
            .replace("    metrics:\n      - metrics.json: {cache: false}\n", "    outs: [scores.bin]\n")
        )
        lock = files["dvc.lock"].decode().replace("path: metrics.json", "path: scores.bin")
        team.put(dvc__yaml=pipeline + "metrics:\n  - metrics.json\n", dvc__lock=lock)
        run = team.propose(metrics__json='{"auc": 0.01}')
        assert team.report(run).conclusion == "failure"
        assert "0.01" in team.comments()[0]


class TestHowOftenTheTestSetDecided:
    def test_the_report_counts_what_the_ledger_knows_and_is_none_the_worse_for_it(self, promoted):
        run = promoted.propose(params__yaml="lr: 0.2\n")
        promoted.report(run)
        (body,) = promoted.comments()
        assert "This test set has decided 1 promotion since" in body
        assert "ready to merge" in body

    def test_another_evaluator_begins_anew(self, promoted):
        other = promoted.repository.files("main")["evaluate.py"].decode() + "# Anew.\n"
        promoted.report(promoted.propose(params__yaml="lr: 0.2\n", evaluate__py=other))
        (body,) = promoted.comments()
        assert "This test set has decided" not in body

    def test_before_the_first_decision_nothing_is_said(self, team):
        team.report(team.propose(params__yaml="lr: 0.2\n"))
        (body,) = team.comments()
        assert "This test set has decided" not in body

    def test_a_refusal_after_a_merge_counts_too(self, promoted):
        promoted.report(promoted.propose(params__yaml="lr: 0.3\n"))
        promoted.merge()
        assert promoted.promote().exit_code == 1
        promoted.report(promoted.propose(params__yaml="lr: 0.2\n"))
        assert "This test set has decided 1 promotion and 1 refusal since" in promoted.comments()[-1]


SETUP = """\
version: 1
model: tiny
artifact: model
metrics:
  auc: {better: higher, min: 0.7, max_regression: 0.01}
pipeline: {setup: uv sync --frozen}
"""


class TestWhatChanged:
    def test_a_change_of_what_measures_the_model_is_told_first(self, promoted):
        evaluate = promoted.repository.files("main")["evaluate.py"].decode() + "# rounded\n"
        promoted.report(promoted.propose(evaluate__py=evaluate))
        (body,) = promoted.comments()
        assert "<summary>What changed: what measures the model, 1 file</summary>" in body
        assert "- **What measures the model changed:** `evaluate.py`, read by `evaluate`" in body
        assert "| `evaluate.py` | changed | +1 | `evaluate` |" in body

    def test_a_change_of_what_trains_the_model_is_told_without_that(self, promoted):
        train = promoted.repository.files("main")["train.py"].decode() + "# faster\n"
        promoted.report(promoted.propose(train__py=train, params__yaml="lr: 0.2\n"))
        (body,) = promoted.comments()
        assert "What changed: 1 file, 1 parameter, 1 data path" in body
        assert "What measures the model" not in body

    def test_without_a_policy_on_base_the_pull_requests_own_says_what_measures(self, team):
        evaluate = team.repository.files("main")["evaluate.py"].decode() + "# rounded\n"
        policy = team.repository.files("main")["policies/tiny.yaml"].decode()
        bare = {path: data for path, data in team.repository.files("main").items() if "policies" not in path}
        team.repository.refs["main"] = team.repository.add(bare, team.main)
        text = {"policies/tiny.yaml": policy, "evaluate.py": evaluate}
        team.report(team.propose(**text))
        assert "What measures the model changed" in team.comments()[0]

    def test_a_lock_file_that_the_setup_command_names_is_told_by_its_versions(self, promoted):
        policy = promoted.repository.files("main")["policies/tiny.yaml"].decode()
        promoted.put(
            **{
                "policies/tiny.yaml": policy + "pipeline: {setup: pip install -r env/requirements.lock}\n",
                "env/requirements.lock": "numpy==1.26.4 \\\n    --hash=sha256:aa\nsix==1\n",
                ".python-version": "3.11\n",
            }
        )
        newer = {"env/requirements.lock": "numpy==2.1.0\nsix==2\n", ".python-version": "3.12\n"}
        promoted.report(promoted.propose(params__yaml="lr: 0.2\n", **newer))
        (body,) = promoted.comments()
        assert "What changed: Python, 2 packages, 1 parameter" in body
        assert "| Python | `3.11` | `3.12` | `.python-version` |" in body
        assert "| numpy | `1.26.4` | `2.1.0` | `env/requirements.lock` |" in body
        assert "- and 1 more package in `env/requirements.lock`" in body

    def test_a_lock_file_that_cannot_be_read_is_told_and_hinders_nothing(self, promoted):
        promoted.put(**{"uv.lock": "version = 1\n", "policies/tiny.yaml": SETUP})
        published = promoted.report(promoted.propose(params__yaml="lr: 0.2\n", **{"uv.lock": "version ="}))
        assert published.conclusion == "success"
        (body,) = promoted.comments()
        assert "What changed: 1 lock file, 1 parameter" in body
        assert "- `uv.lock` differs and cannot be read: `line 1, column 10: broken TOML" in body


class TestWhatItCost:
    def test_nothing_is_said_of_the_time_of_a_stage_that_is_not_on_record(self, promoted):
        evaluate = promoted.repository.files("main")["evaluate.py"].decode() + "# rounded\n"
        promoted.report(promoted.propose(evaluate__py=evaluate))
        assert re.search(
            r"<summary>Pipeline: 1 ran( in [\d.]+ s)?, 1 up to date</summary>", promoted.comments()[0]
        )

    def test_a_stage_that_is_up_to_date_is_told_with_the_time_of_the_run_that_made_it(self, promoted):
        promoted.report(promoted.propose(**BETTER))
        promoted.merge()
        promoted.promote()
        promoted.hub.shelve()
        promoted.hub.pull = replace(promoted.hub.pull, state="open", merged=False)
        evaluate = promoted.repository.files("main")["evaluate.py"].decode() + "# rounded\n"
        promoted.report(promoted.propose(evaluate__py=evaluate))
        (body,) = promoted.comments()
        assert re.search(r"; 1 up to date, which took [\d.]+ s when it ran</summary>", body)
        assert re.search(r"\| `train` \| up to date \| took [\d.]+ s \|", body)


class TestTrend:
    @pytest.fixture
    def three(self, promoted):
        """Three versions, promoted one after the other."""
        for rate in ("0.4", "0.2"):
            promoted.report(promoted.propose(params__yaml=f"lr: {rate}\n"))
            promoted.merge()
            assert promoted.promote(github=False).exit_code == 0
            promoted.hub.shelve()
            promoted.hub.pull = replace(promoted.hub.pull, state="open", merged=False)
        return promoted

    def test_three_promotions_and_this_pull_request_are_drawn(self, three):
        three.report(three.propose(params__yaml="lr: 0.3\n"))
        (body,) = three.comments()
        assert "| Last promotions |" in body
        assert "| ▇██▁ |" in body
        assert (
            "- Last promotions: v1 to v3, oldest first, then this pull request; it decides nothing." in body
        )

    def test_two_promotions_are_no_trend(self, promoted):
        promoted.report(promoted.propose(params__yaml="lr: 0.3\n"))
        assert "Last promotions" not in promoted.comments()[0]

    def test_what_was_measured_otherwise_is_not_drawn(self, three):
        evaluate = three.repository.files("main")["evaluate.py"].decode() + "# rounded\n"
        three.report(three.propose(params__yaml="lr: 0.3\n", evaluate__py=evaluate))
        assert "Last promotions" not in three.comments()[0]
