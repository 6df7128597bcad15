"""A pull request's life through PyGithub and Git, backed by real Git."""

from __future__ import annotations

import zipfile
from io import BytesIO

REPO = "acme/flights"


def _heard(forge):
    heard = []
    forge.hub.subscribe(heard.append)
    return heard


def _names(heard):
    return [(one.event, one.action) for one in heard]


def test_files_and_commits_are_what_git_says(forge) -> None:
    clone = forge.topic("bob", "topic", params__yaml="rate: 2\n", new__txt="a\nb\n")
    (clone / "blob.bin").write_bytes(bytes(range(256)))
    forge.ok(clone, "mv", "dvc.lock", "moved.lock")
    forge.commit(clone, "More")
    forge.ok(clone, "push", "--quiet", "origin", "topic")
    pull = forge.repo("bob").create_pull(title="T", body="B", head="topic", base="main")
    files = {file.filename: (file.status, file.additions, file.deletions) for file in pull.get_files()}
    assert files == {
        "blob.bin": ("added", 0, 0),
        "moved.lock": ("renamed", 0, 0),
        "new.txt": ("added", 2, 0),
        "params.yaml": ("modified", 1, 1),
    }
    assert [commit.commit.message for commit in pull.get_commits()] == ["Work on topic", "More"]
    assert (pull.mergeable, pull.mergeable_state, pull.commits, pull.changed_files) == (True, "clean", 2, 4)
    assert forge.ok(clone, "ls-remote", "origin", "refs/pull/1/head").split()[0] == pull.head.sha
    merge = forge.ok(clone, "ls-remote", "origin", "refs/pull/1/merge").split()[0]
    assert merge == pull.merge_commit_sha


def test_a_push_moves_the_pull_request_and_voids_approvals_where_the_rule_says(forge) -> None:
    forge.hub.protect(REPO, "main", required_approvals=1, dismiss_stale=True)
    clone = forge.topic("bob", "topic", params__yaml="rate: 2\n")
    pull = forge.repo("bob").create_pull(title="T", body="", head="topic", base="main")
    forge.repo("cy").get_pull(1).create_review(event="APPROVE")
    heard = _heard(forge)
    sha = forge.commit(clone, "Again", params__yaml="rate: 3\n")
    forge.ok(clone, "push", "--quiet", "origin", "topic")
    assert _names(heard) == [("push", None), ("pull_request", "synchronize")]
    assert heard[1].payload["after"] == sha
    assert heard[1].payload["before"] == pull.head.sha
    again = forge.repo("bob").get_pull(1)
    assert again.head.sha == sha
    assert again.mergeable_state == "blocked"
    assert [review.state for review in again.get_reviews()] == ["DISMISSED"]


def test_each_merge_method_gives_its_kind_of_history(forge) -> None:
    shapes = {}
    for position, method in enumerate(("merge", "squash", "rebase")):
        clone = forge.topic("bob", method, **{f"{method}__txt": "1\n"})
        forge.commit(clone, f"Second {method}", **{f"{method}__txt": "2\n"})
        forge.ok(clone, "push", "--quiet", "origin", method)
        pull = forge.repo("bob").create_pull(title=f"Try {method}", body="", head=method, base="main")
        before = forge.hub.snapshot(REPO).branches()["main"]
        done = pull.merge(merge_method=method)
        commit = forge.repo("bob").get_commit(done.sha)
        forge.ok(clone, "fetch", "--quiet")
        grown = int(forge.ok(clone, "rev-list", "--first-parent", "--count", f"{before}..{done.sha}"))
        shapes[method] = (len(commit.parents), grown, commit.commit.message.split("\n")[0])
        assert forge.hub.snapshot(REPO).pull(position + 1).state == "merged"
        assert forge.ok(clone, "show", f"{done.sha}:{method}.txt") == "2"
    assert shapes == {
        "merge": (2, 1, "Merge pull request #1 from acme/merge"),
        "squash": (1, 1, "Try squash (#2)"),
        "rebase": (1, 2, "Second rebase"),
    }


