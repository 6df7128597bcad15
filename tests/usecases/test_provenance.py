"""Entries of `dvc.lock` that nobody ran: found, refused, and asked for. Merges are Git's own."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bot.console_promotion import promotion_lines
from bot.errors import ExitCode
from bot.usecases.promote import promote

PHANTOM = "nobody ran train with the inputs and outputs that dvc.lock records"


def merged(tmp_path: Path, ours: bytes, base: bytes, theirs: bytes) -> bytes:
    """What Git makes of two changes of one file; a conflict fails the test."""
    for name, data in (("ours", ours), ("base", base), ("theirs", theirs)):
        (tmp_path / name).write_bytes(data)
    command = ["git", "merge-file", "-p", "ours", "base", "theirs"]
    return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout


def commented(team) -> dict[str, bytes]:
    """Main's files with a comment in the training code, and the lock of whoever ran that."""
    files = team.repository.files("main")
    files |= {"train.py": b"# as of the review\n" + files["train.py"]}
    ran = dict(files)
    team.workshop.run("train", ran)
    return files | {"dvc.lock": ran["dvc.lock"]}


def push(team, files: dict[str, bytes]) -> None:
    team.repository.refs["main"] = team.repository.add(files, team.main)


def merge_both(team, tmp_path: Path, *, squash: bool = False, lock: bytes | None = None) -> str:
    """A change of the code comes to main, then a better model that was reported before it."""
    team.report(team.propose(params__yaml="lr: 0.2\n"))
    team.approve()
    base, head = team.repository.files("main"), team.repository.files(team.head)
    push(team, commented(team))
    now = team.repository.files("main")
    names = {*base, *now, *head}
    whole = {one: merged(tmp_path, now[one], base[one], head[one]) for one in names}
    parents = (team.main,) if squash else (team.main, team.head)
    team.repository.refs["main"] = team.repository.add(whole | ({"dvc.lock": lock} if lock else {}), *parents)
    team.repository.refs["HEAD"] = team.main
    team.hub.pull = replace(
        team.hub.pull, state="closed", merged=True, merge_sha=team.main, head_sha=team.head
    )
    return team.main


class TestPhantom:
    """Each of two pull requests was run; what Git merged of their locks never was, and DVC sees nothing."""

    @pytest.fixture(params=["merge", "squash"])
    def phantom(self, promoted, tmp_path, request):
        merge_both(promoted, tmp_path, squash=request.param == "squash")
        return promoted

    def test_is_not_promoted(self, phantom):
        done = phantom.promote()
        assert done.exit_code is ExitCode.NOT_EVALUATED
        assert phantom.champion() == "lr 0.1"
        record = phantom.ledger()[-1]
        assert (record.kind, record.champion, record.exit_code) == ("refused", "1", 5)
        assert any(PHANTOM in reason for reason in record.reasons)

    def test_is_told_with_the_pull_request_that_has_it_run(self, phantom):
        lines = "\n".join(promotion_lines(phantom.promote()))
        assert PHANTOM in lines
        assert "#8 (open) has these stages run: https://localhost/pull/8" in lines
        assert PHANTOM.replace("train", "`train`") in phantom.comments()[0]

    def test_has_a_pull_request_without_those_entries_and_no_second_one(self, phantom):
        phantom.promote()
        (asked,) = phantom.hub.opened
        assert asked.title == "Reproduce a stage that nobody ran, for tiny"
        files = phantom.repository.files(asked.branch)
        assert b"train:" not in files["dvc.lock"]
        assert b"evaluate:" in files["dvc.lock"]
        assert files | {"dvc.lock": b""} == phantom.repository.files("main") | {"dvc.lock": b""}
        before = phantom.state()
        phantom.promote()
        assert phantom.state() == before
        assert len(phantom.hub.opened) == 1

    def test_is_promoted_once_its_stages_were_run(self, phantom):
        phantom.promote()
        (asked,) = phantom.hub.opened
        run = phantom.adopt_pull(asked)
        phantom.report(run)
        phantom.merge()
        done = phantom.promote()
        assert done.exit_code is ExitCode.OK
        assert phantom.champion() == "lr 0.2"

    def test_is_promoted_as_soon_as_the_run_is_on_record(self, phantom):
        phantom.promote()
        (asked,) = phantom.hub.opened
        phantom.report(phantom.adopt_pull(asked))
        assert phantom.promote().exit_code is ExitCode.OK
        assert phantom.champion() == "lr 0.2"

    def test_a_pull_request_that_cannot_be_opened_is_said_and_the_refusal_stays(self, phantom):
        phantom.hub.forbidden = "GitHub Actions is not permitted to create or approve pull requests."
        done = phantom.promote()
        assert done.exit_code is ExitCode.UNAVAILABLE
        assert phantom.ledger()[-1].kind == "refused"
        assert "not permitted to create" in "\n".join(promotion_lines(done))

    def test_one_that_stopped_before_its_pull_request_was_open_is_opened_by_the_next(self, phantom):
        phantom.hub.forbidden = "not now"
        phantom.promote()
        phantom.hub.forbidden = ""
        phantom.promote()
        assert len(phantom.hub.opened) == 1


