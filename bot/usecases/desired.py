"""What main's HEAD asks for: per policy, the model's bytes in `dvc.lock` and the verdict on them."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import ModelbotError, NotEvaluatedError
from bot.evidence.facts import Evidence, MetricTable, Return
from bot.evidence.runs import known_runs
from bot.lineage.lock import Lock
from bot.lineage.read_lock import read_lock
from bot.lineage.tree import Tree
from bot.policy.evaluate import evaluate
from bot.policy.load import LoadedPolicy, load_policies
from bot.ports.git import LogEntry
from bot.promotion.ledger import Ledger, ModelLedger
from bot.promotion.plan import Desired
from bot.promotion.records import Artifact, Origin
from bot.usecases.approved import Brought, brought_to_main
from bot.usecases.gather import Sources, gathered
from bot.usecases.judge import Occasion
from bot.usecases.mainline import remeasured, troubles, with_pull
from bot.usecases.promote_world import PromoteWorld, Where
from bot.usecases.scope import dvc_tree
from bot.usecases.sides import Revision, artifact_path, champion_side, read_revision, side_of
from bot.usecases.smoke import smoked
from bot.usecases.vouching import unproven_of


@dataclass(frozen=True, slots=True)
class Head:
    """Main's HEAD as every model of it shares it: its files, read once, its policies, and what really ran."""

    revision: Revision
    policies: tuple[LoadedPolicy, ...]
    runs: tuple[LogEntry, ...]


def read_head(asked: PromoteWorld, head: str, runs: tuple[LogEntry, ...]) -> Head | None:
    """HEAD with its policies, one per model; None when it has no policy.

    Raises:
        InvalidInputError: HEAD is not a DVC repository.
        InvalidFileError: a policy, `dvc.yaml` or `dvc.lock` of HEAD cannot be read.
    """
    tree = dvc_tree(asked.revisions, head)
    policies = load_policies(tree)
    return Head(read_revision("main", head, tree), policies, runs) if policies else None


def wanted_of(
    asked: PromoteWorld, by: Where, head: Head, loaded: LoadedPolicy, ledger: Ledger, occasion: Occasion
) -> Desired:
    """What HEAD wants of this policy's model.

    Raises:
        NotEvaluatedError: HEAD's lock does not describe HEAD's pipeline, so nobody ran this model.
        UnavailableError: GitHub did not say which pull request brought it.
    """
    served = ledger.model(loaded.policy.model)
    path, md5 = _locked(head.revision, loaded)
    _refuse_unrun(head.revision, path)
    current = served.champion is not None and served.champion.lock_md5 == md5
    origin = _origin(by, head.revision.sha, occasion)
    brought = None if current else brought_to_main(asked, head.revision, loaded, path, served)
    if brought and brought.pull:
        origin = with_pull(origin, brought.pull)
    return _desired(asked, head, loaded, served, origin, Artifact(path, md5, ""), brought)


def _locked(revision: Revision, loaded: LoadedPolicy) -> tuple[str, str]:
    """The path of the policy's model, and DVC's name of its bytes."""
    path = artifact_path(revision, loaded)
    locked = revision.lock.out(path) if path else None
    if path is None or locked is None or locked.md5 is None:
        what = f"dvc.lock of {revision.sha[:7]} has no model for {loaded.file}."
        raise NotEvaluatedError(what, "Run the pipeline and commit dvc.lock, or mend `artifact:`.")
    return path, locked.md5


def _desired(
    asked: PromoteWorld,
    head: Head,
    loaded: LoadedPolicy,
    served: ModelLedger,
    origin: Origin,
    found: Artifact,
    brought: Brought | None,
) -> Desired:
    revision, path, md5 = head.revision, found.path, found.lock_md5
    known = known_runs(entry.data for entry in head.runs)
    champions = _lock_of_champion(asked, served)
    side = side_of(revision, known, path, champions)
    former = served.version_of_lock(md5)
    current = served.champion is not None and served.champion.lock_md5 == md5
    evidence = Evidence(
        side, champion_side(served, None), None, Return(former) if former and not current else None, current
    )
    day = datetime.fromisoformat(origin.time).date()
    sources = Sources(asked.objects, asked.revisions.tree, day, scores=asked.scores(), known=known)
    evidence = gathered(evidence, loaded, (revision, None), served, sources)
    if brought:
        evidence = replace(evidence, changed=brought.changed, approvals=brought.approvals)
    verdict = evaluate(loaded, revision.sha, evidence)
    return Desired(
        loaded.policy.model,
        replace(origin, approvers=verdict.approvers),
        replace(found, lock_sha256=lock_sha256(revision, path)),
        verdict,
        side.measured if isinstance(side.measured, MetricTable) else None,
        evidence.head.level,
        loaded.policy.promotion.alias,
        remeasured(asked.revisions, revision, served, path, known),
        evidence.tested_on,
        loaded.policy.promotion.drift == "restore",
        () if current or former else unproven_of(asked, revision, loaded, path, known, champions),
        smoked(loaded, served, md5, asked.smokes(), asked.objects),
    )


def _lock_of_champion(asked: PromoteWorld, served: ModelLedger) -> Lock | None:
    """The lock of the revision that was promoted last; None when nothing was, or this clone lacks it."""
    if served.champion is None:
        return None
    try:
        return read_lock(asked.revisions.tree(served.champion.revision))
    except ModelbotError:
        return None


def _refuse_unrun(revision: Revision, path: str) -> None:
    """Refuse a lock that does not describe the pipeline beside it: then nobody made these bytes from it."""
    found = troubles(revision, path)
    if found:
        what = f"At {revision.sha[:7]}, {'; '.join(found)}."
        raise NotEvaluatedError(what, "Open a pull request; its reproduction brings the lock up to date.")


def lock_sha256(revision: Revision, path: str) -> str:
    """sha256 of the bytes of the `dvc.lock` that names this output."""
    stage = revision.pipeline.producer(path)
    folder = posixpath.dirname(stage.file) if stage else ""
    return hashlib.sha256(_lock_bytes(revision.tree, folder)).hexdigest()


def _lock_bytes(tree: Tree, folder: str) -> bytes:
    return tree.read(posixpath.join(folder, "dvc.lock")) or b""


def _origin(by: Where, head: str, occasion: Occasion) -> Origin:
    return Origin(
        occasion.time.isoformat(),
        occasion.repository,
        head,
        occasion.bot_version,
        workflow_run=by.workflow_run,
        workflow_attempt=by.workflow_attempt,
    )
