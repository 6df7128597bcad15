"""The files of `.github/workflows/` as they are, with a `modelbot` that only says how it was called."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.localhost.actions.parse import parse_workflow
from bot.localhost.actions.pins import version_of

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
STUB = """\
#!/bin/bash
token=none
[ -n "${GITHUB_TOKEN:-}" ] && token=given
read=${MODELBOT_READ_BYTES:+ read=$MODELBOT_READ_BYTES}
echo "CALL $* token=$token remote=${MODELBOT_DVC_REMOTE:-none} mlflow=${MLFLOW_TRACKING_URI:-none}$read"
case "$*" in
  reproduce*)
    mkdir -p bundle objects/files/md5/ab
    git rev-parse HEAD > bundle/head
    echo x > objects/files/md5/ab/c ;;
  "promote --dry-run") echo "changes=$(cat changes)" >> "$GITHUB_OUTPUT" ;;
esac
"""


@pytest.fixture
def project(world, tmp_path):
    """The real workflows on main, with the environments and settings that the documentation asks for."""
    (tmp_path / "bot" / "bin" / "modelbot").write_text(STUB)
    github = world.github
    github.add_environment(world.name, "modelbot-data", secrets={"MODELBOT_DVC_REMOTE": "write-address"})
    github.add_environment(
        world.name,
        "production",
        reviewers=("grace",),
        secrets={"MODELBOT_DVC_REMOTE": "read-address", "MLFLOW_TRACKING_URI": "registry-for-writing"},
    )
    github.set_variable(world.name, "MLFLOW_TRACKING_URI", "registry")
    github.set_variable(world.name, "MODELBOT_DVC_REMOTE", "public-address")
    files = {str(path.relative_to(ROOT)): path.read_text() for path in WORKFLOWS}
    files |= {"action.yml": (ROOT / "action.yml").read_text(), ".ci/run": "echo ci ran", "changes": "false"}
    world.push(files)
    return world


def calls(job) -> list[str]:
    return re.findall(r"^CALL (.*)$", job.log.text(), re.MULTILINE)


def test_a_pull_request_is_reproduced_without_secrets_and_reported_by_the_default_branch(project):
    project.settle()
    head = project.push({"params.yaml": "a: 1"}, branch="better")
    project.open_pull("better")
    results = project.actions.settle(60)
    by_event = [
        (job.workflow, job.job, str(job.conclusion)) for job in results if job.conclusion != "skipped"
    ]
    assert sorted(by_event) == [
        ("ci", "test", "success"),
        ("model-pr", "reproduce", "success"),
        ("model-report", "report", "success"),
        ("model-report", "rescore", "success"),
        ("model-report", "start", "success"),
        ("model-report", "start", "success"),
    ]
    jobs = {(job.workflow, job.job): job for job in results if job.conclusion != "skipped"}
    made = jobs["model-pr", "reproduce"]
    assert calls(made) == ["reproduce --bundle bundle --objects objects token=none remote=none mlflow=none"]
    assert "permissions: contents: read, metadata: read" in made.log.text()
    assert project.github.artifact(project.name, made.run_id, "modelbot-bundle")
    assert project.github.artifact(project.name, made.run_id, "modelbot-objects")
    assert calls(jobs["model-report", "start"]) == ["report --start token=given remote=none mlflow=none"]
    scored = jobs["model-report", "rescore"]
    assert calls(scored) == ["rescore --out scores token=given remote=public-address mlflow=none"]
    assert "write" not in re.search(r"permissions: (.*)", scored.log.text())[1]
    report = jobs["model-report", "report"]
    assert calls(report) == ["report --out report token=given remote=*** mlflow=none"]
    main = project.call("GET", f"/repos/{project.name}/git/ref/heads/main").json()["object"]["sha"]
    assert main in report.log.text()
    assert head not in report.log.text()


def test_a_review_is_noted_without_any_permission_and_judged_by_the_default_branch(project):
    project.settle()
    project.push({"params.yaml": "a: 1"}, branch="better")
    number = project.open_pull("better")
    project.actions.settle(60)
    review = {"event": "APPROVE", "body": "Good."}
    project.call("POST", f"/repos/{project.name}/pulls/{number}/reviews", "grace", json=review)
    jobs = [job for job in project.actions.settle(60) if job.conclusion != "skipped"]
    noted, _, report = jobs
    assert (noted.workflow, noted.event, str(noted.conclusion)) == (
        *("model-review", "pull_request_review", "success"),
    )
    assert "permissions: metadata: read" in noted.log.text()
    assert (report.workflow, report.job) == ("model-report", "report")
    assert calls(report) == ["report --out report token=given remote=*** mlflow=none"]


def test_the_reports_of_one_branch_come_in_order_and_none_is_dropped(project):
    project.settle()
    project.push({"params.yaml": "a: 1"}, branch="better")
    project.open_pull("better")
    project.actions.settle(60)
    reports = [job for job in project.actions.results() if job.workflow == "model-report"]
    order = list(dict.fromkeys(job.run_id for job in reports))
    assert order == sorted(order)
    assert len(order) == 3
    assert [job.job for job in reports if job.conclusion == "success"] == [
        *("start", "start", "rescore", "report"),
    ]


def test_a_push_to_main_asks_a_reviewer_only_when_the_plan_is_not_empty(project):
    first = {f"{job.workflow}/{job.job}": job for job in project.actions.settle(60)}
    assert calls(first["model-promote/rescore"]) == [
        "rescore --main --out scores token=given remote=public-address mlflow=none"
    ]
    assert calls(first["model-promote/plan"]) == [
        "promote --dry-run token=given remote=public-address mlflow=registry read=false"
    ]
    assert dict(first["model-promote/plan"].outputs) == {"changes": "false"}
    assert first["model-promote/apply"].conclusion == "skipped"

    project.push({"changes": "true"})
    project.actions.settle(60)
    (waiting,) = project.actions.runs()
    assert (waiting.workflow, waiting.waiting_for) == ("model-promote", ("production",))
    project.actions.approve(project.name, waiting.run_id, "production", "grace")
    (applied,) = [job for job in project.actions.settle(60) if job.job == "apply"]
    assert calls(applied) == ["promote token=given remote=*** mlflow=*** read=false"]
    assert "contents: write, deployments: write" in applied.log.text()


def test_the_hourly_run_and_the_form_do_the_same(project):
    project.settle()
    project.actions.run_schedule(project.name, "model-promote.yml")
    project.actions.dispatch(project.name, "model-promote.yml", {})
    plans = [job for job in project.actions.settle(60) if job.job == "plan" and job.conclusion == "success"]
    assert {job.event for job in plans} <= {"schedule", "workflow_dispatch"}
    assert plans


def test_the_clock_reads_bytes_and_keeps_the_issue_and_a_push_does_neither(project):
    pushed = {job.job: job for job in project.actions.settle(60) if job.workflow == "model-promote"}
    assert calls(pushed["plan"])[0].endswith("read=false")
    assert pushed["drift"].conclusion == "skipped"
    project.actions.run_schedule(project.name, "model-promote.yml")
    hourly = {job.job: job for job in project.actions.settle(60)}
    assert calls(hourly["plan"])[0].endswith("read=true")
    assert calls(hourly["drift"]) == ["verify --issue token=given remote=none mlflow=registry"]
    assert "contents: read, issues: write" in hourly["drift"].log.text()


def filled(**given: str) -> dict[str, str]:
    return {"action": "rollback", "model": "", "from": "13", "to": "", "reason": "why"} | given


def test_the_form_rolls_back_with_what_a_person_typed_as_one_word_each(project):
    project.settle()
    reason = 'it\'s "bad" $(touch planted) `id`; exit'
    project.actions.dispatch(project.name, "model-rollback.yml", filled(reason=reason))
    project.actions.settle(60)
    (waiting,) = project.actions.runs()
    assert (waiting.workflow, waiting.waiting_for) == ("model-rollback", ("production",))
    project.actions.approve(project.name, waiting.run_id, "production", "grace")
    (job,) = project.actions.settle(60)
    words = f"rollback --model  --from 13 --to  --reason {reason}"
    assert calls(job) == [f"{words} token=given remote=*** mlflow=***"]
    assert "contents: write, deployments: write" in job.log.text()


def test_the_form_ends_a_hold_and_promotes_what_main_asks_for(project):
    project.settle()
    form = filled(action="resume", model="flights")
    project.actions.dispatch(project.name, "model-rollback.yml", form)
    project.actions.settle(60)
    (waiting,) = project.actions.runs()
    project.actions.approve(project.name, waiting.run_id, "production", "grace")
    (job,) = project.actions.settle(60)
    assert [call.split(" token")[0] for call in calls(job)] == [
        *("resume --model flights --reason why", "promote"),
    ]


def test_a_failed_reproduction_still_hands_over_its_evidence(project, tmp_path):
    project.settle()
    stub = (tmp_path / "bot" / "bin" / "modelbot").read_text()
    (tmp_path / "bot" / "bin" / "modelbot").write_text(stub + '\n[ "$1" != reproduce ] || exit 5\n')
    project.push({"params.yaml": "a: 1"}, branch="worse")
    project.open_pull("worse")
    jobs = {(job.workflow, job.job): job for job in project.actions.settle(60) if job.conclusion != "skipped"}
    made = jobs["model-pr", "reproduce"]
    assert made.conclusion == "failure"
    assert project.github.artifact(project.name, made.run_id, "modelbot-bundle")
    assert calls(jobs["model-report", "report"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_names_its_permissions_has_a_time_limit_and_keeps_expressions_out_of_scripts(path):
    workflow = parse_workflow(path.name, path.read_text())
    assert workflow.permissions == {}
    assert {trigger.event for trigger in workflow.triggers} <= {
        *("pull_request", "pull_request_review", "push", "workflow_run", "schedule", "workflow_dispatch")
    }
    for job in workflow.jobs:
        assert job.permissions is not None, job.id
        assert job.timeout_minutes is not None, job.id
        for step in job.steps:
            if script := getattr(step, "script", None):
                assert all(isinstance(part, str) for part in script.parts), script
                assert re.fullmatch(
                    r"modelbot [a-z]+( --?[a-z-]+( [a-z]+| \"\$[A-Z]+\")?)*"
                    r"|bash \.ci/run|echo \"[A-Za-z. -]+\"",
                    script.parts[0],
                )
    if workflow.trigger("pull_request"):
        assert all(level == "read" for job in workflow.jobs for level in (job.permissions or {}).values())
        assert all(job.environment is None for job in workflow.jobs)
        assert "secrets." not in path.read_text()


def test_every_pin_says_the_version_it_is():
    files = [*WORKFLOWS, ROOT / "action.yml"]
    pins = [
        pin for path in files for pin in re.findall(r"uses: ([\w/-]+)@(\w+)( # (\S+))?", path.read_text())
    ]
    assert len(pins) >= 10
    for action, commit, _, version in pins:
        assert version == version_of(action, commit), (action, commit)


def test_the_event_that_a_job_reads_is_the_delivery(project):
    project.settle()
    workflow = "name: event\non: push\njobs: {one: {runs-on: x, steps: [{run: cat $GITHUB_EVENT_PATH}]}}"
    after = project.push({".github/workflows/event.yml": workflow})
    text = project.settle()["event/one"].log.steps[-1].text
    event = json.loads(text.partition("\n")[2])
    assert (event["after"], event["ref"]) == (after, "refs/heads/main")


def test_a_pull_request_that_is_edited_runs_again_since_its_base_may_be_another(project):
    project.settle()
    project.push({"params.yaml": "a: 1"}, branch="better")
    number = project.open_pull("better")
    project.actions.settle(60)
    before = [job for job in project.actions.results() if job.workflow == "model-pr"]
    project.call("PATCH", f"/repos/{project.name}/pulls/{number}", json={"title": "Into another base"})
    project.actions.settle(60)
    after = [job for job in project.actions.results() if job.workflow == "model-pr"]
    assert (len(before), len(after)) == (1, 2)
    assert after[-1].conclusion == "success"
