"""The acts of the demo, read back from Git, GitHub on localhost, MLflow and the ledger."""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.adapters.mlflow import MlflowRegistry
from bot.evidence.archive import Limits, unzip
from bot.evidence.bundle import parse_bundle
from bot.evidence.facts import EvidenceLevel
from bot.localhost.actions.log import Conclusion
from bot.localhost.demo.person import Refusal
from bot.localhost.demo.run import show
from bot.localhost.demo.town import MODEL, PRODUCTION, REPOSITORY
from bot.promotion.records import Intent, Promoted, Refused

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


def modelbot(told, *arguments):
    """The command line in ana's clone, without a token: her machine reads what everybody may read."""
    ana = told.town.people["ana"]
    outcome = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ana.clone(REPOSITORY),
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(ana.home.parent),
            "MLFLOW_TRACKING_URI": told.town.places.registry,
            "MODELBOT_DVC_REMOTE": str(told.town.places.remote),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.returncode, outcome.stdout, outcome.stderr


def heading(body):
    return next(line for line in body.splitlines() if line.startswith("### ")).removeprefix("### ")


def objects_of(told, revision):
    """The md5 names in a revision's dvc.lock."""
    lines = told.git("show", f"{revision}:dvc.lock").splitlines()
    return {line.split()[1] for line in lines if line.strip().startswith("md5: ")}


class TestFirstPromotion:
    def test_version_1_is_champion_and_nothing_was_before_it(self, told):
        assert told.first.version == "1"
        assert told.first.previous is None

    def test_tag_ledger_and_served_bytes_have_one_digest(self, told):
        intent, promoted = told.first.records
        assert isinstance(intent, Intent)
        assert isinstance(promoted, Promoted)
        assert len(told.first.served) == 64
        assert told.first.champion.digest == promoted.artifact.digest == told.first.served

    def test_the_ledger_says_what_was_announced_before_what_was_done(self, told):
        intent, promoted = told.first.records
        assert (intent.key, intent.before, intent.returning) == (promoted.key, None, False)
        assert promoted.origin.head == told.first.main
        assert promoted.judgement.passes

    def test_the_lock_of_main_names_the_promoted_model(self, told):
        assert told.first.records[-1].artifact.lock_md5 in objects_of(told, told.first.main)

    def test_the_deployment_succeeded(self, told):
        (deployment,) = told.first.deployments
        assert (deployment.environment, deployment.sha) == (PRODUCTION, told.first.main)
        assert deployment.states == ("success",)


