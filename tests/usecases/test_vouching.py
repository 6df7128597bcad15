"""`modelbot record` and `modelbot adopt`: what a person's word does, and what it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.console_vouching import adoption_lines, recording_lines
from bot.errors import ExitCode, InvalidInputError, NotEvaluatedError, StaleError
from bot.evidence.facts import Provenance
from bot.evidence.runs import known_runs
from bot.promotion.ledger import BRANCH
from bot.usecases.adopt import adopt
from bot.usecases.judge import RUNS
from bot.usecases.record_runs import Word, record_runs
from bot.usecases.sides import read_revision

WORD = Word("ana", "Slurm job 4711", Provenance.EXTERNAL, "2026-03-01T12:00:00+00:00")


def record(team, *stages, word=WORD, **changes):
    files = team.repository.files("main") | changes
    sha = team.repository.add(files, team.main)
    return record_runs(team.records, read_revision("HEAD", sha, team.repository.tree(sha)), stages, word)


def known(team):
    return known_runs(entry.data for entry in team.records.entries(RUNS))


def provenances(team):
    lock = read_revision("main", team.main, team.repository.tree(team.main)).lock
    return {entry.name: known(team).provenance(entry) for entry in lock.stages}


class TestRecord:
    def test_a_stage_that_the_lock_does_not_have_is_named_with_those_it_has(self, team):
        with pytest.raises(InvalidInputError, match="no entry of a stage 'trian'") as caught:
            record(team, "trian")
        assert "evaluate, train" in caught.value.todo or "train, evaluate" in caught.value.todo
        assert team.records.entries(RUNS) == ()

    def test_nobody_can_give_no_word(self, team):
        with pytest.raises(InvalidInputError, match="Nobody can be named"):
            record(team, word=replace(WORD, by=""))

    def test_a_lock_of_other_code_is_refused(self, team):
        with pytest.raises(NotEvaluatedError, match="train would have to run"):
            record(team, "train", **{"train.py": b"other"})
        assert team.records.entries(RUNS) == ()

    def test_the_named_stage_is_on_record_by_that_word_and_no_other_is(self, team):
        done = record(team, "train")
        assert done.recorded == ("train",)
        assert provenances(team) == {"train": Provenance.EXTERNAL, "evaluate": None}
        (entry,) = team.records.entries(RUNS)
        assert b"ana" in entry.data
        assert b"Slurm job 4711" in entry.data

    def test_a_word_is_not_evidence_that_our_job_ran_it(self, team):
        record(team)
        lock = read_revision("main", team.main, team.repository.tree(team.main)).lock
        assert not any(known(team).covers(entry) for entry in lock.stages)

    def test_without_a_name_every_entry_is_meant_and_again_none(self, team):
        assert set(record(team).recorded) == {"train", "evaluate"}
        again = record(team)
        assert again.recorded == ()
        assert "train: on record already (external)" in list(recording_lines(again))
        assert len(team.records.entries(RUNS)) == 1

    def test_a_better_word_is_added_and_a_weaker_one_is_not(self, team):
        record(team, "train", word=replace(WORD, provenance=Provenance.ADOPTED))
        record(team, "train")
        record(team, "train", word=replace(WORD, provenance=Provenance.ADOPTED))
        assert provenances(team)["train"] is Provenance.EXTERNAL
        assert len(team.records.entries(RUNS)) == 2

    def test_what_our_job_ran_stays_reproduced(self, promoted):
        promoted.report(promoted.propose(params__yaml="lr: 0.2\n"))
        promoted.merge()
        before = len(promoted.records.entries(RUNS))
        assert record(promoted).recorded == ()
        assert len(promoted.records.entries(RUNS)) == before

    def test_others_who_record_first_are_waited_for_and_not_for_ever(self, team):
        class Busy(type(team.records)):
            left = 2

            def append(self, branch, after, data, message):
                if self.left:
                    self.left -= 1
                    raise StaleError("first")
                return super().append(branch, after, data, message)

        team.records = Busy()
        assert record(team).recorded
        team.records.left = 99
        with pytest.raises(StaleError):
            record(team, "train", word=replace(WORD, by="bob", provenance=Provenance.REPRODUCED))


def test_a_phantom_is_promoted_once_somebody_gives_their_word_for_its_run(promoted):
    """The stage ran on a cluster; no workflow of ours can run it."""
    files = promoted.repository.files("main")
    ran = files | {"params.yaml": b"lr: 0.2\n"}
    for stage in ("train", "evaluate"):
        promoted.workshop.run(stage, ran)
    promoted.remote.objects |= promoted.workshop.cache.objects
    main = promoted.main
    side = promoted.repository.add(files | {"README.md": b"More.\n"}, main)
    merged = {one: data for one, data in ran.items() if not one.startswith("model")}
    promoted.repository.refs["main"] = promoted.repository.add(merged, main, side)
    assert promoted.promote(github=False).exit_code is ExitCode.NOT_EVALUATED
    record(promoted)
    assert promoted.promote(github=False).exit_code is ExitCode.OK
    assert promoted.champion() == "lr 0.2"


def take_over(team, by="mona"):
    return adopt(team.promote_world(), team.where, by, team.occasion)


@pytest.fixture
def before(team):
    """MLflow serves main's model; somebody registered it before there was a bot."""
    folder = team.root / "theirs"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors: {}\n")
    (folder / "weights").write_text("lr 0.1")
    made = team.registry.create("tiny", "", "", folder, ())
    team.registry.versions["tiny", "1"] = replace(made, key=None, digest=None)
    team.registry.point("tiny", "champion", "1")
    return team


