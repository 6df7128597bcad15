"""`modelbot promote` and `modelbot status` over fakes: the registry follows main, or says why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.console_promotion import promotion_lines
from bot.errors import ExitCode, InvalidInputError, MissingObjectError, NotEvaluatedError, UnavailableError
from bot.usecases.history import history
from bot.usecases.promote import promote


def kinds(team):
    return [record.kind for record in team.ledger()]


def merge(team, rate):
    """A pull request with this learning rate, reported and merged, whatever its check said."""
    run = team.propose(params__yaml=f"lr: {rate}\n")
    team.report(run)
    team.approve()
    return team.merge()


def test_the_first_promotion_makes_mains_model_champion(team):
    done = team.promote()
    assert (done.exit_code, done.changes) == (ExitCode.OK, True)
    assert team.champion() == "lr 0.1"
    assert kinds(team) == ["intent", "promoted"]
    assert team.registry.alias("tiny", "previous") is None
    assert list(team.hub.deployed_to.values()) == [["success tiny: promoted, version 1"]]


def test_running_again_changes_nothing(promoted):
    promoted.promote()
    before = promoted.state()
    done = promoted.promote()
    assert (done.exit_code, done.changes) == (ExitCode.OK, False)
    assert promoted.state() == before


def test_a_better_model_that_was_merged_replaces_the_champion(promoted):
    head = merge(promoted, "0.2")
    done = promoted.promote()
    assert done.exit_code is ExitCode.OK
    assert promoted.champion() == "lr 0.2"
    assert promoted.registry.alias("tiny", "previous").version == "1"
    record = promoted.ledger()[-1]
    assert (record.origin.head, record.origin.pull_request) == (head, 7)
    assert (record.origin.author, record.origin.approvers) == ("ben", ("ana",))
    assert promoted.workshop.trained == 1


def test_the_pull_request_is_told_in_its_own_comment(promoted):
    merge(promoted, "0.2")
    promoted.promote()
    (body,) = promoted.comments()
    assert "**Promoted.**" in body


def test_an_approval_that_was_withdrawn_is_none(promoted):
    run = promoted.propose(params__yaml="lr: 0.2\n")
    promoted.report(run)
    promoted.approve("ana")
    promoted.approve("bob")
    promoted.hub.said_of_it.append(replace(promoted.hub.said_of_it[0], state="CHANGES_REQUESTED"))
    promoted.hub.said_of_it.append(replace(promoted.hub.said_of_it[1], state="COMMENTED"))
    promoted.merge()
    promoted.promote()
    assert promoted.ledger()[-1].origin.approvers == ("bob",)


class TestRefusal:
    @pytest.fixture
    def overruled(self, promoted):
        """A worse model is on main, past its red check."""
        merge(promoted, "0.3")
        return promoted

    def test_what_the_policy_does_not_let_pass_is_refused_although_it_is_merged(self, overruled):
        done = overruled.promote()
        assert done.exit_code is ExitCode.REJECTED
        assert overruled.champion() == "lr 0.1"
        assert list(overruled.registry.versions) == [("tiny", "1")]

    def test_the_refusal_is_recorded_shown_and_told(self, overruled):
        overruled.promote()
        record = overruled.ledger()[-1]
        assert (record.kind, record.exit_code, record.champion) == ("refused", 1, "1")
        assert any("auc is 0.6" in reason for reason in record.reasons)
        assert overruled.hub.deployed_to[overruled.main, "production"] == ["failure tiny: refused, version 1"]
        assert "**Not promoted.**" in overruled.comments()[0]

    def test_again_it_is_as_red_and_nothing_is_recorded_twice(self, overruled):
        overruled.promote()
        before = overruled.state()
        again = overruled.promote()
        assert (again.exit_code, again.changes) == (ExitCode.REJECTED, False)
        assert overruled.state() == before

    def test_a_dry_run_that_has_a_refusal_to_write_leaves_the_answer_to_the_apply(self, overruled):
        before = overruled.state()
        dry = overruled.preview()
        assert (dry.exit_code, dry.changes) == (ExitCode.OK, True)
        assert overruled.state() == before

    def test_a_dry_run_after_the_refusal_was_written_is_red(self, overruled):
        overruled.promote()
        dry = overruled.preview()
        assert (dry.exit_code, dry.changes) == (ExitCode.REJECTED, False)

    def test_status_does_not_call_it_in_step(self, overruled):
        overruled.promote()
        (model,) = overruled.status().models
        assert (model.recorded, model.served, model.agrees) == ("1", "1", False)

    def test_a_better_one_after_it_is_promoted(self, overruled):
        overruled.promote()
        merge(overruled, "0.2")
        assert overruled.promote().exit_code is ExitCode.OK
        assert overruled.champion() == "lr 0.2"


class TestNotEvaluated:
    def test_parameters_that_were_merged_without_a_lock_are_refused_by_name(self, promoted):
        promoted.put(params__yaml="lr: 0.2\n")
        before = promoted.state()
        with pytest.raises(NotEvaluatedError, match="out of date: train would have to run"):
            promoted.promote()
        assert promoted.state() == before
        assert promoted.workshop.trained == 0

    def test_status_says_what_the_trouble_is(self, promoted):
        promoted.put(params__yaml="lr: 0.2\n")
        found = promoted.status()
        assert found.models == ()
        assert "out of date" in found.trouble[0]

    def test_a_lock_without_the_model_is_refused(self, promoted):
        promoted.put(dvc__lock="schema: '2.0'\nstages: {}\n")
        with pytest.raises(NotEvaluatedError, match=r"has no model for policies/tiny\.yaml"):
            promoted.promote()
        assert promoted.champion() == "lr 0.1"

    def test_main_that_was_force_pushed_to_another_history_waits_for_a_person(self, promoted, lock_of):
        files = promoted.repository.files("main") | {
            "params.yaml": b"lr: 0.2\n",
            "metrics.json": b'{"auc": 0.85}',
        }
        files["dvc.lock"] = lock_of(files, "0.2")
        promoted.repository.refs["main"] = promoted.repository.add(files)
        done = promoted.promote()
        assert done.exit_code is ExitCode.NOT_EVALUATED
        assert "force-pushed" in str(promoted.ledger()[-1].reasons)
        assert promoted.champion() == "lr 0.1"

    def test_metrics_that_were_edited_by_hand_are_refused(self, promoted):
        merge(promoted, "0.3")
        promoted.put(metrics__json='{"auc": 0.99}')
        with pytest.raises(NotEvaluatedError, match="evaluate would have to run"):
            promoted.promote()
        assert promoted.champion() == "lr 0.1"

    def test_a_lock_of_two_different_runs_is_refused(self, promoted, object_name):
        merge(promoted, "0.2")
        lock = promoted.repository.files("main")["dvc.lock"].decode()
        first, _, rest = lock.rpartition(object_name("0.2"))
        promoted.put(dvc__lock=f"{first}{object_name('0.1')}{rest}")
        with pytest.raises(NotEvaluatedError):
            promoted.promote()
        assert promoted.champion() == "lr 0.1"

    @pytest.mark.parametrize("damage", ["missing", "exchanged"])
    @pytest.mark.parametrize("member", [True, False], ids=["a file", "the directory"])
    def test_bytes_that_are_not_what_the_lock_names_never_become_champion(
        self, promoted, object_name, damage, member
    ):
        merge(promoted, "0.2")
        weights = next(name for name, data in promoted.remote.objects.items() if data == b"lr 0.2")
        name = weights if member else object_name("0.2")
        if damage == "missing":
            del promoted.remote.objects[name]
        else:
            promoted.remote.objects[name] = b"lr 9.9"
        with pytest.raises(NotEvaluatedError) as caught:
            promoted.promote()
        assert name in str(caught.value)
        assert isinstance(caught.value, MissingObjectError) is (damage == "missing")
        assert promoted.champion() == "lr 0.1"
        assert "promoted" not in kinds(promoted)[2:]

    def test_after_the_object_was_pushed_the_next_run_promotes(self, promoted):
        merge(promoted, "0.2")
        held = dict(promoted.remote.objects)
        promoted.remote.objects.clear()
        with pytest.raises(MissingObjectError):
            promoted.promote()
        promoted.remote.objects |= held
        assert promoted.promote().exit_code is ExitCode.OK
        assert promoted.champion() == "lr 0.2"

    def test_what_is_no_dvc_repository_is_refused(self, promoted):
        files = promoted.repository.files("main")
        del files[".dvc/config"]
        promoted.repository.refs["main"] = promoted.repository.add(files, promoted.main)
        with pytest.raises(InvalidInputError, match="not a DVC repository"):
            promoted.promote()


def test_without_a_policy_there_is_nothing_to_promote(team):
    files = team.repository.files("main")
    del files["policies/tiny.yaml"]
    team.repository.refs["main"] = team.repository.add(files, team.main)
    done = team.promote()
    assert (done.exit_code, done.outcomes) == (ExitCode.OK, ())
    assert team.champion() is None


def test_github_that_is_down_while_being_told_undoes_nothing(promoted):
    merge(promoted, "0.2")
    promoted.hub.down = True
    done = promoted.promote()
    assert done.exit_code is ExitCode.UNAVAILABLE
    assert [outcome.kind for outcome in done.outcomes] == ["promoted"]
    assert any("The promotion itself is done" in line for line in promotion_lines(done))
    assert promoted.champion() == "lr 0.2"
    assert kinds(promoted)[-1] == "promoted"
    promoted.hub.down = False
    assert promoted.promote().exit_code is ExitCode.OK
    assert kinds(promoted).count("promoted") == 2
    told = promoted.hub.deployed_to[promoted.main, "production"]
    assert told == ["success tiny: promoted, version 2"]


def test_what_a_killed_run_left_untold_is_told_by_the_next(promoted):
    merge(promoted, "0.2")
    records = promoted.records

    class Killed:
        """Records of a process that dies when it would record the promotion."""

        def entries(self, branch):
            return records.entries(branch)

        def together(self, branches):
            return records.together(branches)

        def append(self, branch, after, data, message):
            if b'"promoted"' in data:
                raise KeyboardInterrupt
            return records.append(branch, after, data, message)

    with pytest.raises(KeyboardInterrupt):
        promote(replace(promoted.promote_world(), records=Killed()), promoted.where, promoted.occasion)
    assert promoted.champion() == "lr 0.2"
    assert "Promoted" not in promoted.comments()[0]
    done = promoted.promote()
    assert [(outcome.kind, outcome.changed) for outcome in done.outcomes] == [("finished", True)]
    assert "**Promoted.**" in promoted.comments()[0]
    assert promoted.hub.deployed_to[promoted.main, "production"] == ["success tiny: promoted, version 2"]


def test_a_note_that_was_not_written_is_written_by_the_next_run(promoted):
    merge(promoted, "0.2")
    promoted.hub.said, comments = [], promoted.hub.said
    promoted.promote()
    promoted.hub.said = comments
    assert "Promoted" not in promoted.comments()[0]
    promoted.promote()
    assert "**Promoted.**" in promoted.comments()[0]
    before = promoted.state()
    promoted.promote()
    assert promoted.state() == before


def test_whose_numbers_decided_is_said(promoted):
    merge(promoted, "0.2")
    lines = "\n".join(promotion_lines(promoted.promote()))
    assert "its numbers stand as reproduced by the bot" in lines
    assert "Numbers reproduced by the bot." in promoted.comments()[0]


def test_numbers_that_only_the_pull_request_claims_are_said_to_be_claimed(promoted, lock_of):
    promoted.propose()
    files = promoted.repository.files("main") | {
        "params.yaml": b"lr: 0.2\n",
        "metrics.json": b'{"auc": 0.99}',
    }
    promoted.remote.put_directory({"MLmodel": b"flavors: {}\n", "weights": b"lr 0.2"})
    promoted.move(files | {"dvc.lock": lock_of(files, "0.2")})
    promoted.hub.pull = replace(promoted.hub.pull, head_sha=promoted.head)
    promoted.report(promoted.begin(), None)
    promoted.merge()
    lines = "\n".join(promotion_lines(promoted.promote()))
    assert "its numbers stand as claimed by whoever committed them" in lines
    assert "Numbers claimed by the pull request." in promoted.comments()[0]


def test_a_promotion_that_loses_the_race_starts_again_and_finds_it_done(promoted):
    merge(promoted, "0.2")
    records, rivals = promoted.records, []

    class Raced:
        """Records to which somebody else appends first, once."""

        def entries(self, branch):
            return records.entries(branch)

        def together(self, branches):
            return records.together(branches)

        def append(self, branch, after, data, message):
            if not rivals:
                rivals.append(promoted.promote(github=False))
            return records.append(branch, after, data, message)

    world = replace(promoted.promote_world(github=False), records=Raced())
    done = promote(world, promoted.where, promoted.occasion)
    assert [outcome.kind for outcome in rivals[0].outcomes] == ["promoted"]
    assert [outcome.kind for outcome in done.outcomes] == ["unchanged"]
    assert kinds(promoted) == ["intent", "promoted"] * 2
    assert list(promoted.registry.versions) == [("tiny", "1"), ("tiny", "2")]


def test_the_reverted_model_is_champion_again_without_training_or_a_new_version(promoted):
    first = promoted.repository.files("main")
    merge(promoted, "0.2")
    promoted.promote()
    trained = promoted.workshop.trained
    promoted.repository.refs["main"] = promoted.repository.add(first, promoted.main)
    done = promoted.promote()
    assert [outcome.kind for outcome in done.outcomes] == ["returned"]
    assert promoted.champion() == "lr 0.1"
    assert promoted.registry.alias("tiny", "previous").version == "2"
    assert list(promoted.registry.versions) == [("tiny", "1"), ("tiny", "2")]
    assert promoted.ledger()[-1].returning
    assert promoted.workshop.trained == trained


def test_an_older_main_never_replaces_what_came_after_it(promoted):
    older = merge(promoted, "0.4")
    promoted.promote()
    merge(promoted, "0.2")
    promoted.promote()
    promoted.repository.refs["main"] = older
    before = promoted.state()
    done = promoted.promote()
    assert (done.exit_code, done.changes) == (ExitCode.OK, False)
    assert "superseded by version 3" in str(done.outcomes[0].reasons)
    assert promoted.state() == before


def test_of_two_models_one_is_promoted_although_the_other_is_refused(team):
    strict = "version: 1\nmodel: strict\nartifact: model\nmetrics:\n  auc: {better: higher, min: 0.84}\n"
    team.put(**{"policies/strict__yaml": strict})
    done = team.promote()
    assert {(one.model, one.kind) for one in done.outcomes} == {("tiny", "promoted"), ("strict", "refused")}
    assert done.exit_code is ExitCode.REJECTED
    assert team.champion() == "lr 0.1"
    assert team.registry.alias("strict", "champion") is None


def test_a_commit_on_main_that_leaves_the_model_alone_changes_nothing(promoted):
    before = promoted.ledger()
    promoted.put(README__md="Tiny, explained.\n")
    done = promoted.promote()
    assert (done.exit_code, done.changes) == (ExitCode.OK, False)
    assert promoted.ledger() == before


def test_an_alias_that_somebody_moved_is_reported_and_left(promoted):
    merge(promoted, "0.2")
    promoted.promote()
    promoted.registry.point("tiny", "champion", "1")
    done = promoted.promote()
    assert done.exit_code is ExitCode.STALE
    assert promoted.champion() == "lr 0.1"
    assert kinds(promoted)[-1] == "drift"
    (model,) = promoted.status().models
    assert not model.agrees


def test_after_a_refusal_merges_that_leave_the_model_alone_write_no_other(promoted):
    merge(promoted, "0.3")
    promoted.promote()
    before = kinds(promoted)
    promoted.put(README__md="Tiny, explained.\n")
    dry = promoted.preview()
    assert (dry.changes, dry.exit_code) == (False, ExitCode.REJECTED)
    assert promoted.promote().exit_code is ExitCode.REJECTED
    assert kinds(promoted) == before


class TestTheEvaluatorChanged:
    """Main measures the champion's own bytes anew: 0.9 where 0.8 was recorded."""

    @pytest.fixture
    def easier(self, promoted, lock_of):
        files = promoted.repository.files("main")
        files |= {"evaluate.py": b"# on easier rows\n", "metrics.json": b'{"auc": 0.9}'}
        promoted.repository.refs["main"] = promoted.repository.add(
            files | {"dvc.lock": lock_of(files, "0.1")}, promoted.main
        )
        return promoted

    def test_the_new_numbers_are_recorded_once(self, easier):
        done = easier.promote()
        assert [(one.kind, one.changed, one.exit_code) for one in done.outcomes] == [("measured", True, 0)]
        record = easier.ledger()[-1]
        assert (record.kind, record.revision, record.metrics.value("auc")) == ("measured", easier.main, 0.9)
        again = easier.promote()
        assert (again.changes, kinds(easier).count("measured")) == (False, 1)

    @pytest.mark.parametrize("between", [True, False], ids=["promoted in between", "in one run"])
    def test_what_is_worse_than_them_is_refused_although_it_beats_the_old_ones(self, easier, between):
        if between:
            easier.promote()
        merge(easier, "0.2")
        assert easier.promote().exit_code is ExitCode.REJECTED
        assert easier.champion() == "lr 0.1"
        assert kinds(easier)[-2:] == ["measured", "refused"]

    def test_numbers_that_no_run_stands_behind_are_not_taken(self, promoted):
        promoted.put(metrics__json='{"auc": 0.1}')
        files = promoted.repository.files(promoted.repository.commits[promoted.main].parents[0])
        promoted.repository.refs["main"] = promoted.repository.add(files, promoted.main)
        promoted.promote()
        assert "measured" not in kinds(promoted)


