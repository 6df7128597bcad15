"""From what main says, what the registry serves and what the ledger knows to one plan. Performs no I/O."""

from __future__ import annotations

from bot.errors import ExitCode
from bot.evidence.phrase import Phrase, Quoted
from bot.policy.verdict import RuleResult, Status, Verdict
from bot.promotion.damage import Pointed, What
from bot.promotion.ledger import ModelLedger, Served
from bot.promotion.plan import (
    PREVIOUS,
    Actual,
    Basis,
    Desired,
    Drifted,
    Finish,
    NothingToDo,
    Plan,
    Promote,
    Refuse,
    Relation,
    Remeasure,
)

UNVOUCHED = "the first promotion needs a threshold that passes, or an approval"
LOST = (
    "cannot tell whether this comes after what is champion now: main was force-pushed, "
    "or the clone is shallow (`fetch-depth: 0`)"
)


def plan(desired: Desired, actual: Actual, ledger: ModelLedger) -> Plan:
    """The one thing to do next about this model. After applying a plan that changes something, plan again.

    In this order: finish what a stopped process had already made visible; put right or report an alias that
    is not where the ledger says; record the champion's newest numbers; leave alone what is right or newer;
    refuse; promote. `previous`, and versions that somebody damaged, are put right where nothing else moves
    the alias, and never stop a promotion.
    """
    basis = Basis(desired, actual, ledger.tail, ledger.champion)
    found = stray(basis, ledger) or _remeasured(basis, desired)
    if found:
        return found
    settled = _settled(basis, ledger)
    if settled:
        return damaged(basis, ledger) or misplaced_previous(basis, ledger) or settled
    reasons, exit_code = _refusal(basis, desired, ledger)
    already = _refused_before(desired, ledger)
    if reasons:
        refuse = Refuse(basis, reasons, exit_code, recorded=already)
        return _put_right(basis, ledger) or misplaced_previous(basis, ledger) or refuse
    return _promotion(basis, ledger, refused=already)


def stray(basis: Basis, ledger: ModelLedger) -> Plan | None:
    """The plan for an alias that is not where the ledger says; None when it is, or soon will be."""
    found, expected = basis.actual.champion, ledger.champion
    if _version(found) == (expected.version if expected else None):
        return None
    if found and ledger.intent and found.key == ledger.intent.key:
        return Finish(basis, ledger.intent, found.version)
    ours = found is not None and found.key in ledger.abandoned
    if ours and expected is None:
        return None
    restore = expected if ours or basis.desired.restores else None
    alias = basis.desired.alias
    gone = next((one for one in basis.actual.damage if (one.alias, one.what) == (alias, "version")), None)
    reason = gone.reason if gone else _stray_reason(basis, found, expected, ours=ours)
    what: What = "version" if gone else "alias"
    return _drifted(basis, ledger, alias, (expected, found, restore), reason, what)


def damaged(basis: Basis, ledger: ModelLedger) -> Drifted | None:
    """The first version that is not as it was promoted: put right where the policy says so, else told."""
    if not basis.actual.damage:
        return None
    one, actual = basis.actual.damage[0], basis.actual
    found = actual.previous if one.alias == PREVIOUS else actual.champion
    restore = one.served if basis.desired.restores else None
    return _drifted(basis, ledger, one.alias, (one.served, found, restore), one.reason, one.what)


def _put_right(basis: Basis, ledger: ModelLedger) -> Drifted | None:
    """What stands in the way of nothing is put right before a refusal, and else does not hide it."""
    return damaged(basis, ledger) if basis.desired.restores else None


def misplaced_previous(basis: Basis, ledger: ModelLedger) -> Plan | None:
    """`previous` is ours alone: one that a promotion moved which stopped halfway is put back."""
    found, expected = basis.actual.previous, ledger.previous
    lost = basis.actual.previous_lost
    if lost or _continues(basis, ledger) or expected is None or _version(found) == expected.version:
        return None
    reason = (
        "the alias ",
        Quoted(PREVIOUS),
        f" does not point to version {expected.version}, which it should",
    )
    return _drifted(basis, ledger, PREVIOUS, (expected, found, expected), reason)


def _continues(basis: Basis, ledger: ModelLedger) -> bool:
    intent = ledger.intent
    return intent is not None and intent.artifact.lock_md5 == basis.desired.artifact.lock_md5


def _drifted(
    basis: Basis,
    ledger: ModelLedger,
    alias: str,
    facts: tuple[Served | None, Pointed | None, Served | None],
    reason: Phrase,
    what: What = "alias",
) -> Drifted:
    expected, found, restore = facts
    known = ledger.drift
    wanted = (alias, expected.version if expected else None, _version(found), what)
    recorded = known is not None and (known.alias, known.expected, known.found, known.what) == wanted
    return Drifted(
        basis, alias, expected, _version(found), reason, restore, recorded and restore is None, what
    )


