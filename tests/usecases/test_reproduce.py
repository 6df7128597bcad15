"""`modelbot reproduce` over fakes: what is run, what is brought, and what a failure leaves."""

from __future__ import annotations

import pytest

from bot.errors import InvalidFileError, InvalidInputError, MissingObjectError, NotEvaluatedError
from bot.evidence.bundle import BundleError, encode_bundle, parse_bundle

BETTER = {"params__yaml": "lr: 0.2\n"}


def test_a_change_of_documents_opens_no_checkout_and_runs_nothing(team):
    team.propose(README__md="Tiny, explained.\n")
    bundle = team.reproduce()
    assert (bundle.statement.outcome, bundle.statement.ran, bundle.files) == ("nothing", (), {})
    assert team.workshop.opened == 0
    assert team.carried(bundle).objects == {}


def test_a_parameter_runs_what_reads_it_and_what_follows(team, object_name):
    team.propose(**BETTER)
    bundle = team.reproduce()
    assert [stage.name for stage in bundle.statement.ran] == ["train", "evaluate"]
    assert set(bundle.files) == {"dvc.lock", "metrics.json"}
    assert bundle.files["metrics.json"] == b'{"auc": 0.85}'
    assert object_name("0.2").encode() in bundle.files["dvc.lock"]
    assert bundle.statement.head == team.head


def test_code_that_only_evaluates_trains_nothing(team):
    team.propose(evaluate__py="# evaluate, and say more\n")
    bundle = team.reproduce()
    assert [stage.name for stage in bundle.statement.ran] == ["evaluate"]
    assert team.workshop.trained == 0
    assert team.carried(bundle).objects == {}


def test_the_objects_that_travel_are_the_new_models_directory_and_its_files(team, object_name):
    team.propose(**BETTER)
    objects = team.carried(team.reproduce()).objects
    name = object_name("0.2")
    assert f"files/md5/{name[:2]}/{name[2:]}" in objects
    assert b"lr 0.2" in objects.values()
    assert len(objects) == 3


def test_the_bundle_survives_the_journey(team):
    team.propose(**BETTER)
    bundle = team.reproduce()
    assert parse_bundle(encode_bundle(bundle)) == bundle


@pytest.mark.parametrize(("stage", "ran"), [("setup", []), ("train", []), ("evaluate", ["train"])])
def test_what_fails_is_in_the_bundle_with_what_ran_before_its_last_lines_and_no_file(team, stage, ran):
    team.workshop.fails(stage, 137, "loading", "Killed")
    team.propose(**BETTER)
    bundle = team.reproduce()
    assert bundle.statement.outcome == "failed"
    assert [run.name for run in bundle.statement.ran] == ran
    assert (bundle.statement.failure.stage, bundle.statement.failure.exit_code) == (stage, 137)
    assert "loading, Killed" in ", ".join(bundle.statement.failure.log_tail)
    assert bundle.files == {}
    assert team.workshop.trained == len(ran)
    assert team.carried(bundle).objects == {}


def test_a_runner_that_cannot_tell_is_an_error_in_its_own_words(team):
    team.workshop.broken["train"] = NotEvaluatedError("The object ab12 is nowhere.", "Push it.")
    team.propose(**BETTER)
    bundle = team.reproduce()
    assert bundle.statement.outcome == "errored"
    assert bundle.statement.error == BundleError(what="The object ab12 is nowhere.", todo="Push it.")
    assert bundle.files == {}


@pytest.mark.parametrize("path", ["metrics.json", "dvc.lock"])
def test_an_output_that_is_not_there_afterwards_is_an_error_that_names_it(team, path):
    team.workshop.lost = (path,)
    files = {path: ""} if path == "dvc.lock" else {}
    team.propose(**BETTER, removed=tuple(files))
    bundle = team.reproduce()
    assert bundle.statement.outcome == "errored"
    assert path in bundle.statement.error.what
    assert bundle.files == {}


@pytest.mark.parametrize("happens", ["failed", "errored", "reproduced"])
def test_the_checkout_is_gone_afterwards_whatever_happened(team, happens):
    if happens == "failed":
        team.workshop.fails("train", 137)
    if happens == "errored":
        team.workshop.broken["train"] = NotEvaluatedError("no")
    team.propose(**BETTER)
    assert team.reproduce().statement.outcome == happens
    assert (team.workshop.opened, team.workshop.open) == (1, {})


def test_policies_that_name_different_environments_are_an_error(team):
    for name in ("one", "two"):
        policy = f"version: 1\nmodel: {name}\nartifact: model\npipeline: {{setup: make {name}}}\n"
        team.put(**{f"policies/{name}__yaml": policy + "metrics:\n  auc: {better: higher, min: 0.7}\n"})
    team.propose(**BETTER)
    bundle = team.reproduce()
    assert bundle.statement.outcome == "errored"
    assert "'make one', 'make two'" in bundle.statement.error.what
    assert team.workshop.opened == 0


def test_what_is_no_dvc_repository_is_refused_and_not_called_up_to_date(team):
    team.propose(removed=(".dvc/config",))
    with pytest.raises(InvalidInputError, match="not a DVC repository"):
        team.reproduce()


def test_a_broken_pipeline_is_refused_with_its_place(team):
    team.propose(dvc__yaml="stages: [\n")
    with pytest.raises(InvalidFileError, match=r"dvc\.yaml:2"):
        team.reproduce()
    assert team.workshop.opened == 0


def test_an_object_that_the_run_did_not_leave_behind_is_missed_at_once(team, object_name):
    team.propose(**BETTER)
    bundle = team.reproduce()
    del team.workshop.cache.objects[object_name("0.2")]
    with pytest.raises(MissingObjectError):
        team.carried(bundle)
