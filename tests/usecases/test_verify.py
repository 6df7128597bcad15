"""`modelbot verify` over fakes: what is wrong is named, the rest is still checked, nothing changes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from bot.adapters.files import ModelDirectories
from bot.console_ledger import verified_json, verified_lines
from bot.errors import ExitCode, InvalidInputError, UnavailableError
from bot.promotion.ledger import BRANCH
from bot.promotion.recall import Asked
from bot.usecases.verify import VerifyWorld, parse_commit, verify


@dataclass
class Live:
    """A shop whose third model is live as version 3; versions 1 and 2 were before it."""

    shop: object

    def __post_init__(self) -> None:
        for name in ("one", "two", "three"):
            self.shop.merge(name)
            self.shop.reconcile()
        self.records, self.registry = self.shop.records, self.shop.registry

    def verify(self, *, every=False, known=(), registry=None):
        files = ModelDirectories(self.shop.objects, self.shop.scratch)
        return verify(VerifyWorld(self.records, registry or self.registry, files), every=every, known=known)


@pytest.fixture
def live(fakes, tmp_path):
    return Live(fakes.fake_shop(tmp_path))


def told(done) -> str:
    return "\n".join(verified_lines(done))


class Down:
    """MLflow does not answer."""

    def registered(self, _model):
        raise UnavailableError("MLflow did not search the registry: timed out", "Look at the server.")


def spoil(team, number):
    version = team.registry.versions["flights", number]
    (team.registry.files(version) / "MLmodel").write_text("evil")


def test_where_nothing_was_ever_promoted_nothing_is_sound(team):
    done = team.verify()
    assert (done.sound, done.exit_code, done.first_bad) == (False, ExitCode.REJECTED, None)
    assert "There is no ledger on origin" in told(done)


def test_other_bytes_of_the_champion_are_named_with_the_record_that_promoted_them(live):
    spoil(live, "3")
    done = live.verify()
    assert done.exit_code is ExitCode.REJECTED
    (finding,) = done.findings
    assert "Version 3 of flights is served with other bytes" in finding.what
    assert (finding.sequence, finding.field) == (6, "artifact.digest")
    assert done.first_bad is None, "the record itself is sound"


def test_a_version_of_long_ago_is_hashed_when_every_one_is_asked_for(live):
    spoil(live, "1")
    assert live.verify().sound
    done = live.verify(every=True)
    assert (done.exit_code, done.hashed) == (ExitCode.REJECTED, 3)
    assert "Version 1 of flights" in told(done)


def test_a_version_that_is_gone_is_not_sound(live):
    del live.registry.versions["flights", "2"]
    lines = told(live.verify())
    assert "Version 2 of flights is not in MLflow." in lines
    assert "The alias previous of flights points to nothing, and the ledger says version 2." in lines
    assert "modelbot rebuild" in lines


def test_a_version_whose_artifacts_cannot_be_read_is_not_sound(live):
    (live.registry.files(live.registry.versions["flights", "3"]) / "link").symlink_to("/etc/passwd")
    assert "Version 3 of flights could not be read: The model holds a symbolic link" in told(live.verify())


def test_an_alias_that_somebody_moved_is_named(live):
    live.registry.point("flights", "champion", "1")
    assert "alias champion of flights points to version 1, and the ledger says version 3" in told(
        live.verify()
    )


def test_tags_that_somebody_changed_are_named(live):
    for field, word in (("key", "modelbot.key"), ("digest", "modelbot.digest")):
        before = live.registry.versions["flights", "3"]
        live.registry.versions["flights", "3"] = replace(before, **{field: "f" * 64})
        assert word in told(live.verify())
        live.registry.versions["flights", "3"] = before
    assert live.verify().sound


def test_a_version_with_our_tag_that_nobody_recorded_is_a_warning(live):
    files = live.registry.files(live.registry.versions["flights", "1"])
    live.registry.create("flights", "f" * 64, "d" * 64, files, ())
    done = live.verify()
    assert (done.sound, done.exit_code) == (True, ExitCode.OK)
    assert "warning: Version 4 of flights has our tag, and the ledger does not know it." in told(done)


def test_where_mlflow_does_not_answer_the_ledger_is_checked_and_nothing_is_sound(live):
    done = live.verify(registry=Down())
    assert (done.sound, done.exit_code) == (False, ExitCode.UNAVAILABLE)
    assert "could not ask: MLflow did not search" in told(done)


def test_what_is_wrong_is_wrong_whoever_did_not_answer(live):
    done = live.verify(registry=Down(), known=("f" * 40,))
    assert done.exit_code is ExitCode.REJECTED


def test_the_first_bad_record_is_named_and_the_registry_is_asked_all_the_same(live):
    bad = live.records.branches[BRANCH][2]
    link = live.records.links[bad.commit]
    live.records.links[bad.commit] = replace(link, data=link.data.replace(b'"acme', b'"acne'))
    spoil(live, "3")
    done = live.verify()
    first, second, *_ = verified_lines(done)
    assert first == f"first bad record: 3 in commit {bad.commit[:12]}, field record.json"
    assert second == f"Record 3 ({bad.commit[:12]}): the record has other bytes than the commit says."
    assert "Version 3 of flights is served with other bytes" in told(done)


@pytest.mark.parametrize("every", [False, True])
def test_what_was_promoted_is_sound_and_nothing_changes(live, every):
    before = live.shop.state()
    done = live.verify(every=every, known=(live.records.entries(BRANCH)[1].commit,))
    assert (done.sound, done.exit_code) == (True, ExitCode.OK)
    assert live.shop.state() == before
    tip = live.records.entries(BRANCH)[-1].commit
    assert told(done) == f"sound: 6 records, the last in {tip[:12]}; {3 if every else 2} versions hashed"


def test_what_was_rolled_back_and_resumed_is_sound(promoted):
    promoted.release("0.2")
    promoted.rollback(Asked("tiny", "2", "1", "mona", "double charges"))
    assert promoted.verify(every=True).sound
    promoted.resume()
    promoted.promote()
    done = promoted.verify(every=True)
    assert done.sound, told(done)


def test_a_commit_that_somebody_wrote_down_short_is_looked_for(live):
    tip = live.records.entries(BRANCH)[-1].commit
    assert live.verify(known=parse_commit(tip[:12])).sound
    assert not live.verify(known=parse_commit("f" * 12)).sound
    assert parse_commit("") == ()


@pytest.mark.parametrize("text", ["abc", "HEAD", "F" * 40, "a" * 65])
def test_what_is_no_commit_is_an_error(text):
    with pytest.raises(InvalidInputError, match="is no commit"):
        parse_commit(text)


def test_the_ledger_alone_can_be_asked_about(live):
    done = verify(VerifyWorld(live.records, None, live.shop.world()._files), every=True)
    assert done.sound
    assert told(done).endswith("; MLflow was not asked")


def test_a_program_reads_the_same(live):
    spoil(live, "3")
    value = json.loads("\n".join(verified_json(live.verify())))
    assert (value["version"], value["sound"], value["versions_hashed"]) == (1, False, 2)
    assert value["findings"][0]["field"] == "artifact.digest"
