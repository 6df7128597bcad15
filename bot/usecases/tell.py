"""What people see of a promotion at GitHub: the deployment, and a note in the pull request's own comment.

Always last, and never a condition for the rest: a GitHub that does not answer undoes nothing.
"""

from __future__ import annotations

from typing import Literal

from bot.errors import ExitCode
from bot.ports.github import Publisher
from bot.promotion.calls import Outcome
from bot.report.marker import Marker, own_comments
from bot.report.promotion_note import Became, PromotionNote, says_already, with_note
from bot.usecases.judge import Occasion
from bot.usecases.promote_world import PromoteWorld, Where

_NOTED: dict[str, Became] = {"promoted": "promoted", "returned": "returned", "refused": "refused"}


def tell(world: PromoteWorld, where: Where, head: str, occasion: Occasion, outcome: Outcome) -> None:
    """Record the deployment of `head` and note the outcome on the pull request that brought it.

    Raises:
        UnavailableError: GitHub did not answer; the promotion itself is done.
    """
    if not outcome.changed:
        return
    if world.deployer:
        state: Literal["success", "failure"] = "success" if outcome.exit_code is ExitCode.OK else "failure"
        words = f"{outcome.model}: {outcome.kind}" + (
            f", version {outcome.version}" if outcome.version else ""
        )
        world.deployer.deployed(head, where.environment, state, words[:140])
    if world.github and outcome.kind in _NOTED:
        _note(world.github, head, occasion, outcome)


def _note(github: Publisher, head: str, occasion: Occasion, outcome: Outcome) -> None:
    note = PromotionNote(
        outcome.model,
        _NOTED[outcome.kind],
        occasion.time,
        outcome.version,
        outcome.before,
        outcome.reasons,
    )
    for pull in github.pull_requests_of_commit(head)[:1]:
        like = Marker("report", occasion.repository, pull.number, pull.head_sha, pull.base_sha, 0, 0)
        for comment, _ in own_comments(github.comments(pull.number), github.author_id(), like)[:1]:
            if not says_already(comment.body, note):
                github.update_comment(comment, with_note(comment.body, note))