def test_a_merge_closes_the_pull_request_and_announces_the_push(forge) -> None:
    forge.topic("bob", "topic", params__yaml="rate: 2\n")
    pull = forge.repo("bob").create_pull(title="T", body="", head="topic", base="main")
    heard = _heard(forge)
    done = pull.merge()
    assert _names(heard) == [("pull_request", "closed"), ("push", None)]
    assert heard[0].payload["pull_request"]["merged"] is True
    assert heard[0].payload["pull_request"]["merge_commit_sha"] == done.sha
    assert heard[1].payload["after"] == done.sha
    assert heard[1].payload["ref"] == "refs/heads/main"
    assert not any(one.suppressed for one in heard)
    assert [found.number for found in forge.repo("bob").get_commit(done.sha).get_pulls()] == [1]


def test_what_a_workflow_token_causes_starts_no_workflow(forge) -> None:
    heard = _heard(forge)
    token = forge.workflow(contents="write", actions="write", **{"pull-requests": "write"})
    clone = forge.clone(token)
    forge.commit(clone, "By the bot", dvc__lock="schema: '2.1'\n")
    forge.ok(clone, "push", "--quiet", "origin", "HEAD:bot")
    repo = forge.repo(token)
    repo.create_pull(title="T", body="", head="bot", base="main").merge()
    repo.create_repository_dispatch("promoted", {"version": "3"})
    assert all(one.actor == "github-actions[bot]" for one in heard)
    assert {one.event: one.suppressed for one in heard} == {
        "push": True,
        "pull_request": True,
        "repository_dispatch": False,
    }


def test_the_revert_button_restores_what_was_before(forge) -> None:
    for position, rate in enumerate((2, 3)):
        clone = forge.topic("bob", f"rate-{rate}", params__yaml=f"rate: {rate}\n")
        forge.repo("bob").create_pull(title=f"Rate {rate}", body="", head=f"rate-{rate}", base="main").merge(
            merge_method=("merge", "squash")[position]
        )
    number = forge.hub.revert(REPO, 2, "ada")
    pull = forge.repo("ada").get_pull(number)
    assert (pull.title, pull.body) == ('Revert "Rate 3"', "Reverts acme/flights#2")
    assert pull.user.login == "ada"
    pull.merge()
    forge.ok(clone, "fetch", "--quiet")
    assert forge.ok(clone, "show", "origin/main:params.yaml") == "rate: 2"


def test_a_pull_request_from_a_fork(forge) -> None:
    forge.hub.add_repository("mallory/flights", fork_of=REPO)
    clone = forge.clone("mallory", "mallory/flights")
    branch = "x';touch${IFS}pwned;'"
    forge.ok(clone, "checkout", "--quiet", "-b", branch)
    forge.commit(clone, "Forged `metrics`", metrics__json='{"auc": 1.0}')
    forge.ok(clone, "push", "--quiet", "origin", branch)
    pull = forge.repo("mallory").create_pull(title="Better", body="", head=f"mallory:{branch}", base="main")
    assert (pull.head.repo.full_name, pull.head.ref, pull.base.repo.full_name) == (
        "mallory/flights",
        branch,
        REPO,
    )
    assert [file.filename for file in pull.get_files()] == ["metrics.json"]
    assert forge.repo("ada").get_pulls(head=f"mallory:{branch}")[0].number == pull.number


def test_comments_over_many_pages_are_all_found_and_folded_by_their_node(forge) -> None:
    issue = forge.repo("ada").create_issue("Talk")
    talk = forge.repo("bob").get_issue(issue.number)
    for number in range(251):
        talk.create_comment(f"comment {number}")
    forge.conformance.exchanges.clear()
    bodies = [comment.body for comment in talk.get_comments()]
    assert bodies == [f"comment {number}" for number in range(251)]
    assert len(forge.conformance.exchanges) == 3
    bot = forge.repo(forge.workflow(issues="write")).get_issue(issue.number)
    own = bot.create_comment("marker")
    assert (own.user.login, own.user.id, own.user.type) == ("github-actions[bot]", 41898282, "Bot")
    own.edit("marker 2")
    assert own.minimize() is True
    view = forge.hub.snapshot(REPO).comments(issue.number)[-1]
    assert (view.body, view.minimized, view.author_id) == ("marker 2", "outdated", 41898282)
    assert own.unminimize() is True
    assert forge.hub.snapshot(REPO).comments(issue.number)[-1].minimized is None


