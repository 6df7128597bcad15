"""`modelbot check` over fakes: the same judgement as a pull request's, without GitHub."""

from __future__ import annotations

import pytest

from bot.errors import ExitCode, InvalidFileError, InvalidInputError
from bot.report.render import render_comment


def said(checked):
    return render_comment(checked.report)


@pytest.mark.parametrize(
    ("rate", "code", "title"),
    [
        ("0.2", ExitCode.OK, "ready to merge, all 2 rules pass"),
        ("0.3", ExitCode.REJECTED, "do not merge yet, 2 of 2 rules fail"),
    ],
)
def test_the_exit_code_is_the_verdicts(promoted, rate, code, title):
    promoted.propose(params__yaml=f"lr: {rate}\n")
    before = promoted.state()
    checked = promoted.check()
    assert checked.exit_code is code
    assert title in checked.report.title
    assert promoted.state() == before


def test_without_reproducing_old_numbers_are_no_answer(promoted):
    promoted.propose(params__yaml="lr: 0.2\n")
    checked = promoted.check(run=False)
    assert checked.exit_code is ExitCode.NOT_EVALUATED
    assert "--no-reproduce" in said(checked)
    assert "0.85" not in said(checked)
    assert promoted.workshop.opened == 0


def test_without_reproducing_a_lock_that_is_up_to_date_is_judged(promoted, lock_of):
    files = promoted.repository.files("main") | {
        "params.yaml": b"lr: 0.2\n",
        "metrics.json": b'{"auc": 0.85}',
    }
    committed = lock_of(files, "0.2").decode()
    promoted.propose(params__yaml="lr: 0.2\n", metrics__json='{"auc": 0.85}', dvc__lock=committed)
    checked = promoted.check(run=False)
    assert checked.exit_code is ExitCode.OK
    assert "claimed by the pull request" in said(checked)


def test_a_change_of_documents_has_nothing_to_judge(promoted):
    promoted.propose(README__md="Tiny, explained.\n")
    checked = promoted.check()
    assert checked.exit_code is ExitCode.OK
    assert "nothing to judge" in checked.report.title
    assert promoted.workshop.opened == 0


@pytest.mark.parametrize("stage", ["setup", "train", "evaluate"])
def test_a_failure_is_exit_1_with_its_last_lines(promoted, stage):
    promoted.workshop.fails(stage, 3, "CUDA out of memory")
    promoted.propose(params__yaml="lr: 0.2\n")
    checked = promoted.check()
    assert checked.exit_code is ExitCode.REJECTED
    assert "CUDA out of memory" in said(checked)


def test_metrics_that_are_not_there_are_exit_5(promoted):
    promoted.workshop.unwritten = ("metrics.json",)
    promoted.propose(params__yaml="lr: 0.2\n")
    checked = promoted.check()
    assert checked.exit_code is ExitCode.NOT_EVALUATED
    assert "metrics.json" in said(checked)


def test_a_plot_that_cannot_be_read_is_a_line_and_no_failure(promoted):
    declared = promoted.repository.files("main")["dvc.yaml"].decode() + "plots: [curve.csv]\n"
    promoted.propose(params__yaml="lr: 0.2\n", dvc__yaml=declared, curve__csv="x,y\n1\n")
    checked = promoted.check()
    assert checked.exit_code is ExitCode.OK
    why = "line 2, column 1: this row has 1 values, and the first has 2"
    assert f"- `curve.csv`: new, could not be read (`{why}`)" in said(checked)


def test_a_wrong_policy_on_base_is_told_before_anything_runs(promoted):
    promoted.put(**{"policies/tiny__yaml": "version: 1\nmodel: tiny\ncolour: red\n"})
    promoted.propose(params__yaml="lr: 0.2\n")
    with pytest.raises(InvalidFileError, match=r"policies/tiny\.yaml:3:1: colour"):
        promoted.check()
    assert promoted.workshop.opened == 0


