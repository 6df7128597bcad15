"""Pages over HTTP and as files: one function renders a path, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from bot.localhost.github.api import caller_of
from bot.localhost.github.hub import Hub
from bot.localhost.github.model import Issue, Repository
from bot.localhost.github.pages import views
from bot.localhost.github.pages.links import Addresses, FileTargets, LiveTargets, Targets, blob_path
from bot.localhost.github.store import EMPTY_TREE, GitError
from bot.localhost.github.wire import Refusal, not_found

TEMPLATES = Path(__file__).parent / "templates"
_HISTORY = 60
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
)


class Visit:
    """One page being rendered: where links lead, and what the templates are given."""

    def __init__(self, hub: Hub, targets: Targets) -> None:
        self.hub, self.targets = hub, targets

    def render(self, template: str, repo: Repository | None, **context: object) -> str:
        """Fill a template."""
        return (
            _templates()
            .get_template(template)
            .render(
                hub=self.hub,
                repo=repo,
                link=self.targets.page,
                style=Markup(_style()),  # noqa: S704 - our own file
                moment=views.moment,
                person=views.person,
                blob_path=blob_path,
                badge=views.badge,
                extra_path=extra_path,
                **context,
            )
        )

    def addresses(self, repo: Repository) -> Addresses:
        """How addresses in the repository's texts are rewritten."""
        return Addresses(self.hub, repo, self.targets)


class _View(Protocol):
    def __call__(self, visit: Visit, args: Mapping[str, str]) -> str: ...


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _style() -> str:
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def _repo(visit: Visit, args: Mapping[str, str]) -> Repository:
    return visit.hub.repository(f"{args['owner']}/{args['name']}")


def _index(visit: Visit, args: Mapping[str, str]) -> str:
    del args
    return visit.render("index.html", None, repositories=tuple(visit.hub.repositories.values()))


def _repository(visit: Visit, args: Mapping[str, str]) -> str:
    repo = _repo(visit, args)
    branches = [
        (name.removeprefix("refs/heads/"), sha) for name, (sha, _) in repo.store.refs("refs/heads/").items()
    ]
    pulls = [(issue, _verdict(visit.hub, repo, issue)) for issue in reversed(repo.pulls())]
    return visit.render(
        "repository.html", repo, pulls=pulls, branches=branches, deployments=views.deployments(repo, None)[:8]
    )


def _verdict(hub: Hub, repo: Repository, issue: Issue) -> str:
    runs = hub.checks_of(repo, issue.pull.head_sha) if issue.pull else []
    if not runs:
        return ""
    if any(run.status != "completed" for run in runs):
        return "wait"
    return "good" if all(run.conclusion in ("success", "neutral", "skipped") for run in runs) else "bad"


def _pull(visit: Visit, args: Mapping[str, str]) -> str:
    repo = _repo(visit, args)
    issue = repo.issues.get(int(args["number"]))
    if issue is None or issue.pull is None:
        raise not_found()
    pull, hub, addresses = issue.pull, visit.hub, visit.addresses(repo)
    return visit.render(
        "pull.html",
        repo,
        issue=issue,
        pull=pull,
        entries=views.conversation(repo, issue, addresses),
        checks=views.checks(hub, repo, issue, addresses),
        box=views.merge_box(hub, repo, issue),
        reviewers=views.reviewers(issue),
        commits=repo.store.commits("--reverse", f"{pull.fork_point}..{pull.head_sha}"),
        files=views.files(repo, pull.fork_point, pull.head_sha),
        deployments=views.deployments(repo, pull.merged.sha) if pull.merged else (),
    )


def _commits(visit: Visit, args: Mapping[str, str]) -> str:
    repo = _repo(visit, args)
    tip = repo.store.resolve(args["branch"])
    if tip is None:
        raise not_found()
    commits = repo.store.commits(tip, "--first-parent", f"--max-count={_HISTORY}")
    return visit.render("commits.html", repo, branch=args["branch"], commits=commits)


def _commit(visit: Visit, args: Mapping[str, str]) -> str:
    repo = _repo(visit, args)
    sha = repo.store.resolve(args["sha"])
    if sha is None:
        raise not_found()
    commit = repo.store.commit(sha)
    changed = views.files(repo, commit.parents[0] if commit.parents else EMPTY_TREE, sha)
    return visit.render("commit.html", repo, commit=commit, files=changed)


def _blob(visit: Visit, args: Mapping[str, str]) -> str:
    repo = _repo(visit, args)
    revision, _slash, path = args["rest"].partition("/")
    sha = repo.store.resolve(revision)
    blob = repo.store.object_at(sha, path) if sha and path else None
    if blob is None:
        raise not_found()
    try:
        content = repo.store.blob(blob)
    except GitError as problem:
        raise not_found() from problem
    text = None if b"\0" in content[:8000] else content.decode("utf-8", "replace")
    return visit.render("blob.html", repo, path=path, revision=revision, size=len(content), text=text)


