"""Puts a report where people read it: one comment and one check run. The only report module with ports.

Every write first looks for its own earlier work: the comment by marker and author, the check run by name
and external id. An invocation never overwrites what a newer one wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import get_args

from bot.errors import ModelbotError, UnavailableError
from bot.policy.verdict import Conclusion
from bot.ports.github import CheckRun, CheckText, Publisher
from bot.report.build import build_report, not_evaluated
from bot.report.check import render_check
from bot.report.comment import CommentOutcome, put_comment
from bot.report.facts import Basis, ReportFacts, Running, Stale
from bot.report.model import Report

CHECK_NAME = "modelbot"
"""The name that a branch rule requires."""

_CLOSED = CheckText(
    "closed or moved on",
    "The pull request was closed, or has another head, or its workflow was started again: "
    "nothing was decided here.",
)
_OVERTAKEN = (
    "Run {} (attempt {}) was started later than this one and has judged this commit already. "
    "Its answer stands: read it in the pull request's comment."
)


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a report: its comment, the check's conclusion, and what was said."""

    comment: CommentOutcome
    conclusion: Conclusion
    report: Report

    @property
    def stale(self) -> bool:
        """Whether the pull request moved meanwhile, so that the result was not shown."""
        return self.report.state == "stale"


def publish_start(basis: Basis, github: Publisher, *, comment: bool = True) -> CheckRun:
    """Say at once that it runs: a check run in progress, and the comment. Repeating it changes nothing.

    A comment that this or a newer invocation wrote is left alone: events may arrive in any order.
    """
    running = build_report(ReportFacts(basis, Running()))
    check = _find_or_start(running, github)
    if comment:
        put_comment(running, github, create=True)
    return check


def publish(
    report: Report, github: Publisher, check: CheckRun | None = None, pushed_from: str | None = None
) -> Published:
    """Publish a finished report: the comment, then its check run (started here when there is none yet).

    The head is read again first: a pull request that moved gets "stale" and not this result. `pushed_from`
    is the head on which the bot itself just pushed the reported one: GitHub may still name the former for a
    moment. Raises ValueError for a report that is still running.
    """
    current = github.pull_request(report.basis.target.number).head_sha
    if current not in (report.basis.target.head, pushed_from):
        report = build_report(ReportFacts(report.basis, Stale(current)))
    conclusion = report.conclusion
    if conclusion is None:
        raise ValueError("a running report is started, not published")
    check = check or _find_or_start(report, github)
    outcome, text = (
        put_comment(report, github, create=report.state != "nothing_affected"),
        render_check(report),
    )
    if outcome == "newer exists":
        conclusion, text = _newest(report.basis, github) or (conclusion, text)
    github.complete_check(check, conclusion, text)
    return Published(outcome, conclusion, report)


def publish_check(report: Report, github: Publisher) -> None:
    """Complete the check run of a finished report, and leave the comments as they are."""
    check = _find_or_start(report, github)
    github.complete_check(check, report.conclusion or "failure", render_check(report))


def close_checks(github: Publisher, head: str, run_id: int, but: CheckRun | None = None) -> None:
    """Complete what workflow run `run_id` left open on `head`, whichever attempt or pull request opened it.

    As a failure: were the pull request opened again at this commit, a neutral check would let it merge.
    """
    ours = re.compile(rf"pull-\d+-run-{run_id}-attempt-\d+", re.ASCII)
    for check in github.checks(head, CHECK_NAME):
        kept = check.status == "completed" or (but is not None and check.id == but.id)
        if not kept and ours.fullmatch(check.external_id):
            github.complete_check(check, "failure", _CLOSED)


