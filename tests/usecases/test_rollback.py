"""`modelbot rollback` and `resume` over fakes: a person calls a version back, and lets main decide again."""

from __future__ import annotations

from contextlib import suppress

import pytest

from bot.console_promotion import history_lines, resumed_lines, rollback_lines, status_lines
from bot.errors import ExitCode, InvalidInputError, StaleError
from bot.promotion.recall import Asked, asked_by
from bot.usecases.history import history

WHY = "double charges in Lyon"


def asked(serving: str, wanted: str | None = None, model: str = "") -> Asked:
    return Asked(model, serving, wanted, "mona", WHY)


@pytest.fixture
def live(promoted):
    """Main's second model is live as version 2; version 1 was before it."""
    promoted.release("0.2")
    assert promoted.champion() == "lr 0.2"
    return promoted


def kinds(team) -> list[str]:
    return [record.kind for record in team.ledger()]


class TestRefused:
    def test_where_another_version_serves_than_the_one_that_was_named(self, live):
        before = live.state()
        with pytest.raises(StaleError, match="is version 2, not version 1; nothing moved"):
            live.rollback(asked("1"))
        assert live.state() == before

    def test_where_the_wanted_version_never_was_champion(self, live):
        before = live.state()
        with pytest.raises(InvalidInputError, match="Version 9 of tiny never was champion; these were: 1, 2"):
            live.rollback(asked("2", "9"))
        assert live.state() == before

    def test_where_there_is_no_version_before(self, promoted):
        with pytest.raises(InvalidInputError, match="is its first: there is none to return to"):
            promoted.rollback(asked("1"))

    def test_where_nothing_was_ever_promoted(self, team):
        with pytest.raises(InvalidInputError, match="nothing was promoted yet"):
            team.rollback(asked("1"))

    def test_where_the_model_is_not_known(self, live):
        with pytest.raises(InvalidInputError, match=r"knows no model 'tine'.\nName one with `--model`: tiny"):
            live.rollback(asked("2", model="tine"))

    def test_where_mlflow_serves_other_bytes_as_that_version(self, live):
        former = live.registry.versions["tiny", "1"]
        (live.registry.files(former) / "weights").write_text("evil")
        done = live.rollback(asked("2"))
        assert (done.outcome.kind, done.exit_code) == ("refused", ExitCode.NOT_EVALUATED)
        assert live.champion() == "lr 0.2"

    @pytest.mark.parametrize(("by", "reason"), [("mona", " \n "), ("mona", "x" * 301), ("", "why")])
    def test_without_a_reason_that_people_read_or_a_name(self, by, reason):
        with pytest.raises(InvalidInputError):
            asked_by(by, "tiny", "v2", "", reason)


def test_what_a_person_types_is_read_as_they_mean_it():
    assert asked_by("mona", "", "v13", "", " two\nlines ") == Asked("", "13", None, "mona", "two lines")


def test_the_version_before_is_live_again_without_a_commit_or_a_training(live):
    trained = live.workshop.trained
    done = live.rollback(asked("2"))
    assert (done.outcome.kind, done.outcome.version, done.outcome.before) == ("returned", "1", "2")
    assert live.champion() == "lr 0.1"
    assert live.registry.alias("tiny", "previous").version == "2"
    assert kinds(live)[-3:] == ["held", "intent", "promoted"]
    assert live.workshop.trained == trained
    assert len(live.registry.versions) == 2
    last = live.ledger()[-1]
    assert (last.origin.author, last.returning, last.origin.pull_request) == ("mona", True, None)
    first, second = rollback_lines(done)
    assert first.startswith("tiny: returned to version 1 (was 2); its numbers stand as claimed by")
    held = "    on hold: version 1 stays since 2026-03-01, by mona (double charges in Lyon), "
    assert second == f"{held}until `modelbot resume`"


def test_the_next_promotion_does_not_undo_it_and_changes_nothing(live):
    live.rollback(asked("2"))
    before = live.state()
    done = live.promote()
    assert (done.exit_code, done.changes) == (ExitCode.OK, False)
    assert live.state() == before
    assert "on hold: version 1 stays" in str(done.outcomes[0].reasons)


def test_another_merge_waits_and_its_report_says_so(live):
    live.rollback(asked("2"))
    run = live.propose(params__yaml="lr: 0.5\n")
    live.report(run)
    (body,) = [one for one in live.comments() if "0.5" in one]
    assert "**If merged:** nothing: on hold by `@mona` since 2026-03-01 (`double charges in Lyon`)" in body
    live.approve()
    live.merge()
    assert live.promote().changes is False
    assert live.champion() == "lr 0.1"


def test_a_second_rollback_goes_further_back_by_name(live):
    live.release("0.5")
    live.rollback(asked("3", "2"))
    live.rollback(asked("2", "1"))
    assert live.champion() == "lr 0.1"
    assert live.status().models[0].recorded == "1"


