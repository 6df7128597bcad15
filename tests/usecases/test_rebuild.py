"""`modelbot rebuild` over fakes: what people read, and what promotion and status make of it."""

from __future__ import annotations

import pytest

from bot.adapters.files import ModelDirectories
from bot.console_ledger import rebuilding_lines
from bot.console_promotion import history_lines
from bot.errors import ExitCode, NotEvaluatedError
from bot.promotion.recall import Asked
from bot.usecases.history import history
from bot.usecases.rebuild import By, RebuildWorld, rebuild


def again(team, *, dry_run=False):
    files = ModelDirectories(team.remote, team.root / "scratch")
    return rebuild(
        RebuildWorld(team.records, team.registry, files), By("mona"), team.occasion, dry_run=dry_run
    )


def lose_version(team, number):
    del team.registry.versions["tiny", number]
    for alias in ("champion", "previous"):
        if team.registry.aliases.get(("tiny", alias)) == number:
            del team.registry.aliases["tiny", alias]


@pytest.fixture
def live(promoted):
    promoted.release("0.2")
    return promoted


def test_without_a_promotion_on_record_there_is_nothing_to_rebuild_from(team):
    with pytest.raises(NotEvaluatedError, match="no promotion to rebuild from"):
        again(team)


def test_a_person_reads_what_would_be_registered_and_what_was(live):
    lose_version(live, "1")
    first, second = rebuilding_lines(again(live, dry_run=True))
    assert first.startswith("tiny: 2 versions in the ledger, 1 to register; every one is read back")
    assert second.startswith("    version 1: model by DVC hash ")
    assert list(rebuilding_lines(again(live))) == [
        "tiny: rebuilt; 1 registered, 1 there already, all read back",
        "    version 1 is 3 now; the ledger has it on record",
        "    alias previous points to version 3",
    ]
    last = list(history_lines(history(live.records, None)))[-1]
    assert "registry rebuilt" in last
    assert "by mona; version 1 is 3 now" in last
    (nothing,) = rebuilding_lines(again(live))
    assert nothing == "tiny: nothing to rebuild; 0 registered, 2 there already, all read back"


def test_bytes_that_are_gone_and_what_is_in_the_way_are_told_with_a_remedy(live):
    lose_version(live, "1")
    md5 = live.ledger()[0].artifact.lock_md5
    del live.remote.objects[md5]
    done = again(live)
    assert done.exit_code is ExitCode.NOT_EVALUATED
    lines = list(rebuilding_lines(done))
    assert lines[1].startswith(f"    version 1 was not brought back: The object {md5}")
    assert "dvc push" in lines[2]
    live.registry.point("tiny", "previous", "2")
    done = again(live)
    assert done.exit_code is ExitCode.STALE
    assert "the alias previous on version 2" in "\n".join(rebuilding_lines(done))


def test_after_it_status_is_in_step_and_a_revert_returns_to_the_new_number(live):
    lose_version(live, "1")
    again(live)
    assert live.status().models[0].agrees
    assert live.promote().changes is False
    live.release("0.1")
    assert (live.champion(), live.registry.alias("tiny", "champion").version) == ("lr 0.1", "3")


def test_what_was_held_is_held_under_its_new_number(live):
    live.rollback(Asked("tiny", "2", "1", "mona", "double charges"))
    lose_version(live, "1")
    again(live)
    assert live.champion() == "lr 0.1"
    (model,) = live.status().models
    assert (model.recorded, model.served) == ("3", "3")
    assert "on hold: version 3 stays" in str(model.hold)
    assert live.promote().changes is False
    live.resume()
    live.promote()
    assert live.champion() == "lr 0.2"
    assert live.verify(every=True).sound


def test_a_refusal_is_not_recorded_once_more_because_the_champion_has_another_number(live):
    live.release("0.3")
    assert live.ledger()[-1].kind == "refused"
    lose_version(live, "2")
    again(live)
    assert live.promote().changes is False
