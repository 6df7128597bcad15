"""Putting right what a stopped process or somebody else left behind. Performs no I/O."""

from __future__ import annotations

from collections.abc import Generator

from bot.errors import ExitCode, NotEvaluatedError, StaleError
from bot.evidence.phrase import plain
from bot.promotion.calls import Answer, Call, CheckTail, FindVersions, Outcome, PointAlias
from bot.promotion.ledger import Served, Tail
from bot.promotion.plan import Drifted, Finish, Remeasure
from bot.promotion.records import Drift, Measured
from bot.promotion.serving import Target, append, find, must_serve, read_back, serve, versions


def finish(plan: Finish) -> Generator[Call, Answer, Outcome]:
    """Complete the record of a promotion that had moved its alias and stopped; as it was announced."""
    intent, basis = plan.intent, plan.basis
    found = yield from find(intent)
    version = next((one for one in found if one.version == plan.version), None)
    if version is None:
        raise StaleError(f"Version {plan.version} of {intent.model} is gone.", "Run this again.")
    yield from must_serve(version, intent.artifact.digest)
    yield from serve(
        Target(basis, version, intent, basis.tail, intent.origin, intent.artifact, intent.judgement)
    )
    before = basis.champion.version if basis.champion else None
    return Outcome(
        "finished", intent.model, version.version, before, (), ExitCode.OK, changed=True, settled=False
    )


def remeasure(plan: Remeasure) -> Generator[Call, Answer, Outcome]:
    """Record the champion's newest numbers; what main asks for is then judged against them."""
    wanted, now, numbers = plan.basis.desired, plan.champion, plan.numbers
    record = Measured(
        plan.basis.tail.sequence + 1,
        wanted.model,
        wanted.alias,
        now.version,
        numbers.revision,
        numbers.metrics,
        numbers.level,
        wanted.origin,
    )
    yield from append(plan.basis.tail, record)
    return Outcome(
        "measured", wanted.model, now.version, now.version, (), ExitCode.OK, changed=True, settled=False
    )


def mend(plan: Drifted) -> Generator[Call, Answer, Outcome]:
    """Record that an alias strayed and, where the plan says so, put it back; the bytes are read first."""
    wanted, restore, tail = plan.basis.desired, plan.restore, plan.basis.tail
    if not plan.recorded:
        record = Drift(
            tail.sequence + 1,
            wanted.model,
            plan.alias,
            plan.expected.version if plan.expected else None,
            plan.found,
            restore is not None,
            plain(plan.reason),
            wanted.origin,
        )
        tail = yield from append(tail, record)
    if restore is None:
        return Outcome(
            "drifted",
            wanted.model,
            plan.found,
            plan.expected.version if plan.expected else None,
            (plan.reason,),
            plan.exit_code,
            changed=not plan.recorded,
        )
    yield from _restore(plan, restore, tail)
    return Outcome(
        "restored",
        wanted.model,
        restore.version,
        plan.found,
        (plan.reason,),
        ExitCode.OK,
        changed=True,
        settled=False,
    )


def _restore(plan: Drifted, restore: Served, tail: Tail) -> Generator[Call, Answer, None]:
    model = plan.basis.desired.model
    found = versions((yield FindVersions(model, restore.key)))
    version = next((one for one in found if one.version == restore.version), None)
    if version is None:
        what = f"Version {restore.version} of {model}, to which {plan.alias} should point, is gone."
        raise NotEvaluatedError(what, "`modelbot rebuild` brings it back from ledger and DVC remote.")
    yield from must_serve(version, restore.digest)
    yield CheckTail(tail.commit)
    yield PointAlias(model, plan.alias, version.version)
    yield from read_back(model, plan.alias, version.version)
