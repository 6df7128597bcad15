"""The shape of the real workflows in small: an untrusted job hands bytes over, a trusted one reads them."""

from __future__ import annotations

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
UPLOAD = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f"
DOWNLOAD = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c"

PR = f"""\
name: build
on: {{pull_request: {{types: [opened, synchronize]}}}}
permissions: {{}}
jobs:
  make:
    runs-on: ubuntu-latest
    permissions: {{contents: read}}
    steps:
      - uses: {CHECKOUT}
        with:
          ref: ${{{{ github.event.pull_request.head.sha }}}}
          fetch-depth: 0
          persist-credentials: false
      - run: |
          mkdir out && cp number.txt out/ && git rev-parse HEAD > out/head
          git config --list --local | grep -i extraheader && exit 9 || true
      - run: exit 3
      - if: ${{{{ !cancelled() }}}}
        uses: {UPLOAD}
        with: {{name: evidence, path: out, if-no-files-found: error}}
"""
REPORT = f"""\
name: tell
on:
  workflow_run: {{workflows: [build], types: [completed]}}
permissions: {{}}
jobs:
  read:
    runs-on: ubuntu-latest
    permissions: {{actions: read, checks: write}}
    steps:
      - uses: {DOWNLOAD}
        with:
          name: evidence
          path: got
          run-id: ${{{{ github.event.workflow_run.id }}}}
          github-token: ${{{{ github.token }}}}
      - env:
          TOKEN: ${{{{ github.token }}}}
          HEAD: ${{{{ github.event.workflow_run.head_sha }}}}
        run: |
          echo "number $(cat got/number.txt) ended ${{{{ github.event.workflow_run.conclusion }}}}"
          test "$(cat got/head)" = "$HEAD"
          curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
            -d "{{\\"name\\": \\"gate\\", \\"head_sha\\": \\"$HEAD\\"}}" \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/check-runs"
  unprivileged:
    runs-on: ubuntu-latest
    permissions: {{contents: read}}
    steps:
      - env:
          TOKEN: ${{{{ github.token }}}}
          HEAD: ${{{{ github.event.workflow_run.head_sha }}}}
        run: |
          curl -sS -o answer -w '%{{http_code}}' \\
            -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
            -d "{{\\"name\\": \\"gate\\", \\"head_sha\\": \\"$HEAD\\"}}" \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/check-runs"
          echo "my token is $TOKEN"
"""


def test_a_pull_request_runs_its_job_and_the_trusted_workflow_reads_its_artifact(world):
    world.push({".github/workflows/pr.yml": PR, ".github/workflows/report.yml": REPORT, "number.txt": "1"})
    assert world.settle() == {}
    head = world.push({"number.txt": "42"}, branch="better")
    world.open_pull("better")
    jobs = world.settle()

    made = jobs["build/make"]
    assert made.conclusion == "failure"
    assert [str(step.conclusion) for step in made.log.steps] == [
        "success",
        "success",
        "success",
        "failure",
        "success",
    ]
    run = world.run_of(made.run_id)
    assert (run["status"], run["conclusion"], run["head_sha"]) == ("completed", "failure", head)

    read = jobs["tell/read"]
    assert read.conclusion == "success", read.log.text()
    assert "number 42 ended failure" in read.log.text()
    checks = world.call("GET", f"/repos/acme/flights/commits/{head}/check-runs").json()["check_runs"]
    assert "gate" in {check["name"] for check in checks}


def test_a_job_without_the_permission_is_refused_and_its_token_is_masked_and_ends_with_it(world):
    world.push({".github/workflows/pr.yml": PR, ".github/workflows/report.yml": REPORT, "number.txt": "1"})
    world.push({"number.txt": "2"}, branch="better")
    world.open_pull("better")
    text = world.settle()["tell/unprivileged"].log.text()
    assert "403" in text
    assert "my token is ***" in text
    assert "ghs_" not in text
    assert [token for token in world.github._hub.tokens if token.startswith("ghs_")] == []


def test_a_fork_gets_no_secret_and_a_token_that_only_reads(world):
    workflow = """\
        on: pull_request
        permissions: {checks: write, contents: write}
        jobs:
          look:
            runs-on: x
            steps:
              - env: {KEY: "${{ secrets.KEY }}"}
                run: echo "key [$KEY]"
        """
    world.github.set_secret("acme/flights", "KEY", "hunter22")
    world.push({".github/workflows/look.yml": workflow})
    world.github.add_repository("mallory/flights", fork_of="acme/flights", admins=("mallory",))
    head = world.push({"evil": "1"}, branch="evil", who="mallory", repository="mallory/flights")
    world.open_pull("mallory:evil", who="mallory")
    (look,) = world.settle().values()
    assert look.conclusion == "success"
    assert "key []" in look.log.text()
    assert "permissions: checks: read, contents: read, metadata: read" in look.log.text()
    assert world.run_of(look.run_id)["head_sha"] == head


def test_a_push_with_the_job_token_starts_nothing(world):
    workflow = f"""\
on:
  push:
permissions: {{contents: write}}
jobs:
  again:
    runs-on: x
    steps:
      - uses: {CHECKOUT}
      - run: |
          git config user.name bot && git config user.email bot@example.org
          git commit -q --allow-empty -m more && git push -q origin HEAD:main
"""
    before = world.push({".github/workflows/again.yml": workflow})
    first = world.settle()
    assert [str(job.conclusion) for job in first.values()] == ["success"], first
    tip = world.call("GET", "/repos/acme/flights/git/ref/heads/main").json()["object"]["sha"]
    assert tip != before
    assert len(world.actions.results()) == 1


def test_a_workflow_on_the_pull_request_comes_from_the_merge_and_one_on_workflow_run_from_main(world):
    main = """\
        name: report
        on:
          workflow_run: {workflows: [build], types: [completed]}
        jobs:
          tell: {runs-on: x, steps: [{run: echo trusted}]}
        """
    build = """\
        name: build
        on: pull_request
        jobs:
          make: {runs-on: x, steps: [{run: echo WORD}]}
        """
    world.push({".github/workflows/report.yml": main, ".github/workflows/build.yml": build})
    changed = {
        ".github/workflows/report.yml": main.replace("trusted", "hijacked"),
        ".github/workflows/build.yml": build.replace("WORD", "changed"),
    }
    world.push(changed, branch="evil")
    world.open_pull("evil")
    jobs = world.settle()
    assert "changed" in jobs["build/make"].log.text()
    assert "trusted" in jobs["report/tell"].log.text()
    assert "hijacked" not in jobs["report/tell"].log.text()


def test_a_conflicting_pull_request_starts_nothing(world):
    world.push(
        {
            ".github/workflows/build.yml": "on: pull_request\njobs: {a: {runs-on: x, steps: [{run: w}]}}",
            "f": "0",
        }
    )
    world.push({"f": "1"}, branch="one")
    world.push({"f": "2"})
    world.open_pull("one")
    assert world.settle() == {}
