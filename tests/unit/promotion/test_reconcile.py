"""Whole reconciles over fakes: what people see of promotion, refusal, return and drift."""

from __future__ import annotations

import pytest

from bot.errors import ExitCode, MissingObjectError, NotEvaluatedError
from bot.policy.verdict import Status
from bot.promotion.plan import Drifted, NothingToDo, Promote, Refuse, Remeasured


def test_a_red_verdict_is_refused_and_the_champion_stays(shop, fakes):
    shop.merge("one")
    shop.reconcile()
    shop.merge("two", fakes.REJECTED)
    outcome = shop.reconcile()
    assert (outcome.kind, outcome.exit_code, shop.champion()) == ("refused", ExitCode.REJECTED, "one")
    assert shop.kinds() == ["intent", "promoted", "refused"]


def test_a_verdict_that_could_not_be_evaluated_is_refused_with_its_own_exit_code(shop, fakes):
    shop.merge("one", fakes.verdict(fakes.result(Status.ERROR)))
    assert shop.reconcile().exit_code is ExitCode.NOT_EVALUATED
    assert shop.champion() is None


def test_the_same_refusal_is_loud_again_and_written_once(shop, fakes):
    shop.merge("one", fakes.REJECTED)
    shop.reconcile()
    before = shop.state()
    again = shop.reconcile()
    assert (again.exit_code, again.changed) == (ExitCode.REJECTED, False)
    assert shop.state() == before


def test_a_refused_model_is_promoted_after_all_when_the_policy_changed(shop, fakes):
    shop.merge("one", fakes.REJECTED)
    shop.reconcile()
    shop.merge("one")
    assert shop.reconcile().kind == "promoted"


def test_a_first_model_without_a_threshold_or_an_approval_is_refused(shop, fakes):
    new = fakes.result(Status.NEW, "max_regression")
    shop.merge("one", fakes.verdict(new))
    assert shop.reconcile().exit_code is ExitCode.NOT_EVALUATED
    shop.merge("one", fakes.verdict(new, approvals=1, approved=True))
    assert shop.reconcile().kind == "promoted"


def test_unreadable_metrics_are_never_promoted(shop):
    shop.merge("one", measured=None)
    assert shop.reconcile().exit_code is ExitCode.NOT_EVALUATED


def test_a_missing_object_stops_the_promotion_before_anything_is_written(shop):
    wanted = shop.merge("one")
    del shop.objects.objects[wanted.artifact.lock_md5]
    with pytest.raises(MissingObjectError, match=wanted.artifact.lock_md5):
        shop.reconcile()
    assert (shop.kinds(), shop.champion()) == ([], None)


def test_a_swapped_object_stops_the_promotion_and_is_named(shop):
    shop.merge("one")
    name = next(name for name, data in shop.objects.objects.items() if data == b"one")
    shop.objects.objects[name] = b"two"
    with pytest.raises(NotEvaluatedError, match=name):
        shop.reconcile()
    assert shop.champion() is None


def test_promotion_moves_previous_then_champion_and_records_both(shop):
    for name in ("one", "two", "three"):
        shop.merge(name)
        assert shop.reconcile().kind == "promoted"
    previous = shop.registry.alias("flights", "previous")
    assert (shop.champion(), previous.version) == ("three", "2")
    assert shop.kinds() == ["intent", "promoted"] * 3
    ledger = shop.model()
    assert (ledger.champion.version, ledger.previous.version, len(ledger.former)) == ("3", "2", 3)


def test_running_again_changes_nothing(shop):
    shop.merge("one")
    shop.reconcile()
    before = shop.state()
    assert isinstance(shop.plan(), NothingToDo)
    assert shop.reconcile().changed is False
    assert shop.state() == before


def test_a_commit_that_leaves_the_model_alone_changes_nothing(shop, fakes):
    shop.merge("one")
    shop.reconcile()
    shop.merge("one", fakes.REJECTED)
    outcome = shop.reconcile()
    assert (outcome.kind, outcome.exit_code, outcome.changed) == ("unchanged", ExitCode.OK, False)


def test_a_revert_flips_the_former_bytes_back_without_a_new_version(shop, fakes):
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    shop.objects.objects.clear()
    skipped = fakes.result(Status.SKIPPED, "max_regression")
    shop.merge("one", fakes.verdict(skipped))
    shop.objects.objects.clear()
    outcome = shop.reconcile()
    assert (outcome.kind, outcome.version, shop.champion()) == ("returned", "1", "one")
    assert shop.registry.alias("flights", "previous").version == "2"
    assert len(shop.registry.versions) == 2


def test_a_return_below_a_threshold_is_refused(shop, fakes):
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    shop.merge("one", fakes.REJECTED)
    assert shop.reconcile().kind == "refused"
    assert shop.champion() == "two"


def test_an_older_head_is_superseded_and_changes_nothing(shop):
    old = shop.merge("one")
    shop.merge("two")
    shop.reconcile()
    before = shop.state()
    outcome = shop.reconcile(old)
    assert (outcome.kind, outcome.exit_code) == ("unchanged", ExitCode.OK)
    assert "superseded" in str(outcome.reasons)
    assert shop.state() == before


def test_a_head_that_cannot_be_placed_is_held(shop):
    shop.merge("one")
    shop.reconcile()
    shop.line.clear()
    shop.merge("two")
    assert shop.reconcile().exit_code is ExitCode.NOT_EVALUATED
    assert shop.champion() == "one"


def test_an_alias_moved_by_hand_is_recorded_once_and_left_alone(shop):
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    shop.registry.point("flights", "champion", "1")
    outcome = shop.reconcile()
    assert (outcome.kind, outcome.exit_code, shop.champion()) == ("drifted", ExitCode.STALE, "one")
    before = shop.state()
    assert shop.reconcile().exit_code is ExitCode.STALE
    assert shop.state() == before


