"""What people see of a promotion at GitHub: the deployment, and a note in the pull request's own comment.

Always last, and never a condition for the rest: a GitHub that does not answer undoes nothing. Everything is
told from the ledger and can be told again: a run that finds nothing to do repairs what one before left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.errors import ExitCode
from bot.evidence.phrase import Phrase, Quoted
from bot.ports.github import Publisher
from bot.promotion.calls import Outcome
from bot.promotion.ledger import ModelLedger
from bot.promotion.records import Held, Promoted, Refused
from bot.report.marker import Marker, own_comments
from bot.report.promotion_note import PromotionNote, says_already, with_note
from bot.usecases.judge import Occasion
from bot.usecases.promote_world import PromoteWorld, Where

PROMOTED = {"promoted", "returned", "finished", "unchanged", "restored", "measured"}


@dataclass(frozen=True, slots=True)
class Telling:
    """A model's outcome, and the ledger after it."""

    outcome: Outcome
    ledger: ModelLedger

    def about(self, head: str) -> Promoted | Refused | None:
        """The decision to be told; None when there is none, or it was another head's and is told by now."""
        kind = self.outcome.kind
        if kind in PROMOTED:
            record = self.ledger.promotion
            fresh = kind in {"promoted", "returned", "finished"}
            return record if record and (fresh or record.origin.head == head) else None
        if kind != "refused" or not self.ledger.refusals:
            return None
        last = max(self.ledger.refusals, key=lambda one: one.sequence)
        return last if last.origin.head == head else None


def tell_pull_request(world: PromoteWorld, head: str, occasion: Occasion, telling: Telling) -> None:
    """Note the decision in our comment on the pull request that brought the model.

    Raises:
        UnavailableError: GitHub did not answer; the promotion itself is done.
    """
    record = telling.about(head)
    number = record.origin.pull_request if record else None
    if world.github and record and number is not None:
        _note(world.github, number, occasion, _worded(record, telling.outcome, occasion))


def _worded(record: Promoted | Refused, outcome: Outcome, occasion: Occasion) -> PromotionNote:
    level = record.judgement.level
    if isinstance(record, Refused):
        return PromotionNote(
            record.model, "refused", occasion.time, None, record.champion, outcome.reasons, level
        )
    became: Literal["returned", "promoted"] = "returned" if record.returning else "promoted"
    return PromotionNote(record.model, became, occasion.time, record.version, record.before, (), level)


def _note(github: Publisher, number: int, occasion: Occasion, note: PromotionNote) -> None:
    like = Marker("report", occasion.repository, number, "", "", 0, 0)
    for comment, _ in own_comments(github.comments(number), github.author_id(), like)[:1]:
        if not says_already(comment.body, note):
            github.update_comment(comment, with_note(comment.body, note))


def tell_called_back(world: PromoteWorld, hold: Held, number: int | None, occasion: Occasion) -> None:
    """Note in our comment on pull request `number` that the model it brought was called back, and why.

    Raises:
        UnavailableError: GitHub did not answer; the rollback itself is done.
    """
    if world.github and number is not None:
        reason: Phrase = (Quoted(hold.reason),)
        note = PromotionNote(
            hold.model, "called back", occasion.time, hold.version, hold.before, (reason,), by=hold.by
        )
        _note(world.github, number, occasion, note)


def tell_deployments(world: PromoteWorld, where: Where, head: str, told: tuple[Telling, ...]) -> None:
    """Record the deployment of every revision that was decided on: one state for all of its models.

    One, because the adapter compares with the latest: two models in turn would add a state at every run.

    Raises:
        UnavailableError: GitHub did not answer; the promotion itself is done.
    """
    found: dict[str, list[tuple[str, bool]]] = {}
    for one in told:
        record = one.about(head)
        if record:
            found.setdefault(record.origin.head, []).append(_state_of(record))
        elif one.outcome.changed:
            words = f"{one.outcome.model}: {one.outcome.kind}, version {one.outcome.version or 'none'}"
            found.setdefault(head, []).append((words, one.outcome.exit_code is ExitCode.OK))
    for sha, parts in found.items():
        state: Literal["success", "failure"] = "success" if all(well for _, well in parts) else "failure"
        words = "; ".join(words for words, _ in parts)
        if world.deployer:
            world.deployer.deployed(sha, where.environment, state, words[:140])


def _state_of(record: Promoted | Refused) -> tuple[str, bool]:
    if isinstance(record, Refused):
        stays = f", version {record.champion}" if record.champion else ""
        return f"{record.model}: refused{stays}", False
    became = "returned" if record.returning else "promoted"
    return f"{record.model}: {became}, version {record.version}", True
