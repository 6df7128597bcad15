"""Git over HTTP under load: big pushes, many refs, racing writers, events in order."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

REPO = "acme/flights"


def test_a_push_larger_than_the_buffer_arrives_whole(forge) -> None:
    clone = forge.clone("ada")
    big = os.urandom(5_000_000)
    (clone / "model.skops").write_bytes(big)
    sha = forge.commit(clone, "Big")
    forge.ok(clone, "push", "--quiet", "origin", "HEAD:main")
    again = forge.clone("bob")
    assert (again / "model.skops").read_bytes() == big
    assert forge.ok(again, "rev-parse", "HEAD") == sha


def test_a_fetch_of_many_refs_and_of_one_commit_by_its_hash(forge, tmp_path) -> None:
    clone = forge.clone("ada")
    for number in range(60):
        forge.ok(clone, "branch", f"b{number}")
    sha = forge.commit(clone, "Only here", params__yaml="rate: 5\n")
    forge.ok(clone, "push", "--quiet", "--all", "origin")
    shallow = tmp_path / "shallow"
    shallow.mkdir()
    forge.ok(shallow, "init", "--quiet", ".")
    forge.ok(shallow, "fetch", "--quiet", "--depth=1", forge.remote("bob"), sha)
    assert forge.ok(shallow, "rev-parse", "FETCH_HEAD") == sha
    assert len(forge.hub.snapshot(REPO).branches()) == 61


def test_of_racing_writers_of_one_branch_exactly_one_wins_each_round(forge) -> None:
    clones = [forge.clone(who) for who in ("ada", "bob", "cy")]
    for number, clone in enumerate(clones):
        forge.ok(clone, "checkout", "--quiet", "--orphan", "ledger")
        forge.commit(clone, f"Record of {number}", record__json=str(number))
    with ThreadPoolExecutor(3) as pool:
        results = list(
            pool.map(lambda clone: forge.git(clone, "push", "origin", "ledger").returncode, clones)
        )
    assert results.count(0) == 1
    winner = clones[results.index(0)]
    assert forge.hub.snapshot(REPO).branches()["ledger"] == forge.ok(winner, "rev-parse", "HEAD")


def test_deliveries_come_one_at_a_time_and_none_is_lost(forge) -> None:
    heard, inside = [], []

    def listen(delivery) -> None:
        inside.append(1)
        assert len(inside) == 1
        heard.append(delivery.payload["comment"]["id"])
        inside.pop()

    issue = forge.repo("ada").create_issue("Talk")
    forge.hub.subscribe(listen)
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda number: issue.create_comment(str(number)).id, range(40)))
    for _ in range(100):
        if len(heard) == len(made):
            break
        issue.get_comments().totalCount  # noqa: B018 - a request hands on what another thread left
    assert heard == sorted(made)
