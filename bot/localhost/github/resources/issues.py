"""Issues, their labels, comments and reactions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.localhost.github.bodies.issues import REACTIONS, comment_body, issue_body, label_body, reaction_body
from bot.localhost.github.model import Comment, Happening, Issue, Label, Reaction
from bot.localhost.github.movement import close, common_payload
from bot.localhost.github.proposals import open_issue
from bot.localhost.github.values import Json
from bot.localhost.github.wire import Call, Refusal, Reply, Routes, invalid, list_or, not_found, text, text_or

routes = Routes()
ISSUES = "/repos/<owner>/<repo>/issues"
READ, WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"
MAX_COMMENT = 65536


def issue_named(call: Call) -> Issue:
    """The issue or pull request the path names."""
    issue = call.repo.issues.get(call.number("number"))
    if issue is None:
        raise not_found()
    return issue


def comment_named(call: Call) -> Comment:
    """The comment the path names, in any conversation of the repository."""
    wanted = call.number("comment_id")
    for issue in call.repo.issues.values():
        for comment in issue.comments:
            if comment.id == wanted:
                return comment
    raise not_found()


def check_length(body: str) -> str:
    """A comment's text; 422 when it is blank or longer than GitHub takes (65,536 characters)."""
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    if len(body) > MAX_COMMENT:
        words = f"body is too long (maximum is {MAX_COMMENT} characters)"
        raise invalid("IssueComment", "body", "unprocessable", words)
    return body


@routes.on("GET", ISSUES, needs=READ)
def list_issues(call: Call) -> Reply:
    """Issues and pull requests, newest first; `state` and `labels` narrow it."""
    state = call.query.get("state", "open")
    wanted = {name for name in call.query.get("labels", "").split(",") if name}
    found = [
        issue
        for issue in reversed(call.repo.issues.values())
        if state in ("all", issue.state) and wanted <= {label.name for label in issue.labels}
    ]
    return call.page(found, lambda issue: issue_body(call.hub, call.repo, issue))


@routes.on("POST", ISSUES, needs="issues:write", role="read")
def create_issue(call: Call) -> Reply:
    """Open an issue."""
    issue = open_issue(call.hub, call.repo, text(call.body, "title"), text_or(call.body, "body"), call.caller)
    issue.labels = [_label(call, name) for name in _names(list_or(call.body, "labels"))]
    return Reply(201, issue_body(call.hub, call.repo, issue))


@routes.on("GET", f"{ISSUES}/<number>", needs=READ)
def get_issue(call: Call) -> Reply:
    """One issue or pull request."""
    return Reply(200, issue_body(call.hub, call.repo, issue_named(call)))


@routes.on("PATCH", f"{ISSUES}/<number>", needs=WRITE, role="triage")
def update_issue(call: Call) -> Reply:
    """Change title, body or state."""
    issue = issue_named(call)
    issue.title, issue.body = text_or(call.body, "title", issue.title), text_or(call.body, "body", issue.body)
    state = text_or(call.body, "state", issue.state)
    if state == "closed" and issue.state == "open":
        close(call.hub, call.repo, issue, call.caller)
    elif state == "open" and not (issue.pull and issue.pull.merged):
        issue.closed_at = None
    issue.updated_at = call.hub.now()
    return Reply(200, issue_body(call.hub, call.repo, issue))


@routes.on("GET", f"{ISSUES}/<number>/comments", needs=READ)
def list_comments(call: Call) -> Reply:
    """Every comment, oldest first; `since` keeps those updated at or after a time."""
    comments = issue_named(call).comments
    since = call.query.get("since")
    if since:
        floor = datetime.fromisoformat(since)
        comments = [comment for comment in comments if comment.updated_at >= floor]
    return call.page(comments, lambda comment: comment_body(call.hub, call.repo, comment))


@routes.on("POST", f"{ISSUES}/<number>/comments", needs=WRITE, role="read")
def create_comment(call: Call) -> Reply:
    """Comment, as anyone who may read may."""
    issue, now = issue_named(call), call.hub.now()
    body = check_length(text(call.body, "body"))
    comment = Comment(call.hub.next_id(), issue.number, call.caller.signed_in, body, now, now)
    issue.comments.append(comment)
    issue.timeline.append(Happening("comment", comment.author, now, number=comment.id))
    issue.updated_at = now
    _emit_comment(call, comment, "created")
    return Reply(201, comment_body(call.hub, call.repo, comment))


