"""What GitHub on localhost says no to, asked through PyGithub and Git: the same words, the same codes."""

from __future__ import annotations

import pytest

REPO = "acme/flights"
CHECK = "modelbot / flights"


def _pull(forge, branch="topic"):
    forge.topic("bob", branch, params__yaml=f"rate: 2 # {branch}\n")
    return forge.repo("bob").create_pull(title="Faster", body="", head=branch, base="main")


def test_an_unknown_token_is_401(forge, refused) -> None:
    assert refused(lambda: forge.repo("ghp_wrong").complete())[:2] == (401, "Bad credentials")


def test_a_revoked_workflow_token_is_401(forge, refused) -> None:
    token = forge.workflow(contents="read")
    assert forge.repo(token).get_branch("main").name == "main"
    forge.hub.revoke_token(token)
    assert refused(lambda: forge.repo(token).get_branch("main"))[0] == 401


def test_a_private_repository_does_not_exist_for_strangers(forge, refused) -> None:
    forge.hub.add_repository("acme/secret", public=False, admins=("ada",))
    assert refused(lambda: forge.repo("mallory", "acme/secret").complete())[0] == 404
    assert forge.repo("ada", "acme/secret").full_name == "acme/secret"


@pytest.mark.parametrize(
    ("permissions", "act", "accepted"),
    [
        ({"contents": "read"}, lambda repo, sha: repo.create_check_run("x", sha), "checks=write"),
        ({"contents": "read"}, lambda repo, sha: repo.create_git_ref("refs/heads/x", sha), "contents=write"),
        ({"checks": "write"}, lambda repo, _sha: repo.get_branch("main"), "contents=read"),
        (
            {"contents": "write"},
            lambda repo, _sha: repo.get_issue(1).create_comment("hi"),
            "issues=write; pull_requests=write",
        ),
        (
            {"contents": "write"},
            lambda repo, _sha: list(repo.get_workflow_run(1).get_artifacts()),
            "actions=read",
        ),
        ({"pull-requests": "write"}, lambda repo, sha: repo.create_deployment(sha), "deployments=write"),
    ],
)
def test_a_missing_permission_is_named(forge, refused, permissions, act, accepted) -> None:
    sha = forge.repo("ada").get_branch("main").commit.sha
    repo = forge.repo(forge.workflow(**permissions))
    status, message, headers = refused(lambda: act(repo, sha))
    assert (status, message) == (403, "Resource not accessible by integration")
    assert headers["x-accepted-github-permissions"] == accepted


def test_a_workflow_token_is_worth_nothing_in_another_repository(forge, refused) -> None:
    forge.hub.add_repository("acme/other", admins=("ada",))
    repo = forge.repo(forge.workflow(contents="write", issues="write"), "acme/other")
    assert refused(lambda: repo.create_issue("hello"))[0] == 403


def test_only_an_app_makes_check_runs(forge, refused) -> None:
    sha = forge.repo("ada").get_branch("main").commit.sha
    assert refused(lambda: forge.repo("ada").create_check_run("x", sha))[0] == 403


def test_a_merge_waits_for_the_required_check_and_the_approval(forge, refused) -> None:
    forge.hub.protect(REPO, "main", required_checks=(CHECK,), required_approvals=1)
    pull = _pull(forge)
    actions = forge.repo(forge.workflow(checks="write"))
    status, message, _ = refused(pull.merge)
    assert status == 405
    assert f'Required status check "{CHECK}" is expected.' in message
    assert "At least 1 approving review is required" in message
    check = actions.create_check_run(CHECK, pull.head.sha, status="completed", conclusion="failure")
    assert f'Required status check "{CHECK}" is failing.' in refused(pull.merge)[1]
    check.edit(status="completed", conclusion="success")
    assert "is failing" not in refused(pull.merge)[1]
    forge.repo("cy").get_pull(1).create_review(event="REQUEST_CHANGES", body="no")
    assert refused(pull.merge)[1] == "Changes have been requested."
    forge.repo("cy").get_pull(1).create_review(event="APPROVE")
    assert pull.merge().merged


def test_an_approval_of_somebody_who_may_only_read_does_not_count(forge, refused) -> None:
    forge.hub.protect(REPO, "main", required_approvals=1)
    pull = _pull(forge)
    forge.repo("rea").get_pull(1).create_review(event="APPROVE")
    assert refused(pull.merge)[0] == 405


def test_nobody_approves_their_own_pull_request(forge, refused) -> None:
    pull = _pull(forge)
    assert refused(lambda: pull.create_review(event="APPROVE"))[0] == 422


