"""What a report says of one model. Performs no I/O."""

from __future__ import annotations

from typing import assert_never

from bot.evidence.facts import Evidence, EvidenceLevel, MetricTable, Unreadable
from bot.evidence.phrase import Quoted
from bot.policy.verdict import Verdict
from bot.report.facts import CouldNotEvaluate, Judged, ModelFacts, NoPolicy, ReportFacts
from bot.report.headline import MOST_ROWS, headline, neutral_table
from bot.report.model import Log, ModelSection, Section, Strong, Words
from bot.report.numbers import counted
from bot.report.policy_edits import edit_notice, edits_section
from bot.report.rule_sections import rules_section, slices_section
from bot.report.steps import decided_section, if_merged_line, next_steps
from bot.report.trend import trends_of
from bot.report.verdict_words import heading as verdict_heading
from bot.report.verdict_words import inconclusive, reasons, verdict_line
from bot.report.wording import name

MOST_METRICS = 100
_NEUTRAL = "\N{INFORMATION SOURCE}\N{VARIATION SELECTOR-16} "


def build_model(facts: ModelFacts, report: ReportFacts, shared: tuple[Section, ...] = ()) -> ModelSection:
    """The section of one model, whatever became of it; `shared` are folded parts to stand inside it."""
    match facts.outcome:
        case Judged():
            return _judged(facts, facts.outcome, report, shared)
        case NoPolicy():
            return _no_policy(facts, facts.outcome, report, shared)
        case CouldNotEvaluate():
            return _could_not(facts, facts.outcome, shared)
        case _ as never:
            assert_never(never)


def error_log(error: CouldNotEvaluate) -> Log:
    """What happened and what to do, as lines; both may quote strangers."""
    todo = ("", *error.todo.splitlines()) if error.todo else ()
    return Log((*error.what.splitlines(), *todo))


def _judged(
    facts: ModelFacts, judged: Judged, report: ReportFacts, shared: tuple[Section, ...]
) -> ModelSection:
    verdict, target = judged.verdict, report.basis.target
    trends = trends_of(verdict, facts.history)
    sections = (
        rules_section(verdict, target),
        slices_section(verdict, facts.evidence),
        edits_section(judged),
        *shared,
        decided_section(verdict, facts.evidence, trends),
    )
    return ModelSection(
        model=verdict.model,
        heading=verdict_heading(verdict, facts.evidence),
        conclusion=verdict.conclusion,
        lead=(
            *reasons(verdict, target),
            *inconclusive(verdict, target),
            *if_merged_line(facts.if_merged, verdict),
            *edit_notice(judged, facts.evidence),
        ),
        headline=headline(verdict, facts.evidence, trends),
        todo=next_steps(verdict, report.parameters, target),
        sections=tuple(section for section in sections if section is not None),
        verdict=verdict,
        curves=facts.curves,
        edits=judged.edits,
        removed=judged.removed,
        preview=judged.preview,
        prior_use=facts.evidence.prior_use if facts.evidence else None,
        trends=trends,
        if_merged=facts.if_merged,
        level=_level(facts),
    )


def _no_policy(
    facts: ModelFacts, outcome: NoPolicy, report: ReportFacts, shared: tuple[Section, ...]
) -> ModelSection:
    who: Words = (name(facts.model), ": ") if facts.model else ()
    what = "compared, not judged: the base has no policy yet"
    return ModelSection(
        model=facts.model,
        heading=(_NEUTRAL, *who, what),
        conclusion="neutral",
        lead=(
            *_unreadable(facts.evidence),
            *if_merged_line(facts.if_merged, None),
            *_preview(outcome.preview, facts.evidence, "With this pull request's own policy:"),
        ),
        headline=None if facts.evidence is None else neutral_table(facts.evidence),
        todo=() if outcome.preview is not None else (_add_a_policy(facts.model),),
        sections=(*_no_policy_sections(facts, outcome, report), *shared),
        preview=outcome.preview,
        if_merged=facts.if_merged,
        level=_level(facts),
    )


def _level(facts: ModelFacts) -> EvidenceLevel | None:
    return facts.evidence.head.level if facts.evidence else None


def _could_not(facts: ModelFacts, error: CouldNotEvaluate, shared: tuple[Section, ...]) -> ModelSection:
    who: Words = (name(facts.model), ": ") if facts.model else ()
    return ModelSection(
        model=facts.model,
        heading=("❗ ", *who, "could not evaluate"),
        conclusion="failure",
        log=error_log(error),
        sections=shared,
    )


def _preview(verdict: Verdict | None, evidence: Evidence | None, label: str) -> tuple[Words, ...]:
    if verdict is None:
        return ()
    sign, words = verdict_line(verdict, evidence)
    return ((Strong(label), f" {sign} {words}"),)


def _no_policy_sections(facts: ModelFacts, outcome: NoPolicy, report: ReportFacts) -> tuple[Section, ...]:
    sections: list[Section] = []
    if outcome.preview is not None:
        rules = rules_section(outcome.preview, report.basis.target)
        sections += [Section(f"Preview. {rules.summary}", rules.blocks)] if rules is not None else []
    every = neutral_table(facts.evidence, MOST_METRICS) if facts.evidence is not None else None
    if every is not None and len(every.rows) > MOST_ROWS:
        sections.append(Section(f"All {counted(len(every.rows), 'metric')}", (every,)))
    if outcome.preview is None:
        sections.append(Section("A first policy to start from", (Log(_first_policy(facts)),)))
    return tuple(sections)


def _add_a_policy(model: str) -> Words:
    file = f"policies/{model or 'MODEL'}.yaml"
    return (
        "Nothing is blocked. Put a policy like the one below into ",
        Quoted(file),
        " on the base branch, and the pull requests after it are judged.",
    )


def _first_policy(facts: ModelFacts) -> tuple[str, ...]:
    measured = facts.evidence.head.measured if facts.evidence is not None else None
    metrics = measured.metrics[:1] if isinstance(measured, MetricTable) else ()
    metric = metrics[0].name if metrics else "METRIC"
    return (
        "version: 1",
        f"model: {facts.model or 'MODEL'}",
        "metrics:",
        f"  {metric}: {{better: higher, max_regression: 1%}}",
    )


def _unreadable(evidence: Evidence | None) -> tuple[Words, ...]:
    if evidence is None or not isinstance(evidence.head.measured, Unreadable):
        return ()
    problem = evidence.head.measured
    todo: Words = (" ", Quoted(problem.todo)) if problem.todo else ()
    return ((Strong("Not compared:"), " ", Quoted(problem.file), ": ", Quoted(problem.what), *todo),)