@routes.on("GET", f"{ISSUES}/comments/<comment_id>", needs=READ)
def get_comment(call: Call) -> Reply:
    """One comment."""
    return Reply(200, comment_body(call.hub, call.repo, comment_named(call)))


@routes.on("PATCH", f"{ISSUES}/comments/<comment_id>", needs=WRITE, role="read")
def update_comment(call: Call) -> Reply:
    """Replace a comment's text; its author may, and people with the write role."""
    comment = _own_comment(call)
    comment.body, comment.updated_at = check_length(text(call.body, "body")), call.hub.now()
    _emit_comment(call, comment, "edited")
    return Reply(200, comment_body(call.hub, call.repo, comment))


@routes.on("DELETE", f"{ISSUES}/comments/<comment_id>", needs=WRITE, role="read")
def delete_comment(call: Call) -> Reply:
    """Remove a comment; its author may, and people with the write role."""
    comment = _own_comment(call)
    call.repo.issues[comment.number].comments.remove(comment)
    _emit_comment(call, comment, "deleted")
    return Reply(204)


@routes.on("POST", f"{ISSUES}/comments/<comment_id>/reactions", needs=WRITE, role="read")
def create_reaction(call: Call) -> Reply:
    """React; doing it again changes nothing (200)."""
    comment, content, user = comment_named(call), text(call.body, "content"), call.caller.signed_in
    if content not in REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    for reaction in comment.reactions:
        if reaction.user is user and reaction.content == content:
            return Reply(200, reaction_body(call.hub, reaction))
    reaction = Reaction(call.hub.next_id(), user, content, call.hub.now())
    comment.reactions.append(reaction)
    return Reply(201, reaction_body(call.hub, reaction))


@routes.on("GET", f"{ISSUES}/<number>/labels", needs=READ)
def list_labels(call: Call) -> Reply:
    """The labels of an issue."""
    return call.page(issue_named(call).labels, lambda label: label_body(call.hub, call.repo, label))


@routes.on("POST", f"{ISSUES}/<number>/labels", needs=WRITE, role="triage")
def add_labels(call: Call) -> Reply:
    """Add labels, made on the way if the repository lacks them."""
    issue = issue_named(call)
    for name in _names(list_or(call.body, "labels")):
        if name not in {label.name for label in issue.labels}:
            issue.labels.append(_label(call, name))
    return Reply(200, [label_body(call.hub, call.repo, label) for label in issue.labels])


@routes.on("DELETE", f"{ISSUES}/<number>/labels/<path:name>", needs=WRITE, role="triage")
def remove_label(call: Call) -> Reply:
    """Take one label off."""
    issue, name = issue_named(call), call.args["name"]
    if name not in {label.name for label in issue.labels}:
        raise Refusal(404, "Label does not exist")
    issue.labels = [label for label in issue.labels if label.name != name]
    return Reply(200, [label_body(call.hub, call.repo, label) for label in issue.labels])


@routes.on("POST", "/repos/<owner>/<repo>/labels", needs=WRITE, role="write")
def create_label(call: Call) -> Reply:
    """Define a label; 422 when it exists."""
    name = text(call.body, "name")
    if name in call.repo.labels:
        raise invalid("Label", "name", "already_exists")
    label = _label(call, name)
    label.color = text_or(call.body, "color", label.color)
    label.description = text_or(call.body, "description")
    return Reply(201, label_body(call.hub, call.repo, label))


def _label(call: Call, name: str) -> Label:
    return call.repo.labels.setdefault(name, Label(call.hub.next_id(), name))


def _names(given: tuple[Json, ...]) -> list[str]:
    names = [item.get("name") if isinstance(item, Mapping) else item for item in given]
    if not all(isinstance(name, str) for name in names):
        raise invalid("Label", "name", "invalid")
    return [str(name) for name in names]


def _own_comment(call: Call) -> Comment:
    comment = comment_named(call)
    strong = call.caller.role(call.repo) in ("write", "maintain", "admin")
    if call.caller.signed_in is not comment.author and not strong:
        raise Refusal(403, "Must have push access to repository")
    return comment


def _emit_comment(call: Call, comment: Comment, action: str) -> None:
    payload = {
        "action": action,
        "comment": comment_body(call.hub, call.repo, comment),
        "issue": issue_body(call.hub, call.repo, call.repo.issues[comment.number]),
        **common_payload(call.hub, call.repo, call.caller),
    }
    call.hub.emit(call.repo, "issue_comment", action, payload, call.caller)