class TestTwoModels:
    @pytest.fixture
    def two(self, team):
        files = team.repository.files("main")
        policy = files.pop("policies/tiny.yaml")
        for name in ("alpha", "beta"):
            files[f"policies/{name}.yaml"] = policy.replace(b"model: tiny", f"model: {name}".encode())
        team.repository.refs["main"] = team.repository.add(files, team.main)
        assert team.promote(github=False).exit_code is ExitCode.OK
        return team

    def test_an_alias_that_strayed_does_not_keep_the_other_from_being_applied(self, two):
        two.registry.aliases.pop(("alpha", "champion"))
        two.promote(github=False)
        merge(two, "0.2")
        dry = two.preview()
        assert (dry.changes, dry.exit_code) == (True, ExitCode.OK)
        done = two.promote()
        assert done.exit_code is ExitCode.STALE
        assert [(one.model, one.kind) for one in done.outcomes] == [
            ("alpha", "drifted"),
            ("beta", "promoted"),
        ]

    def test_an_error_of_one_is_reported_after_the_other_was_promoted_and_told(self, two):
        merge(two, "0.2")
        registry = two.registry

        class Broken:
            """A registry that cannot make a version of alpha."""

            def __getattr__(self, name):
                return getattr(registry, name)

            def create(self, model, *rest):
                if model == "alpha":
                    raise UnavailableError("MLflow did not take it.")
                return registry.create(model, *rest)

        done = promote(replace(two.promote_world(), registry=Broken()), two.where, two.occasion)
        assert done.exit_code is ExitCode.UNAVAILABLE
        assert [(one.model, one.kind) for one in done.outcomes] == [("beta", "promoted")]
        assert "alpha: MLflow did not take it." in list(promotion_lines(done))
        assert "beta` serves version 2" in two.comments()[0]
        assert two.promote().exit_code is ExitCode.OK
        assert "alpha` serves version 2" in two.comments()[0]
        before = two.state()
        two.promote()
        assert two.state() == before

    def test_a_model_without_a_run_stops_only_itself(self, two):
        files = two.repository.files("main")
        files["policies/beta.yaml"] = files["policies/beta.yaml"].replace(b"artifact: model", b"artifact: no")
        two.repository.refs["main"] = two.repository.add(files, two.main)
        done = two.promote()
        assert done.exit_code is ExitCode.NOT_EVALUATED
        assert [one.model for one in done.outcomes] == ["alpha"]
        dry = two.preview()
        assert (len(dry.plans), dry.exit_code) == (1, ExitCode.NOT_EVALUATED)
        found = two.status()
        assert [one.model for one in found.models] == ["alpha"]
        assert "policies/beta.yaml" in found.trouble[0]