def test_an_administrator_merges_past_a_red_check_unless_the_rule_binds_them(forge, refused) -> None:
    forge.hub.protect(REPO, "main", required_checks=(CHECK,), enforce_admins=True)
    _pull(forge)
    assert refused(forge.repo("ada").get_pull(1).merge)[0] == 405
    forge.hub.protect(REPO, "main", required_checks=(CHECK,))
    assert refused(forge.repo("bob").get_pull(1).merge)[0] == 405
    assert forge.repo("ada").get_pull(1).merge().merged


def test_a_workflow_token_never_merges_past_a_rule(forge, refused) -> None:
    forge.hub.protect(REPO, "main", required_checks=(CHECK,))
    _pull(forge)
    repo = forge.repo(forge.workflow(contents="write", **{"pull-requests": "write"}))
    assert refused(repo.get_pull(1).merge)[0] == 405


def test_a_merge_of_a_head_that_moved_is_409(forge, refused) -> None:
    pull = _pull(forge)
    assert refused(lambda: pull.merge(sha="0" * 40))[0] == 409
    assert pull.merge(sha=pull.head.sha).merged


def test_a_conflict_is_not_mergeable(forge, refused) -> None:
    first, second = _pull(forge, "one"), _pull(forge, "two")
    assert first.merge().merged
    again = forge.repo("bob").get_pull(second.number)
    assert (again.mergeable, again.mergeable_state) == (False, "dirty")
    assert refused(again.merge)[:2] == (405, "Pull Request is not mergeable")


def test_pushes_that_a_protected_branch_refuses(forge) -> None:
    forge.hub.protect(REPO, "main", required_checks=(CHECK,), required_approvals=1)
    clone = forge.clone("bob")
    forge.commit(clone, "Sneak", params__yaml="rate: 9\n")
    direct = forge.git(clone, "push", "origin", "HEAD:main")
    assert direct.returncode != 0
    assert "GH006: Protected branch update failed for refs/heads/main" in direct.stderr
    assert "Changes must be made through a pull request." in direct.stderr
    forge.ok(clone, "push", "--quiet", "origin", "origin/main:refs/heads/release")
    forge.hub.protect(REPO, "release")
    assert "Cannot delete a protected branch" in forge.git(clone, "push", "origin", ":release").stderr
    assert forge.git(clone, "push", "origin", ":main").returncode != 0
    admin = forge.clone("ada")
    forge.ok(admin, "commit", "--amend", "--quiet", "--message", "Rewritten")
    assert (
        "Cannot force-push to this branch"
        in forge.git(admin, "push", "--force", "origin", "HEAD:main").stderr
    )
    assert forge.hub.snapshot(REPO).branches()["main"] == forge.repo("ada").get_branch("main").commit.sha


def test_a_commit_that_passed_the_required_check_may_be_pushed(forge) -> None:
    forge.hub.protect(REPO, "main", required_checks=(CHECK,))
    clone = forge.topic("bob", "green", params__yaml="rate: 3\n")
    assert forge.git(clone, "push", "origin", "HEAD:main").returncode != 0
    sha = forge.ok(clone, "rev-parse", "HEAD")
    forge.repo(forge.workflow(checks="write")).create_check_run(
        CHECK, sha, status="completed", conclusion="success"
    )
    assert forge.git(clone, "push", "origin", "HEAD:main").returncode == 0
    assert forge.hub.snapshot(REPO).branches()["main"] == sha


@pytest.mark.parametrize("who", ["rea", "mallory"])
def test_who_may_not_write_does_not_push(forge, who) -> None:
    clone = forge.clone(who)
    forge.commit(clone, "Mine", params__yaml="rate: 9\n")
    pushed = forge.git(clone, "push", "origin", "HEAD:mine")
    assert pushed.returncode != 0
    assert "403" in pushed.stderr
    assert "mine" not in forge.hub.snapshot(REPO).branches()


def test_git_takes_workflow_tokens_by_their_permission(forge) -> None:
    clone = forge.clone(forge.workflow(contents="read"))
    forge.commit(clone, "Mine", params__yaml="rate: 9\n")
    assert forge.git(clone, "push", "origin", "HEAD:mine").returncode != 0
    write = forge.remote(forge.workflow(contents="write"))
    assert forge.git(clone, "push", write, "HEAD:mine").returncode == 0
    other = forge.remote(forge.workflow(checks="write"))
    assert forge.git(clone, "push", other, "HEAD:other").returncode != 0