class TestBetterModel:
    def test_the_author_commits_parameters_and_the_bot_everything_that_follows_from_them(self, told):
        author, lock = told.commits(told.weather)
        assert told.changed(author) == {"params.yaml"}
        assert told.changed(lock) == {
            "dvc.lock",
            "eval/metrics.json",
            "eval/plots/roc.json",
            "eval/plots/calibration.json",
        }
        assert told.git("show", "--no-patch", "--format=%an", lock) == "modelbot"
        assert lock == told.weather.pull.head_sha

    def test_the_check_on_the_new_head_is_green(self, told):
        assert (told.weather.check.status, told.weather.check.conclusion) == ("completed", "success")
        assert told.weather.check.app == "github-actions[bot]"

    def test_the_check_on_the_former_head_is_closed_and_not_green(self, told):
        author, _ = told.commits(told.weather)
        checks = told.town.github.snapshot(REPOSITORY).check_runs(author)
        (check,) = [check for check in checks if check.name == "modelbot"]
        assert check.status == "completed"
        assert check.conclusion != "success"

    def test_the_comment_says_so_once(self, told):
        (body,) = told.weather.own
        assert heading(body) == "✅ flights: ready to merge, all 54 rules pass"
        assert "**If merged:** this model replaces v1 as champion" in body
        assert told.weather.pull.head_sha[:7] in body

    def test_only_the_stages_that_the_parameters_concern_ran(self, told):
        text = "".join(
            job.log.text()
            for job in told.better.jobs
            if job.workflow == "model-pr" and told.commits(told.weather)[0][:12] in job.log.text()
        )
        assert [
            f"Running stage '{name}'" in text for name in ("ingest", "features", "train", "evaluate")
        ] == [
            False,
            False,
            True,
            True,
        ]

    def test_every_object_is_on_the_remote_under_the_hash_of_its_bytes(self, told):
        store = told.town.places.remote / "files" / "md5"
        found = {path.parent.name + path.name: path for path in store.glob("??/*")}
        assert len(found) > 10
        for name, path in found.items():
            assert hashlib.md5(path.read_bytes()).hexdigest() == name.removesuffix(".dir")
        lock = told.git("show", f"{told.better.main}:dvc.lock")
        cached = [told.better.records[-1].artifact.lock_md5]
        assert cached[0] in lock
        members = json.loads(found[cached[0]].read_bytes())
        assert {member["md5"] for member in members} <= set(found)

    def test_version_2_is_champion_and_version_1_previous(self, told):
        assert (told.better.version, told.better.previous.version) == ("2", "1")
        assert told.better.served == told.better.champion.digest != told.first.served

    def test_what_follows_the_alias_predicts_something_else(self, told):
        assert told.predicted(2) != told.predicted(1)

    def test_the_ledger_names_pull_request_people_and_level(self, told):
        intent, promoted = told.better.records[2:]
        assert isinstance(intent, Intent)
        assert isinstance(promoted, Promoted)
        assert promoted.origin.pull_request == intent.origin.pull_request == told.weather.pull.number
        assert (promoted.origin.author, promoted.origin.approvers) == ("ben", ("ana",))
        assert promoted.origin.merge == told.better.main
        assert (promoted.before, promoted.version, promoted.supersedes) == ("1", "2", told.first.served)
        assert promoted.judgement.level is EvidenceLevel.RESCORED

    def test_the_deployment_succeeded_and_the_former_is_inactive(self, told):
        former, latest = told.better.deployments
        assert former.states == ("success", "inactive")
        assert (latest.sha, latest.states) == (told.better.main, ("success",))


class TestWorseSlice:
    def test_the_comment_names_the_slices_that_were_left_out_of_training(self, told):
        (body,) = told.faster.own
        assert heading(body).startswith("❌ flights: do not merge yet, ")
        why = body.split("| Metric |")[0]
        assert "`log_loss` for `carrier=MQ`" in why
        assert "`log_loss` for `carrier=9E`" in why
        assert "policies/flights.yaml:22" in why
        assert "**If merged:** nothing: promotion refuses" in why

    def test_the_whole_test_set_would_have_let_it_pass(self, told):
        (body,) = told.faster.own
        table = body.split("| Metric |")[1].split("\n\n")[0].splitlines()
        whole = [line for line in table if "**auc** ↑ |" in line or "**log_loss** ↓ |" in line]
        assert len(whole) == 2
        assert all("within the limit" in line for line in whole)

    def test_the_check_is_red(self, told):
        assert (told.faster.check.status, told.faster.check.conclusion) == ("completed", "failure")

    def test_github_refuses_the_merge_although_it_was_approved(self, told):
        assert isinstance(told.refusal, Refusal)
        assert told.refusal.status == 405
        assert told.refusal.words == 'Required status check "modelbot" is failing.'
        approved = told.town.github.snapshot(REPOSITORY).reviews(told.faster.pull.number)
        assert [(review.author, review.state) for review in approved] == [("ana", "APPROVED")]
        assert told.faster.pull.state == "open"

    def test_champion_and_ledger_are_as_they_were(self, told):
        assert told.worse.champion == told.better.champion
        assert told.worse.served == told.better.served
        assert told.worse.records == told.better.records
        assert told.worse.deployments == told.better.deployments


