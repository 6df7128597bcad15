"""A pull request that the bot opens: found again by its branch, whatever became of it."""

from __future__ import annotations

import pytest

from bot.errors import UnavailableError

BRANCH, TITLE, BODY = "modelbot/reproduce-0123456789ab", "Reproduce a stage that nobody ran", "**Next:** …\n"


def test_it_is_opened_from_our_own_branch(world):
    world.branch(BRANCH)
    assert world.github.pull_requests_from(BRANCH, "main") == ()
    opened = world.github.open_pull_request(BRANCH, "main", TITLE, BODY)
    assert (opened.title, opened.state, opened.head_branch, opened.base_branch) == (
        TITLE,
        "open",
        BRANCH,
        "main",
    )
    assert opened.head_repository == world.repository
    assert opened.url


def test_it_is_found_again_open_or_closed(world):
    world.branch(BRANCH)
    opened = world.github.open_pull_request(BRANCH, "main", TITLE, BODY)
    assert world.github.pull_requests_from(BRANCH, "main") == (opened,)
    world.close(opened.number)
    (found,) = world.github.pull_requests_from(BRANCH, "main")
    assert (found.number, found.state) == (opened.number, "closed")


def test_another_branch_and_another_base_are_not_it(world):
    world.branch(BRANCH)
    world.github.open_pull_request(BRANCH, "main", TITLE, BODY)
    assert world.github.pull_requests_from(BRANCH[:-1], "main") == ()
    assert world.github.pull_requests_from(BRANCH, "release") == ()


def test_a_second_one_of_the_same_branch_is_refused(world):
    world.branch(BRANCH)
    world.github.open_pull_request(BRANCH, "main", TITLE, BODY)
    with pytest.raises(UnavailableError, match="open a pull request from"):
        world.github.open_pull_request(BRANCH, "main", TITLE, BODY)


def test_a_lost_answer_is_found_again_by_the_branch(world):
    world.branch(BRANCH)
    world.lose_answer("POST", "pulls")
    with pytest.raises(UnavailableError):
        world.github.open_pull_request(BRANCH, "main", TITLE, BODY)
    assert len(world.github.pull_requests_from(BRANCH, "main")) == 1