def _stray_reason(basis: Basis, found: Pointed | None, expected: Served | None, *, ours: bool) -> Phrase:
    alias = Quoted(basis.desired.alias)
    where = f"points to version {found.version}" if found else "points to nothing"
    if ours:
        return ("the alias ", alias, f" {where}, left there by a promotion that was overtaken")
    if expected is None:
        return ("the alias ", alias, f" {where}, which modelbot did not promote")
    return ("the alias ", alias, f" {where}, and the last promotion was version {expected.version}")


def _remeasured(basis: Basis, desired: Desired) -> Remeasure | None:
    numbers, now = desired.remeasured, basis.champion
    return Remeasure(basis, now, numbers) if numbers and now else None


def _settled(basis: Basis, ledger: ModelLedger) -> NothingToDo | None:
    """Nothing to do: these bytes are champion, or HEAD is older than what was promoted or announced."""
    now, wanted = ledger.champion, basis.desired.artifact
    if now and now.lock_md5 == wanted.lock_md5:
        return NothingToDo(basis, (f"version {now.version} is champion already",))
    if now and basis.actual.champion_is is Relation.DESCENDANT:
        whose = f" of #{now.pull_request}" if now.pull_request else ""
        return NothingToDo(basis, (f"superseded by version {now.version}{whose} ({now.revision[:7]})",))
    if ledger.intent and basis.actual.intent_is is Relation.DESCENDANT:
        newer = ledger.intent.origin.head[:7]
        return NothingToDo(basis, (f"superseded by {newer}, whose promotion has begun",))
    return None


def _refusal(basis: Basis, desired: Desired, ledger: ModelLedger) -> tuple[tuple[Phrase, ...], ExitCode]:
    """Why the candidate may not be promoted, and the exit code of that; no reasons: it may."""
    returning = _former(basis, ledger) is not None
    # Bytes that were champion are known; how they came to be was decided then.
    unproven = () if returning else tuple(one.reason() for one in desired.unproven)
    unsure = (*_unsure(basis, desired, ledger), *unproven)
    verdict = desired.verdict
    unfit = None if returning or desired.smoke is None else desired.smoke.reason()
    reasons = (*unsure, *((unfit,) if unfit else ()))
    if not _lets_pass(verdict, returning=returning):
        return (*_verdict_reasons(verdict), *reasons), _code(verdict)
    if unfit and desired.smoke and not unsure:
        return reasons, desired.smoke.exit_code
    return reasons, ExitCode.NOT_EVALUATED


def _unsure(basis: Basis, desired: Desired, ledger: ModelLedger) -> tuple[Phrase, ...]:
    """What nobody can tell; each is a reason not to promote."""
    lost = {Relation.UNKNOWN, Relation.UNRELATED} & {basis.actual.champion_is, basis.actual.intent_is}
    reasons: list[Phrase] = []
    if lost:
        reasons.append((LOST,))
    if desired.measured is None:
        reasons.append(("the metrics at this revision cannot be read",))
    if ledger.champion is None and not desired.verdict.vouched:
        reasons.append((UNVOUCHED,))
    return tuple(reasons)


def _lets_pass(verdict: Verdict, *, returning: bool) -> bool:
    """Whether the policy allows it. For a return change rules are skipped, so that nothing may be left."""
    if verdict.passes:
        return True
    return returning and bool(verdict.results) and not any(result.blocks for result in verdict.results)


def _verdict_reasons(verdict: Verdict) -> tuple[Phrase, ...]:
    blocking = tuple(_rule_reason(result) for result in verdict.results if result.blocks)
    return blocking or (("no rule of the policy was evaluated",),)


def _rule_reason(result: RuleResult) -> Phrase:
    return (Quoted(result.rule), ": ", *result.reason)


def _code(verdict: Verdict) -> ExitCode:
    return ExitCode.REJECTED if verdict.status is Status.FAIL else ExitCode.NOT_EVALUATED


def _refused_before(desired: Desired, ledger: ModelLedger) -> bool:
    """Whether the last refusal of these bytes was against this champion, under this policy.

    Not at this head: every later merge that leaves the model alone would be refused once more.
    """
    champion = ledger.champion.version if ledger.champion else None
    wanted = (champion, desired.artifact.lock_md5, desired.verdict.policy.digest)
    return any(
        (one.champion, one.artifact.lock_md5, one.judgement.policy.digest) == wanted
        for one in ledger.refusals
    )


def _former(basis: Basis, ledger: ModelLedger) -> Served | None:
    return ledger.served_lock(basis.desired.artifact.lock_md5)


def _promotion(basis: Basis, ledger: ModelLedger, *, refused: bool) -> Promote:
    former = _former(basis, ledger)
    adopts = ledger.intent if _continues(basis, ledger) else None
    return Promote(basis, former.digest if former else None, former, adopts, refused)


def _version(pointed: Pointed | None) -> str | None:
    return pointed.version if pointed else None
