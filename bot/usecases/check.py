"""`modelbot check`: the report of the work tree as it is now, on a person's machine, without GitHub."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from bot.errors import ExitCode
from bot.evidence.bundle import Bundle
from bot.policy.load import load_policies
from bot.ports.git import RecordReader
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
from bot.usecases.fetched import FirstOf
from bot.usecases.judge import Occasion, Ran, judge
from bot.usecases.reproduce import ReproduceWorld, reproduce
from bot.usecases.scope import Scope, dvc_tree

_WORST_LAST = (ExitCode.OK, ExitCode.REJECTED, ExitCode.NOT_EVALUATED)


@dataclass(frozen=True, slots=True)
class Checked:
    """A report and what the process answers."""

    report: Report
    exit_code: ExitCode


def check(
    world: ReproduceWorld, records: RecordReader, scope: Scope, occasion: Occasion, *, run: bool
) -> Checked:
    """Reproduce what is out of date (unless `run` is false) and judge it by base's policy.

    Without reproducing, stages that are out of date make the answer "could not evaluate": old numbers of
    a changed pipeline are not the change's.

    Raises:
        InvalidFileError: base's policy is wrong: told before the pipeline runs for nothing.
        InvalidInputError: this is not a DVC repository.
    """
    load_policies(world.revisions.tree(scope.base))
    dvc_tree(world.revisions, scope.head)
    bundle = reproduce(world, scope, occasion.bot_version) if run else None
    facts = _judged(world, records, scope, occasion, bundle)
    return Checked(build_report(facts), _exit_code(facts))


def _judged(
    world: ReproduceWorld, records: RecordReader, scope: Scope, occasion: Occasion, bundle: Bundle | None
) -> ReportFacts:
    target = Target(occasion.repository, 0, scope.head, scope.base, scope.merge_base, occasion.web_url)
    basis = Basis(target, Invocation(), occasion.time, occasion.bot_version)
    ran = Ran(lambda: bundle, FirstOf((lambda: world.cache, world.remote)), preview=True)
    facts = judge(world.revisions, records, basis, scope, ran).facts
    if bundle is None and isinstance(facts.outcome, CouldNotEvaluate):
        what = "Stages are out of date, and --no-reproduce leaves them so."
        return replace(facts, outcome=CouldNotEvaluate(what, "Run `modelbot check` without --no-reproduce."))
    return facts


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
