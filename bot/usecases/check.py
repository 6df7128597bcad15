"""`modelbot check`: the report of the work tree as it is now, on a person's machine, without GitHub."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from bot.errors import ExitCode
from bot.evidence.bundle import Bundle
from bot.evidence.runs import known_runs
from bot.evidence.scores import Scores
from bot.policy.load import load_policies
from bot.ports.git import RecordReader
from bot.ports.scorer import Scorer
from bot.report.build import build_report
from bot.report.facts import (
    Basis,
    CouldNotEvaluate,
    Invocation,
    Judged,
    ModelFacts,
    Models,
    NoPolicy,
    NothingAffected,
    ReportFacts,
    Running,
    StageFailed,
    Stale,
    Target,
)
from bot.report.model import Report
from bot.usecases.fetched import FirstOf, Objects
from bot.usecases.judge import RUNS, Occasion, Ran, judge
from bot.usecases.reproduce import ReproduceWorld, reproduce
from bot.usecases.scope import Scope, dvc_tree
from bot.usecases.scoring import scored
from bot.usecases.to_score import to_score

_WORST_LAST = (ExitCode.OK, ExitCode.REJECTED, ExitCode.NOT_EVALUATED)


@dataclass(frozen=True, slots=True)
class Checked:
    """A report and what the process answers."""

    report: Report
    exit_code: ExitCode


@dataclass(frozen=True, slots=True)
class Scoring:
    """What scores models here; `seed` gives numbers that nobody can know beforehand."""

    scorer: Scorer
    seed: Callable[[], int]


def check(
    world: ReproduceWorld,
    records: RecordReader,
    scope: Scope,
    occasion: Occasion,
    *,
    run: bool,
    scoring: Scoring | None = None,
) -> Checked:
    """Reproduce what is out of date (unless `run` is false) and judge it by base's policy.

    With `scoring` models are scored anew by base's evaluator, as the bot will.

    Without reproducing, stages that are out of date make the answer "could not evaluate": old numbers of
    a changed pipeline are not the change's.

    Raises:
        InvalidFileError: base's policy is wrong: told before the pipeline runs for nothing.
        InvalidInputError: this is not a DVC repository.
    """
    load_policies(world.revisions.tree(scope.base))
    dvc_tree(world.revisions, scope.head)
    bundle = reproduce(world, scope, occasion.bot_version) if run else None
    facts = _judged(world, records, scope, occasion, bundle, scoring)
    return Checked(build_report(facts), _exit_code(facts))


def _judged(
    world: ReproduceWorld,
    records: RecordReader,
    scope: Scope,
    occasion: Occasion,
    bundle: Bundle | None,
    scoring: Scoring | None,
) -> ReportFacts:
    target = Target(occasion.repository, 0, scope.head, scope.base, scope.merge_base, occasion.web_url)
    basis = Basis(target, Invocation(), occasion.time, occasion.bot_version)
    objects = FirstOf((lambda: world.cache, world.remote))
    scores = partial(_scores, world, records, scope, bundle, objects, scoring)
    ran = Ran(lambda: bundle, objects, preview=True, scores=scores)
    facts = judge(world.revisions, records, basis, scope, ran).facts
    if bundle is None and isinstance(facts.outcome, CouldNotEvaluate):
        what = "Stages are out of date, and --no-reproduce leaves them so."
        return replace(facts, outcome=CouldNotEvaluate(what, "Run `modelbot check` without --no-reproduce."))
    return facts


def _scores(
    world: ReproduceWorld,
    records: RecordReader,
    scope: Scope,
    bundle: Bundle | None,
    objects: Objects,
    scoring: Scoring | None,
) -> Scores:
    if scoring is None:
        return {}
    known = known_runs(entry.data for entry in records.entries(RUNS))
    made = (
        scored(how, name, objects, scoring.scorer, scoring.seed())
        for how, name in to_score(world.revisions, records, scope, lambda: bundle)
        if how.key(name) not in known.first
    )
    return {one.key: one for one in made}


def _exit_code(facts: ReportFacts) -> ExitCode:
    match facts.outcome:
        case Models(models):
            return max((_of_model(model) for model in models), key=_WORST_LAST.index)
        case StageFailed():
            return ExitCode.REJECTED
        case CouldNotEvaluate():
            return ExitCode.NOT_EVALUATED
        case NothingAffected() | Running() | Stale():
            return ExitCode.OK
        case _ as never:
            assert_never(never)


def _of_model(model: ModelFacts) -> ExitCode:
    match model.outcome:
        case Judged(verdict):
            return verdict.exit_code
        case CouldNotEvaluate():
            return ExitCode.NOT_EVALUATED
        case NoPolicy():
            return ExitCode.OK
        case _ as never:
            assert_never(never)
