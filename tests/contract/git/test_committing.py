"""Committing on top of a branch of a real origin."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.git import GitRepository, token_header
from bot.adapters.process import git_environment
from bot.errors import NotEvaluatedError, StaleError, UnavailableError
from bot.ports.git import CommittedFile


def commit(work, *files, parent=None, branch="main"):
    parent = parent or work.git("rev-parse", "origin/main")
    return GitRepository(work.root).commit(branch, parent, files, "Reproduce the pipeline")


def test_a_branch_that_moved_is_stale_and_nothing_is_pushed(work, origin):
    old = work.git("rev-parse", "HEAD")
    moved = work.commit(other="1")
    work.git("push", "--quiet", "origin", "main")
    with pytest.raises(StaleError, match="moved meanwhile"):
        commit(work, CommittedFile("dvc.lock", b"x"), parent=old)
    assert origin.git("rev-parse", "main") == moved


def test_a_branch_that_was_deleted_is_stale(work, origin):
    origin.git("update-ref", "-d", "refs/heads/main")
    with pytest.raises(StaleError):
        commit(work, CommittedFile("dvc.lock", b"x"))
    assert origin.git("for-each-ref") == ""


def test_a_hook_that_refuses_is_unavailable_and_its_words_cannot_pass_for_a_moved_branch(work, origin):
    before = origin.git("rev-parse", "main")
    hook = origin.root / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'protected: non-fast-forward, stale info, fetch first' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(UnavailableError, match="contents: write") as caught:
        commit(work, CommittedFile("dvc.lock", b"x"))
    assert "pre-receive hook declined" in caught.value.what
    assert origin.git("rev-parse", "main") == before


def test_an_origin_that_is_gone_is_unavailable(work):
    work.git("remote", "set-url", "origin", "http://127.0.0.1:9/x.git")
    with pytest.raises(UnavailableError, match="Could not push"):
        commit(work, CommittedFile("dvc.lock", b"x"))
    with pytest.raises(UnavailableError, match="Could not fetch"):
        GitRepository(work.root).fetch("main")


def test_a_commit_replaces_only_its_files_and_keeps_the_executable_bit(work, origin):
    work.write("run.sh", "old")
    (work.root / "run.sh").chmod(0o755)
    work.commit_files({"kept/a": "1", "metrics.json": "{}"})
    work.git("push", "--quiet", "origin", "main")
    before = origin.git("ls-tree", "-r", "main", "kept", "readme")
    parent = work.git("rev-parse", "HEAD")
    files = [("run.sh", b"new"), ("metrics.json", b"\xff\0"), ("new/odd \n\tname é", b"3")]
    sha = commit(work, *(CommittedFile(*file) for file in files))
    assert origin.git("rev-parse", "main", "main^").split() == [sha, parent]
    tree = GitRepository(work.root).tree(sha)
    assert all(tree.read(path) == data for path, data in files)
    assert origin.git("ls-tree", "main", "run.sh").startswith("100755")
    assert origin.git("ls-tree", "main", "metrics.json").startswith("100644")
    assert origin.git("ls-tree", "-r", "main", "kept", "readme") == before
    assert origin.git("log", "-1", "--format=%an %s", "main") == "modelbot Reproduce the pipeline"
    assert work.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "path",
    [
        "link",
        "link/inside",
        "folder",
        "readme/below",
        ".git/config",
        "a/.GIT/hooks/x",
        "../up",
        "/abs",
        "a//b",
    ],
)
def test_a_place_that_is_taken_or_unsafe_is_refused_and_nothing_is_pushed(work, origin, path):
    (work.root / "link").symlink_to("/etc")
    work.commit_files({"folder/a": "1"})
    work.git("push", "--quiet", "origin", "main")
    before = origin.git("rev-parse", "main")
    with pytest.raises(NotEvaluatedError, match="commit"):
        commit(work, CommittedFile(path, b"x"))
    assert origin.git("rev-parse", "main") == before


def start(work, branch, *files):
    parent = work.git("rev-parse", "origin/main")
    return GitRepository(work.root).start(branch, parent, files, "Without a run")


def test_a_new_branch_starts_with_one_commit_on_top_of_its_parent(work, origin):
    before = origin.git("rev-parse", "main")
    sha = start(work, "modelbot/reproduce-1", CommittedFile("dvc.lock", b"x"))
    assert origin.git("rev-parse", "modelbot/reproduce-1", "modelbot/reproduce-1^").split() == [sha, before]
    assert origin.git("rev-parse", "main") == before
    assert origin.git("show", f"{sha}:dvc.lock") == "x"


def test_a_branch_that_is_there_already_is_not_started_again(work, origin):
    first = start(work, "modelbot/reproduce-1", CommittedFile("dvc.lock", b"x"))
    with pytest.raises(StaleError):
        start(work, "modelbot/reproduce-1", CommittedFile("dvc.lock", b"y"))
    assert origin.git("rev-parse", "modelbot/reproduce-1") == first


SECRET = "ghs_verysecret"
STAND_IN = """#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    print(json.dumps([sys.argv, dict(os.environ)]), file=log)
os.execv({git!r}, ["git", *sys.argv[1:]])
"""


def test_the_token_is_never_an_argument_or_part_of_an_error(work, tmp_path, monkeypatch):
    """Every start of Git is seen by a stand-in that notes its arguments and then becomes Git."""
    git = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    log = tmp_path / "log"
    stand_in = tmp_path / "bin" / "git"
    stand_in.parent.mkdir()
    stand_in.write_text(STAND_IN.format(python=sys.executable, log=str(log), git=git))
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}:{os.environ['PATH']}")
    work.git("remote", "set-url", "origin", "http://127.0.0.1:9/x.git")
    header = token_header(SECRET)
    repository = GitRepository(work.root, header)
    errors = []
    for attempt in (lambda: repository.fetch("main"), lambda: commit_with(repository)):
        with pytest.raises(UnavailableError) as caught:
            attempt()
        errors.append(str(caught.value))
    seen = log.read_text().splitlines()
    encoded = header.split()[-1]
    assert not [text for text in errors if SECRET in text or encoded in text]
    assert [line for line in seen if encoded in line], "the header did travel"
    starts = [json.loads(line) for line in seen]
    assert not [argv for argv, _ in starts if any(encoded in word or SECRET in word for word in argv)]
    with_token = [argv[1] for argv, variables in starts if encoded in json.dumps(variables)]
    assert with_token == ["fetch", "push"]


def commit_with(repository):
    return repository.commit("main", repository.resolve("HEAD"), (CommittedFile("a", b"1"),), "m")


def test_the_header_is_for_origin_alone_and_replaces_the_checkout_s_own(work):
    work.git("config", "http.http://127.0.0.1:9/.extraheader", "AUTHORIZATION: basic checkout")
    url = "http://127.0.0.1:9/owner/name.git"
    environment = git_environment("AUTHORIZATION: basic ours", url)

    def headers(address: str) -> list[str]:
        command = ["git", "config", "--get-urlmatch", "http.extraHeader", address]
        found = subprocess.run(
            command, cwd=work.root, env=environment, capture_output=True, text=True, check=False
        )
        return found.stdout.split("\n")[:-1]

    assert headers(url) == ["AUTHORIZATION: basic ours"]
    assert headers("http://127.0.0.1:9/other/repo.git") == ["AUTHORIZATION: basic checkout"]
    assert headers("http://elsewhere.example/owner/name.git") == []


def test_git_cannot_be_started_is_unavailable(work, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="not installed"):
        GitRepository(Path(work.root)).resolve("HEAD")
