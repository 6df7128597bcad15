"""Jobs and steps as GitHub runs them: needs, conditions, outputs, limits, approvals, queues."""

from __future__ import annotations

import time

import pytest

from bot.errors import InvalidFileError, InvalidInputError, UnavailableError


def printed(job) -> str:
    """What the steps printed, without their names and without the scripts themselves."""
    lines = (line for step in job.log.steps for line in step.text.splitlines())
    return "\n".join(line for line in lines if not line.startswith("$ "))


def test_a_failed_step_fails_its_job_and_skips_what_needs_it_but_not_what_always_runs(world):
    workflow = """\
        name: ci
        on: push
        jobs:
          one:
            runs-on: x
            steps:
              - run: echo before; false; echo after
              - run: echo unreached
              - if: failure()
                run: echo told
          two: {runs-on: x, needs: one, steps: [{run: echo no}]}
          three: {runs-on: x, needs: two, if: always(), steps: [{run: "true"}]}
          four: {runs-on: x, needs: two, if: failure(), steps: [{run: "true"}]}
        """
    world.push({".github/workflows/ci.yml": workflow})
    jobs = world.settle()
    ends = {name: str(job.conclusion) for name, job in jobs.items()}
    assert ends == {"ci/one": "failure", "ci/two": "skipped", "ci/three": "success", "ci/four": "success"}
    text = printed(jobs["ci/one"])
    assert "before" in text
    assert "after" not in text
    assert "unreached" not in text
    assert "told" in text
    assert world.run_of(jobs["ci/one"].run_id)["conclusion"] == "failure"


def test_a_broken_pipe_fails_a_step_and_continue_on_error_forgives_it(world):
    workflow = """\
        name: ci
        on: push
        jobs:
          one:
            runs-on: x
            outputs: {outcome: "${{ steps.bad.outcome }}", conclusion: "${{ steps.bad.conclusion }}"}
            steps:
              - id: bad
                run: false | cat
                continue-on-error: true
              - run: echo still here
        """
    world.push({".github/workflows/ci.yml": workflow})
    one = world.settle()["ci/one"]
    assert one.conclusion == "success"
    assert dict(one.outputs) == {"outcome": "failure", "conclusion": "success"}


def test_what_a_step_writes_reaches_the_next_steps_and_the_next_job(world):
    workflow = """\
        name: ci
        on: push
        env: {LEVEL: workflow, KEPT: workflow}
        jobs:
          one:
            runs-on: x
            env: {LEVEL: job}
            outputs: {lines: "${{ steps.say.outputs.lines }}"}
            steps:
              - id: say
                env: {LEVEL: step}
                run: |
                  printf 'lines<<END\\na\\nb\\nEND\\n' >> "$GITHUB_OUTPUT"
                  echo "LATER=yes" >> "$GITHUB_ENV"
                  mkdir "$RUNNER_TEMP/tools" && printf '#!/bin/sh\\necho tool ran' > "$RUNNER_TEMP/tools/tool"
                  chmod +x "$RUNNER_TEMP/tools/tool" && echo "$RUNNER_TEMP/tools" >> "$GITHUB_PATH"
                  echo "## Title" >> "$GITHUB_STEP_SUMMARY"
                  echo "$LEVEL $KEPT"
              - run: tool; echo "$LATER ${{ env.LATER }} $LEVEL"
              - if: env.LATER == 'yes' && steps.say.outputs.lines != ''
                run: echo taken
          two:
            runs-on: x
            needs: one
            steps:
              - env: {LINES: "${{ needs.one.outputs.lines }}"}
                run: test "$LINES" = "$(printf 'a\\nb')"
        """
    world.push({".github/workflows/ci.yml": workflow})
    jobs = world.settle()
    text = jobs["ci/one"].log.text()
    for expected in ("step workflow", "tool ran", "yes yes job", "taken"):
        assert expected in text
    assert jobs["ci/one"].log.summary == "## Title\n"
    assert jobs["ci/two"].conclusion == "success", jobs["ci/two"].log.text()


