"""Putting right what a stopped process or somebody else left behind. Performs no I/O."""

from __future__ import annotations

from collections.abc import Generator

from bot.errors import ExitCode, NotEvaluatedError, StaleError
from bot.evidence.phrase import plain
from bot.ports.registry import RegisteredVersion
from bot.promotion.calls import Answer, Call, CheckTail, FindVersions, Outcome, PointAlias
from bot.promotion.ledger import Served
from bot.promotion.plan import Drifted, Finish, Remeasure
from bot.promotion.records import Drift, Measured, Rebuilt, Renumbered
from bot.promotion.restoring import bring_back
from bot.promotion.serving import Target, append, find, must_serve, read_back, serve, versions

RESTORED_BY = "modelbot (drift: restore)"


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
    """Record the drift and, where the plan says so, put it right; the bytes are read before either."""
    wanted, restore, tail = plan.basis.desired, plan.restore, plan.basis.tail
    if restore is None:
        if not plan.recorded:
            yield from append(tail, _drift(plan))
        return Outcome(
            "drifted",
            wanted.model,
            plan.found,
            plan.expected.version if plan.expected else None,
            (plan.reason,),
            plan.exit_code,
            changed=not plan.recorded,
        )
    version = yield from _restore(plan, restore)
    return Outcome(
        "restored",
        wanted.model,
        version,
        plan.found,
        (plan.reason,),
        ExitCode.OK,
        changed=True,
        settled=False,
    )


def _drift(plan: Drifted) -> Drift:
    wanted = plan.basis.desired
    return Drift(
        plan.basis.tail.sequence + 1,
        wanted.model,
        plan.alias,
        plan.expected.version if plan.expected else None,
        plan.found,
        plan.restore is not None,
        plain(plan.reason),
        wanted.origin,
        plan.what,
    )


def _restore(plan: Drifted, restore: Served) -> Generator[Call, Answer, str]:
    """Put right what the plan names; the number that the version has now.

    Nothing is recorded, and no alias moves, before the bytes are there: what cannot be put right is not
    recorded anew at every run.
    """
    wanted = plan.basis.desired
    model, anew = wanted.model, wanted.restores
    version = yield from (bring_back(model, restore) if anew else _there(plan, restore))
    tail = yield from append(plan.basis.tail, _drift(plan))
    if version.version != restore.version:
        number = Renumbered(restore.digest, restore.version, version.version)
        record = Rebuilt(tail.sequence + 1, model, plan.alias, (number,), RESTORED_BY, wanted.origin)
        tail = yield from append(tail, record)
    if version.version != plan.found:
        yield CheckTail(tail.commit)
        yield PointAlias(model, plan.alias, version.version)
    yield from read_back(model, plan.alias, version.version)
    return version.version


def _there(plan: Drifted, restore: Served) -> Generator[Call, Answer, RegisteredVersion]:
    """The version on record, as it is; without the policy's leave nothing is registered anew."""
    model = plan.basis.desired.model
    found = versions((yield FindVersions(model, restore.key)))
    version = next((one for one in found if one.version == restore.version), None)
    if version is None:
        what = f"Version {restore.version} of {model}, to which {plan.alias} should point, is gone."
        raise NotEvaluatedError(what, "`modelbot rebuild` brings it back from ledger and DVC remote.")
    yield from must_serve(version, restore.digest)
    return version
