"""When the numbers of two revisions were measured alike, read from their `dvc.lock`."""

from __future__ import annotations

import hashlib

import pytest

from bot.evidence.comparability import Judging, comparability_of, name_of_data
from bot.evidence.facts import Comparability
from bot.lineage.parse import parse_pipeline
from bot.lineage.read_lock import read_lock
from bot.lineage.tree import MemoryTree

TWO_STAGES = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py, data/train.csv]
    params: [lr]
    outs: [model]
  evaluate:
    cmd: CMD
    deps: [evaluate.py, data/test.csv, MODEL]
    params: [threshold]
    metrics: [{metrics.json: {cache: false}}]
"""
ONE_STAGE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py, data/train.csv]
    params: [lr]
    outs: [model]
    metrics: [{metrics.json: {cache: false}}]
"""
JUDGING = Judging("model", ("metrics.json",))


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def entry(path, text):
    return f"    - {{path: {path}, hash: md5, md5: {md5(text)}, size: 3}}\n"


def two_stages(*, cmd="python evaluate.py", model="model", **bytes_of):
    """`dvc.yaml` and `dvc.lock` of a model that one stage trains and another measures."""
    here = {
        "train": "t",
        "data": "d",
        "weights": "w",
        "evaluate": "e",
        "test": "s",
        "threshold": "1",
    } | bytes_of
    lock = (
        "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n"
        + entry("train.py", here["train"])
        + entry("data/train.csv", here["data"])
        + "    params: {params.yaml: {lr: 1}}\n    outs:\n"
        + entry("model", here["weights"])
        + f"  evaluate:\n    cmd: {cmd}\n    deps:\n"
        + entry("evaluate.py", here["evaluate"])
        + entry("data/test.csv", here["test"])
        + entry(model, here["weights"])
        + f"    params: {{params.yaml: {{threshold: {here['threshold']}}}}}\n    outs:\n"
        + entry("metrics.json", here["weights"])
    )
    return TWO_STAGES.replace("CMD", cmd).replace("MODEL", model), lock


def one_stage(weights="w"):
    lock = (
        "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n"
        + entry("train.py", "t")
        + entry("data/train.csv", "d")
        + "    params: {params.yaml: {lr: 1}}\n    outs:\n"
        + entry("model", weights)
        + entry("metrics.json", weights)
    )
    return ONE_STAGE, lock


def measured_with(files, judging=JUDGING, **others):
    yaml, lock = files
    tree = MemoryTree({"dvc.yaml": yaml.encode(), "dvc.lock": lock.encode()} | others)
    return comparability_of(parse_pipeline(tree), read_lock(tree), judging)


def differing(before, after, judging=JUDGING):
    return measured_with(before, judging).differing(measured_with(after, judging))


def named(found):
    return [one.name for one in found.ingredients]


def test_the_stage_that_reads_the_model_and_writes_the_metrics_is_what_numbers_are_measured_with():
    assert named(measured_with(two_stages())) == [
        "data/test.csv",
        "evaluate.py",
        "params.yaml:threshold",
        "the command of evaluate",
    ]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"test": "other rows"}, ("data/test.csv",)),
        ({"evaluate": "other code"}, ("evaluate.py",)),
        ({"threshold": "2"}, ("params.yaml:threshold",)),
        ({"cmd": "python evaluate.py --fast"}, ("the command of evaluate",)),
        ({"test": "other rows", "evaluate": "other code"}, ("data/test.csv", "evaluate.py")),
    ],
)
def test_what_it_reads_and_does_otherwise_is_named(change, names):
    assert differing(two_stages(), two_stages(**change)) == names
    assert differing(two_stages(**change), two_stages()) == names


@pytest.mark.parametrize("model", ["model", "model/weights"])
@pytest.mark.parametrize("change", [{"weights": "v"}, {"train": "u"}, {"data": "more"}])
def test_another_model_or_other_training_is_measured_alike(model, change):
    assert differing(two_stages(model=model), two_stages(model=model, **change)) == ()


