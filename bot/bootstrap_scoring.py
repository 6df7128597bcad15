"""The composition root of `rescore`: the one verb that runs a stranger's model."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.git import GitRepository, token_header
from bot.bootstrap import BroughtFrom, brought_from, event_of, report_world
from bot.errors import InvalidInputError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.evidence.scores import Score
    from bot.usecases.rescore import RescoreWorld


def rescore(cwd: Path, brought: BroughtFrom, out: Path, *, main: bool) -> tuple[Score, ...]:
    """Score the models of the run that the event names, or main's own, and leave what came of it in `out`."""
    from bot.adapters.folder import Folder
    from bot.evidence.scores import encode_scores

    settings = Settings.read(os.environ)
    scores = _of_main(cwd, settings) if main else _of_pull(cwd, settings, brought)
    for path, data in encode_scores(scores).items():
        Folder(cwd / out).write(path, (data,))
    return scores


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


def _of_main(cwd: Path, settings: Settings) -> tuple[Score, ...]:
    from bot.usecases.rescore import rescore_main

    world = _world(cwd, settings)
    head = world.revisions.fetch("main") if settings.ci else world.revisions.resolve("main")
    return rescore_main(world, head)


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


def _local(url: str | None) -> tuple[Path, ...]:
    """The directory of a remote that is one here: it has the truth of every test row."""
    place = Path((url or "").removeprefix("file://"))
    return (place.resolve(),) if place.is_absolute() and place.is_dir() else ()