class TestWhoBroughtIt:
    def test_a_later_pull_request_that_leaves_the_model_alone_is_not_named(self, promoted):
        head = merge(promoted, "0.2")
        first = promoted.hub.pull
        promoted.put(README__md="Tiny, explained.\n")
        later = replace(first, number=8, author="cam", merge_sha=promoted.main)
        hub = ManyPulls(promoted.hub, {head: first, promoted.main: later})
        world = replace(promoted.promote_world(), github=hub)
        promote(world, promoted.where, promoted.occasion)
        origin = promoted.ledger()[-1].origin
        assert (origin.head, origin.pull_request, origin.merge) == (promoted.main, 7, head)
        assert (origin.author, origin.approvers) == ("ben", ("ana",))
        assert "**Promoted.**" in promoted.comments()[0]

    def test_an_approval_of_other_bytes_does_not_count(self, promoted):
        run = promoted.propose(params__yaml="lr: 0.2\n")
        promoted.approve("before the model was trained")
        promoted.report(run)
        promoted.approve("ana")
        promoted.hub.said_of_it.append(replace(promoted.hub.said_of_it[0], author="x", commit="0" * 40))
        promoted.merge()
        promoted.promote()
        assert promoted.ledger()[-1].origin.approvers == ("ana",)


class ManyPulls:
    """The hub, with several merged pull requests by their commits."""

    def __init__(self, hub, pulls):
        self.hub, self.pulls = hub, pulls

    def __getattr__(self, name):
        return getattr(self.hub, name)

    def pull_requests_of_commit(self, sha):
        return (self.pulls[sha],) if sha in self.pulls else ()


