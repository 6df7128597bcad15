"""Taking over a champion that predates the bot: the plan, and its calls. Performs no I/O."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from bot.errors import ExitCode, NotEvaluatedError, StaleError
from bot.ports.registry import RegisteredVersion
from bot.promotion.calls import (
    Answer,
    Call,
    DownloadAndDigest,
    FetchCandidate,
    Fetched,
    Outcome,
    ReadAlias,
    TagVersion,
)
from bot.promotion.ledger import ModelLedger, Tail
from bot.promotion.plan import Actual, Adopt, Basis, Desired, Finish, NothingToDo, Plan
from bot.promotion.records import Artifact, Intent, version_key
from bot.promotion.serving import Target, append, serve, tags_of


def plan_adoption(desired: Desired, actual: Actual, ledger: ModelLedger) -> Plan:
    """Adopt what the alias points to; nothing where the ledger has a champion, or there is none to adopt."""
    basis = Basis(desired, actual, ledger.tail, ledger.champion)
    found, now, intent = actual.champion, ledger.champion, ledger.intent
    if now:
        return NothingToDo(basis, (f"version {now.version} is on record already",))
    if found is None:
        return NothingToDo(basis, ("the alias points to no version, so that there is none to adopt",))
    if intent and found.key == intent.key:
        return Finish(basis, intent, found.version)
    same = intent is not None and intent.artifact.lock_md5 == desired.artifact.lock_md5
    return Adopt(basis, found.version, intent if same else None)


def adopt(plan: Adopt) -> Generator[Call, Answer, Outcome]:
    """Hash both, announce, tag, record; no alias moves.

    Raises:
        NotEvaluatedError: the version has other bytes than the model that main's `dvc.lock` names.
        StaleError: the alias moved meanwhile.
    """
    wanted = plan.basis.desired
    version = yield from _pointed(plan)
    digest = yield from _same_bytes(plan, version)
    artifact = replace(wanted.artifact, digest=digest)
    intent, tail = yield from _announced(plan, artifact)
    yield TagVersion(version, intent.key, digest, tags_of(intent))
    yield from serve(Target(plan.basis, version, intent, tail, wanted.origin, artifact, plan.basis.judgement))
    return Outcome(
        "adopted", wanted.model, version.version, None, (), ExitCode.OK, changed=True, level=wanted.level
    )


def _pointed(plan: Adopt) -> Generator[Call, Answer, RegisteredVersion]:
    wanted = plan.basis.desired
    answer = yield ReadAlias(wanted.model, wanted.alias)
    if not isinstance(answer, RegisteredVersion) or answer.version != plan.version:
        raise StaleError(f"Somebody moved the alias of {wanted.model} meanwhile.", "Run this again.")
    return answer


def _same_bytes(plan: Adopt, version: RegisteredVersion) -> Generator[Call, Answer, str]:
    wanted = plan.basis.desired.artifact
    fetched = yield FetchCandidate(wanted.lock_md5, wanted.path)
    if not isinstance(fetched, Fetched):
        raise TypeError(f"FetchCandidate was answered with {fetched!r}")
    served = yield DownloadAndDigest(version)
    if served != fetched.digest:
        what = (
            f"Version {version.version} of {version.model} has other bytes (digest {str(served)[:12]}) than "
            f"{wanted.path} as main's dvc.lock names it ({fetched.digest[:12]}); nothing was adopted."
        )
        todo = (
            "Bring the lock of the run that made it to main and `dvc push` its bytes; or take the alias away "
            "in MLflow, and the next promotion makes main's model the first champion."
        )
        raise NotEvaluatedError(what, todo)
    return fetched.digest


def _announced(plan: Adopt, artifact: Artifact) -> Generator[Call, Answer, tuple[Intent, Tail]]:
    basis, wanted = plan.basis, plan.basis.desired
    key = version_key(wanted.origin.repository, wanted.model, artifact.digest or "")
    if plan.continues and plan.continues.key == key:
        return plan.continues, basis.tail
    intent = Intent(
        basis.tail.sequence + 1,
        key,
        wanted.model,
        wanted.alias,
        None,
        None,
        False,
        wanted.origin,
        artifact,
        basis.judgement,
    )
    return intent, (yield from append(basis.tail, intent))
