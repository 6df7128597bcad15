"""Check runs, check suites and commit statuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.localhost.github.bodies.checks import (
    annotation_body,
    check_run_body,
    combined_status_body,
    status_body,
    suite_body,
)
from bot.localhost.github.model import CheckRun, Repository, Status
from bot.localhost.github.movement import common_payload
from bot.localhost.github.resources.repositories import commit_named
from bot.localhost.github.values import JsonObject
from bot.localhost.github.wire import (
    Call,
    Refusal,
    Reply,
    Routes,
    invalid,
    list_or,
    not_found,
    object_or,
    text,
    text_or,
    within,
)

routes = Routes()
REPO = "/repos/<owner>/<repo>"
STATES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
CONCLUSIONS = (
    "success",
    "failure",
    "neutral",
    "cancelled",
    "skipped",
    "timed_out",
    "action_required",
    "stale",
)
MAX_OUTPUT, MAX_ANNOTATIONS, MAX_DESCRIPTION = 65535, 50, 140
_ANNOTATION_FIELDS = ("path", "start_line", "end_line", "annotation_level", "message")


def check_named(call: Call) -> CheckRun:
    """The check run the path names."""
    wanted = call.number("check_run_id")
    for check in call.repo.checks:
        if check.id == wanted:
            return check
    raise not_found()


@routes.on("POST", f"{REPO}/check-runs", needs="checks:write", role="read")
def create_check(call: Call) -> Reply:
    """Start (or record) a check run. Only an app may, a workflow's token being one."""
    user = call.caller.signed_in
    if user.kind != "Bot":
        raise Refusal(403, "You must authenticate via a GitHub App.")
    sha = commit_named(call, text(call.body, "head_sha"))
    check = new_check(call, call.repo, text(call.body, "name"), sha)
    _change(call, check)
    call.repo.checks.append(check)
    _emit(call, check, "completed" if check.status == "completed" else "created")
    return Reply(201, check_run_body(call.hub, call.repo, check))


def new_check(call: Call, repo: Repository, name: str, sha: str) -> CheckRun:
    """A queued check run of the caller, in its app's suite for the commit."""
    user = call.caller.signed_in
    suite = repo.suites.setdefault((sha, user.id), call.hub.next_id())
    return CheckRun(call.hub.next_id(), suite, name, sha, user, "queued", call.hub.now())


@routes.on("GET", f"{REPO}/check-runs/<check_run_id>", needs="checks:read")
def get_check(call: Call) -> Reply:
    """One check run."""
    return Reply(200, check_run_body(call.hub, call.repo, check_named(call)))


@routes.on("PATCH", f"{REPO}/check-runs/<check_run_id>", needs="checks:write", role="read")
def update_check(call: Call) -> Reply:
    """Change a check run; only the app that made it may. Annotations add up, as at GitHub."""
    check = check_named(call)
    if call.caller.signed_in is not check.app:
        raise Refusal(
            403, "Invalid app_id `` - check run can only be modified by the GitHub App that created it."
        )
    before = check.status
    check.name = text_or(call.body, "name", check.name)
    _change(call, check)
    if check.status == "completed" and before != "completed":
        _emit(call, check, "completed")
    return Reply(200, check_run_body(call.hub, call.repo, check))


