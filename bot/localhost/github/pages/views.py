"""What the pages show, worked out from the state: the templates decide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from markupsafe import Markup

from bot.localhost.github.bodies.issues import association
from bot.localhost.github.bodies.pulls import pull_of
from bot.localhost.github.differences import FileChange, changes
from bot.localhost.github.hub import Hub
from bot.localhost.github.merging import blockers, check_state, merge_preview, standing_reviews
from bot.localhost.github.model import CheckRun, Issue, Repository, User
from bot.localhost.github.pages.diffs import Row, rows
from bot.localhost.github.pages.markdown import markdown
from bot.localhost.github.pages.sanitise import Addresses
from bot.localhost.github.store import Commit, GitError

BadgeState = Literal["open", "closed", "merged", "draft"]


@dataclass(frozen=True, slots=True)
class Person:
    """An account as pages show it. `hue` colours its round initial."""

    login: str
    bot: bool
    hue: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the conversation. `kind` picks the template's block; `folded` is why it is hidden."""

    kind: str
    person: Person
    when: str
    html: Markup = Markup()  # noqa: RUF009 - immutable
    anchor: str = ""
    role: str = ""
    folded: str = ""
    edited: bool = False
    state: str = ""
    commits: tuple[Commit, ...] = ()
    sha: str = ""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the checks box."""

    number: int
    name: str
    icon: str
    words: str
    title: str
    summary: Markup
    required: bool
    app: str
    annotations: int


@dataclass(frozen=True, slots=True)
class FileView:
    """One changed file with its patch as rows."""

    change: FileChange
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class MergeBox:
    """Whether it can be merged, in words. `tone` is good, bad, wait or done."""

    tone: Literal["good", "bad", "wait", "done"]
    title: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """One deployment and its newest state."""

    environment: str
    state: str
    description: str
    person: Person
    when: str
    sha: str


def person(user: User) -> Person:
    """An account as pages show it."""
    return Person(user.login, user.kind == "Bot", user.id * 47 % 360)


def moment(when: datetime) -> str:
    """A time for people, in UTC."""
    return when.strftime("%d %b %Y, %H:%M:%S UTC")


def badge(issue: Issue) -> BadgeState:
    """The state badge of a pull request."""
    pull = pull_of(issue)
    if pull.merged:
        return "merged"
    return "closed" if issue.state == "closed" else "draft" if pull.draft else "open"


def conversation(repo: Repository, issue: Issue, addresses: Addresses) -> tuple[Entry, ...]:
    """The description, then everything that happened, in order."""
    first = Entry(
        "comment",
        person(issue.author),
        moment(issue.created_at),
        _html(issue.body or "*No description provided.*", addresses),
        role=_role(repo, issue.author),
    )
    return (
        first,
        *(
            entry
            for happening in range(len(issue.timeline))
            for entry in _entry(repo, issue, happening, addresses)
        ),
    )


def _entry(repo: Repository, issue: Issue, position: int, addresses: Addresses) -> tuple[Entry, ...]:
    happening = issue.timeline[position]
    who, when = person(happening.actor), moment(happening.when)
    match happening.kind:
        case "comment":
            return _comment(repo, issue, happening.number, addresses)
        case "review":
            review = next(one for one in pull_of(issue).reviews if one.id == happening.number)
            html = _html(review.body, addresses) if review.body else Markup()
            return (Entry("review", who, when, html, state=review.state, sha=review.commit_id),)
        case "commits":
            return (Entry("commits", who, when, commits=_pushed(repo, happening.text)),)
        case "merged" | "closed" | "reopened":
            return (Entry(happening.kind, who, when, sha=happening.text),)


def _comment(repo: Repository, issue: Issue, number: int, addresses: Addresses) -> tuple[Entry, ...]:
    for comment in issue.comments:
        if comment.id == number:
            entry = Entry(
                "comment",
                person(comment.author),
                moment(comment.created_at),
                _html(comment.body, addresses),
                anchor=f"issuecomment-{comment.id}",
                role=_role(repo, comment.author),
                folded=comment.minimized or "",
                edited=comment.updated_at > comment.created_at,
            )
            return (entry,)
    return ()


def _pushed(repo: Repository, span: str) -> tuple[Commit, ...]:
    try:
        return repo.store.commits("--reverse", "--max-count=20", span)
    except GitError:
        return ()


def _role(repo: Repository, user: User) -> str:
    return (
        ""
        if user.kind == "Bot"
        else {"OWNER": "Owner", "COLLABORATOR": "Collaborator"}.get(association(repo, user), "")
    )


def _html(text: str, addresses: Addresses) -> Markup:
    return Markup(markdown(text, addresses))  # noqa: S704 - sanitised by an allow-list


def checks(hub: Hub, repo: Repository, issue: Issue, addresses: Addresses) -> tuple[CheckRow, ...]:
    """Check runs, statuses and required checks nobody reported, on the head; bad ones first."""
    pull = pull_of(issue)
    rule = hub.branch_rule(repo, pull.base_ref)
    required = rule.required_checks if rule else ()
    runs = hub.checks_of(repo, pull.head_sha)
    found = [check_row(check, required, addresses) for check in runs]
    latest = {status.context: status for status in repo.statuses if status.sha == pull.head_sha}
    found += [
        CheckRow(
            0, name, _STATUS_ICONS[status.state], status.state, status.description or "", Markup(),
            name in required, status.creator.login, 0,
        )
        for name, status in latest.items()
    ]  # fmt: skip
    names = {row.name for row in found}
    absent = [name for name in required if name not in names]
    found += [
        CheckRow(0, name, "wait", "Expected — waiting for it to be reported", "", Markup(), True, "", 0)
        for name in absent
    ]
    return tuple(sorted(found, key=lambda row: (_ORDER.index(row.icon), not row.required)))


_STATUS_ICONS = {"success": "good", "pending": "wait", "failure": "bad", "error": "bad"}
_ORDER = ("bad", "wait", "neutral", "skipped", "good")
_ICONS = {
    "success": "good",
    "neutral": "neutral",
    "skipped": "skipped",
    "stale": "neutral",
    "cancelled": "neutral",
}
_WORDS = {"success": "Successful", "failure": "Failing", "neutral": "Neutral", "skipped": "Skipped"}


def check_row(check: CheckRun, required: Sequence[str], addresses: Addresses) -> CheckRow:
    """One check run as a line of the checks box."""
    done = check.status == "completed"
    words = _WORDS.get(check.conclusion or "", (check.conclusion or "").replace("_", " ").capitalize())
    text = "\n\n".join(part for part in (check.summary, check.text) if part)
    return CheckRow(
        check.id,
        check.name,
        _ICONS.get(check.conclusion or "", "bad") if done else "wait",
        words if done else check.status.replace("_", " ").capitalize(),
        check.title or "",
        _html(text, addresses) if text else Markup(),
        check.name in required,
        check.app.login,
        len(check.annotations),
    )


def files(repo: Repository, old: str, new: str) -> tuple[FileView, ...]:
    """The changed files with their patches."""
    return tuple(FileView(change, rows(change.patch)) for change in changes(repo.store, old, new))


def merge_box(hub: Hub, repo: Repository, issue: Issue) -> MergeBox | None:
    """What the box under the conversation says; None once it is merged or closed."""
    if issue.state == "closed":
        return None
    pull = pull_of(issue)
    conflicts = merge_preview(repo, issue).conflicts
    if conflicts:
        return MergeBox("bad", "This branch has conflicts that must be resolved", conflicts)
    reasons = blockers(hub, repo, issue)
    if not reasons:
        return MergeBox(
            "good", "Able to merge", ("No conflicts with the base branch; every requirement is met.",)
        )
    rule = hub.branch_rule(repo, pull.base_ref)
    states = [check_state(hub, repo, pull.head_sha, name) for name in rule.required_checks] if rule else []
    waiting = "failing" not in states and ("pending" in states or "missing" in states)
    note = (
        ("An administrator may merge without waiting for requirements.",)
        if rule and not rule.enforce_admins
        else ()
    )
    return MergeBox("wait" if waiting else "bad", "Merging is blocked", (*reasons, *note))


def reviewers(issue: Issue) -> tuple[tuple[Person, str], ...]:
    """Who reviewed and what stands."""
    standing = standing_reviews(pull_of(issue))
    return tuple((person(review.author), review.state) for review in standing.values())


def deployments(repo: Repository, sha: str | None) -> tuple[DeploymentRow, ...]:
    """The deployments of one commit, newest first; of all with None."""
    return tuple(
        DeploymentRow(
            one.environment,
            one.statuses[-1].state if one.statuses else "created",
            (one.statuses[-1].description if one.statuses else "") or one.description or "",
            person(one.creator),
            moment(one.statuses[-1].created_at if one.statuses else one.created_at),
            one.sha,
        )
        for one in reversed(repo.deployments)
        if sha in (None, one.sha)
    )