def test_an_alias_moved_by_hand_is_put_back_where_the_policy_says_so(shop):
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    shop.registry.point("flights", "champion", "1")
    wanted = shop.merge("two", restores=True)
    outcome = shop.reconcile(wanted)
    assert (outcome.exit_code, shop.champion()) == (ExitCode.OK, "two")
    assert shop.kinds()[-1] == "drift"
    before = shop.state()
    assert shop.reconcile(wanted).changed is False
    assert shop.state() == before


def test_an_alias_of_nobody_is_not_put_anywhere(shop, tmp_path):
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "model").write_text("theirs")
    version = shop.registry.create("flights", "", "", foreign, ())
    shop.registry.point("flights", "champion", version.version)
    outcome = shop.reconcile(shop.merge("one", restores=True))
    assert (outcome.kind, outcome.exit_code) == ("drifted", ExitCode.STALE)


def test_a_deleted_former_version_stops_no_promotion(shop):
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    del shop.registry.versions["flights", "1"]
    assert shop.reconcile().kind == "drifted"
    shop.merge("three")
    assert (shop.reconcile().kind, shop.champion()) == ("promoted", "three")
    assert shop.registry.alias("flights", "previous").version == "2"


def test_a_former_version_with_other_bytes_stops_no_promotion(shop):
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    (shop.registry.files(shop.registry.versions["flights", "1"]) / "data" / "model.bin").write_text("evil")
    shop.registry.aliases.pop(("flights", "previous"))
    with pytest.raises(NotEvaluatedError, match="serves other bytes as version 1"):
        shop.reconcile()
    shop.merge("three")
    assert (shop.reconcile().kind, shop.champion()) == ("promoted", "three")


def test_newer_numbers_of_the_champion_are_what_the_ledger_compares_with(shop, fakes):
    shop.merge("one")
    shop.reconcile()
    newer = Remeasured("e" * 40, fakes.metrics(0.9), fakes.EvidenceLevel.REPRODUCED)
    wanted = shop.merge("one", remeasured=newer)
    assert shop.run(shop.plan(wanted)).settled is False
    now = shop.model().champion
    assert (now.metrics, now.level, now.measured_at) == (newer.metrics, newer.level, newer.revision)
    assert shop.model().served_lock(now.lock_md5) == now
    assert shop.kinds() == ["intent", "promoted", "measured"]


def test_a_champion_that_modelbot_never_promoted_is_not_overwritten(shop, tmp_path):
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "model").write_text("theirs")
    version = shop.registry.create("flights", "", "", foreign, ())
    shop.registry.point("flights", "champion", version.version)
    shop.merge("one")
    plan = shop.plan()
    assert isinstance(plan, Drifted)
    assert shop.reconcile().exit_code is ExitCode.STALE
    assert shop.registry.alias("flights", "champion").version == version.version


def test_a_registered_version_with_other_bytes_is_refused_until_it_is_gone(shop):
    shop.merge("one")
    shop.reconcile()
    shop.merge("two")
    seen = []

    def tampering(call, make):
        answer = make()
        if type(call).__name__ == "CreateVersion":
            (shop.registry.files(answer) / "data" / "model.bin").write_text("evil")
            seen.append(answer.version)
        return answer

    outcome = shop.reconcile(around=tampering)
    assert (outcome.kind, outcome.exit_code) == ("refused", ExitCode.NOT_EVALUATED)
    assert (shop.champion(), seen) == ("one", ["2"])
    before = shop.state()
    assert shop.reconcile().exit_code is ExitCode.NOT_EVALUATED
    assert shop.state() == before
    del shop.registry.versions["flights", "2"]
    assert (shop.reconcile().kind, shop.champion()) == ("promoted", "two")


def test_a_file_slipped_into_a_served_version_is_noticed(shop):
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    former = shop.registry.versions["flights", "1"]
    (shop.registry.files(former) / "data" / "extra.py").write_text("import os")
    shop.merge("one")
    assert shop.reconcile().kind == "refused"
    assert shop.champion() == "two"


def test_a_symbolic_link_in_a_served_version_is_no_model(shop):
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    former = shop.registry.versions["flights", "1"]
    (shop.registry.files(former) / "link").symlink_to("/etc/passwd")
    shop.merge("one")
    with pytest.raises(NotEvaluatedError, match="symbolic link"):
        shop.reconcile()
    assert shop.champion() == "two"


def test_a_lost_registry_is_filled_again_from_the_ledger_and_the_remote(shop, fakes, tmp_path):
    for name in ("one", "two"):
        shop.merge(name)
        shop.reconcile()
    shop.registry = fakes.FakeRegistry(tmp_path / "new")
    outcome = shop.reconcile()
    assert outcome.kind == "drifted", "a registry without the champion is drift, never overwritten blindly"


def test_of_two_versions_with_one_key_the_lowest_is_served(shop):
    shop.merge("one")

    def answer_lost_once(call, make):
        answer = make()
        if type(call).__name__ == "CreateVersion" and not lost:
            lost.append(call)
            shop.registry.create(call.model, call.key, call.digest, call.directory, call.tags)
        return answer

    lost: list[object] = []
    shop.reconcile(around=answer_lost_once)
    assert len(shop.registry.versions) == 2
    assert shop.registry.alias("flights", "champion").version == "1"


def test_promote_and_refuse_are_what_the_planner_says_of_green_and_red(shop, fakes):
    green = shop.merge("one")
    assert isinstance(shop.plan(green), Promote)
    red = shop.merge("two", fakes.REJECTED)
    refused = shop.plan(red)
    assert isinstance(refused, Refuse)
    assert refused.reasons[0][1:] == (": ", "auc is 0.8")