def _change(call: Call, check: CheckRun) -> None:
    body = call.body
    conclusion = text_or(body, "conclusion") or None
    status = text_or(body, "status", "completed" if conclusion else check.status)
    if status not in STATES or (conclusion and conclusion not in CONCLUSIONS):
        raise invalid("CheckRun", "status" if status not in STATES else "conclusion", "invalid")
    if status == "completed" and not (conclusion or check.conclusion):
        raise Refusal(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied for a completed check run.')
    _change_output(check, object_or(body, "output"))
    check.status, check.external_id = status, text_or(body, "external_id", check.external_id)
    check.conclusion = (conclusion or check.conclusion) if status == "completed" else None
    check.details_url = text_or(body, "details_url", check.details_url)
    check.started_at = _time(body, "started_at", check.started_at)
    done = _time(body, "completed_at", check.completed_at or call.hub.now())
    check.completed_at = done if status == "completed" else None


def _change_output(check: CheckRun, output: JsonObject) -> None:
    if not output:
        return
    for name in ("summary", "text"):
        within(text_or(output, name), MAX_OUTPUT, "CheckRun", name)
    given = list_or(output, "annotations")
    if len(given) > MAX_ANNOTATIONS:
        raise Refusal(
            422,
            f"Invalid request.\n\nNo more than {MAX_ANNOTATIONS} items are allowed.",
        )
    annotations = [
        item
        for item in given
        if isinstance(item, Mapping) and all(name in item for name in _ANNOTATION_FIELDS)
    ]
    if len(annotations) != len(given):
        raise invalid("CheckRun", "annotations", "missing_field")
    check.title, check.summary = text(output, "title"), text(output, "summary")
    check.text = text_or(output, "text") or check.text
    check.annotations.extend(annotations)


def _time(body: JsonObject, name: str, default: datetime) -> datetime:
    given = text_or(body, name)
    if not given:
        return default
    try:
        return datetime.fromisoformat(given).astimezone(UTC).replace(microsecond=0)
    except ValueError as problem:
        raise invalid("CheckRun", name, "invalid") from problem


@routes.on("GET", f"{REPO}/check-runs/<check_run_id>/annotations", needs="checks:read")
def list_annotations(call: Call) -> Reply:
    """The annotations of a check run."""
    check = check_named(call)
    return call.page(check.annotations, lambda given: annotation_body(call.hub, call.repo, check, given))


@routes.on("GET", f"{REPO}/commits/<path:ref>/check-runs", needs="checks:read")
def list_checks(call: Call) -> Reply:
    """Check runs of a commit: the latest of each name, or `filter=all`; `check_name` and `status` narrow
    it.
    """
    sha = commit_named(call, call.args["ref"])
    every = [check for check in call.repo.checks if check.head_sha == sha]
    found = every if call.query.get("filter") == "all" else call.hub.checks_of(call.repo, sha)
    name, status, app = (call.query.get(key) for key in ("check_name", "status", "app_id"))
    found = [check for check in found if name in (None, check.name) and status in (None, check.status)]
    if app is not None:
        found = [check for check in found if str(_app_id(call, check)) == app]
    return call.page(found[::-1], lambda check: check_run_body(call.hub, call.repo, check), "check_runs")


def _app_id(call: Call, check: CheckRun) -> object:
    app = check_run_body(call.hub, call.repo, check)["app"]
    return app["id"] if isinstance(app, Mapping) else None


@routes.on("GET", f"{REPO}/commits/<path:ref>/check-suites", needs="checks:read")
def list_suites(call: Call) -> Reply:
    """One suite per app with check runs on the commit."""
    sha = commit_named(call, call.args["ref"])
    checks = call.hub.checks_of(call.repo, sha)
    numbers = list(dict.fromkeys(check.suite_id for check in checks))
    groups = {number: [check for check in checks if check.suite_id == number] for number in numbers}
    return call.page(
        numbers, lambda number: suite_body(call.hub, call.repo, number, groups[number]), "check_suites"
    )


@routes.on("POST", f"{REPO}/statuses/<sha>", needs="statuses:write")
def create_status(call: Call) -> Reply:
    """Set a commit status: anyone who may push may, which is why no decision rests on one."""
    sha = commit_named(call, call.args["sha"])
    state = text(call.body, "state")
    if state not in ("error", "failure", "pending", "success"):
        raise invalid("Status", "state", "custom", "state is not included in the list")
    description = within(text_or(call.body, "description"), MAX_DESCRIPTION, "Status", "description")
    status = Status(
        call.hub.next_id(),
        sha,
        state,
        text_or(call.body, "context", "default"),
        description or None,
        text_or(call.body, "target_url") or None,
        call.caller.signed_in,
        call.hub.now(),
    )
    call.repo.statuses.append(status)
    shown = status_body(call.hub, call.repo, status)
    payload = {**shown, "sha": sha, **common_payload(call.hub, call.repo, call.caller)}
    call.hub.emit(call.repo, "status", None, payload, call.caller)
    return Reply(201, shown)


@routes.on(
    "GET", f"{REPO}/statuses/<path:ref>", needs="statuses:read"
)  # the older address, which PyGithub asks
@routes.on("GET", f"{REPO}/commits/<path:ref>/statuses", needs="statuses:read")
def list_statuses(call: Call) -> Reply:
    """Every status of a commit, newest first."""
    sha = commit_named(call, call.args["ref"])
    found = [status for status in reversed(call.repo.statuses) if status.sha == sha]
    return call.page(found, lambda status: status_body(call.hub, call.repo, status))


@routes.on("GET", f"{REPO}/commits/<path:ref>/status", needs="statuses:read")
def combined_status(call: Call) -> Reply:
    """The latest status of each context, and the worst of them."""
    sha = commit_named(call, call.args["ref"])
    latest = {status.context: status for status in call.repo.statuses if status.sha == sha}
    return Reply(200, combined_status_body(call.hub, call.repo, sha, list(latest.values())))


def _emit(call: Call, check: CheckRun, action: str) -> None:
    payload = {
        "action": action,
        "check_run": check_run_body(call.hub, call.repo, check),
        **common_payload(call.hub, call.repo, call.caller),
    }
    call.hub.emit(call.repo, "check_run", action, payload, call.caller)