def _check(visit: Visit, args: Mapping[str, str]) -> str:
    repo = _repo(visit, args)
    check = next((check for check in repo.checks if check.id == int(args["number"])), None)
    if check is None:
        raise not_found()
    row = views.check_row(check, (), visit.addresses(repo))
    return visit.render("check.html", repo, check=check, row=row)


def _runs(visit: Visit, args: Mapping[str, str]) -> str:
    repo = _repo(visit, args)
    return visit.render("runs.html", repo, runs=tuple(reversed(repo.runs.values())))


def _run(visit: Visit, args: Mapping[str, str]) -> str:
    repo = _repo(visit, args)
    run = repo.runs.get(int(args["number"]))
    if run is None:
        raise not_found()
    jobs = [
        views.check_row(check, (), visit.addresses(repo))
        for check in repo.checks
        if check.external_id.startswith(f"{run.id}/")
    ]
    return visit.render("run.html", repo, run=run, jobs=jobs)


def _extra(visit: Visit, args: Mapping[str, str]) -> str:
    title = next(
        (title for title in visit.hub.extra_pages if extra_path(title) == f"/_pages/{args['slug']}"), None
    )
    if title is None:
        raise not_found()
    html = visit.hub.extra_pages[title]
    whole = html.lstrip()[:15].lower().startswith(("<!doctype", "<html"))
    return html if whole else visit.render("extra.html", None, title=title, content=Markup(html))  # noqa: S704 - ours


_VIEWS: tuple[tuple[str, _View], ...] = (
    ("/", _index),
    ("/_pages/<slug>", _extra),
    ("/<owner>/<name>", _repository),
    ("/<owner>/<name>/pull/<int:number>", _pull),
    ("/<owner>/<name>/commits/<path:branch>", _commits),
    ("/<owner>/<name>/commit/<sha>", _commit),
    ("/<owner>/<name>/blob/<path:rest>", _blob),
    ("/<owner>/<name>/runs/<int:number>", _check),
    ("/<owner>/<name>/actions", _runs),
    ("/<owner>/<name>/actions/runs/<int:number>", _run),
)
_MAP = Map([Rule(path, endpoint=view) for path, view in _VIEWS], strict_slashes=False, merge_slashes=False)


def extra_path(title: str) -> str:
    """The path of a page added under a title."""
    slug = "".join(letter if letter.isalnum() else "-" for letter in title.lower()).strip("-")
    return f"/_pages/{slug}"


def render(hub: Hub, path: str, targets: Targets) -> str:
    """The page of a path. Raises `Refusal` 404 when there is none."""
    try:
        view, args = _MAP.bind("localhost").match(path)
    except HTTPException as problem:
        raise not_found() from problem
    chosen: Callable[[Visit, Mapping[str, str]], str] = view
    return chosen(Visit(hub, targets), {name: str(value) for name, value in args.items()})


def page_response(hub: Hub, request: Request) -> Response:
    """A page, or the bytes of an image of a repository. Private repositories have no pages here."""
    caller_of(hub, request)
    with hub.lock:
        repo = hub.repositories.get("/".join(request.path.split("/")[1:3]))
        if repo is not None and not repo.public:
            raise not_found()
        if repo is not None and request.path.split("/")[3:4] == ["raw"]:
            return _raw(repo, request.path)
        html = render(hub, request.path, LiveTargets())
    headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
    return Response(html, 200, headers, mimetype="text/html")


def _raw(repo: Repository, path: str) -> Response:
    revision, _slash, name = path.split("/", 4)[4].partition("/")
    sha = repo.store.resolve(revision)
    blob = repo.store.object_at(sha, name) if sha and name else None
    if blob is None:
        raise not_found()
    media = _TYPES.get(name.rsplit(".", 1)[-1].lower(), "text/plain")
    return Response(repo.store.blob(blob), 200, {"X-Content-Type-Options": "nosniff"}, mimetype=media)


def write_site(hub: Hub, out: Path) -> tuple[Path, ...]:
    """Write every page that a link leads to, `index.html` first."""
    extras = [extra_path(title) for title in hub.extra_pages]
    targets = FileTargets(
        {"/": "index.html", **{path: f"{path.removeprefix('/_pages/')}.html" for path in extras}}
    )
    targets.page("/")
    written: list[Path] = []
    for path in targets.wanted:  # grows while pages are rendered
        page = out / targets.name(path)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(_rendered(hub, path, targets), encoding="utf-8")
        written.append(page)
    for name, content in targets.images.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    return tuple(written)


def _rendered(hub: Hub, path: str, targets: Targets) -> str:
    try:
        return render(hub, path, targets)
    except Refusal:
        return Visit(hub, targets).render("missing.html", None, path=path)