def test_per_page_is_held_to_a_hundred(forge) -> None:
    import requests

    issue = forge.repo("ada").create_issue("Talk")
    for number in range(101):
        issue.create_comment(str(number))
    url = f"{forge.hub.api_url}/repos/{REPO}/issues/{issue.number}/comments"
    forge.conformance.exchanges.clear()
    answer = requests.get(f"{url}?per_page=500", timeout=10)
    assert len(answer.json()) == 100
    assert answer.links["next"]["url"].startswith(url)


def test_a_check_run_is_opened_then_completed(forge) -> None:
    heard = _heard(forge)
    repo = forge.repo(forge.workflow(checks="write", contents="read"))
    sha = forge.hub.snapshot(REPO).branches()["main"]
    check = repo.create_check_run("modelbot", sha, status="in_progress", external_id="run-1")
    note = {
        "path": "p.yaml",
        "start_line": 3,
        "end_line": 3,
        "annotation_level": "failure",
        "message": "worse",
    }
    output = {"title": "1 rule fails", "summary": "**auc**", "annotations": [note]}
    check.edit(status="completed", conclusion="failure", output=output)
    found = repo.get_commit(sha).get_check_runs(check_name="modelbot")[0]
    assert (found.status, found.conclusion, found.external_id, found.output.title) == (
        "completed", "failure", "run-1", "1 rule fails",
    )  # fmt: skip
    assert found.app.slug == "github-actions"
    assert [one.message for one in found.get_annotations()] == ["worse"]
    assert [suite.conclusion for suite in repo.get_commit(sha).get_check_suites()] == ["failure"]
    assert _names(heard) == [("check_run", "created"), ("check_run", "completed")]
    again = repo.create_check_run("modelbot", sha, status="completed", conclusion="success")
    assert [one.id for one in repo.get_commit(sha).get_check_runs()] == [again.id]


def test_git_objects_make_an_orphan_branch_and_a_file_commit(forge) -> None:
    repo = forge.repo(forge.workflow(contents="write"))
    from github import InputGitTreeElement

    blob = repo.create_git_blob("eyJ4IjogMX0=", "base64")
    tree = repo.create_git_tree([InputGitTreeElement("records/1.json", "100644", "blob", sha=blob.sha)])
    commit = repo.create_git_commit("decision 1", tree, [])
    repo.create_git_ref("refs/heads/modelbot/ledger", commit.sha)
    assert repo.get_contents("records/1.json", ref="modelbot/ledger").decoded_content == b'{"x": 1}'
    assert [one.path for one in repo.get_contents("records", ref="modelbot/ledger")] == ["records/1.json"]
    found = list(repo.get_git_matching_refs("heads/modelbot/"))
    assert [ref.ref for ref in found] == ["refs/heads/modelbot/ledger"]
    written = repo.create_file("notes.md", "note", "hello", branch="modelbot/ledger")
    assert repo.get_git_commit(written["commit"].sha).parents[0].sha == commit.sha
    assert repo.get_commit(written["commit"].sha).files[0].filename == "notes.md"
    assert {one.path for one in repo.get_git_tree(written["commit"].sha, recursive=True).tree} >= {"notes.md"}
    comparison = repo.compare(commit.sha, "modelbot/ledger")
    assert (comparison.status, comparison.ahead_by) == ("ahead", 1)
    found[0].delete()
    assert "modelbot/ledger" not in forge.hub.snapshot(REPO).branches()


def test_deployments_and_the_one_that_is_live(forge) -> None:
    heard = _heard(forge)
    repo = forge.repo(forge.workflow(deployments="write"))
    sha = forge.hub.snapshot(REPO).branches()["main"]
    first, second = (repo.create_deployment(sha, environment="production", payload={"v": v}) for v in (1, 2))
    first.create_status("success", description="v1")
    second.create_status("in_progress")
    second.create_status("success", description="v2")
    states = {one.id: [status.state for status in one.get_statuses()] for one in repo.get_deployments()}
    assert states == {first.id: ["inactive", "success"], second.id: ["success", "in_progress"]}
    assert ("deployment_status", "created") in _names(heard)


