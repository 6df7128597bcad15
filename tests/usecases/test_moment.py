"""`modelbot history --at` over fakes: a revision of main is found in the ledger, or nobody can tell."""

from __future__ import annotations

import pytest

from bot.errors import InvalidInputError, NotEvaluatedError
from bot.usecases.moment import moment


def versions(team, asked):
    found = moment(team.records, team.repository, asked, None)
    return [one.version for one in found.champions]


def test_a_revision_that_is_not_here_is_an_error(promoted):
    with pytest.raises(InvalidInputError, match="no revision 'nowhere'"):
        versions(promoted, "nowhere")


def test_of_a_branch_that_never_was_main_nobody_can_tell(promoted):
    stranger = promoted.repository.add({"a": b""})
    with pytest.raises(NotEvaluatedError):
        versions(promoted, stranger)


def test_each_head_of_main_has_its_champion(promoted):
    first = promoted.main
    promoted.release("0.2")
    assert versions(promoted, first) == ["1"]
    assert versions(promoted, "main") == ["2"]
    assert versions(promoted, "2026-03-01") == ["2"]
    assert versions(promoted, "2026-02-28") == []


def test_a_revision_of_before_the_first_promotion_had_none(team):
    before = team.main
    team.put(README="x")
    team.promote(github=False)
    assert versions(team, before) == []
    assert versions(team, "main") == ["1"]
