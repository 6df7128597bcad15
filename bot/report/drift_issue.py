"""The one issue that says what is not as the ledger has it: its text, and what becomes of it.

Performs no I/O. The text has no time in it, so that nothing is written while nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.evidence.phrase import Quoted
from bot.ports.issues import Issue, State
from bot.promotion.findings import Finding
from bot.report.encode import is_plain_name
from bot.report.markdown import paragraph, words
from bot.report.model import Strong, Words

LABEL = "modelbot: drift"
MARKER = "<!-- modelbot kind=drift -->"
MOST = 20
TITLE = 120


@dataclass(frozen=True, slots=True)
class IssueText:
    """Title (plain text, one line) and body (Markdown, with the marker) of the issue."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One write: `issue` is None where one is opened."""

    issue: Issue | None
    title: str
    body: str
    state: State


def drift_text(findings: Sequence[Finding]) -> IssueText | None:
    """What is wrong and what to do, for people; None where nothing is, warnings aside."""
    wrong = [one for one in findings if not one.warning]
    if not wrong:
        return None
    models = sorted({one.model for one in wrong if one.model and is_plain_name(one.model)})
    whose = f" ({', '.join(models)})" if models else ""
    of_registry = all(one.model for one in wrong)
    what = "MLflow is not what the ledger says" if of_registry else "The ledger is not sound"
    lines = "\n".join(_line(one) for one in wrong[:MOST])
    more = f"\n- and {len(wrong) - MOST} more, which `modelbot verify` says" if len(wrong) > MOST else ""
    parts = (MARKER, lines + more, paragraph(_next()))
    return IssueText(f"{what}{whose}"[:TITLE], "\n\n".join(parts) + "\n")


def _line(finding: Finding) -> str:
    """The finding quoted, because strangers' words are in it; what to do in ours."""
    parts = finding.todo.split("`")
    todo: Words = tuple(Quoted(part) if odd % 2 else part for odd, part in enumerate(parts) if part)
    return (
        f"- {words((Quoted(finding.what),))}\\\n  {words(todo)}"
        if todo
        else f"- {words((Quoted(finding.what),))}"
    )


def _next() -> tuple[Words, ...]:
    status, restore = Quoted("modelbot status"), Quoted("drift: restore")
    return (
        (Strong("Next:"), " ", status, " says what promotion does about it; with ", restore, " below "),
        (Quoted("promotion:"), " in a model's policy it is put right by the next run that may write."),
        ("This issue is rewritten when that changes, and closed when everything agrees again.",),
    )


def settled_text() -> str:
    """The body of the issue when nothing is wrong any more."""
    return f"{MARKER}\n\nLedger and MLflow agree again. What was wrong stands in this issue's history.\n"


def own_issues(found: Sequence[Issue], author_id: int) -> tuple[Issue, ...]:
    """Our issues about drift, oldest first: marker and author must both be ours."""
    ours = (one for one in found if one.author_id == author_id and _normal(one.body).startswith(MARKER))
    return tuple(sorted({one.number: one for one in ours}.values(), key=lambda one: one.number))


def keep(ours: Sequence[Issue], text: IssueText | None) -> tuple[Kept, ...]:
    """What to write so that there is one issue which says what is wrong, and none open where nothing is.

    An issue that a person closed with this very text stays closed: they know. Further ones, which a lost
    answer may have left, are closed.
    """
    first, further = next(iter(ours), None), ours[1:]
    doubles = tuple(_double(one, first) for one in further if one.state == "open" and first)
    if text is None:
        settled = first is not None and first.state == "open"
        closed = (Kept(first, first.title, settled_text(), "closed"),) if first and settled else ()
        return (*closed, *doubles)
    if first is None:
        return (Kept(None, text.title, text.body, "open"),)
    told = (first.title, _normal(first.body)) == (text.title, _normal(text.body))
    return ((Kept(first, text.title, text.body, "open"),) if not told else ()) + doubles


def _double(issue: Issue, first: Issue) -> Kept:
    return Kept(issue, issue.title, f"{MARKER}\n\nSee #{first.number}, which says the same.\n", "closed")


def _normal(body: str) -> str:
    """As GitHub may give a body back: other ends of lines, none at the end."""
    return body.replace("\r\n", "\n").strip()