class TestRevert:
    def test_the_pull_request_is_green_and_says_where_it_returns_to(self, told):
        (body,) = told.back.own
        assert heading(body).startswith("✅ flights: ready to merge, a return to v1")
        assert "**If merged:** return to v1, without training" in body
        assert (told.back.check.status, told.back.check.conclusion) == ("completed", "success")

    def test_no_model_was_trained_and_no_stage_run(self, told):
        assert told.returned.trainings - told.worse.trainings == 0
        (run,) = [
            run
            for run in told.town.github.snapshot(REPOSITORY).runs()
            if run.head_sha == told.back.pull.head_sha and run.name == "model-pr"
        ]
        packed = told.town.github.artifact(REPOSITORY, run.id, "modelbot-bundle")
        statement = parse_bundle(unzip(packed, "modelbot-bundle", Limits())).statement
        assert (statement.outcome, statement.ran, statement.restored) == ("nothing", (), ())
        assert "modelbot-objects" not in run.artifacts

    def test_the_count_of_trainings_can_count(self, told):
        assert told.worse.trainings == 2

    def test_the_bot_adds_no_commit_to_it(self, told):
        authors = told.git("log", "--format=%an", f"{told.worse.main}..{told.back.pull.head_sha}")
        assert authors.split("\n") == ["ana"]

    def test_the_former_version_is_champion_again_with_the_same_bytes(self, told):
        assert (told.returned.version, told.returned.previous.version) == ("1", "2")
        assert told.returned.champion == told.first.champion
        assert told.returned.served == told.first.served

    def test_what_follows_the_alias_predicts_as_it_did_at_first(self, told):
        assert told.predicted(6) == told.predicted(1)

    def test_the_ledger_calls_it_a_return(self, told):
        intent, promoted = told.returned.records[4:]
        assert (intent.kind, promoted.kind) == ("intent", "promoted")
        assert (promoted.returning, promoted.version, promoted.before) == (True, "1", "2")
        assert promoted.artifact.digest == told.first.served
        assert promoted.origin.pull_request == told.back.pull.number
        assert promoted.origin.approvers == ("ben",)

    def test_no_version_was_registered_for_it(self, told):
        registry = MlflowRegistry(told.town.places.registry)
        keys = {record.key for record in told.returned.records if isinstance(record, Promoted)}
        found = [version.version for key in keys for version in registry.find(MODEL, key)]
        assert sorted(found) == ["1", "2"]


class TestRunRecords:
    """What the trusted job wrote down of the stages that really ran."""

    def test_there_is_one_entry_for_each_pull_request_that_ran_something_and_none_for_the_revert(self, told):
        runs = told.git("log", "--format=%s", "refs/heads/modelbot/runs").splitlines()
        ran = [line for line in runs if line.startswith("Ran ")]
        assert sorted(line.split("#")[1] for line in ran) == ["1", "2", "4", "5"]

    def test_every_model_that_was_proposed_was_scored_by_mains_evaluator_once(self, told):
        runs = told.git("log", "--format=%s", "refs/heads/modelbot/runs").splitlines()
        scored = [int(line.split()[1]) for line in runs if line.startswith("Scored ")]
        assert sum(scored) >= 5
        levels = {one.judgement.level for one in told.overruled.records if isinstance(one, Promoted)}
        assert levels == {EvidenceLevel.RESCORED}


class TestRunningAgain:
    def test_the_hourly_run_changes_nothing(self, told):
        assert told.again.champion == told.returned.champion
        assert told.again.previous == told.returned.previous
        assert told.again.records == told.returned.records
        assert told.again.deployments == told.returned.deployments

    def test_it_asks_no_reviewer(self, told):
        fresh = told.again.jobs[len(told.returned.jobs) :]
        assert {(job.job, job.conclusion) for job in fresh} == {
            ("rescore", Conclusion.SUCCESS),
            ("plan", Conclusion.SUCCESS),
            ("apply", Conclusion.SKIPPED),
            ("drift", Conclusion.SUCCESS),
        }