def test_asked_twice_it_is_done_once(live):
    live.rollback(asked("2"))
    before = live.state()
    again = live.rollback(asked("2"))
    assert (again.outcome.kind, again.exit_code) == ("unchanged", ExitCode.OK)
    assert live.state() == before


def test_the_champion_itself_can_be_held_against_what_main_asks_next(live):
    done = live.rollback(asked("2", "2"))
    assert (done.outcome.kind, live.champion()) == ("unchanged", "lr 0.2")
    live.release("0.5")
    assert live.champion() == "lr 0.2"


def test_it_works_where_mains_files_cannot_be_read(live):
    live.put(**{"dvc__lock": "{{{", "policies/tiny__yaml": "model: ["})
    assert live.rollback(asked("2")).outcome.kind == "returned"
    assert live.champion() == "lr 0.1"


def test_an_alias_that_somebody_moved_can_be_called_back_by_naming_it(live):
    live.registry.point("tiny", "champion", "1")
    with pytest.raises(StaleError):
        live.rollback(asked("2"))
    done = live.rollback(asked("1", "2"))
    assert (done.outcome.kind, live.champion()) == ("returned", "lr 0.2")


def test_main_decides_again_after_resume(live):
    live.rollback(asked("2"))
    done = live.resume()
    assert list(resumed_lines(done)) == [
        "tiny: main decides again; version 1 was held",
        "    `modelbot promote --dry-run` says what the next promotion does.",
    ]
    assert live.champion() == "lr 0.1", "resume alone moves nothing"
    assert live.promote().outcomes[0].kind == "returned"
    assert live.champion() == "lr 0.2"


def test_a_revert_that_was_merged_meanwhile_needs_nothing_more_after_resume(live):
    live.rollback(asked("2"))
    (first, _), *_ = [live.repository.commits[live.main].parents]
    before = live.repository.files(first)
    live.repository.refs["main"] = live.repository.add(before, live.main)
    live.resume()
    assert live.promote().changes is False
    assert live.champion() == "lr 0.1"


def test_resume_without_a_hold_writes_nothing(live):
    before = live.state()
    assert list(resumed_lines(live.resume())) == ["tiny: was not on hold; nothing changed"]
    assert live.state() == before


def test_status_and_history_say_who_holds_what_and_why(live):
    live.rollback(asked("2"))
    lines = list(status_lines(live.status()))
    assert "tiny: on hold; ledger 1, alias champion at 1" in lines
    live.resume()
    told = list(history_lines(history(live.records, None)))
    assert "called back to v1" in told[-3]
    assert "by mona: double charges in Lyon" in told[-3]
    assert "returned to v1" in told[-2]
    assert "hold ended" in told[-1]


def test_the_deployment_says_it(live):
    live.rollback(asked("2"))
    assert ["success tiny: returned, version 1"] in [states[-1:] for states in live.hub.deployed_to.values()]


def test_the_pull_request_whose_model_went_is_told_why(live):
    live.rollback(asked("2"))
    (body,) = live.comments()
    assert "> ↩️ **Called back.** `tiny` serves version 1 again since 2026-03-01 12:00 UTC" in body
    assert "by `mona`: `double charges in Lyon`. Main waits until `modelbot resume`." in body
    assert "**Promoted.**" not in body


def test_a_github_that_is_down_undoes_nothing(live):
    live.hub.down = True
    done = live.rollback(asked("2"))
    assert (done.outcome.kind, done.exit_code) == ("returned", ExitCode.UNAVAILABLE)
    assert "GitHub was not told: GitHub did not record the deployment." in list(rollback_lines(done))
    assert live.champion() == "lr 0.1"


class DiesError(Exception):
    """The process ends here."""


def stopping(at: int, *, after: bool):
    """Wraps the calls that write so that the process dies at number `at` of them, before it or after."""
    count = iter(range(1_000))

    def around(write):
        def call(*what, **how):
            number = next(count)
            if number == at and not after:
                raise DiesError
            answer = write(*what, **how)
            if number == at:
                raise DiesError
            return answer

        return call

    return around


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(6))
def test_stopped_at_any_write_the_next_promotion_completes_it(live, monkeypatch, at, after):
    around = stopping(at, after=after)
    with monkeypatch.context() as patched:
        for place, name in ((live.records, "append"), (live.registry, "point")):
            patched.setattr(place, name, around(getattr(place, name)))
        with suppress(DiesError):
            live.rollback(asked("2"))
    held = "held" in kinds(live)
    live.promote()
    assert live.champion() == ("lr 0.1" if held else "lr 0.2")
    live.rollback(asked("2"))
    assert live.champion() == "lr 0.1"
    assert kinds(live).count("held") == 1
    assert kinds(live).count("promoted") == 3
    before = live.state()
    live.promote()
    assert live.state() == before
