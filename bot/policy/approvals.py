"""Whose approval counts. Performs no I/O."""

from __future__ import annotations

from bot.evidence.facts import Approval
from bot.policy.definition import Approvals

ROLES = ("read", "triage", "write", "maintain", "admin")


def approved_by(asked: Approvals, given: tuple[Approval, ...]) -> tuple[str, ...]:
    """The people, in alphabetical order, whose approval of these bytes counts: named, or of a role at least.

    Where the policy names nobody, whoever may write to the repository. A team cannot be looked up with the
    token of a workflow, so a name with a slash never matches: that is told when the policy is read.
    """
    people = {one.by for one in given if _counts(asked.from_ or ("write",), one)}
    return tuple(sorted(people))


def _counts(listed: tuple[str, ...], given: Approval) -> bool:
    return any(_is(entry, given) for entry in listed)


def _is(entry: str, given: Approval) -> bool:
    if entry.startswith("@"):
        return entry[1:].casefold() == given.by.casefold()
    return given.role in ROLES and entry in ROLES and ROLES.index(given.role) >= ROLES.index(entry)
