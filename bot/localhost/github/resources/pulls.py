"""Pull requests, their reviews, files and commits, and merging."""

from __future__ import annotations

from bot.localhost.github.bodies.commits import commit_body, file_body
from bot.localhost.github.bodies.pulls import pull_body, pull_of, review_body, simple_pull_body
from bot.localhost.github.differences import changes
from bot.localhost.github.merging import MergeRequest
from bot.localhost.github.model import Happening, Issue, Review
from bot.localhost.github.movement import close, common_payload, emit_pull, refresh
from bot.localhost.github.proposals import Proposal, merge_pull, open_pull
from bot.localhost.github.wire import Call, Refusal, Reply, Routes, flag_or, not_found, text, text_or

routes = Routes()
PULLS = "/repos/<owner>/<repo>/pulls"
_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def pull_named(call: Call) -> Issue:
    """The pull request the path names; 404 for an issue."""
    issue = call.repo.issues.get(call.number("number"))
    if issue is None or issue.pull is None:
        raise not_found()
    return issue


@routes.on("GET", PULLS, needs="pull_requests:read")
def list_pulls(call: Call) -> Reply:
    """Newest first; `state` (open), `head` (`owner:branch`) and `base` narrow it."""
    state, head, base = call.query.get("state", "open"), call.query.get("head"), call.query.get("base")
    found = [
        issue
        for issue in reversed(call.repo.pulls())
        if (pull := issue.pull)
        and state in ("all", issue.state)
        and head in (None, "", f"{pull.head_repo.split('/')[0]}:{pull.head_ref}")
        and base in (None, "", pull.base_ref)
    ]
    if call.query.get("direction") == "asc":
        found.reverse()
    return call.page(found, lambda issue: simple_pull_body(call.hub, call.repo, issue))


@routes.on("POST", PULLS, needs="pull_requests:write", role="read")
def create_pull(call: Call) -> Reply:
    """Open a pull request; a person needs read only, because the branch is what costs write."""
    proposal = Proposal(
        text(call.body, "title"),
        text_or(call.body, "body"),
        text(call.body, "head"),
        text(call.body, "base"),
        flag_or(call.body, "draft", default=False),
    )
    issue = open_pull(call.hub, call.repo, proposal, call.caller)
    return Reply(201, pull_body(call.hub, call.repo, issue))


@routes.on("GET", f"{PULLS}/<number>", needs="pull_requests:read")
def get_pull(call: Call) -> Reply:
    """One pull request."""
    return Reply(200, pull_body(call.hub, call.repo, pull_named(call)))


@routes.on("PATCH", f"{PULLS}/<number>", needs="pull_requests:write", role="read")
def update_pull(call: Call) -> Reply:
    """Change title, body or state; its author may, and anyone with the write role."""
    issue = pull_named(call)
    own = call.caller.user is issue.author
    if not (own or call.caller.is_workflow or call.caller.role(call.repo) in ("write", "maintain", "admin")):
        raise Refusal(403, "Must have push access to repository")
    issue.title, issue.body = text_or(call.body, "title", issue.title), text_or(call.body, "body", issue.body)
    issue.updated_at = call.hub.now()
    _change_state(call, issue, text_or(call.body, "state", issue.state))
    return Reply(200, pull_body(call.hub, call.repo, issue))


def _change_state(call: Call, issue: Issue, state: str) -> None:
    pull = pull_of(issue)
    if state == issue.state:
        emit_pull(call.hub, call.repo, issue, "edited", call.caller, changes={})
    elif state == "closed":
        close(call.hub, call.repo, issue, call.caller)
    elif state == "open":
        if pull.merged:
            raise Refusal(422, "Cannot reopen a merged pull request")
        issue.closed_at = None
        pull.head_sha = call.hub.repository(pull.head_repo).store.branch(pull.head_ref) or pull.head_sha
        refresh(call.hub, call.repo, issue)
        issue.timeline.append(Happening("reopened", call.caller.signed_in, call.hub.now()))
        emit_pull(call.hub, call.repo, issue, "reopened", call.caller)
    else:
        raise Refusal(422, f'Invalid request.\n\n"{state}" is not a state.')


