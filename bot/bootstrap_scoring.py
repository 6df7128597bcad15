"""The composition root of `rescore`: the one verb that runs, or loads, a stranger's model."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.git import GitRepository, token_header
from bot.bootstrap import BroughtFrom, brought_from, event_of, report_world
from bot.errors import InvalidInputError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.evidence.scores import Score
    from bot.evidence.smoke import Smoke
    from bot.usecases.rescore import RescoreWorld
    from bot.usecases.smoke import SmokeWorld


def rescore(cwd: Path, brought: BroughtFrom, out: Path) -> tuple[Score, ...]:
    """Score the models of the run that the event names, and leave what came of it in `out`."""
    from bot.evidence.scores import encode_scores

    scores = _of_pull(cwd, Settings.read(os.environ), brought)
    _leave(cwd / out, encode_scores(scores))
    return scores


def rescore_main(cwd: Path, out: Path) -> tuple[tuple[Score, ...], tuple[Smoke, ...]]:
    """Score main's own model, and load it as a serving host would; both are left in `out`."""
    from bot.evidence.scores import encode_scores
    from bot.evidence.smoke_file import FILE, encode_smokes
    from bot.usecases.rescore import rescore_main as run
    from bot.usecases.smoke import smoke_main

    settings = Settings.read(os.environ)
    world = _world(cwd, settings)
    head = world.revisions.fetch("main") if settings.ci else world.revisions.resolve("main")
    scores = run(world, head)
    with tempfile.TemporaryDirectory(prefix="modelbot-") as scratch:
        smokes = smoke_main(_smoke_world(cwd, settings, world, Path(scratch)), head)
    _leave(cwd / out, {**encode_scores(scores), FILE: encode_smokes(smokes)})
    return scores, smokes


def _leave(out: Path, files: Mapping[str, bytes]) -> None:
    from bot.adapters.folder import Folder

    for path, data in files.items():
        Folder(out).write(path, (data,))


def _of_pull(cwd: Path, settings: Settings, brought: BroughtFrom) -> tuple[Score, ...]:
    from bot.events import WorkflowRunEvent
    from bot.usecases.rescore import rescore as run

    event = event_of(settings)
    if not isinstance(event, WorkflowRunEvent):
        what = (
            f"`modelbot rescore` answers workflow_run, and this event is {settings.actions().event_name!r}."
        )
        raise InvalidInputError(what, "Run it from .github/workflows/model-report.yml, or with `--main`.")
    world = report_world(cwd, settings)
    return run(
        _world(cwd, settings),
        world.github,
        event.run_id,
        lambda run_id: brought_from(world, run_id, brought),
    )


def _world(cwd: Path, settings: Settings) -> RescoreWorld:
    from bot.adapters.dvc_remote import DvcRemote
    from bot.adapters.records import GitRecords
    from bot.adapters.scorer import SandboxedScorer
    from bot.usecases.rescore import RescoreWorld

    token = settings.environment.get("GITHUB_TOKEN")
    header = token_header(token) if token else None
    repository = GitRepository.containing(cwd, header)
    root = repository.root
    remote = DvcRemote(root, settings.remote_url())
    scorer = SandboxedScorer(settings.cache(root), (root, *_local(settings.remote_url())))
    records = GitRecords(root, header)
    return RescoreWorld(repository, records, lambda: remote, scorer, lambda: secrets.randbits(128))


def _smoke_world(cwd: Path, settings: Settings, world: RescoreWorld, scratch: Path) -> SmokeWorld:
    from bot.adapters.dvc_remote import DvcRemote
    from bot.adapters.files import ModelDirectories
    from bot.adapters.loading import SandboxedLoader
    from bot.usecases.smoke import SmokeWorld

    root = GitRepository.containing(cwd).root
    remote = DvcRemote(root, settings.remote_url())
    files = ModelDirectories(remote, scratch)
    loader = SandboxedLoader(settings.cache(root), (root, *_local(settings.remote_url())))
    return SmokeWorld(world.revisions, world.records, files, remote, loader)


def _local(url: str | None) -> tuple[Path, ...]:
    """The directory of a remote that is one here: it has the truth of every test row."""
    place = Path((url or "").removeprefix("file://"))
    return (place.resolve(),) if place.is_absolute() and place.is_dir() else ()