class TestAdopt:
    def test_until_then_the_alias_is_somebody_elses_and_nothing_is_promoted(self, before):
        done = before.promote()
        assert done.exit_code is ExitCode.STALE
        assert before.registry.alias("tiny", "champion").version == "1"
        assert "modelbot adopt" in "\n".join(map(str, done.outcomes[0].reasons)) + _explained(before)

    def test_the_champion_is_taken_over_as_it_is(self, before):
        done = take_over(before)
        assert (done.exit_code, done.troubles) == (ExitCode.OK, ())
        found = before.registry.alias("tiny", "champion")
        assert found.version == "1"
        assert [record.kind for record in before.ledger()] == ["intent", "promoted"]
        record = before.ledger()[-1]
        assert (record.version, record.key, record.artifact.digest) == ("1", found.key, found.digest)
        assert record.origin.author == "mona"
        assert list(before.registry.versions) == [("tiny", "1")]

    def test_ledger_and_registry_agree_afterwards(self, before):
        take_over(before)
        assert before.verify(every=True).exit_code is ExitCode.OK
        assert before.promote().changes is False
        assert before.status().models[0].agrees

    def test_the_next_model_has_it_as_previous(self, before):
        take_over(before)
        before.release("0.2")
        assert before.champion() == "lr 0.2"
        assert before.registry.alias("tiny", "previous").version == "1"

    def test_mains_entries_are_on_record_as_adopted(self, before):
        take_over(before)
        assert set(provenances(before).values()) == {Provenance.ADOPTED}

    def test_again_nothing_changes(self, before):
        take_over(before)
        state = before.state()
        done = take_over(before)
        assert before.state() == state
        assert [outcome.kind for outcome in done.outcomes] == ["unchanged"]

    def test_other_bytes_are_not_adopted_and_both_digests_are_told(self, before):
        (before.registry.files(before.registry.alias("tiny", "champion")) / "weights").write_text("lr 0.3")
        done = take_over(before)
        assert done.exit_code is ExitCode.NOT_EVALUATED
        assert before.ledger() == []
        assert before.registry.alias("tiny", "champion").key is None
        told = "\n".join(adoption_lines(done))
        assert "has other bytes" in told
        assert "take the alias away" in told

    def test_without_a_champion_there_is_nothing_to_adopt(self, team):
        done = take_over(team)
        assert [outcome.kind for outcome in done.outcomes] == ["unchanged"]
        assert team.ledger() == []
        assert team.promote().exit_code is ExitCode.OK

    def test_a_repository_without_a_policy_is_told_what_to_do(self, team):
        files = team.repository.files("main")
        del files["policies/tiny.yaml"]
        team.repository.refs["main"] = team.repository.add(files, team.main)
        with pytest.raises(InvalidInputError, match="no policy"):
            take_over(team)

    @pytest.mark.parametrize("stop", ["append 1", "tag", "append 2"])
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_stopped_at_any_write_the_next_run_completes_it(self, before, stop, after):
        world = before.promote_world()
        stopping = Stopping(stop, after=after)
        records, registry = stopping.records(before.records), stopping.registry(before.registry)
        with pytest.raises(Stopped):
            adopt(replace(world, records=records, registry=registry), before.where, "mona", before.occasion)
        assert stopping.reached
        take_over(before)
        assert before.champion() == "lr 0.1"
        assert before.ledger()[-1].kind == "promoted"
        assert sum(record.kind == "promoted" for record in before.ledger()) == 1
        assert before.verify(every=True).exit_code is ExitCode.OK
        assert len(before.records.entries(BRANCH)) == 2


class Stopped(BaseException):
    """The process ends here."""


class Stopping:
    """Ends the process at one write, before or after it was done."""

    def __init__(self, at, *, after):
        self.at, self.after, self.reached, self.appended = at, after, False, 0

    def _do(self, name, write):
        if name != self.at:
            return write()
        self.reached = True
        if self.after:
            write()
        raise Stopped

    def records(self, real):
        stopping = self

        class Records(type(real)):
            def append(self, branch, after, data, message):
                stopping.appended += branch == BRANCH
                name = f"append {stopping.appended}" if branch == BRANCH else "run records"
                return stopping._do(name, lambda: super(Records, self).append(branch, after, data, message))

        return _same(Records, real)

    def registry(self, real):
        stopping = self

        class Registry(type(real)):
            def tag(self, *what):
                return stopping._do("tag", lambda: super(Registry, self).tag(*what))

        return _same(Registry, real)


def _same(kind, real):
    made = kind.__new__(kind)
    made.__dict__ = real.__dict__
    return made


def _explained(team):
    from bot.promotion.explain import explain

    return "\n".join(str(phrase) for model in team.status().models for phrase in explain(model.plan))
