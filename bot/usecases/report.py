"""`modelbot report`: judge what the untrusted job brought; then comment, check, objects and lock commit.

This is the trusted job. It reads data, never code, of the pull request; what it believes, it worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from bot.errors import ModelbotError, NotEvaluatedError
from bot.evidence.bundle import Bundle
from bot.evidence.reproduced import verify_bundle
from bot.evidence.scores import Scores
from bot.ports.git import Revisions
from bot.ports.github import Publisher
from bot.report.build import build_report, not_evaluated
from bot.report.facts import Basis, Invocation, ModelFacts, Models, ReportFacts, Stale, Target
from bot.report.publish import Published, checking, close_checks, publish_check, publish_start
from bot.usecases.carry import CarryWorld, carry_back, holds, keep_scores, only_what_can_be_fetched
from bot.usecases.fetched import BroughtFirst
from bot.usecases.judge import Occasion, Ran, judge, untouched
from bot.usecases.reviews import Reviews
from bot.usecases.scope import Scope, impact_in
from bot.usecases.subject import (
    Nobody,
    Reviewed,
    Subject,
    gone_on,
    is_fork,
    is_review,
    reviewed_by,
    scope_of_pull,
    subject_of,
)
from bot.usecases.to_score import to_score


def unshown(facts: ReportFacts) -> ReportFacts:
    """The facts without pictures of their plots."""
    return facts


@dataclass(frozen=True, slots=True)
class ReportWorld:
    """What reporting needs from the world; `scores` are those that the job before this one made.

    `show` puts pictures of the plots where a comment can show them; it never raises.
    """

    github: Publisher
    revisions: Revisions
    carry: CarryWorld
    scores: Callable[[], Scores] = dict
    show: Callable[[ReportFacts], ReportFacts] = unshown


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
    invocation = Invocation(run.id, run.attempt)
    return Basis(target, invocation, occasion.time, occasion.bot_version, occasion.page_url)


@dataclass(frozen=True, slots=True)
class Brought:
    """What the untrusted job left: its bundle (None: none) and objects by path."""

    bundle: Bundle | None
    objects: Mapping[str, bytes]


def start(world: ReportWorld, run_id: int, occasion: Occasion) -> bool:
    """Open check and comment for a run that is about to start; False when there is nobody to tell."""
    run = world.github.workflow_run(run_id)
    if is_review(run):
        return False
    subject = subject_of(world.github, run)
    if isinstance(subject, Nobody):
        _tell_sharing(world, subject, occasion)
        return False
    publish_start(basis_of(subject, occasion, None), world.github, comment=_worth_a_comment(world, subject))
    return True


def _worth_a_comment(world: ReportWorld, subject: Subject) -> bool:
    """Only a change that touches a model gets a comment; one that cannot be read gets one later, too."""
    try:
        scope = scope_of_pull(world.revisions, subject)
        return scope is not None and not untouched(world.revisions, scope, impact_in(world.revisions, scope))
    except ModelbotError:
        return False


def report(
    world: ReportWorld, run_id: int, occasion: Occasion, brought: Callable[[int], Brought]
) -> Published | None:
    """Judge a completed run and publish; None when the pull request is closed or has moved on already.

    What `brought` answers of a run is asked for when something had to run, once. An invocation that ended
    after its lock commit is finished by the next for the same run. A run that says that there was a review
    has what stands on the pull request's head judged again, in the name of the run that was judged there.

    Raises:
        ModelbotError: after the check was completed as "could not evaluate" with the same words.
    """
    run = world.github.workflow_run(run_id)
    if is_review(run):
        reviewed = reviewed_by(world.github, run)
        return _judged_again(world, reviewed, occasion, brought) if reviewed else None
    carried = cache(partial(brought, run_id))
    found = subject_of(world.github, run)
    if isinstance(found, Subject):
        return _published(world, found, occasion, carried)
    close_checks(world.github, found.run.head_sha, run_id)
    _tell_sharing(world, found, occasion)
    unfinished = _unfinished(world, found, occasion, carried)
    return _published(world, unfinished, occasion, carried) if unfinished else None


def _judged_again(
    world: ReportWorld, found: Reviewed, occasion: Occasion, brought: Callable[[int], Brought]
) -> Published:
    """With the run's own evidence; of a lock commit whose run's artifacts have expired, by what it holds."""
    carried = cache(partial(brought, found.run.id))
    subject: Subject | None = Subject(found.run, found.pull)
    if found.run.head_sha != found.pull.head_sha:
        subject = _unfinished(world, Nobody(found.run), occasion, carried)
    here = Subject(replace(found.run, head_sha=found.pull.head_sha), found.pull)
    return _published(world, subject or here, occasion, carried)


def _published(
    world: ReportWorld, subject: Subject, occasion: Occasion, carried: Callable[[], Brought]
) -> Published:
    with checking(basis_of(subject, occasion, None), world.github) as session:
        scope = scope_of_pull(world.revisions, subject)
        if scope is None:
            stale = Stale(world.github.pull_request(subject.pull.number).head_sha)
            return session.publish(build_report(ReportFacts(basis_of(subject, occasion, None), stale)))
        basis = basis_of(subject, occasion, scope)
        objects = BroughtFirst(lambda: carried().objects, world.carry.objects)
        reviews = Reviews(world.github, world.revisions)
        ran = Ran(
            lambda: carried().bundle,
            objects,
            comes_back=not is_fork(subject, occasion.repository),
            approvers=partial(reviews.approvals, subject.pull),
            scores=world.scores,
        )
        judgement = judge(world.revisions, world.carry.records, basis, scope, ran)
        reproduced = judgement.reproduced
        commit = carry_back(world.carry, subject, judgement, carried().objects if reproduced else {})
        if commit is not None and commit != basis.target.head:
            session.moved(commit)
        if ran.comes_back:
            _keep_scores(world, subject, scope, ran, occasion)
        stored = reproduced.objects if reproduced and ran.comes_back else ()
        facts = only_what_can_be_fetched(judgement.facts, stored, world.carry)
        return session.publish(build_report(world.show(_with_commit(facts, commit))))


def _keep_scores(world: ReportWorld, subject: Subject, scope: Scope, ran: Ran, occasion: Occasion) -> None:
    """Keep the scores of this pull request's own models, and of no other: they came from another job."""
    scores = world.scores()
    if scores:
        asked = to_score(world.revisions, world.carry.records, scope, ran.bundle)
        wanted = {scoring.key(name) for scoring, name in asked}
        own = {key: one for key, one in scores.items() if key in wanted}
        keep_scores(world.carry, subject, own, occasion.time.isoformat())


