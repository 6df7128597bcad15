"""The same questions to the fake branch of records and to real Git with a bare origin."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
import zlib

import pytest

from bot.adapters.records import GitRecords
from bot.errors import InvalidInputError, NotEvaluatedError, StaleError, UnavailableError
from bot.promotion.chain import broken_links

BRANCH = "modelbot/ledger"


def git(root, *arguments, data=None):
    who = {f"GIT_{role}_{part}": "x@y" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    return (
        subprocess.run(
            ["git", *arguments], cwd=root, input=data, env=os.environ | who, check=True, capture_output=True
        )
        .stdout.decode()
        .strip()
    )


@pytest.fixture
def origin(tmp_path):
    git(tmp_path, "init", "--quiet", "--bare", "origin.git")
    return tmp_path / "origin.git"


def clone(origin, name):
    root = origin.parent / name
    git(origin.parent, "init", "--quiet", name)
    git(root, "remote", "add", "origin", str(origin))
    return root


@pytest.fixture
def work(origin):
    return clone(origin, "work")


@pytest.fixture(params=["fake", "git"])
def pair(request, fakes):
    """Two writers of one branch."""
    if request.param == "fake":
        records = fakes.FakeRecords()
        return records, records
    origin = request.getfixturevalue("origin")
    return GitRecords(request.getfixturevalue("work")), GitRecords(clone(origin, "other"))


def test_a_branch_that_does_not_exist_has_no_records(pair):
    assert pair[0].entries(BRANCH) == ()


def test_records_come_back_byte_for_byte_oldest_first(pair):
    first, second = pair
    after, written = None, []
    for number, data in enumerate([b"one\n", b"", b"\0\xff\n\n", "naïve".encode(), b"x" * 100_000]):
        writer = (first, second)[number % 2]
        writer.entries(BRANCH)
        after = writer.append(BRANCH, after, data, f"record {number}")
        written.append((after, data))
    for reader in pair:
        assert [(entry.commit, entry.data) for entry in reader.entries(BRANCH)] == written


def test_whoever_appends_second_after_the_same_commit_is_stale_and_wrote_nothing(pair):
    first, second = pair
    start = first.append(BRANCH, None, b"start", "start")
    second.entries(BRANCH)
    first.append(BRANCH, start, b"first", "first")
    with pytest.raises(StaleError):
        second.append(BRANCH, start, b"second", "second")
    assert [entry.data for entry in first.entries(BRANCH)] == [b"start", b"first"]


def test_the_branch_is_started_once(pair):
    first, second = pair
    first.append(BRANCH, None, b"first", "start")
    with pytest.raises(StaleError):
        second.append(BRANCH, None, b"second", "start")
    assert [entry.data for entry in second.entries(BRANCH)] == [b"first"]


def test_equal_records_of_two_writers_are_still_one_winner(pair):
    first, second = pair
    first.append(BRANCH, None, b"same", "same")
    with pytest.raises(StaleError):
        second.append(BRANCH, None, b"same", "same")


def test_two_branches_do_not_meet(pair):
    first, _ = pair
    first.append(BRANCH, None, b"ledger", "m")
    first.append("modelbot/runs", None, b"run", "m")
    assert [entry.data for entry in first.entries("modelbot/runs")] == [b"run"]


def test_the_chain_holds_what_the_names_are_made_of(pair):
    first, second = pair
    assert first.chain(BRANCH).links == ()
    after = first.append(BRANCH, None, b"one", "first")
    second.entries(BRANCH)
    after = second.append(BRANCH, after, b"two\n\0", "second")
    for reader in pair:
        links = reader.chain(BRANCH).links
        assert [link.data for link in links] == [b"one", b"two\n\0"]
        assert links[-1].commit == after
        assert list(broken_links(links)) == []


# What only Git can be asked.


def test_an_origin_that_is_gone_is_unavailable(work, origin):
    shutil.rmtree(origin)
    with pytest.raises((UnavailableError, InvalidInputError)) as error:
        GitRecords(work).entries(BRANCH)
    assert error.value.todo


def test_a_repository_without_origin_is_told_to_add_one(tmp_path):
    git(tmp_path, "init", "--quiet", "alone")
    with pytest.raises(InvalidInputError, match="origin"):
        GitRecords(tmp_path / "alone").entries(BRANCH)


def test_a_server_that_refuses_the_push_is_unavailable_with_its_reason(work, origin):
    hook = origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'branch is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(UnavailableError, match="branch is protected"):
        GitRecords(work).append(BRANCH, None, b"x", "m")


def test_a_deleted_branch_is_not_brought_back_by_an_old_writer(work, origin):
    records = GitRecords(work)
    start = records.append(BRANCH, None, b"start", "m")
    git(origin, "update-ref", "-d", f"refs/heads/{BRANCH}")
    with pytest.raises(StaleError):
        records.append(BRANCH, start, b"next", "m")
    assert records.entries(BRANCH) == ()


def test_a_commit_without_a_record_is_named(work, origin):
    records = GitRecords(work)
    records.append(BRANCH, None, b"start", "m")
    tree = git(origin, "mktree", data=b"")
    evil = git(origin, "commit-tree", tree, "-p", BRANCH, "-m", "evil")
    git(origin, "update-ref", f"refs/heads/{BRANCH}", evil)
    with pytest.raises(NotEvaluatedError, match=evil[:12]):
        records.entries(BRANCH)


def test_a_merge_into_the_branch_is_named(work, origin):
    records = GitRecords(work)
    start = records.append(BRANCH, None, b"start", "m")
    tree = git(origin, "rev-parse", f"{BRANCH}^{{tree}}")
    root = git(origin, "commit-tree", tree, "-m", "another root")
    evil = git(origin, "commit-tree", tree, "-p", start, "-p", root, "-m", "merge")
    git(origin, "update-ref", f"refs/heads/{BRANCH}", evil)
    with pytest.raises(NotEvaluatedError, match="not one line"):
        records.entries(BRANCH)


def path_of(root, name):
    return root / ".git" / "objects" / name[:2] / name[2:]


def exchanged(root, name, data):
    """Put `data` where the loose object `name` is, as whoever may write to the disk can."""
    path = path_of(root, name)
    path.chmod(0o644)
    path.write_bytes(data)


def written(work, *datas):
    records, after = GitRecords(work), None
    for data in datas:
        after = records.append(BRANCH, after, data, "m")
    return records


def test_an_exchanged_object_is_read_by_git_and_found_by_its_hash(work):
    records = written(work, b"one", b"two", b"three")
    blob = git(work, "rev-parse", f"{records.chain(BRANCH).links[1].commit}:record.json")
    exchanged(work, blob, zlib.compress(b"blob 3\0TWO"))
    assert [entry.data for entry in records.entries(BRANCH)] == [b"one", b"TWO", b"three"]
    (finding,) = broken_links(records.chain(BRANCH).links)
    assert (finding.sequence, finding.field) == (2, "record.json")


def test_a_damaged_object_is_named_and_what_is_after_it_is_read(work):
    records = written(work, b"one", b"two", b"three", b"four")
    links = records.chain(BRANCH).links
    exchanged(work, git(work, "rev-parse", f"{links[1].commit}:record.json"), b"garbage")
    path_of(work, git(work, "rev-parse", f"{links[2].commit}^{{tree}}")).unlink()
    again = records.chain(BRANCH).links
    assert [link.data for link in again] == [b"one", None, None, b"four"]
    assert [one.sequence for one in broken_links(again)] == [2, 3]


@pytest.mark.parametrize("position", [0, 1, 3])
def test_a_damaged_commit_cuts_the_line_off_and_is_named(work, position):
    records = written(work, *(b"%d" % number for number in range(6)))
    links = records.chain(BRANCH).links
    exchanged(work, links[position].commit, b"garbage")
    cut = records.chain(BRANCH).links
    assert [link.commit for link in cut] == [link.commit for link in links[position:]]
    (finding, *_) = broken_links(cut, (), position + 1)
    assert (finding.commit, finding.sequence, finding.field) == (
        links[position].commit,
        position + 1,
        "commit",
    )


def test_a_branch_that_was_rewritten_is_read_and_where_it_ended_before_is_not_forgotten(work, origin):
    records = written(work, b"one", b"two")
    writer = GitRecords(clone(origin, "other"))
    writer.append(BRANCH, writer.chain(BRANCH).links[-1].commit, b"three", "m")
    lost = records.chain(BRANCH).links[-1].commit
    git(origin, "update-ref", "-d", f"refs/heads/{BRANCH}")
    writer.append(BRANCH, None, b"another", "m")
    for _round in range(2):
        chain = records.chain(BRANCH)
        assert [link.data for link in chain.links] == [b"another"]
        assert lost in chain.seen


def test_nothing_of_the_person_changes(work):
    (work / "file").write_text("mine")
    git(work, "add", "file")
    hook = work / ".git" / "hooks" / "pre-push"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    before = (
        git(work, "status", "--porcelain"),
        git(work, "branch", "--list"),
        git(work, "diff", "--cached"),
    )
    records = GitRecords(work)
    records.append(BRANCH, records.append(BRANCH, None, b"x", "m"), b"y", "m")
    assert len(records.entries(BRANCH)) == 2
    after = (git(work, "status", "--porcelain"), git(work, "branch", "--list"), git(work, "diff", "--cached"))
    assert after == before


def test_a_hostile_message_stays_a_message(work, origin):
    GitRecords(work).append(BRANCH, None, b"x", "--all\n$(touch evil) `id` \N{SNOWMAN}")
    assert "$(touch evil)" in git(origin, "log", "-1", "--format=%B", BRANCH)


def test_of_many_writers_at_once_exactly_one_wins_every_round(origin):
    writers = [GitRecords(clone(origin, f"w{number}")) for number in range(4)]
    after = None
    for _round in range(3):
        for writer in writers:
            writer.entries(BRANCH)
        won: list[str] = []
        lost: list[StaleError] = []

        def race(writer, after=after, won=won, lost=lost):
            try:
                won.append(writer.append(BRANCH, after, b"mine", "m"))
            except StaleError as error:
                lost.append(error)

        threads = [threading.Thread(target=race, args=(writer,)) for writer in writers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(won), len(lost)) == (1, 3)
        after = won[0]
    assert len(writers[0].entries(BRANCH)) == 3


def test_ten_thousand_records_are_read_in_two_seconds(work, origin):
    data = b'{"sequence": 1}' * 200
    form = b"commit refs/heads/%s\ncommitter x <x@y> %d +0000\ndata 1\nm\nM 100644 inline %s\ndata %d\n%s\n"
    names = (BRANCH.encode(), b"record.json")
    stream = [form % (names[0], number, names[1], len(data), data) for number in range(10_000)]
    git(origin, "fast-import", "--quiet", data=b"".join(stream))
    records = GitRecords(work)
    records.entries(BRANCH)
    spent = []
    for _round in range(3):
        started = time.monotonic()
        assert len(records.entries(BRANCH)) == 10_000
        spent.append(time.monotonic() - started)
    assert min(spent) < 2, "best of three: other tests use the machine meanwhile"


def test_two_branches_are_asked_for_in_one_question(pair):
    one, other = pair
    one.append(BRANCH, None, b"1", "a")
    first = one.append("modelbot/runs", None, b"2", "b")
    one.append("modelbot/runs", first, b"3", "c")
    found = other.together((BRANCH, "modelbot/nothing", "modelbot/runs"))
    assert [[entry.data for entry in entries] for entries in found] == [[b"1"], [], [b"2", b"3"]]
    assert found == tuple(other.entries(name) for name in (BRANCH, "modelbot/nothing", "modelbot/runs"))


def test_a_branch_whose_name_only_ends_like_the_ledgers_is_not_taken_for_it(work):
    """`git ls-remote` takes a name for a pattern: it also answers with refs that end in it, sorted."""
    records = GitRecords(work)
    records.append(f"a/refs/heads/{BRANCH}", None, b"a stranger's", "a")
    assert records.entries(BRANCH) == ()
    records.append(BRANCH, None, b"ours", "a")
    assert [entry.data for entry in records.entries(BRANCH)] == [b"ours"]
