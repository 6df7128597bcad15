"""The composition root: settings → adapters → use case. Only this and the other `bootstrap_*`
modules import `bot.adapters`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.git import GitRepository, token_header
from bot.errors import InvalidInputError, ModelbotError
from bot.settings import Settings
from bot.version import version

if TYPE_CHECKING:
    from bot.events import Event
    from bot.evidence.bundle import Bundle
    from bot.evidence.figures import Shown
    from bot.evidence.scores import Scores
    from bot.lineage.impact import Impact
    from bot.report.pictures import Picture
    from bot.report.publish import Published
    from bot.usecases.check import Checked
    from bot.usecases.judge import Occasion
    from bot.usecases.report import Brought, ReportWorld
    from bot.usecases.reproduce import ReproduceWorld
    from bot.usecases.scope import Scope

Echo = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The revisions a person named; None: the event's, else what a checkout usually means."""

    base: str | None
    head: str | None = None


@dataclass(frozen=True, slots=True)
class BroughtFrom:
    """Directories that hold what the untrusted job brought; None: it is in the run's artifacts."""

    bundle: Path | None = None
    objects: Path | None = None


def impact(cwd: Path, base: str | None) -> Impact:
    """What the work tree at `cwd` makes out of date."""
    from bot.usecases.impact import impact as run

    repository = GitRepository.containing(cwd)
    return run(repository, base or _usual_base(repository))


def reproduce(cwd: Path, bounds: Bounds, bundle: Path, objects: Path | None, echo: Echo) -> Bundle:
    """Run what is out of date and write the bundle, and the objects when `objects` names a place for them."""
    from bot.adapters.folder import Folder
    from bot.usecases import reproduce as usecase

    settings = Settings.read(os.environ)
    repository = GitRepository.containing(cwd)
    scope = _scope(repository, settings, bounds)
    world = _reproduce_world(repository, settings, echo, run_cache=False, remote_url=None)
    done = usecase.reproduce(world, scope, version())
    usecase.write_bundle(done, Folder(cwd / bundle))
    if objects:
        usecase.carry_objects(done, repository.tree(scope.head), world.cache, Folder(cwd / objects))
    return done


def check(cwd: Path, base: str | None, *, reproduce: bool, echo: Echo) -> Checked:
    """The report of the work tree as it is now."""
    from bot.adapters.dvc_config import cache_directory
    from bot.adapters.local_records import LocalRecords
    from bot.adapters.scorer import SandboxedScorer
    from bot.usecases import check as usecase

    settings, repository, scope = work_tree(cwd, base)
    remote_url = settings.environment.get("MODELBOT_DVC_REMOTE")
    world = _reproduce_world(repository, settings, echo, run_cache=True, remote_url=remote_url)
    scorer = SandboxedScorer(settings.cache(repository.root), (cache_directory(repository.root),))
    return usecase.check(
        world,
        LocalRecords(repository.root),
        scope,
        occasion_of(settings),
        run=reproduce,
        scoring=usecase.Scoring(scorer, lambda: secrets.randbits(128)),
    )


def work_tree(cwd: Path, base: str | None) -> tuple[Settings, GitRepository, Scope]:
    """The settings, the repository at `cwd`, and what its work tree is compared with."""
    settings = Settings.read(os.environ)
    repository = GitRepository.containing(cwd)
    bounds = Bounds(base or _usual_base(repository), repository.snapshot())
    return settings, repository, _scope(repository, settings, bounds)


def report(cwd: Path, *, start: bool, brought: BroughtFrom, out: Path | None) -> Published | None:
    """Open, or complete, the report of the workflow run that the event names; `out` gets it as files."""
    from bot.events import WorkflowRunEvent
    from bot.report.check import could_not, render_check
    from bot.usecases import report as usecase

    settings = Settings.read(os.environ)
    event = event_of(settings)
    if not isinstance(event, WorkflowRunEvent):
        what = f"`modelbot report` answers workflow_run, and this event is {settings.actions().event_name!r}."
        raise InvalidInputError(what, "Run it from .github/workflows/model-report.yml.")
    world = report_world(cwd, settings)
    if start:
        usecase.start(world, event.run_id, occasion_of(settings))
        return None
    occasion = occasion_of(settings)
    if out:
        occasion = replace(occasion, page_url=_page_url(settings, occasion))
    try:
        published = usecase.report(
            world, event.run_id, occasion, lambda run_id: brought_from(world, run_id, brought)
        )
    except ModelbotError as error:
        _summarize(settings, could_not(error))
        raise
    if published:
        _summarize(settings, render_check(published.report).summary)
    if out and published:
        _write_files(cwd / out, published)
    return published


def _page_url(settings: Settings, occasion: Occasion) -> str:
    """Where the artifact of this very job can be downloaded once it has ended; "" outside Actions."""
    from bot.report.links import artifacts_url

    run_id = settings.actions().run_id
    return artifacts_url(occasion.web_url, occasion.repository, run_id) if run_id else ""


