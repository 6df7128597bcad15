"""What somebody else did to the registry: told, or put right, as the policy says."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from bot.errors import ExitCode, MissingObjectError
from bot.evidence.phrase import plain
from bot.promotion.audit import audit
from bot.promotion.explain import explain
from bot.promotion.ledger import BRANCH
from bot.promotion.plan import Promote, Refuse

MODEL = "flights"


@pytest.fixture
def live(shop):
    """Version 2 is champion, version 1 was before it; what is served is read at every run."""
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    shop.reads_bytes = True
    return shop


def delete(shop, number):
    """As MLflow does: the aliases of a version go with it."""
    del shop.registry.versions[MODEL, number]
    for key in [key for key, version in shop.registry.aliases.items() if version == number]:
        del shop.registry.aliases[key]


def spoil(shop, number, text="evil"):
    (shop.registry.files(shop.registry.versions[MODEL, number]) / "data" / "model.bin").write_text(text)


def retag(shop, number, **tags):
    shop.registry.versions[MODEL, number] = replace(shop.registry.versions[MODEL, number], **tags)


def empty(shop, number):
    shutil.rmtree(shop.registry.files(shop.registry.versions[MODEL, number]))


def point(shop, number):
    shop.registry.point(MODEL, "champion", number)


def aliases(shop):
    pairs = ((name, shop.registry.alias(MODEL, name)) for name in ("champion", "previous"))
    return {name: found.version for name, found in pairs if found}


def sound(shop):
    assert audit(shop.records.chain(BRANCH).links).findings == ()


DRIFTS = {
    "the champion's version is deleted": lambda shop: delete(shop, "2"),
    "the version before is deleted": lambda shop: delete(shop, "1"),
    "both are deleted": lambda shop: (delete(shop, "1"), delete(shop, "2")),
    "the champion's bytes are changed": lambda shop: spoil(shop, "2"),
    "the bytes of the version before are changed": lambda shop: spoil(shop, "1"),
    "the champion's files are gone": lambda shop: empty(shop, "2"),
    "the champion's key is taken": lambda shop: retag(shop, "2", key=None),
    "the champion's digest is another": lambda shop: retag(shop, "2", digest="0" * 64),
    "the key of the version before is another": lambda shop: retag(shop, "1", key="x"),
    "the alias is moved": lambda shop: point(shop, "1"),
    "the alias is moved and the champion's bytes are changed": lambda shop: (
        spoil(shop, "2"),
        point(shop, "1"),
    ),
    "the alias is moved and the champion's key is taken": lambda shop: (
        retag(shop, "2", key=None),
        point(shop, "1"),
    ),
    "everything at once": lambda shop: (delete(shop, "1"), spoil(shop, "2"), retag(shop, "2", key="y")),
}
EVERY = pytest.mark.parametrize("drift", DRIFTS.values(), ids=DRIFTS)


@EVERY
def test_what_the_policy_lets_be_put_right_is_put_right(live, drift):
    drift(live)
    wanted = live.merge("two", restores=True)
    outcome = live.reconcile(wanted)
    assert (outcome.exit_code, live.champion()) == (ExitCode.OK, "two")
    assert aliases(live)["previous"] != aliases(live)["champion"]
    ledger, found = live.model(), live.actual(wanted, live.model())
    assert found.damage == ()
    assert aliases(live) == {"champion": ledger.champion.version, "previous": ledger.previous.version}
    assert "drift" in live.kinds()
    sound(live)
    before = live.state()
    assert live.reconcile(wanted).changed is False
    assert live.state() == before


@EVERY
def test_what_it_does_not_is_recorded_once_and_left_for_a_person(live, drift):
    drift(live)
    there = (dict(live.registry.versions), dict(live.registry.aliases))
    outcome = live.reconcile()
    assert (outcome.kind, outcome.exit_code) == ("drifted", ExitCode.STALE)
    assert live.kinds()[-1] == "drift"
    before = live.state()
    assert live.reconcile().exit_code is ExitCode.STALE
    assert live.state() == before
    assert (live.registry.versions, live.registry.aliases) == there
    sound(live)


@EVERY
def test_the_plan_says_what_will_happen(live, drift):
    drift(live)
    by_hand, restored = (
        "\n".join(plain(line) for line in explain(live.plan(live.merge("two", restores=restores))))
        for restores in (False, True)
    )
    assert "Nothing is" in by_hand
    assert "Nothing is" not in restored


def test_a_version_that_was_deleted_comes_back_under_another_number_and_the_ledger_knows(live):
    delete(live, "2")
    live.reconcile(live.merge("two", restores=True))
    assert aliases(live) == {"champion": "3", "previous": "1"}
    assert live.kinds()[-2:] == ["drift", "rebuilt"]
    assert live.model().champion.version == "3"
    live.merge("one")
    assert live.reconcile().kind == "returned", "a rollback after it finds what it needs"


def test_other_bytes_stay_for_people_to_look_at_without_our_key(live):
    spoil(live, "2")
    live.reconcile(live.merge("two", restores=True))
    key = live.model().champion.key
    assert live.registry.versions[MODEL, "2"].key is None
    assert [one.version for one in live.registry.find(MODEL, key)] == ["3"]
    assert (live.registry.files(live.registry.versions[MODEL, "2"]) / "data" / "model.bin").exists()


def test_bytes_are_only_read_where_that_is_asked_for(live):
    live.reads_bytes = False
    spoil(live, "2")
    assert live.reconcile().kind == "unchanged"
    live.reads_bytes = True
    assert live.reconcile().kind == "drifted"


def test_damage_never_keeps_a_better_model_from_being_promoted(live):
    for drift in (lambda: spoil(live, "2"), lambda: retag(live, "2", key=None), lambda: delete(live, "1")):
        drift()
    live.merge("three")
    assert isinstance(live.plan(), Promote)
    assert (live.reconcile().kind, live.champion()) == ("promoted", "three")


def test_damage_that_is_only_told_does_not_hide_a_refusal(live, fakes):
    spoil(live, "2")
    assert isinstance(live.plan(live.merge("bad", fakes.REJECTED)), Refuse)
    wanted = live.merge("bad", fakes.REJECTED, restores=True)
    assert (live.reconcile(wanted).kind, live.champion()) == ("refused", "two")
    assert "rebuilt" in live.kinds()


def test_bytes_that_the_remote_lost_too_are_said_to_be_missing_and_nothing_is_recorded(live):
    delete(live, "2")
    wanted = live.merge("two", restores=True)
    del live.objects.objects[wanted.artifact.lock_md5]
    before = live.state()
    for _hour in range(3):
        with pytest.raises(MissingObjectError, match=wanted.artifact.lock_md5):
            live.reconcile(wanted)
    assert live.state() == before


def test_a_version_that_somebody_else_registered_is_left_as_it_is(live, tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "MLmodel").write_text("theirs")
    made = live.registry.create(MODEL, "their key", "d", tmp_path / "theirs", ())
    delete(live, "2")
    live.reconcile(live.merge("two", restores=True))
    assert live.registry.versions[MODEL, made.version] == made