def test_nobody_pushes_to_the_refs_of_pull_requests(forge) -> None:
    clone = forge.clone("ada")
    forge.commit(clone, "Forged", params__yaml="rate: 9\n")
    assert forge.git(clone, "push", "origin", "HEAD:refs/pull/1/head").returncode != 0


def test_limits_that_the_description_does_not_state(forge, refused) -> None:
    pull = _pull(forge)
    sha = pull.head.sha
    actions = forge.repo(
        forge.workflow(checks="write", statuses="write", deployments="write", contents="write")
    )
    long = {"title": "t", "summary": "x" * 65_536}
    note = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    many = {"title": "t", "summary": "s", "annotations": [note] * 51}
    acts = [
        lambda: pull.create_issue_comment("x" * 65_537),
        lambda: pull.create_issue_comment("  "),
        lambda: actions.create_check_run("x", sha, status="completed"),
        lambda: actions.create_check_run("x", sha, output=long),
        lambda: actions.create_check_run("x", sha, output=many),
        lambda: actions.create_git_ref("heads/x", sha),
        lambda: actions.get_commit(sha).create_status("success", description="x" * 141),
        lambda: actions.create_deployment(sha, description="x" * 141),
    ]
    assert [refused(act)[0] for act in acts] == [422] * len(acts)
    assert len(pull.create_issue_comment("x" * 65_536).body) == 65_536


def test_a_reference_moves_forward_only_and_only_from_where_it_is(forge, refused) -> None:
    clone = forge.topic("bob", "ledger", record__json="1")
    first = forge.hub.snapshot(REPO).branches()["main"]
    reference = forge.repo("bob").get_git_ref("heads/ledger")
    reference.complete()  # a lazy one would write to the address it is read from, which GitHub does not know
    assert refused(lambda: reference.edit(first))[1] == "Update is not a fast forward"
    assert refused(lambda: forge.repo("bob").create_git_ref("refs/heads/ledger", first))[0] == 422
    stale = forge.clone("cy")
    forge.ok(stale, "checkout", "--quiet", "ledger")
    forge.commit(clone, "Second", record__json="2")
    forge.ok(clone, "push", "--quiet", "origin", "ledger")
    forge.commit(stale, "Other second", record__json="3")
    assert forge.git(stale, "push", "origin", "ledger").returncode != 0


def test_faults_strike_the_requests_they_name(forge, refused) -> None:
    import github

    faults = forge.hub.faults
    faults.fail("bad_gateway", times=2, path=r"/branches/")
    assert [refused(lambda: forge.repo("ada").get_branch("main"))[0] for _ in range(2)] == [502, 502]
    faults.fail("secondary_limit", retry_after=7)
    with pytest.raises(github.RateLimitExceededException) as caught:
        forge.repo("ada").get_branch("main")
    assert caught.value.headers["retry-after"] == "7"
    faults.fail("not_found")
    assert refused(lambda: forge.repo("ada").get_branch("main"))[0] == 404
    assert forge.repo("ada").get_branch("main").name == "main"


def test_a_lost_answer_has_done_its_work(forge) -> None:
    import requests

    pull = _pull(forge)
    forge.hub.faults.fail("lost_answer", method="POST", path="/comments$")
    with pytest.raises(requests.exceptions.ConnectionError):
        pull.create_issue_comment("<!-- marker --> once")
    found = [comment.body for comment in pull.get_issue_comments() if "marker" in comment.body]
    assert found == ["<!-- marker --> once"]


def test_the_view_of_the_dvc_remote_only_reads(forge, tmp_path) -> None:
    import requests

    remote = tmp_path / "remote"
    (remote / "files/md5/ab").mkdir(parents=True)
    (remote / "files/md5/ab/cd").write_bytes(b"bytes")
    (tmp_path / "secret").write_text("no")
    url = forge.hub.serve_dvc_remote(REPO, remote)
    assert requests.get(f"{url}/files/md5/ab/cd", timeout=5).content == b"bytes"
    assert requests.head(f"{url}/files/md5/ab/cd", timeout=5).headers["Content-Length"] == "5"
    assert requests.get(f"{url}/files/md5/ab/xx", timeout=5).status_code == 404
    assert requests.put(f"{url}/files/md5/ab/xx", data=b"1", timeout=5).status_code == 405
    escape = requests.Request("GET", f"{url}/x").prepare()
    escape.url = f"{url}/..%2f..%2fsecret"
    assert requests.Session().send(escape, timeout=5).status_code == 404
