"""A plan in sentences: what a dry run prints. Reads the same value that is applied. Performs no I/O."""

from __future__ import annotations

from typing import assert_never

from bot.evidence.phrase import Phrase, Quoted
from bot.promotion.plan import PREVIOUS, Drifted, Finish, NothingToDo, Plan, Promote, Refuse


def explain(plan: Plan) -> tuple[Phrase, ...]:
    """What applying this plan does, in order, one sentence each."""
    model = Quoted(plan.basis.desired.model)
    match plan:
        case NothingToDo():
            return ((model, ": nothing to do, ", *plan.reason, "."),)
        case Refuse():
            return _refused(plan, model)
        case Promote():
            return _promoted(plan, model)
        case Finish():
            first = f": a promotion had moved the alias to version {plan.version} and stopped."
            return ((model, first), ("Its record is completed.",))
        case Drifted():
            return _drifted(plan, model)
        case _ as never:
            assert_never(never)


def _refused(plan: Refuse, model: Quoted) -> tuple[Phrase, ...]:
    now = plan.basis.champion
    stays = f"Version {now.version} stays champion." if now else "There is no champion yet."
    known = (("The ledger has this refusal already.",),) if plan.recorded else ()
    reasons = tuple(("Because ", *reason, ".") for reason in plan.reasons)
    return ((model, f": {plan.basis.desired.origin.head[:7]} is refused."), *reasons, (stays,), *known)


def _promoted(plan: Promote, model: Quoted) -> tuple[Phrase, ...]:
    now, alias = plan.basis.champion, Quoted(plan.basis.desired.alias)
    lines: list[Phrase] = [(model, f": {_what(plan)}.")]
    if plan.adopts:
        lines.append(("An announced promotion of the same bytes did not finish; it goes on from there.",))
    if now:
        lines.append(("The alias ", Quoted(PREVIOUS), f" moves to version {now.version}."))
    before = f"from version {now.version}" if now else "for the first time"
    return (*lines, ("The alias ", alias, f" moves {before}, after the registered bytes were read back."))


def _what(plan: Promote) -> str:
    head = plan.basis.desired.origin.head[:7]
    if plan.former:
        return f"{head} returns to version {plan.former.version}"
    known = f" with the digest {plan.digest[:12]}" if plan.digest else ""
    return f"the model of {head}{known} is registered, where it is not yet, and promoted"


def _drifted(plan: Drifted, model: Quoted) -> tuple[Phrase, ...]:
    lines: list[Phrase] = [(model, ": ", *plan.reason, ".")]
    if plan.restore:
        lines.append(("The alias ", Quoted(plan.alias), f" is put back to version {plan.restore.version}."))
    else:
        lines.append(("Nothing is moved: put the alias back, or merge what it should serve.",))
    return tuple(lines)