class Checking:
    """An open check run that will be completed. `published` is what `publish` answered, None before."""

    def __init__(self, basis: Basis, github: Publisher, check: CheckRun) -> None:
        self._basis = basis
        self._github = github
        self._check: CheckRun | None = check
        self._former: tuple[Basis, CheckRun] | None = None
        self.published: Published | None = None

    def moved(self, head: str) -> None:
        """The bot's own commit is the head now: a check run is opened there, and completed as the other."""
        if self._check is not None and self._former is None:
            self._former = self._basis, self._check
        self._basis = replace(self._basis, target=replace(self._basis.target, head=head))
        # Until the new one is open there is none that a result could stand on.
        self._check = None
        self._check = self._opened()

    def publish(self, report: Report) -> Published:
        """Publish the report. One about another head (a lock commit) gets a check run of its own there."""
        head = report.basis.target.head
        if head != self._basis.target.head:
            self.moved(head)
        # Kept before the tidying, whose failure takes nothing back.
        self.published = publish(report, self._github, self._check, self._pushed_from)
        self._tidy()
        return self.published

    def fail(self, what: str, todo: str) -> None:
        """Complete as "could not evaluate": comment and check, or where that cannot be, the check alone."""
        report = not_evaluated(self._basis, what, todo)
        try:
            self.published = publish(report, self._github, self._check, self._pushed_from)
        except ModelbotError:
            with suppress(ModelbotError):
                self._github.complete_check(self._check or self._opened(), "failure", render_check(report))
        with suppress(ModelbotError):
            self._tidy()

    @property
    def _pushed_from(self) -> str | None:
        return self._former[0].target.head if self._former else None

    def _opened(self) -> CheckRun:
        return _find_or_start(build_report(ReportFacts(self._basis, Running())), self._github)

    def _tidy(self) -> None:
        """Complete the check on the head before ours, where the result does not stand."""
        if self._former:
            former, check = self._former
            stale = build_report(ReportFacts(former, Stale(self._basis.target.head)))
            self._github.complete_check(check, stale.conclusion or "failure", render_check(stale))


@contextmanager
def checking(basis: Basis, github: Publisher) -> Iterator[Checking]:
    """A check run that is started first and always completed.

    Leaving without having published, by an exception or not, completes it as "could not evaluate"; the
    exception goes on.
    """
    check = _find_or_start(build_report(ReportFacts(basis, Running())), github)
    session = Checking(basis, github, check)
    try:
        # Before ours, since GitHub takes the check that was completed last.
        close_checks(github, basis.target.head, basis.invocation.run_id, but=check)
        yield session
    except BaseException as error:
        if session.published is None:
            session.fail(*_said(error))
        raise
    if session.published is None:
        session.fail("The job ended without a result.", "Run it again; if it ends so again, it is our bug.")


def _said(error: BaseException) -> tuple[str, str]:
    if isinstance(error, ModelbotError):
        return error.what, error.todo
    return f"{type(error).__name__}: {error}", "This is a bug in modelbot: the job's log has the details."


def external_id(basis: Basis) -> str:
    """By which an invocation finds its check run again."""
    invocation = basis.invocation
    return f"pull-{basis.target.number}-run-{invocation.run_id}-attempt-{invocation.attempt}"


def run_of(check: CheckRun, number: int) -> int | None:
    """The workflow run that reported this check on pull request `number`; None when that was not we."""
    found = _invocation_of(check, number)
    return found[0] if found else None


def _invocation_of(check: CheckRun, number: int) -> tuple[int, int] | None:
    found = re.fullmatch(rf"pull-{number}-run-(\d+)-attempt-(\d+)", check.external_id, re.ASCII)
    return (int(found[1]), int(found[2])) if found else None


def _newest(basis: Basis, github: Publisher) -> tuple[Conclusion, CheckText] | None:
    """What the newest invocation answered on this head, told again: GitHub shows what was completed last."""
    mine, number = (basis.invocation.run_id, basis.invocation.attempt), basis.target.number
    known = ((_invocation_of(check, number), check) for check in github.checks(basis.target.head, CHECK_NAME))
    newer = [(order, check) for order, check in known if order and order > mine and check.conclusion]
    if not newer:
        return None
    (run_id, attempt), check = max(newer, key=lambda one: one[0])
    answer: Conclusion = next((one for one in get_args(Conclusion) if one == check.conclusion), "failure")
    return answer, CheckText(
        f"the answer of run {run_id}, which is newer", _OVERTAKEN.format(run_id, attempt)
    )


def _find_or_start(report: Report, github: Publisher) -> CheckRun:
    found = _find_check(report.basis, github)
    if found is not None:
        return found
    head, text = report.basis.target.head, _started_text(report)
    try:
        return github.start_check(head, CHECK_NAME, external_id(report.basis), text)
    except UnavailableError:
        # The answer may be lost and the work done: a second check run would stay open for ever.
        found = _find_check(report.basis, github)
        if found is None:
            raise
        return found


def _find_check(basis: Basis, github: Publisher) -> CheckRun | None:
    wanted = external_id(basis)
    checks = github.checks(basis.target.head, CHECK_NAME)
    return next((check for check in checks if check.external_id == wanted), None)


def _started_text(report: Report) -> CheckText:
    return render_check(build_report(ReportFacts(report.basis, Running())))