def test_what_is_no_dvc_repository_is_refused(promoted):
    promoted.propose(removed=(".dvc/config",))
    with pytest.raises(InvalidInputError, match="not a DVC repository"):
        promoted.check()


def test_the_policy_that_judges_is_bases_and_not_the_changes_own(promoted):
    lax = "version: 1\nmodel: tiny\nartifact: model\nmetrics:\n  auc: {better: higher, min: 0.1}\n"
    promoted.propose(**{"params__yaml": "lr: 0.3\n", "policies/tiny__yaml": lax})
    checked = promoted.check()
    assert checked.exit_code is ExitCode.REJECTED
    assert "it is judged by the old one" in said(checked)
    assert "**By its own policy it would be:** ✅ ready to merge" in said(checked)
    assert "metrics.auc.min" in said(checked)
    assert "loosens" in said(checked)


def test_a_policy_that_is_taken_away_still_judges_and_is_told(promoted):
    lacking = promoted.repository.files("main")
    del lacking["policies/tiny.yaml"]
    promoted.move(lacking | {"params.yaml": b"lr: 0.3\n"})
    checked = promoted.check()
    assert checked.exit_code is ExitCode.REJECTED
    assert "takes the policy away" in said(checked)


def test_without_a_policy_the_difference_is_shown_and_nothing_decided(team):
    files = team.repository.files("main")
    del files["policies/tiny.yaml"]
    team.repository.refs["main"] = team.repository.add(files, team.main)
    team.propose(params__yaml="lr: 0.3\n")
    checked = team.check()
    assert checked.exit_code is ExitCode.OK
    assert checked.report.conclusion == "neutral"
    assert "0.6000" in said(checked)


def test_a_return_needs_no_comparison_with_what_it_replaces(promoted):
    first = promoted.repository.files("main")
    run = promoted.propose(params__yaml="lr: 0.2\n")
    promoted.report(run)
    promoted.merge()
    promoted.promote()
    promoted.move(first)
    checked = promoted.check()
    assert checked.exit_code is ExitCode.OK
    assert "a return to v1" in checked.report.title
    assert promoted.workshop.trained == 1


class TestNoPolicyOnBase:
    @pytest.fixture
    def unjudged(self, team):
        """A team whose main has no policy."""
        files = team.repository.files("main")
        del files["policies/tiny.yaml"]
        team.repository.refs["main"] = team.repository.add(files, team.main)
        return team

    def test_the_changes_own_policy_is_previewed_and_decides_nothing(self, unjudged):
        policy = "version: 1\nmodel: tiny\nartifact: model\nmetrics:\n  auc: {better: higher, min: 0.99}\n"
        unjudged.propose(**{"params__yaml": "lr: 0.2\n", "policies/tiny__yaml": policy})
        checked = unjudged.check()
        assert checked.exit_code is ExitCode.OK
        assert checked.report.conclusion == "neutral"
        assert "0.99" in said(checked)

    def test_a_wrong_policy_of_the_changes_own_is_told_with_its_place(self, unjudged):
        wrong = "version: 1\nmodel: tiny\ncolour: red\n"
        unjudged.propose(**{"params__yaml": "lr: 0.2\n", "policies/tiny__yaml": wrong})
        checked = unjudged.check()
        assert checked.exit_code is ExitCode.NOT_EVALUATED
        assert "policies/tiny.yaml:3:1" in said(checked)


def test_a_policy_of_a_model_that_no_stage_writes_could_not_be_evaluated(promoted):
    policy = "version: 1\nmodel: tiny\nartifact: nowhere\nmetrics:\n  auc: {better: higher, min: 0.7}\n"
    promoted.put(**{"policies/tiny__yaml": policy})
    promoted.propose(params__yaml="lr: 0.2\n")
    checked = promoted.check()
    assert checked.exit_code is ExitCode.NOT_EVALUATED
    assert "no stage in dvc.yaml writes it" in said(checked)
