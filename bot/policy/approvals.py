"""Whose approval counts, and for what. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable

from bot.evidence.facts import Approval
from bot.policy.definition import Approvals

ROLES = ("read", "triage", "write", "maintain", "admin")


def approved_by(asked: Approvals, given: tuple[Approval, ...]) -> tuple[str, ...]:
    """The people, in alphabetical order, whose approval of these bytes counts: named, or of a role at least.

    Where the policy names nobody, whoever may write to the repository. A team cannot be looked up with the
    token of a workflow, so a name with a slash never matches: that is told when the policy is read.
    """
    return _people(asked, (one for one in given if one.candidate))


def approved_path_by(asked: Approvals, given: tuple[Approval, ...], path: str) -> tuple[str, ...]:
    """The people whose approval counts and who saw what the changed path holds now."""
    return _people(asked, (one for one in given if path in one.paths))


def _people(asked: Approvals, given: Iterable[Approval]) -> tuple[str, ...]:
    return tuple(sorted({one.by for one in given if _counts(asked.from_ or ("write",), one)}))


def _counts(listed: tuple[str, ...], given: Approval) -> bool:
    return any(_is(entry, given) for entry in listed)


def _is(entry: str, given: Approval) -> bool:
    if entry.startswith("@"):
        return entry[1:].casefold() == given.by.casefold()
    return given.role in ROLES and entry in ROLES and ROLES.index(given.role) >= ROLES.index(entry)
