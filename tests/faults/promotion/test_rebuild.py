"""The registry is lost and built anew: stopped before and after every call, run again, it converges."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.adapters.files import ModelDirectories
from bot.adapters.mlflow import MlflowRegistry
from bot.adapters.records import GitRecords
from bot.errors import ExitCode, NotEvaluatedError, StaleError
from bot.promotion.audit import audit
from bot.promotion.calls import AppendRecord, CheckTail, CreateVersion, FetchCandidate
from bot.promotion.ledger import BRANCH
from bot.promotion.plan import NothingToDo
from bot.usecases.judge import Occasion
from bot.usecases.rebuild import By, RebuildWorld, rebuild
from bot.usecases.verify import VerifyWorld, verify

MODEL = "flights"
OCCASION = Occasion(datetime(2026, 12, 1, tzinfo=UTC), "0.1.0", "acme/flights", "")


class StoppedError(Exception):
    """The process dies here."""


class Stop:
    """Dies at call number `at`, before or after it is made; counts them all."""

    def __init__(self, at=None, after=False):
        self.at, self.after, self.count = at, after, 0

    def __call__(self, call, make):
        self.count += 1
        if self.count == self.at and not self.after:
            raise StoppedError
        answer = make(call)
        if self.count == self.at:
            raise StoppedError
        return answer


def files_of(shop):
    return ModelDirectories(shop.objects, shop.scratch)


def again(shop, around=None, *, dry_run=False):
    world = RebuildWorld(shop.records, shop.registry, files_of(shop))
    return rebuild(world, By("mona"), OCCASION, dry_run=dry_run, around=around)


def sound(shop):
    return verify(VerifyWorld(shop.records, shop.registry, files_of(shop)), every=True)


def lose_registry(shop, fakes, name="new"):
    shop.registry = fakes.FakeRegistry(shop.scratch.parent / name)


def lose_bytes(shop, text):
    del shop.objects.objects[hashlib.md5(text.encode()).hexdigest()]


def history(shop, *names):
    for name in names:
        shop.merge(name)
        shop.reconcile()


@pytest.fixture
def lost(shop, fakes):
    """Three versions were promoted, the second is champion again; the registry is empty."""
    history(shop, "one", "two", "three", "two")
    lose_registry(shop, fakes)
    return shop


def weights(shop, version):
    files = shop.registry.files(shop.registry.versions[MODEL, version])
    return (files / "data" / "model.bin").read_text()


class TestRefused:
    def test_where_the_registry_has_a_version_of_ours_that_the_ledger_does_not_know(self, lost):
        folder = lost.scratch / "other"
        folder.mkdir()
        (folder / "MLmodel").write_text("x")
        lost.registry.create(MODEL, "f" * 64, "d" * 64, folder, ())
        before = lost.state()
        (error,) = again(lost).errors
        assert isinstance(error, StaleError)
        assert "version 1 with our tag" in error.what
        assert lost.state() == before
        assert len(lost.registry.versions) == 1

    def test_where_the_ledger_is_not_sound(self, lost):
        entry = lost.records.branches[BRANCH][3]
        link = lost.records.links[entry.commit]
        lost.records.links[entry.commit] = replace(link, data=link.data.replace(b"acme", b"evil"))
        with pytest.raises(NotEvaluatedError, match=r"not sound; nothing was changed\. Record 4"):
            again(lost)
        assert lost.registry.versions == {}

    def test_where_an_alias_is_on_another_version_than_the_ledger_says(self, shop):
        history(shop, "one", "two", "three")
        shop.registry.point(MODEL, "champion", "1")
        done = again(shop)
        assert done.exit_code is ExitCode.STALE
        assert "the alias champion on version 1" in done.errors[0].what
        assert shop.registry.alias(MODEL, "champion").version == "1"


def test_into_an_empty_registry_numbers_bytes_tags_and_aliases_are_the_same_again(shop, fakes):
    history(shop, "one", "two", "three", "two")
    old, entries = shop.registry, shop.records.entries(BRANCH)
    lose_registry(shop, fakes)
    done = again(shop)
    assert (done.exit_code, len(done.outcomes[0].registered)) == (ExitCode.OK, 3)
    assert shop.registry.versions == old.versions
    assert shop.registry.aliases == old.aliases
    assert [weights(shop, one) for one in "123"] == ["one", "two", "three"]
    assert shop.records.entries(BRANCH) == entries, "the numbers agree: there is nothing to record"
    assert sound(shop).sound
    assert isinstance(shop.plan(), NothingToDo)


def test_again_it_changes_nothing(lost):
    again(lost)
    before = lost.state()
    done = again(lost)
    assert (done.outcomes[0].changed, done.outcomes[0].kept, lost.state()) == (False, 3, before)


def test_a_dry_run_says_what_is_missing_and_changes_nothing(lost):
    done = again(lost, dry_run=True)
    assert [one.served.version for one in done.plans[0].missing] == ["1", "2", "3"]
    assert lost.registry.versions == {}


def gaps(shop, fakes):
    """Version 2 was registered and never promoted, so the ledger knows 1 and 3."""
    history(shop, "one")
    shop.merge("slow")

    def stop(call, make):
        answer = make()
        if isinstance(call, CreateVersion):
            raise StoppedError
        return answer

    with pytest.raises(StoppedError):
        shop.reconcile(around=stop)
    history(shop, "three")
    lose_registry(shop, fakes)


def test_numbers_that_mlflow_gives_otherwise_are_recorded_and_everything_is_in_step(shop, fakes):
    gaps(shop, fakes)
    done = again(shop)
    (other,) = done.outcomes[0].renumbered
    assert (other.was, other.version) == ("3", "2")
    assert shop.kinds()[-1] == "rebuilt"
    assert shop.model().champion.version == "2"
    assert sound(shop).sound
    assert isinstance(shop.plan(), NothingToDo)
    history(shop, "four", "one")
    assert (shop.champion(), shop.registry.alias(MODEL, "previous").version) == ("one", "3")
    assert sound(shop).sound


def test_one_version_that_was_deleted_comes_back_under_a_new_number(shop):
    history(shop, "one", "two", "three")
    del shop.registry.versions[MODEL, "2"]
    del shop.registry.aliases[MODEL, "previous"]
    again(shop)
    assert shop.registry.alias(MODEL, "previous").version == "4"
    assert shop.model().served_version("4").digest == shop.registry.versions[MODEL, "4"].digest
    assert shop.model().served_version("2") is None
    assert sound(shop).sound


class TestBytesThatAreGone:
    def test_are_named_the_rest_is_rebuilt_and_the_number_of_another_is_not_taken_for_theirs(self, lost):
        lose_bytes(lost, "one")
        done = again(lost)
        assert done.exit_code is ExitCode.NOT_EVALUATED
        (trouble,) = done.outcomes[0].troubles
        assert trouble.version == "1"
        assert hashlib.md5(b"one").hexdigest() in trouble.what
        assert lost.champion() == "two"
        assert [one.version for one in lost.model().former] == ["1 (lost)", "1", "2"]
        assert lost.model().served_version("1").digest == lost.model().champion.digest

    def test_come_back_under_a_new_number_when_somebody_has_them(self, lost):
        lose_bytes(lost, "one")
        again(lost)
        lost.objects.put(b"one")
        assert again(lost).exit_code is ExitCode.OK
        assert weights(lost, "3") == "one"
        assert lost.model().served_version("3") is not None
        assert sound(lost).sound

    def test_of_the_champion_leave_its_alias_alone(self, lost):
        lose_bytes(lost, "two")
        done = again(lost)
        assert done.exit_code is ExitCode.NOT_EVALUATED
        assert lost.registry.alias(MODEL, "champion") is None
        assert lost.registry.alias(MODEL, "previous").version == "2"
        assert lost.model().champion.version == "2 (lost)"
        assert not sound(lost).sound

    def test_that_are_others_than_recorded_are_never_registered(self, lost):
        """Whoever may write to the remote put another model's list of files under this one's name."""
        former = lost.model().former[0].lock_md5
        lost.objects.objects[former] = lost.objects.objects[lost.model().champion.lock_md5]
        done = again(lost)
        assert done.exit_code is ExitCode.NOT_EVALUATED
        assert done.outcomes[0].troubles[0].version == "1"
        assert len(lost.registry.versions) == 2

    def test_that_have_the_right_md5_and_another_digest_are_never_registered(self, lost):
        """MD5 is not safe against collisions: what counts is the digest on record."""

        def collided(call, make):
            answer = make(call)
            return replace(answer, digest="0" * 64) if isinstance(call, FetchCandidate) else answer

        done = again(lost, collided)
        assert done.exit_code is ExitCode.NOT_EVALUATED
        assert "The DVC remote has other bytes: digest 000000000000" in done.outcomes[0].troubles[0].what
        assert lost.registry.versions == {}


def test_a_version_that_serves_other_bytes_gets_no_alias(shop):
    history(shop, "one")
    (shop.registry.files(shop.registry.versions[MODEL, "1"]) / "MLmodel").write_text("evil")
    del shop.registry.aliases[MODEL, "champion"]
    done = again(shop)
    assert done.exit_code is ExitCode.NOT_EVALUATED
    assert shop.registry.alias(MODEL, "champion") is None


def test_whoever_wrote_to_the_ledger_meanwhile_comes_first(shop, fakes):
    gaps(shop, fakes)

    def overtaken(call, make):
        if isinstance(call, AppendRecord):
            shop.records.append(BRANCH, call.after, b"{}", "another")
        return make(call)

    assert again(shop, overtaken).exit_code is ExitCode.STALE
    assert shop.registry.aliases == {}


def test_no_alias_moves_where_somebody_wrote_to_the_ledger_before_it(lost):
    def overtaken(call, make):
        if isinstance(call, CheckTail):
            lost.records.append(BRANCH, call.after, b"{}", "another")
        return make(call)

    assert again(lost, overtaken).exit_code is ExitCode.STALE
    assert lost.registry.aliases == {}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("scene", ["whole", "gaps"])
def test_stopped_at_any_call_the_next_run_converges(fakes, tmp_path, scene, after):
    def start(name):
        shop = fakes.fake_shop(tmp_path / name)
        if scene == "gaps":
            gaps(shop, fakes)
        else:
            history(shop, "one", "two", "one")
            lose_registry(shop, fakes)
        return shop

    whole, counting = start("whole"), Stop()
    again(whole, counting)
    assert counting.count > 10
    for at in range(1, counting.count + 1):
        shop = start(str(at))
        with pytest.raises(StoppedError):
            again(shop, Stop(at, after))
        assert again(shop).exit_code is ExitCode.OK
        assert shop.registry.versions == whole.registry.versions
        assert shop.registry.aliases == whole.registry.aliases
        assert shop.kinds() == whole.kinds()
        assert sound(shop).sound
        assert audit(shop.records.chain(BRANCH).links).findings == ()


@pytest.mark.slow
def test_over_real_mlflow_and_git_a_lost_registry_is_built_anew(fakes, tmp_path):
    before = dict(os.environ)
    subprocess.run(["git", "init", "--quiet", "--bare", "origin.git"], cwd=tmp_path, check=True)
    subprocess.run(
        ["git", "clone", "--quiet", "origin.git", "work"], cwd=tmp_path, check=True, capture_output=True
    )
    folder = tmp_path / "registry"
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    real = fakes.Shop(MlflowRegistry(uri), GitRecords(tmp_path / "work"), tmp_path / "scratch")
    try:
        gaps(real, fakes)
        real.registry = MlflowRegistry(f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}")
        shutil.rmtree(folder)
        stop = Stop(at=7, after=True)
        with pytest.raises(StoppedError):
            again(real, stop)
        assert again(real).exit_code is ExitCode.OK
        assert sound(real).sound
        assert (real.champion(), real.model().champion.version) == ("three", "2")
        history(real, "four", "one")
        assert real.champion() == "one"
        assert sound(real).sound
    finally:
        os.environ.clear()
        os.environ.update(before)