def test_a_stage_that_trains_and_measures_in_one_go_says_nothing_of_the_measure():
    assert named(measured_with(one_stage())) == []
    assert differing(one_stage(), one_stage("v")) == ()


def test_to_begin_or_to_stop_measuring_in_a_stage_of_its_own_is_to_measure_otherwise():
    everything = tuple(named(measured_with(two_stages())))
    assert differing(one_stage(), two_stages()) == everything
    assert differing(two_stages(), one_stage()) == everything


def test_a_stage_that_the_policy_names_counts_whatever_it_reads():
    judging = Judging("model", ("metrics.json",), evaluator="train")
    assert named(measured_with(one_stage(), judging)) == [
        "data/train.csv",
        "params.yaml:lr",
        "the command of train",
        "train.py",
    ]


def test_the_predictions_file_names_the_stage_as_the_metrics_do():
    yaml, lock = two_stages()
    files = (yaml + "    outs: [rows.csv]\n", lock + entry("rows.csv", "r"))
    assert named(measured_with(files, Judging("model", ("rows.csv",)))) == named(measured_with(two_stages()))


class TestTestSet:
    def test_an_output_of_a_stage_is_known_by_its_lock(self):
        judging = Judging(None, (), test_set="model")
        assert differing(two_stages(), two_stages(weights="v"), judging) == ("model",)

    def test_what_only_another_stage_reads_is_known_by_that(self):
        judging = Judging(None, (), test_set="data/train.csv")
        assert differing(two_stages(), two_stages(data="more"), judging) == ("data/train.csv",)
        assert differing(two_stages(), two_stages(test="other rows"), judging) == ()

    def test_a_file_that_dvc_tracks_is_known_by_its_own_file(self):
        def tracked(text):
            return f"outs:\n- {{md5: {md5(text)}, hash: md5, size: 3, path: held_out.csv}}\n".encode()

        judging = Judging(None, (), test_set="held_out.csv")
        one, other = (
            measured_with(two_stages(), judging, **{"held_out.csv.dvc": tracked(text)}) for text in "ab"
        )
        assert one.differing(other) == ("held_out.csv",)
        assert one.unknown == ()


@pytest.mark.parametrize(
    ("judging", "names"),
    [
        (Judging("model", ("metrics.json",), test_set="data/tset.csv"), ("data/tset.csv",)),
        (Judging("model", ("metrics.json",), evaluator="evaluat"), ("the stage evaluat",)),
        (JUDGING, ()),
    ],
)
def test_what_the_policy_names_and_the_lock_does_not_have_is_unknown(judging, names):
    assert measured_with(two_stages(), judging).unknown == names


def test_a_lock_that_is_not_there_knows_nothing():
    yaml, _ = two_stages()
    assert measured_with((yaml, "schema: '2.0'\nstages: {}\n")) == Comparability(())


class TestTheNameOfTheTestData:
    NAMED = Judging("model", ("metrics.json",), test_set="data/test.csv")

    def name(self, files, judging=JUDGING):
        return name_of_data(measured_with(files, judging), judging.test_set)

    def test_a_test_set_that_the_policy_names_is_known_by_its_bytes_alone(self):
        assert self.name(two_stages(), self.NAMED) == md5("s")
        for change in ({"evaluate": "other code"}, {"weights": "v"}, {"threshold": "2"}):
            assert self.name(two_stages(**change), self.NAMED) == md5("s")
        assert self.name(two_stages(test="other rows"), self.NAMED) == md5("other rows")

    def test_where_it_names_none_everything_that_measures_is_the_test(self):
        plain = self.name(two_stages())
        assert self.name(two_stages(weights="v", train="u")) == plain
        others = [two_stages(test="other rows"), two_stages(evaluate="other code"), two_stages(threshold="2")]
        assert len({plain, *map(self.name, others)}) == 4

    def test_what_the_lock_does_not_have_has_no_name(self):
        typo = Judging("model", ("metrics.json",), test_set="data/tset.csv")
        assert self.name(two_stages(), typo) is None
        assert self.name(two_stages(), Judging("model", ("metrics.json",), evaluator="evaluat")) is None
        assert self.name(one_stage()) is None