@routes.on("GET", f"{PULLS}/<number>/commits", needs="pull_requests:read")
def list_pull_commits(call: Call) -> Reply:
    """The commits between merge base and head, oldest first."""
    pull = pull_of(pull_named(call))
    commits = call.repo.store.commits("--reverse", f"{pull.fork_point}..{pull.head_sha}")
    return call.page(commits, lambda commit: commit_body(call.hub, call.repo, commit))


@routes.on("GET", f"{PULLS}/<number>/files", needs="pull_requests:read")
def list_pull_files(call: Call) -> Reply:
    """What `git diff` says between merge base and head."""
    pull = pull_of(pull_named(call))
    files = changes(call.repo.store, pull.fork_point, pull.head_sha)
    return call.page(files, lambda file: file_body(call.hub, call.repo, pull.head_sha, file))


@routes.on("GET", f"{PULLS}/<number>/comments", needs="pull_requests:read")
def list_review_comments(call: Call) -> Reply:
    """Comments on lines: none here, the bot makes none."""
    pull_named(call)
    return call.page((), lambda comment: comment)


@routes.on("GET", f"{PULLS}/<number>/reviews", needs="pull_requests:read")
def list_reviews(call: Call) -> Reply:
    """Every submitted review, oldest first."""
    issue = pull_named(call)
    return call.page(pull_of(issue).reviews, lambda review: review_body(call.hub, call.repo, issue, review))


@routes.on("POST", f"{PULLS}/<number>/reviews", needs="pull_requests:write", role="read")
def create_review(call: Call) -> Reply:
    """Submit a review. Nobody approves or refuses a pull request of their own."""
    issue, event = pull_named(call), text(call.body, "event")
    user = call.caller.signed_in
    if event not in _STATES:
        raise Refusal(
            422, f'Variable $event of type PullRequestReviewEvent was provided invalid value "{event}"'
        )
    if user is issue.author and event != "COMMENT":
        words = "approve" if event == "APPROVE" else "request changes on"
        raise Refusal(422, "Unprocessable Entity", (f"Can not {words} your own pull request",))
    if event != "APPROVE" and not text_or(call.body, "body"):
        raise Refusal(422, "Unprocessable Entity", ("Review body can't be blank",))
    commit = text_or(call.body, "commit_id", pull_of(issue).head_sha)
    body = text_or(call.body, "body")
    review = Review(call.hub.next_id(), user, _STATES[event], body, commit, call.hub.now())
    pull_of(issue).reviews.append(review)
    issue.timeline.append(Happening("review", user, call.hub.now(), number=review.id))
    shown = review_body(call.hub, call.repo, issue, review)
    payload = {
        "action": "submitted",
        "review": {**shown, "state": review.state.lower()},
        "pull_request": simple_pull_body(call.hub, call.repo, issue),
        **common_payload(call.hub, call.repo, call.caller),
    }
    call.hub.emit(call.repo, "pull_request_review", "submitted", payload, call.caller)
    return Reply(200, shown)


@routes.on("PUT", f"{PULLS}/<number>/merge", needs="contents:write")
def merge(call: Call) -> Reply:
    """Merge by `merge_method`: merge, squash or rebase."""
    method = text_or(call.body, "merge_method", "merge")
    if method not in ("merge", "squash", "rebase"):
        raise Refusal(422, f'Invalid request.\n\n"{method}" is not a merge method.')
    wanted = MergeRequest(method, text_or(call.body, "commit_title"), text_or(call.body, "commit_message"))
    expected = text(call.body, "sha") if call.body.get("sha") is not None else None
    sha = merge_pull(call.hub, call.repo, pull_named(call), wanted, call.caller, expected)
    return Reply(200, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"})