def test_a_person_without_github_is_told_too(promoted, tmp_path):
    merge_both(promoted, tmp_path)
    done = promote(promoted.promote_world(github=False), promoted.where, promoted.occasion)
    assert done.exit_code is ExitCode.NOT_EVALUATED
    assert PHANTOM in "\n".join(promotion_lines(done))


def test_whoever_merged_and_ran_it_vouches_for_the_merge(promoted):
    """The author merged main into the branch, ran the stage and committed the lock: that is no phantom."""
    promoted.report(promoted.propose(params__yaml="lr: 0.2\n"))
    push(promoted, commented(promoted))
    files = promoted.repository.files("main") | {"params.yaml": b"lr: 0.2\n"}
    for stage in ("train", "evaluate"):
        promoted.workshop.run(stage, files)
    promoted.remote.objects |= promoted.workshop.cache.objects
    kept = {one: data for one, data in files.items() if not one.startswith("model")}
    promoted.move(kept)
    promoted.approve()
    promoted.merge()
    assert promoted.promote().exit_code is ExitCode.OK
    assert promoted.champion() == "lr 0.2"


class TestLeast:
    """What the policy asks for."""

    @staticmethod
    def asks(team, least: str) -> None:
        files = team.repository.files("main")
        policy = files["policies/tiny.yaml"] + b"pipeline: {provenance: %b}\n" % least.encode()
        push(team, files | {"policies/tiny.yaml": policy})

    def claimed(self, team) -> None:
        """Somebody runs the pipeline on their own machine and pushes to main."""
        files = team.repository.files("main") | {"params.yaml": b"lr: 0.2\n"}
        for stage in ("train", "evaluate"):
            team.workshop.run(stage, files)
        team.remote.objects |= team.workshop.cache.objects
        push(team, {one: data for one, data in files.items() if not one.startswith("model")})

    @pytest.mark.parametrize("least", ["external", "adopted"])
    def test_a_persons_word_suffices(self, promoted, least):
        self.asks(promoted, least)
        self.claimed(promoted)
        assert promoted.promote(github=False).exit_code is ExitCode.OK
        assert promoted.champion() == "lr 0.2"

    def test_a_persons_word_does_not_suffice(self, promoted):
        self.asks(promoted, "reproduced")
        self.claimed(promoted)
        done = promoted.promote()
        assert done.exit_code is ExitCode.NOT_EVALUATED
        assert promoted.champion() == "lr 0.1"
        told = "\n".join(promotion_lines(done))
        asked = "and the policy asks for one that was reproduced"
        assert f"a person vouches for the run of train, {asked}" in told
        assert f"a person vouches for the run of evaluate, {asked}" in told

    def test_what_our_job_ran_suffices_and_what_was_there_before_does_not(self, promoted):
        self.asks(promoted, "reproduced")
        promoted.hub.shelve()
        promoted.report(promoted.propose(params__yaml="lr: 0.2\n"))
        promoted.approve()
        promoted.merge()
        assert promoted.promote().exit_code is ExitCode.OK

    def test_a_return_is_not_asked_again(self, promoted):
        self.claimed(promoted)
        assert promoted.promote(github=False).exit_code is ExitCode.OK
        self.asks(promoted, "reproduced")
        files = promoted.repository.files("main")
        old = promoted.repository.commits[promoted.repository.first_parents(promoted.main, 500)[-1]].files
        push(promoted, files | {name: old[name] for name in ("params.yaml", "dvc.lock", "metrics.json")})
        assert promoted.promote(github=False).exit_code is ExitCode.OK
        assert promoted.champion() == "lr 0.1"


def test_the_first_promotion_takes_what_is_there(team, tmp_path):
    merge_both(team, tmp_path)
    assert team.promote().exit_code is ExitCode.OK
    assert team.champion() == "lr 0.2"
