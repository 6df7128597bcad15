"""Applying a plan, as a generator of calls. Performs no I/O: the driver carries the calls out.

The order is what makes it safe to stop anywhere and run again: announce, find or create by key, read the
bytes back, move `previous`, then the alias, read it back, record. Nothing people can see moves before the
bytes that the registry serves were hashed, and nothing is decided here that the plan did not decide.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import assert_never

from bot.errors import ExitCode, NotEvaluatedError, StaleError
from bot.evidence.phrase import Phrase, plain
from bot.ports.registry import RegisteredVersion
from bot.promotion.adoption import adopt
from bot.promotion.calls import (
    Answer,
    Call,
    CreateVersion,
    DownloadAndDigest,
    FetchCandidate,
    Fetched,
    Outcome,
)
from bot.promotion.ledger import Tail
from bot.promotion.mending import finish, mend, remeasure
from bot.promotion.plan import Adopt, Basis, Drifted, Finish, NothingToDo, Plan, Promote, Refuse, Remeasure
from bot.promotion.records import Artifact, Intent, Refused, version_key
from bot.promotion.serving import Target, append, find, other_bytes, serve, tags_of


def steps(plan: Plan) -> Generator[Call, Answer, Outcome]:
    """The calls that carry out `plan`, each to be answered before the next is asked for.

    Raises:
        StaleError: the ledger or the alias moved since the plan was made; plan again.
        NotEvaluatedError: the registry serves other bytes than those that were promoted.
    """
    match plan:
        case NothingToDo():
            now = plan.basis.champion.version if plan.basis.champion else None
            return Outcome(
                "unchanged", plan.basis.desired.model, now, now, (plan.reason,), ExitCode.OK, changed=False
            )
        case Refuse():
            return (yield from _refuse(plan))
        case Promote():
            return (yield from _promote(plan))
        case Adopt() | Finish():
            return (yield from (adopt(plan) if isinstance(plan, Adopt) else finish(plan)))
        case Remeasure():
            return (yield from remeasure(plan))
        case Drifted():
            return (yield from mend(plan))
        case _ as never:
            assert_never(never)


def _refuse(plan: Refuse) -> Generator[Call, Answer, Outcome]:
    if not plan.recorded:
        record = _refused(
            plan.basis, plan.basis.tail, plan.basis.desired.artifact, plan.reasons, plan.exit_code
        )
        yield from append(plan.basis.tail, record)
    return _refusal(plan.basis, plan.reasons, plan.exit_code, changed=not plan.recorded)


def _promote(plan: Promote) -> Generator[Call, Answer, Outcome]:
    wanted = plan.basis.desired
    fetched = None if plan.digest else (yield from _fetch(plan.basis))
    if fetched and wanted.smoke and wanted.smoke.unread:
        raise StaleError("The model's bytes came to the DVC remote meanwhile.", "Run this again.")
    digest = plan.digest or (fetched.digest if fetched else "")
    artifact = replace(wanted.artifact, digest=digest)
    intent, tail = yield from _announced(plan, artifact)
    version = yield from _registered(plan.basis, intent, digest, fetched)
    served = yield DownloadAndDigest(version)
    if served != digest:
        return (yield from _wrong_bytes(plan, tail, artifact, version, str(served)))
    tried = wanted.smoke.made if wanted.smoke and not plan.former else None
    if tried and tried.digest != digest:
        return (yield from _refused_late(plan, tail, artifact, _other_loaded(tried.digest, digest)))
    yield from serve(Target(plan.basis, version, intent, tail, wanted.origin, artifact, plan.basis.judgement))
    before = plan.basis.champion.version if plan.basis.champion else None
    return Outcome(
        "returned" if plan.former else "promoted",
        wanted.model,
        version.version,
        before,
        (),
        ExitCode.OK,
        changed=True,
        level=wanted.level,
    )


def _announced(plan: Promote, artifact: Artifact) -> Generator[Call, Answer, tuple[Intent, Tail]]:
    """The open intent of the same bytes, or a new one that is in the ledger now, and the ledger's end."""
    basis, wanted = plan.basis, plan.basis.desired
    key = _key(plan, artifact)
    if plan.adopts and plan.adopts.key == key:
        return plan.adopts, basis.tail
    now = basis.champion
    intent = Intent(
        basis.tail.sequence + 1,
        key,
        wanted.model,
        wanted.alias,
        now.version if now else None,
        now.digest if now else None,
        plan.former is not None,
        wanted.origin,
        artifact,
        basis.judgement,
    )
    return intent, (yield from append(basis.tail, intent))


