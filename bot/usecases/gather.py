"""The rest of the evidence that a policy asks for, beside what the metrics files say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import PurePosixPath

from bot.errors import InvalidFileError, ModelbotError
from bot.evidence.comparability import Judging, comparability_of, evaluators_of, name_of_data
from bot.evidence.facts import (
    Comparability,
    Evidence,
    EvidenceLevel,
    Metric,
    NoPredictions,
    Side,
)
from bot.evidence.phrase import Quoted
from bot.evidence.predictions import AskedColumns, Predictions, read_predictions
from bot.evidence.runs import KnownRuns
from bot.evidence.scores import Scores
from bot.evidence.source import in_one_line
from bot.lineage.tree import Tree
from bot.policy.columns import columns_asked
from bot.policy.definition import Policy
from bot.policy.load import LoadedPolicy
from bot.promotion.ledger import ModelLedger, Served
from bot.promotion.usage import use_of
from bot.report.trend import FEWEST
from bot.usecases.fetched import Objects, bytes_of
from bot.usecases.head_files import data_report, model_files
from bot.usecases.scoring import Scoring, scoring_of
from bot.usecases.sides import Revision, artifact_path, read_revision

MB = 1_000_000
MOST_PROMOTIONS = 10


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the rest of the evidence comes from.

    `tree` reads a revision's files; `seconds` is what each stage took that ran for this; with `preview`
    numbers may be as reported where predictions cannot be fetched: somebody's own machine, not a decision.
    `scores` are those that this invocation brought, `known` is what was recorded of earlier ones.
    """

    objects: Objects
    tree: Callable[[str], Tree]
    day: date
    seconds: Mapping[str, float] = field(default_factory=dict)
    preview: bool = False
    scores: Scores = field(default_factory=dict)
    known: KnownRuns = field(default_factory=KnownRuns)


def gathered(
    evidence: Evidence,
    loaded: LoadedPolicy,
    sides: tuple[Revision, Revision | None],
    served: ModelLedger,
    sources: Sources,
) -> Evidence:
    """The evidence with predictions, resources and comparability of every side, and what was promoted.

    `sides` are the revisions of head and base; at promotion there is no base but the champion, None. What
    cannot be had of another side is told as such; it never raises for it.

    Raises:
        ModelbotError: an object of the pull request itself cannot be fetched.
    """
    head, base = sides
    policy = loaded.policy
    own = _completed(evidence.head, head, loaded, sources, own=True)
    whole = replace(
        evidence,
        head=own,
        base=_base(evidence.base, base, served, loaded, sources),
        champion=_champion(evidence.champion, served.champion, loaded, sources),
        data_report=data_report(head, policy, sources.objects),
        files=model_files(head, loaded, sources.objects),
        day=sources.day,
    )
    whole = _with_promoted(_with_use(whole, policy, served), loaded, served, sources)
    return rescored(whole, base or head, loaded, sources)


def rescored(evidence: Evidence, trusted: Revision, loaded: LoadedPolicy, sources: Sources) -> Evidence:
    """The evidence with the predictions that `trusted`'s evaluator made of each model, as far as there are.

    All or nothing of candidate and base: numbers of two evaluators do not compare.
    """
    measured_with = compares(trusted, loaded.policy, artifact_path(trusted, loaded))
    scoring = scoring_of(trusted, loaded, measured_with)
    if scoring is None:
        return evidence
    sides = (evidence.head, evidence.base, evidence.champion)
    found = [one and _score_of(one, scoring, loaded, sources) for one in sides]
    pairs = zip(found, sides, strict=True)
    head, base, champion = (new if isinstance(new, Side) else old for new, old in pairs)
    missing = next((one for one in found[:2] if isinstance(one, str)), "")
    if head is None or missing:
        return replace(evidence, unscored=missing)
    return replace(evidence, head=head, base=base, champion=champion)


def _score_of(side: Side, scoring: Scoring, loaded: LoadedPolicy, sources: Sources) -> Side | str:
    """The side by its own score; why there is none."""
    data = _predicted(scoring.key(side.lock_md5 or ""), sources)
    if isinstance(data, str):
        return f"{side.name}: {data}"
    asked = replace(scoring.asked, file=f"{PurePosixPath(scoring.asked.file).stem}.parquet")
    every = all(limits.kind is not None for limits in loaded.policy.metrics.values())
    return replace(
        side,
        predictions=_read(data, asked),
        level=EvidenceLevel.RESCORED if every else side.level,
        compares=scoring.measured_with,
    )


def _predicted(key: str, sources: Sources) -> bytes | str:
    brought, record = sources.scores.get(key), sources.known.first.get(key)
    if brought:
        return brought.why if brought.predictions is None else brought.predictions
    if record is None:
        return "nobody scored it by main's evaluator"
    try:
        data = sources.objects.read(record.outs[0].md5)
    except ModelbotError as error:
        return error.what
    return "the recorded predictions are not on the DVC remote" if data is None else data


def _with_use(evidence: Evidence, policy: Policy, served: ModelLedger) -> Evidence:
    """The evidence with the name of the candidate's test data, and how often they decided before."""
    found = evidence.head.compares
    name = name_of_data(found, policy.data.test_set if policy.data else None) if found else None
    return replace(evidence, tested_on=name, prior_use=use_of(served.decided, name))


def _completed(
    side: Side, revision: Revision, loaded: LoadedPolicy, sources: Sources, *, own: bool = False
) -> Side:
    artifact = artifact_path(revision, loaded)
    return replace(
        side,
        predictions=_predictions(revision, loaded.policy, sources, own=own),
        resources=_resources(revision, artifact, sources.seconds if own else {}),
        compares=compares(revision, loaded.policy, artifact),
    )