class TestTooClose:
    """Act 4: one slice is too close to call."""

    def test_the_check_waits_for_an_approval_and_passes_with_it(self, told):
        (act,) = [act for act in told.acts if act.number == 4]
        assert "check action_required, and success when ana approves" in act.came_of_it
        (body,) = told.finer.own
        assert (told.finer.check.status, told.finer.check.conclusion) == ("completed", "success")
        assert (
            heading(body)
            == "✅ flights: ready to merge, 1 of 54 rules is inconclusive (approved by a person)"
        )
        assert "**Approved:** by `ana`" in body

    def test_it_says_what_the_rows_can_show_and_how_many_could_tell(self, told):
        (line,) = [line for line in told.finer.own[0].splitlines() if line.startswith("**Inconclusive:**")]
        assert "`auc` for `carrier=9E` may be worse by more than the limit 0.03" in line
        assert re.search(r"468 test rows show a change of about 0\.0\d+", line)
        assert re.search(r"about \d,\d{3} could tell", line)

    def test_her_answer_is_honoured_and_recorded(self, told):
        assert (told.decided.version, told.decided.previous.version) == ("3", "1")
        promoted = told.decided.records[-1]
        assert isinstance(promoted, Promoted)
        assert promoted.origin.pull_request == told.finer.pull.number
        assert promoted.origin.approvers == ("ana",)
        assert promoted.artifact.digest == told.decided.served

    def test_what_follows_the_alias_predicts_otherwise(self, told):
        assert told.predicted(4) != told.predicted(6)


class TestMergedPastTheRedCheck:
    """Ana administers the repository and merges the change of act 3 all the same, proposed again."""

    def test_github_let_her(self, told):
        pull = told.town.github.snapshot(REPOSITORY).pull(told.forced.pull.number)
        assert (pull.state, pull.merged_by) == ("merged", "ana")
        assert pull.merge_sha == told.overruled.main

    def test_promotion_refuses_and_the_run_is_red(self, told):
        _, plan, apply = [
            job for job in told.overruled.since(told.decided) if job.workflow == "model-promote"
        ]
        assert (plan.job, plan.conclusion) == ("plan", Conclusion.SUCCESS)
        assert "Version 3 stays champion" in plan.log.text()
        assert (apply.job, apply.conclusion) == ("apply", Conclusion.FAILURE)
        assert "refused; the champion stays" in apply.log.text()
        assert "carrier=MQ" in apply.log.text()
        assert "exit code 1" in apply.log.text()

    def test_the_champion_stays(self, told):
        assert told.overruled.champion == told.decided.champion
        assert told.overruled.previous == told.decided.previous
        assert told.overruled.served == told.decided.served

    def test_the_refusal_is_in_the_ledger_with_its_reasons(self, told):
        (refused,) = told.overruled.records[len(told.decided.records) :]
        assert isinstance(refused, Refused)
        assert (refused.exit_code, refused.champion) == (1, "3")
        assert refused.origin.head == told.overruled.main
        assert refused.origin.pull_request == told.forced.pull.number
        assert any("carrier=MQ" in reason for reason in refused.reasons)
        assert not refused.judgement.passes

    def test_github_shows_a_failed_deployment_and_the_pull_request_is_told(self, told):
        failed = told.overruled.deployments[-1]
        assert (failed.sha, failed.states) == (told.overruled.main, ("failure",))
        comments = told.town.github.snapshot(REPOSITORY).comments(told.forced.pull.number)
        (own,) = [comment.body for comment in comments if comment.author == "github-actions[bot]"]
        note = own.split("### ")[0]
        assert "**Not promoted.**" in note
        assert "Version 3 stays champion." in note


