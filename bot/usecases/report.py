"""`modelbot report`: judge what the untrusted job brought; then comment, check, objects and lock commit.

This is the trusted job. It reads data, never code, of the pull request; what it believes, it worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.errors import ModelbotError
from bot.evidence.bundle import Bundle
from bot.evidence.phrase import Quoted
from bot.ports.git import Revisions
from bot.ports.github import Publisher
from bot.report.build import build_report
from bot.report.facts import Basis, Invocation, ModelFacts, Models, Refused, ReportFacts, Stale, Target
from bot.report.publish import Published, checking, publish_start
from bot.usecases.carry import CarryWorld, carry_back, changed_files
from bot.usecases.judge import Judgement, Occasion, judge, untouched
from bot.usecases.reproduce import Scope, impact_in
from bot.usecases.subject import Subject, is_fork, scope_of_pull, subject_of


@dataclass(frozen=True, slots=True)
class ReportWorld:
    """What reporting needs from the world."""

    github: Publisher
    revisions: Revisions
    carry: CarryWorld


def basis_of(subject: Subject, occasion: Occasion, scope: Scope | None) -> Basis:
    """The question that this report answers."""
    pull, run = subject.pull, subject.run
    target = Target(
        occasion.repository,
        pull.number,
        pull.head_sha,
        scope.base if scope else pull.base_sha,
        scope.merge_base if scope else "",
        occasion.web_url,
    )
    return Basis(target, Invocation(run.id, run.attempt), occasion.time, occasion.bot_version)


@dataclass(frozen=True, slots=True)
class Brought:
    """What the untrusted job left: its bundle (None: none) and objects by path."""

    bundle: Bundle | None
    objects: Mapping[str, bytes]


def start(world: ReportWorld, run_id: int, occasion: Occasion) -> bool:
    """Open check and comment for a run that is about to start; False when there is nobody to tell."""
    subject = subject_of(world.github, run_id)
    if subject is None:
        return False
    publish_start(basis_of(subject, occasion, None), world.github, comment=_worth_a_comment(world, subject))
    return True


def _worth_a_comment(world: ReportWorld, subject: Subject) -> bool:
    """Only a change that touches a model gets a comment; one that cannot be read gets one later, too."""
    try:
        scope = scope_of_pull(world.revisions, subject.pull)
        return scope is not None and not untouched(world.revisions, scope, impact_in(world.revisions, scope))
    except ModelbotError:
        return False


def report(
    world: ReportWorld, run_id: int, occasion: Occasion, brought: Callable[[], Brought]
) -> Published | None:
    """Judge a completed run and publish; None when the pull request is closed or has moved on already.

    Raises:
        ModelbotError: after the check was completed as "could not evaluate" with the same words.
    """
    subject = subject_of(world.github, run_id)
    if subject is None:
        return None
    with checking(basis_of(subject, occasion, None), world.github) as session:
        scope = scope_of_pull(world.revisions, subject.pull)
        if scope is None:
            stale = Stale(world.github.pull_request(subject.pull.number).head_sha)
            return session.publish(build_report(ReportFacts(basis_of(subject, occasion, None), stale)))
        carried = brought()
        basis = basis_of(subject, occasion, scope)
        judgement = judge(world.revisions, world.carry.records, basis, scope, carried.bundle)
        commit = carry_back(world.carry, subject, judgement, carried.objects)
        return session.publish(build_report(_with_commit(_as_merged(subject, judgement), commit)))


def _as_merged(subject: Subject, judgement: Judgement) -> ReportFacts:
    """The facts, and for a fork that its branch still lacks what was reproduced: so promotion will refuse."""
    facts, reproduced = judgement.facts, judgement.reproduced
    lacking = changed_files(reproduced.tree) if reproduced else ()
    if not lacking or not is_fork(subject, facts.basis.target.repository):
        return facts
    if not isinstance(facts.outcome, Models):
        return facts
    merged = Refused(
        (
            "promotion refuses a lock that this fork's branch does not have; run ",
            Quoted("dvc repro"),
            " and ",
            Quoted("dvc push"),
            " and commit what they change",
        )
    )
    return replace(
        facts, outcome=Models(tuple(replace(one, if_merged=merged) for one in facts.outcome.models))
    )


def _with_commit(facts: ReportFacts, commit: str | None) -> ReportFacts:
    """The same facts about the commit that now holds them: the pull request's new head."""
    if commit is None:
        return facts
    basis = replace(facts.basis, target=replace(facts.basis.target, head=commit))
    outcome = facts.outcome
    if isinstance(outcome, Models):
        outcome = Models(tuple(_at(model, commit) for model in outcome.models))
    return replace(facts, basis=basis, outcome=outcome, lock_commit=commit)


def _at(model: ModelFacts, commit: str) -> ModelFacts:
    if model.evidence is None:
        return model
    head = replace(model.evidence.head, revision=commit)
    return replace(model, evidence=replace(model.evidence, head=head))