class TestTheLock:
    def test_a_stage_that_always_runs_is_no_reason_to_refuse(self, promoted):
        pipeline = promoted.repository.files("main")["dvc.yaml"].decode()
        promoted.put(
            dvc__yaml=pipeline.replace("python train.py\n", "python train.py\n    always_changed: true\n")
        )
        assert promoted.promote().exit_code is ExitCode.OK

    def test_an_entry_that_a_removed_stage_left_is_no_reason_to_refuse(self, promoted):
        lock = promoted.repository.files("main")["dvc.lock"].decode()
        promoted.put(dvc__lock=lock + "  gone:\n    cmd: python gone.py\n")
        assert promoted.promote().exit_code is ExitCode.OK


def test_history_tells_every_decision_in_order(promoted):
    merge(promoted, "0.3")
    promoted.promote()
    merge(promoted, "0.2")
    promoted.promote()
    lines = history(promoted.records, None)
    assert [(line.kind, line.version) for line in lines] == [
        ("promoted", "1"),
        ("refused", None),
        ("promoted", "2"),
    ]
    assert history(promoted.records, "another") == ()


def test_status_is_in_step_after_a_promotion_and_not_before(team):
    (before,) = team.status().models
    assert (before.recorded, before.served, before.agrees) == (None, None, False)
    team.promote(github=False)
    (after,) = team.status().models
    assert (after.recorded, after.served, after.agrees) == ("1", "1", True)