def test_a_job_sees_nothing_of_the_host_but_what_is_named_and_leaves_nothing_behind(
    world, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOST_SECRET", "of-this-machine")
    workflow = """\
        name: ci
        on: push
        jobs:
          one:
            runs-on: x
            steps: [{run: env; mkdir -p d/e; chmod 500 d}]
        """
    world.push({".github/workflows/ci.yml": workflow})
    text = world.settle()["ci/one"].log.text()
    assert "of-this-machine" not in text
    assert "EXTRA=given" in text
    assert "GITHUB_ACTIONS=true" in text
    assert f"GITHUB_REPOSITORY={world.name}" in text
    assert "not GitHub" in text
    assert list((tmp_path / "actions").rglob("d")) == []


def test_secrets_are_masked_and_an_output_that_holds_one_is_left_out(world):
    world.github.set_secret("acme/flights", "KEY", "hunter2hunter2")
    workflow = """\
        name: ci
        on: push
        jobs:
          one:
            runs-on: x
            outputs: {leak: "${{ steps.a.outputs.leak }}", fine: ok}
            steps:
              - id: a
                env: {KEY: "${{ secrets.KEY }}"}
                run: |
                  echo "plain $KEY"; printf %s "$KEY" | base64
                  echo "::add-mask::on-the-fly"; echo on-the-fly
                  echo "leak=$KEY" >> "$GITHUB_OUTPUT"; echo "$KEY" >> "$GITHUB_STEP_SUMMARY"
        """
    world.push({".github/workflows/ci.yml": workflow})
    one = world.settle()["ci/one"]
    assert dict(one.outputs) == {"fine": "ok"}
    for hidden in ("hunter2", "aHVudGVyMmh1bnRlcjI=", "\non-the-fly"):
        assert hidden not in one.log.text() + one.log.summary


def test_a_step_over_its_time_is_ended_with_everything_it_started(world, tmp_path):
    mark = tmp_path / "mark"
    workflow = f"""\
        name: ci
        on: push
        jobs:
          step:
            runs-on: x
            steps:
              - timeout-minutes: 0.01
                run: (sleep 1.5; touch {mark}) & sleep 60
              - if: always()
                run: echo cleaned up
          job:
            runs-on: x
            timeout-minutes: 0.01
            steps:
              - run: sleep 60
              - run: echo unreached
              - if: always()
                run: echo cleaned up
        """
    world.push({".github/workflows/ci.yml": workflow})
    started = time.monotonic()
    jobs = world.settle()
    assert time.monotonic() - started < 20
    assert jobs["ci/step"].conclusion == "failure"
    assert jobs["ci/job"].conclusion == "cancelled"
    for job in jobs.values():
        assert "timeout-minutes is over" in job.log.text()
        assert "cleaned up" in job.log.text()
        assert "unreached" not in printed(job)
    time.sleep(max(0.0, 2.5 - (time.monotonic() - started)))
    assert not mark.exists()


def test_a_job_waits_for_a_reviewer_and_only_a_reviewer_lets_it_start(world):
    workflow = """\
        name: deploy
        on: {workflow_dispatch: {inputs: {reason: {type: string, required: true}}}}
        jobs:
          plan: {runs-on: x, steps: [{run: "echo ${{ vars.WHERE }} ${{ secrets.KEY }}."}]}
          apply:
            runs-on: x
            needs: plan
            environment: {name: production, url: "https://example.org"}
            steps:
              - env: {KEY: "${{ secrets.KEY }}", WHERE: "${{ vars.WHERE }}", REASON: "${{ inputs.reason }}"}
                run: echo "$WHERE because $REASON ${#KEY}"
        """
    world.github.set_variable("acme/flights", "WHERE", "nowhere")
    world.github.add_environment(
        "acme/flights",
        "production",
        reviewers=("grace",),
        secrets={"KEY": "12345"},
        variables={"WHERE": "there"},
    )
    world.push({".github/workflows/deploy.yml": workflow})
    world.settle()
    with pytest.raises(InvalidInputError, match="'reason' is required"):
        world.actions.dispatch("acme/flights", "deploy.yml", {})
    run = world.actions.dispatch("acme/flights", "deploy.yml", {"reason": "friday"})
    plan = world.settle()
    assert set(plan) == {"deploy/plan"}
    assert "nowhere ." in plan["deploy/plan"].log.text()
    assert world.actions.runs()[0].waiting_for == ("production",)

    with pytest.raises(InvalidInputError, match="ada is not a reviewer"):
        world.actions.approve("acme/flights", run, "production", "ada")
    with pytest.raises(InvalidInputError, match="does not wait"):
        world.actions.approve("acme/flights", run, "staging", "grace")
    assert world.settle() == {}

    world.actions.approve("acme/flights", run, "production", "grace")
    assert "there because friday 5" in world.settle()["deploy/apply"].log.text()
    assert world.run_of(run)["conclusion"] == "success"
    assert world.actions.runs() == ()


def test_an_environment_that_nobody_made_is_an_error(world):
    workflow = "name: ci\non: push\njobs: {one: {runs-on: x, environment: prod, steps: [{run: echo leaked}]}}"
    world.push({".github/workflows/ci.yml": workflow})
    one = world.settle()["ci/one"]
    assert one.conclusion == "failure"
    assert "there is no environment 'prod'" in one.log.text()
    assert "leaked" not in one.log.text()


def test_a_file_that_is_not_understood_is_a_failure_that_names_the_line_and_the_others_still_run(world):
    good = "name: good\non: push\njobs: {one: {runs-on: x, steps: [{run: echo fine}]}}"
    bad = """\
        name: bad
        on: push
        jobs:
          one:
            runs-on: x
            strategy: {matrix: {a: [1]}}
            steps: [{run: x}]
        """
    world.push({".github/workflows/bad.yml": bad, ".github/workflows/good.yml": good})
    jobs = world.settle()
    assert jobs["good/one"].conclusion == "success"
    broken = jobs[".github/workflows/bad.yml/"]
    assert broken.conclusion == "failure"
    assert ".github/workflows/bad.yml:6:5: strategy" in broken.log.text()
    with pytest.raises(InvalidFileError, match=r"bad\.yml:6:5"):
        world.actions.dispatch("acme/flights", "bad.yml", {})


@pytest.mark.parametrize(
    ("queue", "ends"), [("single", ["success", "cancelled", "success"]), ("max", ["success"] * 3)]
)
def test_a_group_runs_one_at_a_time_and_queue_max_keeps_those_that_wait(world, tmp_path, queue, ends):
    workflow = f"""\
        name: queue
        on: workflow_dispatch
        concurrency: {{group: only-one, queue: {queue}}}
        jobs:
          one:
            runs-on: x
            steps: [{{run: "mkdir {tmp_path}/lock && sleep 0.5 && rmdir {tmp_path}/lock"}}]
        """
    world.push({".github/workflows/queue.yml": workflow})
    runs = [world.actions.dispatch("acme/flights", "queue.yml", {}) for _ in range(3)]
    world.settle()
    assert [world.run_of(run)["conclusion"] for run in runs] == ends


def test_cancel_in_progress_stops_the_older_run(world):
    workflow = """\
        name: newest
        on: workflow_dispatch
        concurrency: {group: only-one, cancel-in-progress: true}
        jobs: {one: {runs-on: x, steps: [{run: "sleep 100"}, {if: cancelled(), run: echo stopped}]}}
        """
    world.push({".github/workflows/newest.yml": workflow})
    first = world.actions.dispatch("acme/flights", "newest.yml", {})
    quick = workflow.replace("sleep 100", "true")
    world.push({".github/workflows/newest.yml": quick})
    second = world.actions.dispatch("acme/flights", "newest.yml", {})
    world.settle()
    assert [world.run_of(run)["conclusion"] for run in (first, second)] == ["cancelled", "success"]


def test_a_scheduled_workflow_runs_by_hand_on_the_default_branch_and_others_have_no_schedule(world):
    workflow = """\
        name: tick
        on: {schedule: [{cron: "0 * * * *"}]}
        jobs: {one: {runs-on: x, steps: [{run: echo $GITHUB_REF}]}}
        """
    other = "name: other\non: push\njobs: {one: {runs-on: x, steps: [{run: 'true'}]}}"
    world.push({".github/workflows/tick.yml": workflow, ".github/workflows/o.yml": other})
    world.settle()
    world.actions.run_schedule("acme/flights", "tick")
    assert "refs/heads/main" in world.settle()["tick/one"].log.text()
    with pytest.raises(InvalidInputError, match="does not start on schedule"):
        world.actions.run_schedule("acme/flights", "o.yml")
    with pytest.raises(InvalidInputError, match=r"it has: o\.yml, tick\.yml"):
        world.actions.run_schedule("acme/flights", "nothing.yml")


def test_a_dispatch_only_takes_what_its_form_has(world):
    workflow = """\
        name: form
        on:
          workflow_dispatch:
            inputs:
              kind: {type: choice, options: [fast, slow], default: fast}
              loud: {type: boolean, default: false}
        jobs:
          one:
            runs-on: x
            steps: [{if: inputs.loud, run: "echo LOUD"}, {run: "echo kind ${{ inputs.kind }}"}]
        """
    world.push({".github/workflows/form.yml": workflow})
    with pytest.raises(InvalidInputError, match="must be one of fast, slow"):
        world.actions.dispatch("acme/flights", "form", {"kind": "odd"})
    with pytest.raises(InvalidInputError, match="no input 'other'"):
        world.actions.dispatch("acme/flights", "form", {"other": "1"})
    world.actions.dispatch("acme/flights", "form", {"kind": "slow"})
    text = printed(world.settle()["form/one"])
    assert "kind slow" in text
    assert "LOUD" not in text


def test_a_step_that_breaks_the_runners_own_files_fails_and_the_runner_goes_on(world):
    workflow = """\
        name: rude
        on: push
        jobs:
          one:
            runs-on: x
            steps:
              - {continue-on-error: true, run: rm -rf "$RUNNER_TEMP"; echo gone}
              - {if: always(), run: echo second}
          two: {runs-on: x, steps: [{run: ln -sf /etc/passwd "$GITHUB_STEP_SUMMARY"; echo linked}]}
          three:
            runs-on: x
            steps:
              - run: head -c 1000000 /dev/zero | tr '\\0' x | sed 's/^/BIG=/' >> "$GITHUB_ENV"
              - run: "true"
          four: {runs-on: x, steps: [{run: head -c 3000000 /dev/zero | tr '\\0' x; echo; echo end}]}
          five: {runs-on: x, steps: [{working-directory: /nowhere, run: "true"}]}
        """
    world.push({".github/workflows/rude.yml": workflow})
    jobs = world.settle()
    ends = {name.removeprefix("rude/"): str(job.conclusion) for name, job in jobs.items()}
    assert ends == {
        "one": "success",
        "two": "failure",
        "three": "failure",
        "four": "success",
        "five": "failure",
    }
    assert "gone" in jobs["rude/one"].log.text()
    assert "second" in printed(jobs["rude/one"])
    assert "GITHUB_STEP_SUMMARY is no longer a file" in jobs["rude/two"].log.text()
    assert "root:" not in jobs["rude/two"].log.text() + jobs["rude/two"].log.summary
    assert "cannot be started" in jobs["rude/three"].log.text()
    assert len(jobs["rude/four"].log.text()) < 1_200_000
    assert jobs["rude/four"].log.text().endswith("end")
    assert "'/nowhere' is not there" in jobs["rude/five"].log.text()


def test_leaving_stops_what_runs_and_does_not_wait_for_its_cleaning_up(world):
    workflow = """\
        name: long
        on: push
        jobs: {one: {runs-on: x, steps: [{run: sleep 100}, {if: always(), run: sleep 100}]}}
        """
    world.push({".github/workflows/long.yml": workflow})
    with pytest.raises(UnavailableError, match=r"long run .*: one"):
        world.actions.settle(0.5)
    started = time.monotonic()
    world.actions.close()
    assert time.monotonic() - started < 10
