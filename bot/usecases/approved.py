"""What people approved of what main's HEAD asks for: the candidate, and protected paths changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.errors import ModelbotError
from bot.evidence.facts import Approval
from bot.policy.load import LoadedPolicy
from bot.ports.github import PullRequest
from bot.promotion.ledger import ModelLedger
from bot.usecases.contents import protected_changes
from bot.usecases.mainline import pull_that_brought
from bot.usecases.promote_world import PromoteWorld
from bot.usecases.reviews import Reviews
from bot.usecases.sides import Revision


@dataclass(frozen=True, slots=True)
class Brought:
    """The pull request that brought the candidate (None: none did), and who approved what.

    `changed` are the protected paths that differ from the champion's revision.
    """

    pull: PullRequest | None
    changed: tuple[str, ...]
    approvals: tuple[Approval, ...]


def brought_to_main(
    asked: PromoteWorld, head: Revision, loaded: LoadedPolicy, path: str, served: ModelLedger
) -> Brought:
    """Who brought and approved the model at `path`; without GitHub nobody is known to have done so.

    A protected path may have come by another pull request than the model: its reviews count for it.

    Raises:
        UnavailableError: GitHub did not say.
    """
    changed = _changed(asked, head, loaded, served)
    if asked.github is None:
        return Brought(None, changed, ())
    reviews = Reviews(asked.github, asked.revisions)
    pull = pull_that_brought(asked.github, asked.revisions, head.sha, path)
    others = (pull_that_brought(asked.github, asked.revisions, head.sha, one) for one in changed)
    pulls = _distinct([pull, *others])
    found = (reviews.approvals(one, loaded, head, changed) for one in pulls)
    return Brought(pull, changed, tuple(approval for given in found for approval in given))


def _changed(
    asked: PromoteWorld, head: Revision, loaded: LoadedPolicy, served: ModelLedger
) -> tuple[str, ...]:
    if served.champion is None:
        return ()
    try:
        before = asked.revisions.tree(served.champion.revision)
    except ModelbotError:
        # A champion whose revision is lost is not replaced, whoever approves.
        return ()
    return protected_changes(loaded.policy.protected, before, head.tree)


def _distinct(pulls: Iterable[PullRequest | None]) -> Iterator[PullRequest]:
    known = {pull.number: pull for pull in pulls if pull}
    yield from known.values()
