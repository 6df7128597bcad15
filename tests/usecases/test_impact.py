"""`modelbot impact` over fakes."""

from __future__ import annotations

import pytest

from bot.errors import InvalidInputError
from bot.usecases.impact import impact


def test_it_is_about_the_work_tree_since_it_left_base(team):
    team.propose(params__yaml="lr: 0.2\n")
    team.put(train__py="# train, otherwise\n")
    found = impact(team.repository, "main")
    assert found.to_run == ("train", "evaluate")
    reasons = str([stage.reasons for stage in found.stages])
    assert "train.py" not in reasons
    assert "lr" in reasons


def test_a_change_of_documents_has_none(team):
    team.propose(README__md="Tiny, explained.\n")
    assert impact(team.repository, "main").empty


def test_a_base_that_does_not_exist_is_named(team):
    team.propose(README__md="Tiny, explained.\n")
    with pytest.raises(InvalidInputError, match="relese"):
        impact(team.repository, "relese")


def test_what_is_no_dvc_repository_is_refused(team):
    team.propose(removed=(".dvc/config",))
    with pytest.raises(InvalidInputError, match="not a DVC repository"):
        impact(team.repository, "main")