def _unfinished(
    world: ReportWorld, found: Nobody, occasion: Occasion, carried: Callable[[], Brought]
) -> Subject | None:
    """The pull request whose head is our lock commit after this run: an invocation may have died there."""
    run = found.run
    if found.sharing or run.head_repository != occasion.repository:
        return None
    subject = gone_on(world.github, world.revisions, run)
    scope = scope_of_pull(world.revisions, subject) if subject else None
    if subject is None or scope is None:
        return None
    try:
        impact, bundle = impact_in(world.revisions, scope), carried().bundle
        if bundle is None or bundle.statement.head != scope.head:
            return None
        reproduced = verify_bundle(bundle, world.revisions.tree(scope.head), impact)
    except NotEvaluatedError:
        return None
    return subject if holds(world.revisions.tree(subject.pull.head_sha), reproduced.tree) else None


def _tell_sharing(world: ReportWorld, found: Nobody, occasion: Occasion) -> None:
    """One commit has one check: with two pull requests into two bases, no result on it is true of both."""
    if not found.sharing:
        return
    basis = basis_of(Subject(found.run, found.sharing[0]), occasion, None)
    numbers = " and ".join(f"#{pull.number}" for pull in found.sharing)
    what = f"Several pull requests share this head ({numbers}); nobody can tell which base's policy holds."
    publish_check(not_evaluated(basis, what, "Close all but one, then run its workflow again."), world.github)


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
