"""From the sides of a comparison to the facts of its report. Used by `check` and `report`; starts nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.errors import ModelbotError
from bot.evidence.bundle import Statement
from bot.evidence.facts import Evidence
from bot.evidence.params import ParamChange, changed, read_params
from bot.evidence.phrase import Phrase, Quoted
from bot.evidence.runs import KnownRuns
from bot.evidence.whole_lock import lock_troubles
from bot.lineage.graph import collect_writers
from bot.lineage.impact import Impact, Reason, StageImpact, reason_phrase
from bot.lineage.lock import Lock, LockedFile
from bot.lineage.stages import Pipeline
from bot.lineage.tree import Tree
from bot.policy.curves import curves_of
from bot.policy.differences import edits_of
from bot.policy.evaluate import evaluate
from bot.policy.load import LoadedPolicy, load_policies
from bot.policy.verdict import Verdict
from bot.promotion.ledger import Ledger, ModelLedger
from bot.promotion.planner import UNVOUCHED
from bot.report.facts import (
    CouldNotEvaluate,
    DataChange,
    IfMerged,
    Judged,
    ModelFacts,
    NoPolicy,
    NothingSameModel,
    OnHold,
    Refused,
    Replaces,
    ReturnTo,
    StageFact,
    StageOutcome,
    Tracked,
)
from bot.usecases.contents import protected_changes
from bot.usecases.gather import Sources, gathered, promoted_lately
from bot.usecases.reviews import Approvers, nobody
from bot.usecases.sides import Revision, artifact_path, evidence_of, side_of

DAY = len("2026-03-01")
COMMIT_IT = "Run `dvc repro` and `dvc push`, and commit dvc.lock and whatever else they change."


@dataclass(frozen=True, slots=True)
class Comparison:
    """Base's tip and the head, with what is known besides: base's policies, run records and the ledger.

    `merged` is the head as a merge would bring it, without what was run but is not committed to it; `parted`
    is where the two parted.
    """

    base: Revision
    head: Revision
    policies: tuple[LoadedPolicy, ...]
    known: KnownRuns
    ledger: Ledger
    merged: Revision
    sources: Sources
    parted: Tree
    approvers: Approvers = nobody


def judge_models(comparison: Comparison) -> tuple[ModelFacts, ...]:
    """Each model's verdict under base's policy; where base has none, a difference previewed under head's.

    A head whose own policies cannot be read gets no verdict: merged, it could not be promoted by them.
    """
    try:
        own = load_policies(comparison.head.tree)
        if comparison.policies:
            return tuple(_judged(comparison, loaded, own) for loaded in comparison.policies)
        return tuple(_previewed(comparison, loaded) for loaded in own) or (_plain(comparison),)
    except ModelbotError as error:
        return (ModelFacts("", CouldNotEvaluate(error.what, error.todo), _plain(comparison).evidence),)


def _judged(comparison: Comparison, loaded: LoadedPolicy, own: tuple[LoadedPolicy, ...]) -> ModelFacts:
    served = comparison.ledger.model(loaded.policy.model)
    try:
        evidence = _evidence(comparison, loaded, served)
        broken = _broken_lock(comparison.merged, loaded)
        if broken:
            return ModelFacts(loaded.policy.model, broken, evidence)
        verdict = evaluate(loaded, comparison.base.sha, evidence)
        judged = _with_edits(comparison, loaded, own, verdict)
        history = promoted_lately(evidence, loaded, served, comparison.sources)
    except ModelbotError as error:
        return ModelFacts(loaded.policy.model, CouldNotEvaluate(error.what, error.todo))
    return ModelFacts(
        loaded.policy.model,
        judged,
        evidence,
        if_merged(served, evidence, verdict),
        curves_of(loaded.policy, evidence),
        history,
    )


def _with_edits(
    comparison: Comparison, loaded: LoadedPolicy, own: tuple[LoadedPolicy, ...], verdict: Verdict
) -> Judged:
    """The verdict under base's policy and, where the pull request edits that, what the edit would change."""
    edited = next((one for one in own if one.policy.model == loaded.policy.model), None)
    if edited is None:
        return Judged(verdict, removed=True)
    edits = edits_of(loaded.policy, edited.policy)
    if not edits:
        return Judged(verdict)
    served = comparison.ledger.model(loaded.policy.model)
    preview = evaluate(edited, comparison.head.sha, _evidence(comparison, edited, served))
    return Judged(verdict, preview, edits)


def _evidence(comparison: Comparison, loaded: LoadedPolicy, served: ModelLedger) -> Evidence:
    sides = comparison.head, comparison.base
    found = evidence_of(*sides, loaded, served, comparison.known)
    whole = gathered(found, loaded, sides, served, comparison.sources)
    if loaded.policy.approvals is None and served.champion is not None:
        return whole
    changed = protected_changes(loaded.policy.protected, comparison.parted, comparison.head.tree)
    given = comparison.approvers(loaded, comparison.head, changed)
    return replace(whole, changed=changed, approvals=given)


