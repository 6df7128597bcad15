"""One issue at GitHub that says what `verify` found, and is closed when nothing is wrong any more."""

from __future__ import annotations

from bot.ports.issues import Issue, IssueTracker
from bot.report.drift_issue import LABEL, Kept, drift_text, keep, own_issues
from bot.usecases.verify import Verified


def keep_issue(tracker: IssueTracker, found: Verified) -> Issue | None:
    """Write what has to be written: nothing, while nothing changed. Answers the issue, None where none is.

    What could not be asked leaves the issue as it is: whether anything is wrong is not known then.

    Raises:
        UnavailableError: GitHub did not answer, or does not let this token write issues.
    """
    text = drift_text(found.findings)
    if found.unanswered and text is None:
        return None
    ours = own_issues(tracker.issues_labelled(LABEL), tracker.author_id())
    if text and not ours:  # somebody may have taken the label off
        ours = own_issues(tracker.newest_issues(), tracker.author_id())
    written = [_written(tracker, one) for one in keep(ours, text)]
    return written[0] if written else next(iter(ours), None)


def _written(tracker: IssueTracker, kept: Kept) -> Issue:
    if kept.issue is None:
        return tracker.create_issue(kept.title, kept.body, LABEL)
    tracker.update_issue(kept.issue, kept.title, kept.body, kept.state)
    return kept.issue
