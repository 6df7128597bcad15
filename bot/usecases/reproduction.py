"""Phantom entries of `dvc.lock`: the pull request that has their stages run. Promotion never trains."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass

from bot.errors import StaleError
from bot.evidence.provenance import Unproven
from bot.evidence.runs import run_of
from bot.lineage.without import without_entries
from bot.ports.git import BranchWriter, CommittedFile
from bot.ports.github import Publisher, PullRequest
from bot.promotion.plan import Desired, Plan, Refuse
from bot.report.reproduction_request import request_text
from bot.usecases.sides import Revision

PREFIX = "modelbot/reproduce-"


@dataclass(frozen=True, slots=True)
class Asking:
    """Where it is asked for: branches of origin, and pull requests against `base`."""

    branches: BranchWriter
    github: Publisher
    base: str


def ask_to_reproduce(asking: Asking, head: Revision, plan: Plan) -> PullRequest | None:
    """Open the pull request that has the unproven stages of a refused model run; None where there are none.

    The same entries have the same branch: running again finds the pull request, also one that was closed.

    Raises:
        UnavailableError: GitHub or origin did not answer, or the workflow may not open pull requests.
        NotEvaluatedError: `dvc.lock` is not written as DVC writes it.
    """
    wanted = plan.basis.desired
    found = wanted.unproven if isinstance(plan, Refuse) and isinstance(wanted, Desired) else ()
    if not found:
        return None
    branch = PREFIX + _name(head, found)
    known = asking.github.pull_requests_from(branch, asking.base)
    if known:
        return known[0]
    champion = plan.basis.champion.version if plan.basis.champion else None
    text = request_text(wanted.model, champion, found)
    with suppress(StaleError):  # one that stopped before it could open the pull request
        asking.branches.start(branch, head.sha, _without(head, found), f"{text.title}\n\n{text.body}")
    return asking.github.open_pull_request(branch, asking.base, text.title, text.body)


def _name(head: Revision, found: tuple[Unproven, ...]) -> str:
    entries = [entry for one in found if (entry := head.lock.stage(one.stage))]
    return hashlib.sha256("\n".join(repr(run_of(entry)) for entry in entries).encode()).hexdigest()[:12]


def _without(head: Revision, found: tuple[Unproven, ...]) -> tuple[CommittedFile, ...]:
    names = {one.stage for one in found}
    files = sorted({entry.file for name in names if (entry := head.lock.stage(name))})
    return tuple(
        CommittedFile(file, without_entries(head.tree.read(file) or b"", file, names)) for file in files
    )
