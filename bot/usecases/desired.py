"""What main's HEAD asks for: per policy, the model's bytes in `dvc.lock` and the verdict on them."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass, replace

from bot.errors import ModelbotError, NotEvaluatedError
from bot.evidence.facts import Evidence, MetricTable, Return
from bot.evidence.runs import known_runs, upstream
from bot.lineage.consistency import inconsistencies
from bot.lineage.impact import impact_of
from bot.lineage.lock import Lock
from bot.lineage.read_lock import read_lock
from bot.lineage.tree import Tree
from bot.policy.evaluate import evaluate
from bot.policy.load import LoadedPolicy, load_policies
from bot.ports.github import GitHubReader, PullRequest, Review
from bot.promotion.ledger import Ledger, ModelLedger
from bot.promotion.plan import Desired
from bot.promotion.records import Artifact, Origin
from bot.usecases.judge import RUNS, Occasion
from bot.usecases.promote_world import PromoteWorld, Where
from bot.usecases.reproduce import dvc_tree
from bot.usecases.sides import Revision, artifact_path, champion_side, read_revision, side_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What HEAD wants of one model, with the policy that says so."""

    desired: Desired
    policy: LoadedPolicy


def desired_models(
    asked: PromoteWorld, by: Where, head: str, ledger: Ledger, occasion: Occasion
) -> tuple[Wanted, ...]:
    """One per policy of HEAD; empty when HEAD has no policy.

    Raises:
        InvalidInputError: HEAD is not a DVC repository.
        InvalidFileError: a policy, `dvc.yaml` or `dvc.lock` of HEAD cannot be read.
        NotEvaluatedError: HEAD's lock does not describe HEAD's pipeline, so nobody ran this model.
    """
    tree = dvc_tree(asked.revisions, head)
    policies = load_policies(tree)
    if not policies:
        return ()
    revision = read_revision("main", head, tree)
    origin = _origin(asked.github, by, head, occasion)
    return tuple(
        Wanted(_desired(asked, revision, loaded, ledger.model(loaded.policy.model), origin), loaded)
        for loaded in policies
    )


def _desired(
    asked: PromoteWorld, revision: Revision, loaded: LoadedPolicy, served: ModelLedger, origin: Origin
) -> Desired:
    path = artifact_path(revision, loaded)
    locked = revision.lock.out(path) if path else None
    if path is None or locked is None or locked.md5 is None:
        what = f"dvc.lock of {revision.sha[:7]} has no model for {loaded.file}."
        raise NotEvaluatedError(what, "Run the pipeline and commit dvc.lock, or mend `artifact:`.")
    _refuse_unrun(revision, path)
    known = known_runs(entry.data for entry in asked.records.entries(RUNS))
    side = side_of(revision, known, path, _lock_of_champion(asked, served))
    former = served.version_of_lock(locked.md5)
    current = served.champion is not None and served.champion.lock_md5 == locked.md5
    evidence = Evidence(
        side, champion_side(served, None), None, Return(former) if former and not current else None, current
    )
    verdict = replace(evaluate(loaded, revision.sha, evidence), approved=bool(origin.approvers))
    measured = side.measured if isinstance(side.measured, MetricTable) else None
    artifact = Artifact(path, locked.md5, lock_sha256(revision, path))
    return Desired(
        loaded.policy.model, origin, artifact, verdict, measured, side.level, loaded.policy.promotion.alias
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
    concerned = {stage.name for stage in upstream(revision.pipeline, [path, *revision.pipeline.metrics])}
    stale = [name for name in impact_of(revision.tree, revision.tree).to_run if name in concerned]
    if stale:
        what = f"At {revision.sha[:7]}, dvc.lock is out of date: {', '.join(stale)} would have to run."
        raise NotEvaluatedError(what, "Open a pull request; its reproduction brings the lock up to date.")
    broken = [str(item) for item in inconsistencies(revision.pipeline, revision.lock)]
    if broken:
        what = f"At {revision.sha[:7]}, dvc.lock contradicts itself: {'; '.join(broken)}."
        raise NotEvaluatedError(what, "Open a pull request that runs those stages again.")


def lock_sha256(revision: Revision, path: str) -> str:
    """sha256 of the bytes of the `dvc.lock` that names this output."""
    stage = revision.pipeline.producer(path)
    folder = posixpath.dirname(stage.file) if stage else ""
    return hashlib.sha256(_lock_bytes(revision.tree, folder)).hexdigest()


def _lock_bytes(tree: Tree, folder: str) -> bytes:
    return tree.read(posixpath.join(folder, "dvc.lock")) or b""


def _origin(github: GitHubReader | None, by: Where, head: str, occasion: Occasion) -> Origin:
    pulls = github.pull_requests_of_commit(head) if github else ()
    origin = Origin(
        occasion.time.isoformat(),
        occasion.repository,
        head,
        occasion.bot_version,
        workflow_run=by.workflow_run,
        workflow_attempt=by.workflow_attempt,
    )
    return _with_pull(origin, pulls[0], github.reviews(pulls[0].number)) if github and pulls else origin


def _with_pull(origin: Origin, pull: PullRequest, reviews: tuple[Review, ...]) -> Origin:
    return replace(
        origin,
        base=pull.base_sha,
        merge=pull.merge_sha,
        pull_request=pull.number,
        author=pull.author,
        approvers=approvers(reviews),
    )


def approvers(reviews: tuple[Review, ...]) -> tuple[str, ...]:
    """Who approves now: a person's last word counts, and a comment is none."""
    last: dict[str, str] = {}
    for review in reviews:
        if review.state in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:
            last[review.author] = review.state
    return tuple(sorted(author for author, state in last.items() if state == "APPROVED"))