def _write_files(out: Path, published: Published) -> None:
    from bot.report.as_json import render_json
    from bot.report.page.render import render_page

    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(render_json(published.report), encoding="utf-8")
    page = render_page(published.report, pictures=pictures_of(published.report.figures))
    (out / "report.html").write_text(page, encoding="utf-8")


def brought_from(world: ReportWorld, run_id: int, where: BroughtFrom) -> Brought:
    """What the untrusted job left: from directories, else from the run's artifacts."""
    from bot.adapters.folder import Folder
    from bot.evidence.bundle import parse_bundle
    from bot.usecases.brought import bundle_of_run, objects_of_run
    from bot.usecases.report import Brought

    bundle, objects = where.bundle, where.objects
    found = parse_bundle(Folder(bundle).read_all()) if bundle else bundle_of_run(world.github, run_id)
    carried: Mapping[str, bytes] = (
        Folder(objects).read_all() if objects else objects_of_run(world.github, run_id)
    )
    return Brought(found, carried)


def report_world(cwd: Path, settings: Settings) -> ReportWorld:
    """What reporting needs, from the settings."""
    from bot.adapters.dvc_remote import DvcRemote
    from bot.adapters.gallery import GitGallery
    from bot.adapters.github import GitHubAdapter
    from bot.adapters.records import GitRecords
    from bot.usecases.brought import scores_of_run
    from bot.usecases.carry import CarryWorld
    from bot.usecases.pictures import hung
    from bot.usecases.report import ReportWorld

    hub = settings.github()
    header = token_header(hub.token)
    repository = GitRepository.containing(cwd, header)

    # Opened when used: a setting that is missing is told in the check, which is open by then.
    @cache
    def remote() -> DvcRemote:
        return DvcRemote(repository.root, settings.remote_url())

    github = GitHubAdapter(hub.api_url, hub.token, hub.repository, author_id=hub.author_id)
    own_run = settings.actions().run_id

    @cache
    def scores() -> Scores:
        return scores_of_run(github, own_run) if own_run else {}

    carry = CarryWorld(repository, GitRecords(repository.root, header), remote)
    gallery = GitGallery(repository.root, header)
    return ReportWorld(
        github, repository, carry, scores, lambda facts: hung(facts, pictures_of(facts.figures), gallery)
    )


@cache
def pictures_of(figures: tuple[Shown, ...]) -> tuple[Picture, ...]:
    """The figures drawn; once, for the comment and the page."""
    from bot.adapters.framing import PillowFramer
    from bot.adapters.vega import VegaDrawer
    from bot.usecases.pictures import drawn

    return drawn(figures, VegaDrawer(), PillowFramer())


def _reproduce_world(
    repository: GitRepository, settings: Settings, echo: Echo, *, run_cache: bool, remote_url: str | None
) -> ReproduceWorld:
    from bot.adapters.dvc_config import cache_directory
    from bot.adapters.dvc_remote import DvcRemote, LocalCache
    from bot.adapters.dvc_runner import DvcRunner
    from bot.usecases.reproduce import ReproduceWorld

    cache = settings.cache(repository.root)
    runner = DvcRunner(repository.root, cache, remote_url=remote_url, run_cache=run_cache, echo=echo)

    def remote() -> DvcRemote:
        return DvcRemote(repository.root, remote_url)

    local = LocalCache(cache_directory(repository.root))
    return ReproduceWorld(repository, repository, runner, local, remote)


def _scope(repository: GitRepository, settings: Settings, bounds: Bounds) -> Scope:
    from bot.events import PullRequestEvent
    from bot.usecases.scope import scope_of

    event = event_of(settings) if settings.actions().event_path else None
    if isinstance(event, PullRequestEvent):
        bounds = replace(bounds, base=bounds.base or event.base_sha, head=bounds.head or event.head_sha)
    return scope_of(repository, bounds.head or "HEAD", bounds.base or _usual_base(repository))


def _usual_base(repository: GitRepository) -> str:
    for name in ("origin/main", "origin/master", "main"):
        try:
            return repository.resolve(name)
        except InvalidInputError:
            continue
    raise InvalidInputError("There is no main to compare with.", "Name the base: `--base REV`.")


def event_of(settings: Settings) -> Event:
    """The event that started this workflow."""
    from bot.events import parse_event

    actions = settings.actions()
    if actions.event_path is None:
        raise InvalidInputError("GITHUB_EVENT_PATH is not set.", "Run this in a workflow of GitHub Actions.")
    return parse_event(actions.event_name, read_file(actions.event_path))


def occasion_of(settings: Settings) -> Occasion:
    """This invocation: its time and version, and the repository it is about."""
    from bot.usecases.judge import Occasion

    repository = settings.environment.get("GITHUB_REPOSITORY", "")
    web_url = settings.environment.get("GITHUB_SERVER_URL", "https://github.com")
    return Occasion(datetime.now(UTC), version(), repository, web_url)


def _summarize(settings: Settings, text: str) -> None:
    """Add to the page of the workflow's job, where there is one."""
    path = settings.actions().summary
    if path:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{text}\n")


def read_file(path: Path) -> bytes:
    """The file's bytes. Raises InvalidInputError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"{path} cannot be read: {error.strerror}.", "Name a file that is there."
        ) from error
