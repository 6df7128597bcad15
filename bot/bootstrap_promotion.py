"""The composition root of the verbs that promote, call back, and say what is served."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.git import GitRepository, token_header
from bot.bootstrap import occasion_of
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.promotion.history import HistoryLine
    from bot.usecases.promote import Promotion
    from bot.usecases.promote_world import PromoteWorld, Where
    from bot.usecases.rollback import Resumption, Rollback
    from bot.usecases.status import Status


@dataclass(frozen=True, slots=True)
class Named:
    """A rollback as a person typed it; empty: not said."""

    model: str
    serving: str
    wanted: str
    reason: str


def promote(cwd: Path, *, dry_run: bool, scores: Path | None = None, read_bytes: bool = False) -> Promotion:
    """Make the registry agree with main, or say what that would do; `scores` are those of `rescore`.

    With `read_bytes` what the registry serves is read, too.
    """
    from bot.adapters.folder import Folder
    from bot.evidence.scores import parse_scores
    from bot.evidence.smoke_file import parse_smokes
    from bot.usecases import promote as usecase

    settings = Settings.read(os.environ)
    with promote_world(cwd, settings) as world:
        act = usecase.preview if dry_run else usecase.promote
        world = replace(world, reads_bytes=read_bytes)  # noqa: PLW2901
        if scores:
            files = Folder(scores).read_all()
            made, tried = parse_scores(files), parse_smokes(files)
            world = replace(world, scores=lambda: made, smokes=lambda: tried)  # noqa: PLW2901
        done = act(world, where_of(settings), occasion_of(settings))
    output = settings.actions().output
    if output:
        with output.open("a", encoding="utf-8") as stream:
            stream.write(f"changes={'true' if done.changes else 'false'}\n")
    return done


def rollback(cwd: Path, named: Named) -> Rollback:
    """Make the registry serve a version that was champion before, and hold it against main."""
    from bot.promotion.recall import asked_by
    from bot.usecases import rollback as usecase

    settings = Settings.read(os.environ)
    with promote_world(cwd, settings) as world:
        asked = asked_by(person_of(cwd, settings), named.model, named.serving, named.wanted, named.reason)
        return usecase.rollback(world, where_of(settings), asked, occasion_of(settings))


def resume(cwd: Path, model: str, reason: str) -> Resumption:
    """Let main decide again."""
    from bot.promotion.recall import asked_by
    from bot.usecases import rollback as usecase

    settings = Settings.read(os.environ)
    with promote_world(cwd, settings) as world:
        asked = asked_by(person_of(cwd, settings), model, "", "", reason)
        return usecase.resume(world, where_of(settings), asked, occasion_of(settings))


def person_of(cwd: Path, settings: Settings) -> str:
    """Who asks: whoever started the workflow run, else whoever commits here."""
    return settings.actions().actor or GitRepository.containing(cwd).person()


def status(cwd: Path) -> Status:
    """What main wants, what the ledger says, what the registry serves."""
    from bot.usecases import status as usecase

    settings = Settings.read(os.environ)
    with promote_world(cwd, settings) as world:
        return usecase.status(world, where_of(settings), occasion_of(settings))


def history(cwd: Path, model: str | None) -> tuple[HistoryLine, ...]:
    """The ledger in words."""
    from bot.adapters.records import GitRecords
    from bot.usecases import history as usecase

    settings = Settings.read(os.environ)
    token = settings.environment.get("GITHUB_TOKEN")
    header = token_header(token) if token else None
    return usecase.history(GitRecords(GitRepository.containing(cwd).root, header), model)


@contextmanager
def promote_world(cwd: Path, settings: Settings) -> Iterator[PromoteWorld]:
    """What promotion needs, from the settings, while the block runs."""
    from bot.adapters.dvc_remote import DvcRemote
    from bot.adapters.files import ModelDirectories
    from bot.adapters.github import GitHubAdapter
    from bot.adapters.mlflow import MlflowRegistry
    from bot.adapters.records import GitRecords
    from bot.evidence.scores import parse_scores
    from bot.evidence.smoke_file import parse_smokes
    from bot.usecases.brought import handed_over
    from bot.usecases.promote_world import PromoteWorld

    token = settings.environment.get("GITHUB_TOKEN")
    repository = GitRepository.containing(cwd, token_header(token) if token else None)
    registry = MlflowRegistry(settings.mlflow_uri(repository.root))
    remote = DvcRemote(repository.root, settings.remote_url())
    hub = settings.github() if token else None
    adapter = GitHubAdapter(hub.api_url, hub.token, hub.repository, author_id=hub.author_id) if hub else None
    header = token_header(token) if token else None
    with tempfile.TemporaryDirectory(prefix="modelbot-") as scratch:
        files = ModelDirectories(remote, Path(scratch))
        records = GitRecords(repository.root, header)
        own_run = settings.actions().run_id

        @cache
        def handed() -> Mapping[str, bytes]:
            return handed_over(adapter, own_run) if adapter and own_run else {}

        yield PromoteWorld(
            repository,
            records,
            registry,
            files,
            remote,
            adapter,
            adapter,
            cache(lambda: parse_scores(handed()) if handed() else {}),
            cache(lambda: parse_smokes(handed())),
            repository,
        )


def where_of(settings: Settings) -> Where:
    """Which main, in which workflow run."""
    from bot.usecases.promote_world import Where

    actions = settings.actions()
    return Where("main", "production", settings.ci, actions.run_id or None, actions.attempt or None)
