"""A plan in sentences: what a dry run prints. Reads the same value that is applied. Performs no I/O."""

from __future__ import annotations

from typing import assert_never

from bot.evidence.facts import EvidenceLevel
from bot.evidence.phrase import Phrase, Quoted
from bot.promotion.plan import (
    PREVIOUS,
    Adopt,
    Drifted,
    Finish,
    NothingToDo,
    Plan,
    Promote,
    Refuse,
    Remeasure,
)

LEVELS = {
    EvidenceLevel.CLAIMED: "claimed by whoever committed them",
    EvidenceLevel.REPRODUCED: "reproduced by the bot",
    EvidenceLevel.RESCORED: "rescored by the bot",
}

RESTORED = {
    "version": "Its bytes are brought from the DVC remote and registered anew; the alias moves there.",
    "tags": "Its bytes are read back; where they are the promoted ones it gets its tags again.",
    "bytes": "The promoted bytes are brought from the DVC remote and registered anew; the alias moves there. "
    "The version with other bytes stays for you to look at, without our key.",
}


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
        case Adopt() | Finish():
            return _there_already(plan, model)
        case Remeasure():
            told = f": main measured version {plan.champion.version} anew at {plan.numbers.revision[:7]}."
            return ((model, told), ("Its numbers are recorded, and what main asks for is judged then.",))
        case Drifted():
            return _drifted(plan, model)
        case _ as never:
            assert_never(never)


def _there_already(plan: Adopt | Finish, model: Quoted) -> tuple[Phrase, ...]:
    if isinstance(plan, Finish):
        first = f": a promotion had moved the alias to version {plan.version} and stopped."
        return ((model, first), ("Its record is completed.",))
    told = f": version {plan.version}, which somebody else registered, is taken over as champion."
    return ((model, told), ("Its bytes are compared with main's first; no alias moves.",))


def _refused(plan: Refuse, model: Quoted) -> tuple[Phrase, ...]:
    now = plan.basis.champion
    stays = f"Version {now.version} stays champion." if now else "There is no champion yet."
    known = (("The ledger has this refusal already.",),) if plan.recorded else ()
    reasons = tuple(("Because ", *reason, ".") for reason in plan.reasons)
    return ((model, f": {plan.basis.desired.origin.head[:7]} is refused."), *reasons, (stays,), *known)


def _promoted(plan: Promote, model: Quoted) -> tuple[Phrase, ...]:
    now, alias = plan.basis.champion, Quoted(plan.basis.desired.alias)
    stand = f"Its numbers stand as {LEVELS[plan.basis.desired.level]}."
    lines: list[Phrase] = [(model, f": {_what(plan)}."), (stand,)]
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
    if plan.restore is None:
        lines.append(_damaged_by_hand(plan) if plan.what != "alias" else _by_hand(plan))
    elif plan.what == "alias":
        lines.append(("The alias ", Quoted(plan.alias), f" is put back to version {plan.restore.version}."))
    else:
        lines.append((RESTORED[plan.what],))
    return tuple(lines)


def _damaged_by_hand(plan: Drifted) -> Phrase:
    """What a person can do about a version that is not as it was promoted."""
    automatically = ("; with ", Quoted("drift: restore"), " in the policy that happens by itself.")
    if plan.what == "version":
        return ("Nothing is changed. ", Quoted("modelbot rebuild"), " registers it anew", *automatically)
    if plan.what == "tags":
        return ("Nothing is changed. Put the tags back in MLflow", *automatically)
    first = "Nothing is changed. Look at who may write there, delete that version in MLflow, then "
    return (first, Quoted("modelbot rebuild"), " registers it anew", *automatically)


def _by_hand(plan: Drifted) -> Phrase:
    """What a person can do. A merge does not help: nothing is promoted over an alias that strayed."""
    alias = Quoted(plan.alias)
    if plan.expected:
        again = f" back to version {plan.expected.version} in MLflow; until then nothing is promoted."
        return ("Nothing is moved. Put the alias ", alias, again)
    over = Quoted("modelbot adopt")
    rest = " in MLflow; until then nothing is promoted."
    return ("Nothing is moved. Take its version over with ", over, ", or remove the alias ", alias, rest)