def _key(plan: Promote, artifact: Artifact) -> str:
    """The key of the former promotion where there was one: a repository may have been renamed since."""
    if plan.former:
        return plan.former.key
    wanted = plan.basis.desired
    return version_key(wanted.origin.repository, wanted.model, artifact.digest or "")


def _registered(
    basis: Basis, intent: Intent, digest: str, fetched: Fetched | None
) -> Generator[Call, Answer, RegisteredVersion]:
    """The version with the intent's key, made where there is none; of several the lowest, always."""
    found = yield from find(intent)
    if found:
        return found[0]
    fetched = fetched or (yield from _fetch(basis))
    if fetched.digest != digest:
        what = f"The bytes that dvc.lock names have the digest {fetched.digest[:12]}, not {digest[:12]}."
        raise NotEvaluatedError(
            what, "An object on the DVC remote was exchanged: look at who may write there."
        )
    yield CreateVersion(intent.model, intent.key, digest, fetched.directory, tags_of(intent))
    found = yield from find(intent)
    if not found:
        raise StaleError("The version that was just registered is gone.", "Run this again.")
    return found[0]


def _wrong_bytes(
    plan: Promote, tail: Tail, artifact: Artifact, version: RegisteredVersion, served: str
) -> Generator[Call, Answer, Outcome]:
    what, todo = other_bytes(version, served, artifact.digest or "")
    return (yield from _refused_late(plan, tail, artifact, (f"{what} {todo}",)))


def _other_loaded(loaded: str, digest: str) -> Phrase:
    what = f"Other bytes were loaded as a serving host would: digest {loaded[:12]}, not {digest[:12]}."
    return (f"{what} Run the workflow again.",)


def _refused_late(
    plan: Promote, tail: Tail, artifact: Artifact, reason: Phrase
) -> Generator[Call, Answer, Outcome]:
    code = ExitCode.NOT_EVALUATED
    if not plan.refused:
        yield from append(tail, _refused(plan.basis, tail, artifact, (reason,), code))
    return _refusal(plan.basis, (reason,), code, changed=not plan.refused)


def _fetch(basis: Basis) -> Generator[Call, Answer, Fetched]:
    wanted = basis.desired.artifact
    answer = yield FetchCandidate(wanted.lock_md5, wanted.path)
    if not isinstance(answer, Fetched):
        raise TypeError(f"FetchCandidate was answered with {answer!r}")
    return answer


def _refused(
    basis: Basis, tail: Tail, artifact: Artifact, reasons: tuple[Phrase, ...], code: ExitCode
) -> Refused:
    now, wanted = basis.champion, basis.desired
    return Refused(
        tail.sequence + 1,
        wanted.model,
        wanted.alias,
        now.version if now else None,
        tuple(plain(reason) for reason in reasons),
        int(code),
        wanted.origin,
        artifact,
        basis.judgement,
    )


def _refusal(basis: Basis, reasons: tuple[Phrase, ...], code: ExitCode, *, changed: bool) -> Outcome:
    now = basis.champion.version if basis.champion else None
    wanted = basis.desired
    return Outcome("refused", wanted.model, now, now, reasons, code, changed=changed, level=wanted.level)