def test_runs_and_artifacts_are_read_back(forge) -> None:
    heard = _heard(forge)
    sha = forge.hub.snapshot(REPO).branches()["main"]
    run = forge.hub.open_run(
        REPO,
        workflow_path=".github/workflows/model-pr.yml",
        name="model-pr",
        event="push",
        head_branch="main",
        head_sha=sha,
        head_repository=REPO,
        actor="ada",
    )
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("bundle.json", "{}")
    number = forge.hub.add_artifact(REPO, run, "modelbot-bundle", packed.getvalue())
    forge.hub.update_run(REPO, run, status="in_progress")
    forge.hub.report_job(REPO, run, "reproduce", status="completed", conclusion="success")
    forge.hub.update_run(REPO, run, status="completed", conclusion="success")
    assert [one.action for one in heard] == ["requested", "in_progress", "completed"]
    repo = forge.repo(forge.workflow(actions="read", checks="read", contents="read"))
    seen = repo.get_workflow_run(run)
    assert (seen.status, seen.conclusion, seen.head_sha, seen.event, seen.path) == (
        "completed", "success", sha, "push", ".github/workflows/model-pr.yml",
    )  # fmt: skip
    assert [(one.id, one.name) for one in seen.get_artifacts()] == [(number, "modelbot-bundle")]
    _status, headers, _body = repo.requester.requestBlob(
        "GET", f"/repos/{REPO}/actions/artifacts/{number}/zip", {}
    )
    import requests

    answer = requests.get(headers["location"], timeout=5)
    assert zipfile.ZipFile(BytesIO(answer.content)).read("bundle.json") == b"{}"
    assert requests.get(headers["location"][:-1], timeout=5).status_code == 403
    assert [check.name for check in repo.get_commit(sha).get_check_runs()] == ["reproduce"]


def test_people_and_what_they_may(forge) -> None:
    repo = forge.repo("ada")
    roles = {who: repo.get_collaborator_permission(who) for who in ("ada", "bob", "rea", "mallory")}
    assert roles == {"ada": "admin", "bob": "write", "rea": "read", "mallory": "read"}
    assert forge.client("bob").get_user().login == "bob"
    forge.hub.protect(REPO, "main", required_checks=("modelbot",), required_approvals=1)
    protection = repo.get_branch("main").get_protection()
    assert protection.required_status_checks.contexts == ["modelbot"]
    assert protection.required_pull_request_reviews.required_approving_review_count == 1
    assert forge.client("bob").get_rate_limit().rate.limit == 5000


def test_labels_statuses_and_reactions(forge) -> None:
    forge.topic("bob", "topic", params__yaml="rate: 2\n")
    pull = forge.repo("bob").create_pull(title="T", body="", head="topic", base="main")
    pull.add_to_labels("model", "slow")
    pull.remove_from_labels("slow")
    assert [label.name for label in pull.get_labels()] == ["model"]
    assert [issue.number for issue in forge.repo("bob").get_issues(labels=["model"])] == [1]
    comment = pull.create_issue_comment("hi")
    comment.create_reaction("eyes")
    commit = forge.repo("bob").get_commit(pull.head.sha)
    commit.create_status("pending", context="other", description="wait")
    commit.create_status("success", context="other")
    assert (commit.get_combined_status().state, [one.state for one in commit.get_statuses()]) == (
        "success", ["success", "pending"],
    )  # fmt: skip
    pull.edit(title="New", state="closed")
    assert forge.hub.snapshot(REPO).pull(1).state == "closed"
    pull.edit(state="open")
    assert [one.title for one in forge.repo("bob").get_pulls()] == ["New"]


def test_a_workflow_is_started_by_hand(forge) -> None:
    clone = forge.clone("ada")
    (clone / ".github/workflows").mkdir(parents=True)
    (clone / ".github/workflows/model-promote.yml").write_text("on: workflow_dispatch\n")
    forge.commit(clone, "Workflow")
    forge.ok(clone, "push", "--quiet", "origin", "HEAD:main")
    heard = _heard(forge)
    import requests

    url = f"{forge.hub.api_url}/repos/{REPO}/actions/workflows/model-promote.yml/dispatches"
    header = {"Authorization": f"Bearer {forge.tokens['bob']}"}
    answer = requests.post(url, json={"ref": "main", "inputs": {"reason": "x"}}, headers=header, timeout=5)
    assert answer.status_code == 204
    assert (heard[0].event, heard[0].payload["inputs"]) == ("workflow_dispatch", {"reason": "x"})