def _broken_lock(merged: Revision, loaded: LoadedPolicy) -> CouldNotEvaluate | None:
    """Why promotion would refuse the lock that a merge brings; None when it would not."""
    artifact = artifact_path(merged, loaded)
    paths = [*([artifact] if artifact else []), *merged.pipeline.metrics]
    troubles = lock_troubles(merged.tree, merged.pipeline, merged.lock, paths)
    what = f"Promotion would refuse this when merged: {'; '.join(troubles)}."
    return CouldNotEvaluate(what, COMMIT_IT) if troubles else None


def _previewed(comparison: Comparison, loaded: LoadedPolicy) -> ModelFacts:
    served = comparison.ledger.model(loaded.policy.model)
    evidence = _evidence(comparison, loaded, served)
    return ModelFacts(
        loaded.policy.model, NoPolicy(evaluate(loaded, comparison.head.sha, evidence)), evidence
    )


def _plain(comparison: Comparison) -> ModelFacts:
    base = comparison.base
    head_side = side_of(comparison.head, comparison.known, None, base.lock)
    return ModelFacts("", NoPolicy(), Evidence(head_side, side_of(base, comparison.known, None, None)))


def if_merged(served: ModelLedger, evidence: Evidence, verdict: Verdict) -> IfMerged:
    """What promotion will do when this is merged as it is."""
    if served.hold:
        return OnHold(served.hold.by, served.hold.origin.time[:DAY], served.hold.reason)
    if evidence.model_unchanged:
        return NothingSameModel()
    if not verdict.passes:
        return Refused(("the policy does not let it pass",))
    if served.champion is None and not verdict.vouched:
        return Refused((UNVOUCHED,))
    if evidence.returning:
        return ReturnTo(evidence.returning.version)
    return Replaces(served.champion.version if served.champion else None)


def edges_of(pipeline: Pipeline) -> tuple[tuple[str, str], ...]:
    """Which stage reads what which writes: (writer, reader), each once, in the pipeline's order."""
    writers = collect_writers(pipeline.stages, ())
    pairs = (
        (writer.stage, stage.name)
        for stage in pipeline.stages
        for dep in stage.deps
        for writer in writers.overlapping(dep.path)
        if writer.stage is not None
    )
    return tuple(dict.fromkeys(pairs))


def stage_facts(impact: Impact, statement: Statement | None) -> tuple[StageFact, ...]:
    """What became of every stage: run, up to date, or changed by a lock the author committed."""
    seconds = {run.name: run.seconds for run in statement.ran} if statement else {}
    failed = statement.failure.stage if statement and statement.failure else None
    facts = [_stage_fact(stage, seconds, failed) for stage in impact.stages]
    return (*facts, *(StageFact(name, "cached") for name in impact.unaffected))


def with_times(stages: tuple[StageFact, ...], lock: Lock, known: KnownRuns) -> tuple[StageFact, ...]:
    """The same, with the seconds that the stages that are up to date took when they ran, where recorded."""
    return tuple(replace(one, took=_took(one, lock, known)) for one in stages)


def _took(fact: StageFact, lock: Lock, known: KnownRuns) -> float | None:
    entry = lock.stage(fact.stage) if fact.outcome == "cached" else None
    return known.took(entry) if entry else None


def _stage_fact(stage: StageImpact, seconds: dict[str, float], failed: str | None) -> StageFact:
    outcome: StageOutcome
    match stage.action:
        case "run":
            outcome = "failed" if stage.stage == failed else "ran" if stage.stage in seconds else "changed"
        case other:
            outcome = other
    return StageFact(stage.stage, outcome, seconds.get(stage.stage), tuple(map(phrase_of, stage.reasons)))


def phrase_of(reason: Reason) -> Phrase:
    """A reason in words, what came from files kept apart."""
    return tuple(Quoted(text) if untrusted else text for text, untrusted in reason_phrase(reason))


def parameter_changes(base: Revision, head: Revision) -> tuple[ParamChange, ...]:
    """Every parameter whose value differs, in the files that either pipeline names."""
    files = sorted(
        {param.file for side in (base, head) for stage in side.pipeline.stages for param in stage.params}
    )
    return tuple(
        change
        for file in files
        for change in changed(read_params(base.tree, file), read_params(head.tree, file))
    )


def data_changes(base: Revision, head: Revision) -> tuple[DataChange, ...]:
    """Every output and `.dvc` file whose recorded bytes differ, except what a stage computed from others."""
    before, after = dict(_tracked(base)), dict(_tracked(head))
    paths = sorted({*before, *after})
    pairs = ((path, before.get(path), after.get(path)) for path in paths)
    return tuple(DataChange(*pair) for pair in pairs if pair[1] != pair[2])


def _tracked(side: Revision) -> Iterator[tuple[str, Tracked]]:
    for data in side.pipeline.data:
        if data.md5:
            yield data.path, Tracked(data.md5, data.size, data.nfiles)
    for path in _cached_paths(side.pipeline):
        locked = side.lock.out(path)
        if locked and locked.md5:
            yield path, _of(locked)


def _cached_paths(pipeline: Pipeline) -> Iterable[str]:
    return (out.path for stage in pipeline.stages for out in stage.outs if out.cache)


def _of(locked: LockedFile) -> Tracked:
    return Tracked(locked.md5 or "", locked.size, locked.nfiles)
