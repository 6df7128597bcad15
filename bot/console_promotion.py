"""Promotions, status and history as lines for a terminal or a workflow's log. Performs no I/O."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.console import JSON_VERSION, safe_line
from bot.evidence.phrase import Phrase, plain
from bot.promotion.calls import Outcome
from bot.promotion.explain import LEVELS, explain
from bot.promotion.history import HistoryLine

if TYPE_CHECKING:  # each verb loads its own use case, and no other's
    from bot.usecases.promote import Promotion
    from bot.usecases.rollback import Resumption, Rollback
    from bot.usecases.status import ModelStatus, Status

WORDS = {
    "unchanged": "nothing to do",
    "promoted": "promoted to version {version}",
    "returned": "returned to version {version}",
    "refused": "refused; the champion stays",
    "restored": "put back to version {version}",
    "measured": "its numbers were taken anew from main; version {version} stays",
    "drifted": "MLflow is not what the ledger says",
    "adopted": "taken over: version {version}, which was there before, is champion on record",
    "finished": "finished a promotion that had stopped, version {version}",
}

VERBS = {"held": "called back to", "resumed": "hold ended", "rebuilt": "registry rebuilt"}


def promotion_lines(promotion: Promotion) -> Iterator[str]:
    """What promotion did, or would do, model by model."""
    if not promotion.plans and not promotion.outcomes and not promotion.troubles:
        yield f"{promotion.head[:7]} has no policy, so there is no model to promote."
    for plan in promotion.plans:
        yield from map(_text, explain(plan))
    for outcome in promotion.outcomes:
        yield from outcome_lines(outcome)
    for pull in promotion.opened:
        yield f"#{pull.number} ({pull.state}) has these stages run: {safe_line(pull.url)}"
    for trouble in promotion.troubles:
        whose = f"{trouble.model}: " if trouble.model else ""
        yield from map(safe_line, f"{whose}{trouble.error}".splitlines())


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """What became of one model."""
    words = WORDS[outcome.kind].format(version=outcome.version)
    was = f" (was {outcome.before})" if outcome.before and outcome.before != outcome.version else ""
    level = f"; its numbers stand as {LEVELS[outcome.level]}" if outcome.level else ""
    yield f"{safe_line(outcome.model)}: {words}{was}{level}"
    yield from (f"    {_text(reason)}" for reason in outcome.reasons)


def rollback_lines(done: Rollback) -> Iterator[str]:
    """What became of a rollback, and how it ends."""
    yield from outcome_lines(done.outcome)
    if done.hold:
        yield f"    {_text(done.hold)}"
    if done.untold:
        yield from map(safe_line, f"GitHub was not told: {done.untold}".splitlines())


def resumed_lines(done: Resumption) -> Iterator[str]:
    """That main decides again, and what that means."""
    model = safe_line(done.model)
    if done.version is None:
        yield f"{model}: was not on hold; nothing changed"
        return
    yield f"{model}: main decides again; version {done.version} was held"
    yield "    `modelbot promote --dry-run` says what the next promotion does."


def status_lines(status: Status) -> Iterator[str]:
    """The state for a person."""
    yield f"main is at {status.head[:7]}"
    if status.trouble:
        yield f"cannot be promoted: {_text(status.trouble)}"
    for model in status.models:
        agrees = "on hold" if model.hold else "in step" if model.agrees else "not in step"
        recorded, served = model.recorded or "none", model.served or "nothing"
        alias = safe_line(model.alias)
        yield f"{safe_line(model.model)}: {agrees}; ledger {recorded}, alias {alias} at {served}"
        yield from (f"    next: {_text(phrase)}" for phrase in explain(model.plan))


def status_json(status: Status) -> Iterator[str]:
    """The state for a program."""
    yield _json(
        {
            "version": JSON_VERSION,
            "head": status.head,
            "trouble": plain(status.trouble),
            "models": [_model_json(model) for model in status.models],
        }
    )


def _model_json(model: ModelStatus) -> dict[str, object]:
    return {
        "model": model.model,
        "alias": model.alias,
        "recorded": model.recorded,
        "served": model.served,
        "digest": model.digest,
        "agrees": model.agrees,
        "hold": plain(model.hold) or None,
        "next": [plain(phrase) for phrase in explain(model.plan)],
    }


def history_lines(lines: Sequence[HistoryLine]) -> Iterator[str]:
    """The ledger for a person, oldest first."""
    if not lines:
        yield "Nothing was promoted yet."
    yield from map(_history_line, lines)


def _history_line(line: HistoryLine) -> str:
    verb = "returned to" if line.returning else VERBS.get(line.kind, line.kind)
    version = f" v{line.version}" if line.version else ""
    pull = f" #{line.pull_request}" if line.pull_request else ""
    reasons = f": {'; '.join(line.reasons)}" if line.reasons else ""
    where = f"{line.revision[:7]}{pull}{reasons}"
    return safe_line(f"{line.sequence:>4}  {line.time[:16]}  {line.model}  {verb}{version}  {where}")


def history_json(lines: Sequence[HistoryLine]) -> Iterator[str]:
    """The ledger for a program."""
    yield _json({"version": JSON_VERSION, "decisions": [asdict(line) for line in lines]})


def _text(phrase: Phrase) -> str:
    return safe_line(plain(phrase))


def _json(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