class TestWhatIsLeft:
    def test_each_pull_request_has_one_comment_of_ours(self, told):
        snapshot = told.town.github.snapshot(REPOSITORY)
        authors = Counter(
            (pull.number, comment.author)
            for pull in snapshot.pulls()
            for comment in snapshot.comments(pull.number)
        )
        assert authors == {(number, "github-actions[bot]"): 1 for number in (1, 2, 3, 4, 5)}

    def test_no_check_of_ours_is_left_open(self, told):
        snapshot = told.town.github.snapshot(REPOSITORY)
        shas = told.git("rev-list", "--all").split()
        checks = [check for sha in shas for check in snapshot.check_runs(sha) if check.name == "modelbot"]
        assert len(checks) >= 5
        assert {check.status for check in checks} == {"completed"}

    def test_every_exchange_with_github_is_as_its_description_says(self, told):
        assert [str(breach) for breach in told.conformance.breaches] == []
        assert len(told.conformance.exchanges) > 50
        assert "POST /repos/{owner}/{repo}/check-runs" in told.conformance.operations
        assert "POST /repos/{owner}/{repo}/deployments" in told.conformance.operations

    def test_only_the_promotion_of_what_was_overruled_failed(self, told):
        failed = [job for job in told.overruled.jobs if job.conclusion is Conclusion.FAILURE]
        assert [(job.workflow, job.job) for job in failed] == [("model-promote", "apply")]
        assert not [job for job in told.overruled.jobs if job.conclusion is Conclusion.CANCELLED]

    def test_no_job_shows_a_token(self, told):
        text = "".join(job.log.text() for job in told.overruled.jobs)
        assert "ghs_" not in text
        assert "AUTHORIZATION" not in text

    def test_history_tells_the_story_from_the_ledger_alone(self, told):
        code, out, err = modelbot(told, "history")
        assert (code, err) == (0, "")
        said = [line.split("flights  ")[1] for line in out.splitlines()]
        assert [line.split("  ")[0] for line in said] == [
            "promoted v1",
            "promoted v2",
            "returned to v1",
            "promoted v3",
            "refused",
        ]
        pulls = (told.weather, told.back, told.finer, told.forced)
        for line, seen in zip(said[1:], pulls, strict=True):
            assert f" #{seen.pull.number}" in line

    def test_history_as_json_says_the_same(self, told):
        code, out, _ = modelbot(told, "history", "--json")
        told_by = json.loads(out)
        assert (code, told_by["version"]) == (0, 1)
        assert [(one["kind"], one["version"], one["returning"]) for one in told_by["decisions"]] == [
            ("promoted", "1", False),
            ("promoted", "2", False),
            ("promoted", "1", True),
            ("promoted", "3", False),
            ("refused", None, False),
        ]
        assert told_by["decisions"][2]["digest"] == told.first.served

    def test_status_says_that_main_wants_what_is_not_served(self, told):
        code, out, _ = modelbot(told, "status", "--json")
        said = json.loads(out)
        (model,) = said["models"]
        assert (code, said["head"]) == (0, told.overruled.main)
        assert (model["model"], model["recorded"], model["served"]) == (MODEL, "3", "3")
        assert model["digest"] == told.decided.served
        assert model["agrees"] is False
        assert any("refused" in line for line in model["next"])

    def test_the_pages_show_each_pull_request_as_a_reviewer_sees_it(self, told, tmp_path: Path):
        show(told.town, tmp_path, serve=False, say=lambda _line: None)
        assert "skyline/flights" in (tmp_path / "index.html").read_text()
        texts = [html.unescape(page.read_text()) for page in tmp_path.glob("*.html")]
        for seen in (told.weather, told.faster, told.back, told.finer):
            wanted = (heading(seen.own[0]).split(" ", 1)[1], seen.pull.title, "If merged:")
            assert any(all(words in text for words in wanted) for text in texts)

    def test_the_history_page_tells_every_decision_newest_first(self, told, tmp_path: Path):
        show(told.town, tmp_path, serve=False, say=lambda _line: None)
        page = html.unescape((tmp_path / "history-of-the-champion.html").read_text())
        rows = re.findall(r"<tr><td>[^<]+</td><td>(.*?)</td><td>(.*?)</td>", page)
        refused, pull = rows.pop(0)
        assert refused.startswith("refused: ")
        assert pull == f"#{told.forced.pull.number}"
        assert rows == [
            ("promoted version 3, after version 1", f"#{told.finer.pull.number}"),
            ("returned to version 1, after version 2", f"#{told.back.pull.number}"),
            ("promoted version 2, after version 1", f"#{told.weather.pull.number}"),
            ("promoted version 1", "pushed to main"),
        ]