def _predictions(
    revision: Revision, policy: Policy, sources: Sources, *, own: bool
) -> Predictions | NoPredictions | None:
    asked = columns_asked(policy)
    if asked is None:
        return None
    try:
        data = bytes_of(revision, asked.file, sources.objects)
    except ModelbotError as error:
        if own and not sources.preview:
            raise
        data = NoPredictions(error.what, error.todo)
    if isinstance(data, NoPredictions):
        return replace(data, reported_instead=sources.preview)
    return _read(data, asked)


def _read(data: bytes, asked: AskedColumns) -> Predictions | NoPredictions:
    try:
        return read_predictions(data, asked)
    except InvalidFileError as error:
        what = f"{asked.file}: {in_one_line(error.problems)}."
        return NoPredictions(what, "Correct the stage that writes it, or what the policy says of it.")


def _resources(revision: Revision, artifact: str | None, seconds: Mapping[str, float]) -> tuple[Metric, ...]:
    locked = revision.lock.out(artifact) if artifact else None
    found: list[Metric] = []
    if locked and locked.size is not None:
        found += [Metric("model_size_mb", locked.size / MB), Metric("model_files", float(locked.nfiles or 1))]
    stage = revision.pipeline.producer(artifact) if artifact else None
    if stage and stage.name in seconds:
        found.append(Metric("training_seconds", seconds[stage.name]))
    return tuple(found)


def compares(revision: Revision, policy: Policy, artifact: str | None) -> Comparability:
    """What the revision's numbers were measured with; empty where nothing says."""
    return comparability_of(revision.pipeline, revision.lock, _judging(revision, policy, artifact))


def evaluators(revision: Revision, loaded: LoadedPolicy) -> tuple[str, ...]:
    """The stages that measure the policy's model in this revision."""
    asked = _judging(revision, loaded.policy, artifact_path(revision, loaded))
    return evaluators_of(revision.pipeline, revision.lock, asked)


def _judging(revision: Revision, policy: Policy, artifact: str | None) -> Judging:
    rows = policy.predictions.file if policy.predictions else ""
    measures = (rows,) if revision.pipeline.producer(rows) else revision.pipeline.metrics
    test_set = policy.data.test_set if policy.data else None
    return Judging(artifact, measures, policy.evidence.evaluator, test_set)


def _base(
    side: Side | None, base: Revision | None, served: ModelLedger, loaded: LoadedPolicy, sources: Sources
) -> Side | None:
    """Base's side. Where no revision is given the champion takes its place: that is so at promotion."""
    if side is None or base is None:
        return _champion(side, served.champion, loaded, sources)
    return _completed(side, base, loaded, sources)


def _champion(side: Side | None, now: Served | None, loaded: LoadedPolicy, sources: Sources) -> Side | None:
    if side is None or now is None:
        return side
    revision = _revision_of(side.name, now.measured_at, sources)
    if revision is None:
        missing = NoPredictions(f"The revision {now.measured_at[:7]} of {side.name} cannot be read here.")
        return replace(side, predictions=missing if columns_asked(loaded.policy) else None)
    return _completed(side, revision, loaded, sources)


def _revision_of(name: str, sha: str, sources: Sources) -> Revision | None:
    try:
        return read_revision(name, sha, sources.tree(sha))
    except ModelbotError:
        return None


def _with_promoted(
    evidence: Evidence, loaded: LoadedPolicy, served: ModelLedger, sources: Sources
) -> Evidence:
    """The versions ever promoted whose numbers compare with the candidate's."""
    if not _asks_for_history(loaded.policy):
        return evidence
    found = [(one, _of_version(one, loaded, sources)) for one in served.proven]
    mine = evidence.head.compares
    same = [
        side
        for _, side in found
        if mine is None or side.compares is None or not mine.differing(side.compares)
    ]
    dropped = len(found) - len(same)
    words = f"{dropped} promoted versions were measured with other test data or another evaluator: begun anew"
    return replace(evidence, promoted=tuple(same), best_reset=(Quoted(words),) if dropped else ())


def promoted_lately(
    evidence: Evidence, loaded: LoadedPolicy, served: ModelLedger, sources: Sources
) -> tuple[Side, ...]:
    """The last versions that became champion, oldest first, whose numbers compare with the candidate's.

    Other than `Evidence.promoted` for people only: no rule sees it. What cannot be read here, nobody knows to
    compare; where fewer were promoted than a trend needs, nothing is read.
    """
    mine = evidence.head.compares
    last = sorted(served.former, key=lambda one: one.sequence)[-MOST_PROMOTIONS:]
    if mine is None or len(last) < FEWEST:
        return ()
    sides = (_of_version(one, loaded, sources) for one in last)
    return tuple(side for side in sides if side.compares is not None and not mine.differing(side.compares))


def _asks_for_history(policy: Policy) -> bool:
    numbers = [*policy.metrics.values(), *(policy.slices.metrics.values() if policy.slices else ())]
    return bool(policy.resources) or any(one.max_regression_from_best is not None for one in numbers)


def _of_version(one: Served, loaded: LoadedPolicy, sources: Sources) -> Side:
    side = Side(f"v{one.version}", one.revision, one.metrics, one.level, one.lock_md5, one.digest)
    revision = _revision_of(side.name, one.measured_at, sources)
    if revision is None:
        return side
    artifact = artifact_path(revision, loaded)
    return replace(
        side,
        resources=_resources(revision, artifact, {}),
        compares=compares(revision, loaded.policy, artifact),
    )
