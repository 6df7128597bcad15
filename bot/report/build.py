"""From facts to a report: every decision about what is said, and in which order. Performs no I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from bot.evidence.params import ParamChange
from bot.evidence.phrase import Quoted
from bot.policy.verdict import Conclusion
from bot.report.change_sections import changes_section
from bot.report.encode import for_terminal
from bot.report.facts import (
    Basis,
    CouldNotEvaluate,
    ModelFacts,
    Models,
    NothingAffected,
    ReportFacts,
    Running,
    StageFailed,
    Stale,
)
from bot.report.footnotes import footnotes
from bot.report.links import commit_url, run_url
from bot.report.model import Link, Log, ModelSection, Report, Section, Strong, Words
from bot.report.model_section import build_model, error_log
from bot.report.numbers import counted, short_sha
from bot.report.pipeline_section import pipeline_section
from bot.report.steps import suspects

_WORST_FIRST: tuple[Conclusion, ...] = ("failure", "action_required", "neutral", "success")


def build_report(facts: ReportFacts) -> Report:
    """The report of one invocation. Of several models the failing ones come first."""
    match facts.outcome:
        case Models(models):
            return _judged(facts, models)
        case CouldNotEvaluate():
            return _not_evaluated(facts, facts.outcome)
        case StageFailed():
            return _stage_failed(facts, facts.outcome)
        case Running():
            return _running(facts)
        case NothingAffected():
            return _nothing_affected(facts)
        case Stale(new_head):
            return _stale(facts, new_head)
        case _ as never:
            assert_never(never)


def not_evaluated(basis: Basis, what: str, todo: str) -> Report:
    """The report of an invocation that ended in an error."""
    return build_report(ReportFacts(basis, CouldNotEvaluate(what, todo)))


def _judged(facts: ReportFacts, models: tuple[ModelFacts, ...]) -> Report:
    # With one model, what it shares with no other stands between its rules and how it was decided.
    shared = _shared(facts)
    inside = shared if len(models) == 1 else ()
    built = [build_model(model, facts, inside) for model in models]
    ordered = tuple(sorted(built, key=lambda section: _WORST_FIRST.index(section.conclusion)))
    if not ordered:
        return not_evaluated(facts.basis, "No model was judged: the list of models is empty.", "")
    several = len(ordered) > 1
    return Report(
        basis=facts.basis,
        state="judged",
        conclusion=ordered[0].conclusion,
        title=_title_of_models(ordered),
        heading=_heading_of_models(ordered) if several else (),
        models=ordered if several else (_told(ordered[0], _lock_notice(facts)),),
        notice=_lock_notice(facts) if several else (),
        sections=shared if several else (),
        code=facts.code,
        environment=facts.environment,
        parameters=facts.parameters,
        data=facts.data,
        plots=facts.plots,
        figures=facts.figures,
        stages=facts.stages,
        edges=facts.edges,
        footer=_footer(facts.basis),
        footnotes=footnotes(ordered),
        suspects=_suspects(ordered, facts),
    )


def _suspects(ordered: tuple[ModelSection, ...], facts: ReportFacts) -> tuple[ParamChange, ...]:
    found = (suspects(model.verdict, facts.parameters) for model in ordered if model.verdict)
    return next((some for some in found if some), ())


def _told(model: ModelSection, notice: tuple[Words, ...]) -> ModelSection:
    return replace(model, lead=(*model.lead, *notice))


def _not_evaluated(facts: ReportFacts, error: CouldNotEvaluate) -> Report:
    return Report(
        basis=facts.basis,
        state="not_judged",
        conclusion="failure",
        title="could not evaluate",
        heading=("❗ could not evaluate",),
        notice=(("Nothing was decided, and nothing was changed: main and the champion are as they were.",),),
        log=error_log(error),
        sections=_shared(facts),
        stages=facts.stages,
        edges=facts.edges,
        footer=_footer(facts.basis),
    )


def _stage_failed(facts: ReportFacts, failed: StageFailed) -> Report:
    again: Words = (
        "Run it where you can see it: ",
        Quoted(f"dvc repro {failed.stage}"),
        ", fix it, and push.",
    )
    return Report(
        basis=facts.basis,
        state="not_judged",
        conclusion="failure",
        title=f"the pipeline fails in stage {for_terminal(failed.stage, 80)}",
        heading=("❌ the pipeline fails in stage ", Quoted(failed.stage)),
        notice=(
            (
                f"It ended with exit code {failed.exit_code}, so there is no model to judge. ",
                "Main and the champion are as they were.",
            ),
            (Strong("Its last lines:"),) if failed.log_tail else ("It printed nothing.",),
        ),
        log=Log(failed.log_tail) if failed.log_tail else None,
        todo=(again,),
        sections=_shared(facts),
        stages=facts.stages,
        edges=facts.edges,
        footer=_footer(facts.basis),
    )


def _running(facts: ReportFacts) -> Report:
    head = short_sha(facts.basis.target.head)
    follow = Link("Follow it", run_url(facts.basis.target, facts.basis.invocation))
    return Report(
        basis=facts.basis,
        state="running",
        conclusion=None,
        title=f"running for {head}",
        heading=("⏳ running for ", Quoted(head)),
        notice=(("This comment becomes the report when the pipeline has run. ", follow, "."),),
        footer=_footer(facts.basis),
    )


def _nothing_affected(facts: ReportFacts) -> Report:
    return Report(
        basis=facts.basis,
        state="nothing_affected",
        conclusion="success",
        title="nothing to judge: no stage and no policy is affected",
        heading=("✅ nothing to judge: no stage and no policy is affected",),
        notice=((Strong("If merged:"), " nothing: same model"),),
        footer=_footer(facts.basis),
    )


def _stale(facts: ReportFacts, new_head: str) -> Report:
    old, new = (Quoted(short_sha(sha)) for sha in (facts.basis.target.head, new_head))
    return Report(
        basis=facts.basis,
        state="stale",
        # Failure, not neutral: were the branch moved back to this commit, a neutral check would let it merge.
        conclusion="failure",
        title=f"stale: the branch moved to {short_sha(new_head)}",
        heading=("🔁 stale: the branch moved from ", old, " to ", new),
        notice=(("The result for ", old, " is not shown. The report for ", new, " takes its place here."),),
        footer=_footer(facts.basis),
    )


def _title_of_models(ordered: tuple[ModelSection, ...]) -> str:
    if len(ordered) == 1:
        return _plain(ordered[0].heading)
    return _plain(_heading_of_models(ordered))


def _heading_of_models(ordered: tuple[ModelSection, ...]) -> Words:
    count = sum(section.conclusion == ordered[0].conclusion for section in ordered)
    of = f"{count} of {counted(len(ordered), 'model')}"
    match ordered[0].conclusion:
        case "failure":
            return (f"❌ do not merge yet: {of} not passing",)
        case "action_required":
            return (f"⚠️ needs an approval: {of} waiting for it",)
        case "neutral":
            return (f"⚠️ your decision: {of} without a clear answer",)
        case "success":
            return (f"✅ ready to merge: all {counted(len(ordered), 'model')} pass",)
        case _ as never:
            assert_never(never)


def _shared(facts: ReportFacts) -> tuple[Section, ...]:
    sections = (changes_section(facts), pipeline_section(facts.stages))
    return tuple(section for section in sections if section is not None)


def _lock_notice(facts: ReportFacts) -> tuple[Words, ...]:
    if facts.lock_commit is None:
        return ()
    link = Link(Quoted(short_sha(facts.lock_commit)), commit_url(facts.basis.target, facts.lock_commit))
    return (
        (
            "The results of the pipeline were committed to this branch as ",
            link,
            ": ",
            Quoted("git pull"),
            " before you push again.",
        ),
    )


def _footer(basis: Basis) -> Words:
    target = basis.target
    words: Words = (
        Quoted(short_sha(target.head)),
        " against ",
        Quoted(short_sha(target.base)),
        f" · {basis.time:%Y-%m-%d %H:%M} UTC · modelbot {basis.bot_version}",
    )
    if basis.invocation.run_id:
        words = (*words, " · ", Link("workflow run", run_url(target, basis.invocation)))
    if basis.page_url:
        words = (*words, " · ", Link("the whole report as a page", basis.page_url))
    if target.number:
        words = (*words, " · ", Quoted("modelbot check"), " previews this before you push")
    return words


def _plain(words: Words) -> str:
    return "".join(map(_plain_part, words))


def _plain_part(part: str | Quoted | Strong | Link) -> str:
    match part:
        case str():
            return part
        case Quoted(text) | Strong(text):
            return for_terminal(text)
        case Link(text, _):
            return _plain_part(text)
        case _ as never:
            assert_never(never)
