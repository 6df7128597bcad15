"""The same questions to the runner in memory and to the real DVC, about the same small pipeline."""

import re

import pytest

from bot.errors import NotEvaluatedError
from bot.evidence.manifest import members_of
from bot.ports.dvc import Reproduction

BOTH = ("train", "evaluate")


def test_the_stages_run_in_the_order_asked_each_with_its_seconds(place):
    place.change(params__yaml="lr: 0.2\n")
    done = place.reproduce(BOTH)
    assert done.ran == ["train", "evaluate"]
    assert all(run.seconds >= 0 for run in done.answer.ran)
    assert done.answer == Reproduction(done.answer.ran)


def test_the_order_is_the_callers_even_where_the_pipeline_has_another(place):
    place.change(params__yaml="lr: 0.2\n")
    done = place.reproduce(("evaluate", "train"), ("model",))
    assert done.ran == ["evaluate", "train"]
    assert done.files.read("metrics.json") == b'{"auc": 0.8}', "of the model that was there before"
    assert done.files.read("model/weights") == b"lr 0.2"


def test_the_outputs_are_in_the_checkout_and_those_that_dvc_keeps_in_its_cache(place, fakes):
    place.change(params__yaml="lr: 0.2\n")
    done = place.reproduce(BOTH)
    assert done.files.paths("model") == ("model/MLmodel", "model/weights")
    assert done.files.read("model/weights") == b"lr 0.2"
    assert done.files.read("metrics.json") == b'{"auc": 0.85}'
    name = fakes.model("0.2")
    kept = members_of(place.cache.read(name), name)
    assert {one.path: place.cache.read(one.md5) for one in kept} == {
        "MLmodel": b"flavors: {}\n",
        "weights": b"lr 0.2",
    }


def test_the_lock_has_command_inputs_parameters_and_outputs_of_what_ran(place, fakes):
    place.change(params__yaml="lr: 0.2\n", evaluate__py=fakes.EVALUATE.decode() + "# other\n")
    done = place.reproduce(BOTH)
    code = {path: (path, fakes.md5(data), len(data), None) for path, data in done.files.files.items()}
    model = ("model", fakes.model("0.2"), 18, 2)
    assert done.key("train") == (
        "python train.py",
        [code["train.py"]],
        (("params.yaml", "lr", "0.2"),),
        [model],
    )
    assert done.key("evaluate") == (
        "python evaluate.py",
        [code["evaluate.py"], model],
        (),
        [code["metrics.json"]],
    )


def test_only_the_named_stage_runs_with_what_the_others_left_before(place, fakes):
    place.change(params__yaml="lr: 0.2\n", evaluate__py=fakes.EVALUATE.decode() + "# other\n")
    done = place.reproduce(("evaluate",), ("model",))
    assert done.ran == ["evaluate"]
    assert done.files.read("model/weights") == b"lr 0.1"
    assert done.files.read("metrics.json") == b'{"auc": 0.8}'
    assert done.lock.stage("train").params == (("params.yaml", "lr", "0.1"),)
    assert done.lock.stage("evaluate").deps[0].md5 == done.files.md5("evaluate.py")


def test_a_stage_that_is_named_runs_although_nothing_changed(place):
    assert place.reproduce(BOTH).ran == ["train", "evaluate"]


def test_a_failing_stage_is_named_with_its_code_and_last_lines_and_earlier_ones_ran(place):
    place.change(params__yaml="lr: 0.2\n")
    place.fails("evaluate")
    done = place.reproduce(BOTH)
    assert done.ran == ["train"]
    assert (done.answer.failed, done.answer.exit_code) == ("evaluate", 3)
    assert len(done.answer.log_tail) == 30
    assert done.answer.log_tail[:-1] == tuple(f"line {number}" for number in range(71, 100))
    assert done.answer.log_tail[-1] == (
        "ERROR: failed to reproduce 'evaluate': failed to run: python evaluate.py, exited with 3"
    )


def test_what_ran_before_a_failure_is_in_the_lock_and_of_what_failed_nothing_is_left(place, fakes):
    place.change(params__yaml="lr: 0.2\n")
    place.fails("evaluate")
    done = place.reproduce(BOTH)
    assert done.lock.out("model").md5 == fakes.model("0.2")
    assert done.lock.stage("evaluate").deps[1].md5 == fakes.model("0.1")
    assert done.files.read("metrics.json") is None


def test_what_follows_a_failing_stage_does_not_run(place):
    place.fails("train")
    done = place.reproduce(BOTH)
    assert (done.ran, done.answer.failed) == ([], "train")
    assert done.files.read("metrics.json") == b'{"auc": 0.8}'
    assert done.files.paths("model") == ()


@pytest.mark.parametrize("stages", [("evaluate",), BOTH])
def test_an_input_that_is_nowhere_means_that_we_cannot_tell(place, stages):
    place.empty_remote()
    with pytest.raises(NotEvaluatedError, match="DVC could not run the stages"):
        place.reproduce(stages, ("model",))


def test_what_nobody_brought_or_wrote_is_missed_by_the_stage_itself(place):
    place.remove("train.py")
    for stage, missed in (("train", "train.py"), ("evaluate", "model")):
        answer = place.reproduce((stage,)).answer
        assert (answer.ran, answer.failed) == ((), stage)
        assert answer.exit_code > 0
        assert missed in "".join(answer.log_tail[2:-1])


def test_an_output_that_a_stage_did_not_write_means_that_we_cannot_tell(place):
    place.forgets("evaluate")
    with pytest.raises(NotEvaluatedError, match=r"DVC could not run the stages: .*metrics\.json"):
        place.reproduce(BOTH)


def test_a_symbolic_link_in_an_output_means_that_we_cannot_tell_and_what_is_behind_it_is_not_kept(
    place, fakes
):
    place.links("model/weights")
    what = "Stage train wrote more than plain files: 'model/weights' is a symbolic link to '../README.md'"
    with pytest.raises(NotEvaluatedError, match=re.escape(what)):
        place.reproduce(BOTH)
    assert place.cache.read(fakes.md5(b"Tiny.\n")) is None


def test_a_stage_that_is_not_in_the_pipeline_means_that_we_cannot_tell(place):
    with pytest.raises(NotEvaluatedError, match=r"DVC could not run the stages: .*polish"):
        place.reproduce(("polish",))


def test_a_setup_command_that_fails_comes_back_as_a_failure_with_its_code_and_last_lines(place):
    answer = place.set_up("echo no such package; exit 9")
    assert answer == Reproduction((), (), "setup", 9, ("no such package",))


def test_a_setup_command_that_succeeds_is_no_answer(place):
    assert place.set_up("uv --version") is None
