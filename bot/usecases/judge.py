"""Everything a report says, decided from trees, bundle, ledger and run records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.evidence.bundle import Bundle
from bot.evidence.figures import figures_of
from bot.evidence.plot_changes import changed_plots
from bot.evidence.plots import read_plots
from bot.evidence.reproduced import Reproduced, verify_bundle
from bot.evidence.runs import KnownRuns, known_runs
from bot.evidence.scores import Scores
from bot.lineage.impact import Impact
from bot.lineage.parse import parse_pipeline
from bot.lineage.tree import Tree
from bot.policy.load import LoadedPolicy, load_policies
from bot.ports.git import RecordReader, Revisions
from bot.promotion.ledger import BRANCH as LEDGER
from bot.promotion.ledger import read_ledger
from bot.report.facts import Basis, CouldNotEvaluate, Models, NothingAffected, ReportFacts, StageFailed
from bot.usecases.assess import (
    Comparison,
    data_changes,
    edges_of,
    judge_models,
    parameter_changes,
    stage_facts,
    with_times,
)
from bot.usecases.changed import changed_between
from bot.usecases.contents import protected_changes
from bot.usecases.fetched import Objects
from bot.usecases.gather import Sources
from bot.usecases.reviews import Approvers, nobody
from bot.usecases.scope import Scope, impact_in
from bot.usecases.sides import Revision, read_revision

RUNS = "modelbot/runs"


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and by whom this is reported: values the core may not read for itself."""

    time: datetime
    bot_version: str
    repository: str
    web_url: str
    page_url: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be published, and what has to be written before it."""

    facts: ReportFacts
    reproduced: Reproduced | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """What the untrusted job says that it ran: asked for only when something had to run.

    `comes_back` is whether a merge brings what it wrote: committed by us, or by whoever runs the check.
    `objects` are those of both sides; with `preview` numbers may be as reported where objects are missing;
    `approvers` says who approved what; `scores` are those that were made of this pull request's models.
    """

    bundle: Callable[[], Bundle | None]
    objects: Objects
    comes_back: bool = True
    preview: bool = False
    approvers: Approvers = nobody
    scores: Callable[[], Scores] = dict


def judge(revisions: Revisions, records: RecordReader, basis: Basis, scope: Scope, ran: Ran) -> Judgement:
    """Everything the report says, decided from the trees, the bundle, the ledger and the run records.

    Raises:
        ModelbotError: something could not be read; the caller reports that it could not evaluate.
    """
    impact = impact_in(revisions, scope)
    if untouched(revisions, scope, impact):
        return Judgement(ReportFacts(basis, NothingAffected()))
    bundle = ran.bundle() if impact.to_run else None
    if impact.to_run and (bundle is None or bundle.statement.head != scope.head):
        return Judgement(ReportFacts(basis, _no_bundle(), stage_facts(impact, None)))
    if bundle and bundle.statement.outcome in {"failed", "errored"}:
        edges = edges_of(parse_pipeline(revisions.tree(scope.head)))
        stages = stage_facts(impact, bundle.statement)
        return Judgement(ReportFacts(basis, _unfinished(bundle), stages, edges=edges))
    reproduced = verify_bundle(bundle, revisions.tree(scope.head), impact) if bundle else None
    facts = ReportFacts(
        basis, NothingAffected(), stages=stage_facts(impact, bundle.statement if bundle else None)
    )
    seconds = {stage.name: stage.seconds for stage in bundle.statement.ran} if bundle else {}
    sources = Sources(ran.objects, revisions.tree, basis.time.date(), seconds, ran.preview, ran.scores())
    given = _Head(reproduced, ran.comes_back, sources, ran.approvers)
    return _compare(revisions, records, facts, scope, given)


@dataclass(frozen=True, slots=True)
class _Head:
    reproduced: Reproduced | None
    comes_back: bool
    sources: Sources
    approvers: Approvers


def _no_bundle() -> CouldNotEvaluate:
    what = "The pull request's workflow ended without evidence of what it ran."
    return CouldNotEvaluate(what, "Open the workflow run, repair what stopped it, and run it again.")


def _unfinished(bundle: Bundle) -> StageFailed | CouldNotEvaluate:
    failure, error = bundle.statement.failure, bundle.statement.error
    if failure:
        return StageFailed(failure.stage, failure.exit_code, failure.log_tail)
    return CouldNotEvaluate(error.what, error.todo) if error else _no_bundle()


def _compare(
    revisions: Revisions,
    records: RecordReader,
    facts: ReportFacts,
    scope: Scope,
    given: _Head,
) -> Judgement:
    head_tree, base_tree = revisions.tree(scope.head), revisions.tree(scope.base)
    reproduced = given.reproduced
    head = read_revision("this PR", scope.head, reproduced.tree if reproduced else head_tree)
    base = read_revision("main", scope.base, base_tree)
    parted = read_revision("merge base", scope.merge_base, revisions.tree(scope.merge_base))
    known = known_with(records, reproduced)
    comparison = Comparison(
        base,
        head,
        load_policies(base_tree),
        known,
        read_ledger(records.entries(LEDGER)),
        merged=head if given.comes_back else read_revision("this PR", scope.head, head_tree),
        sources=replace(given.sources, known=known),
        parted=parted.tree,
        approvers=given.approvers,
    )
    judged = replace(
        facts,
        outcome=Models(judge_models(comparison)),
        edges=edges_of(head.pipeline),
        stages=with_times(facts.stages, head.lock, comparison.known),
    )
    return Judgement(_with_changes(judged, parted, head, comparison.policies), reproduced)


def _with_changes(
    facts: ReportFacts, parted: Revision, head: Revision, policies: tuple[LoadedPolicy, ...]
) -> ReportFacts:
    plots = tuple(read_plots(side.tree, side.pipeline) for side in (parted, head))
    changed = changed_between(parted, head, policies)
    return replace(
        facts,
        parameters=parameter_changes(parted, head),
        data=data_changes(parted, head),
        code=changed.code,
        environment=changed.environment,
        plots=changed_plots(*plots),
        figures=figures_of(*plots),
    )


def known_with(records: RecordReader, reproduced: Reproduced | None) -> KnownRuns:
    """The run records, and the runs that this invocation will add to them."""
    known = known_runs(entry.data for entry in records.entries(RUNS))
    return known.adding(reproduced.runs) if reproduced else known


def untouched(revisions: Revisions, scope: Scope, impact: Impact) -> bool:
    """Whether the change touches no stage, data, policy, protected path or metrics file, written or not.

    Raises:
        InvalidFileError: base's policy is wrong, so that nobody knows which paths it protects.
    """
    before, after = revisions.tree(scope.merge_base), revisions.tree(scope.head)
    if not impact.empty or _policies(before) != _policies(after) or _metrics(before) != _metrics(after):
        return False
    guarded = (path for one in load_policies(revisions.tree(scope.base)) for path in one.policy.protected)
    return not protected_changes(guarded, before, after)


def _policies(tree: Tree) -> Mapping[str, str | None]:
    return {path: tree.md5(path) for path in tree.paths("policies")}


def _metrics(tree: Tree) -> Mapping[str, str | None]:
    return {path: tree.md5(path) for path in parse_pipeline(tree).metrics}
