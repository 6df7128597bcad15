"""The composition root of the verbs over the ledger: verify, rebuild, evidence, history."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.git import GitRepository, token_header
from bot.errors import InvalidInputError
from bot.settings import Settings
from bot.version import version

if TYPE_CHECKING:
    from bot.adapters.records import GitRecords
    from bot.ports.issues import IssueTracker
    from bot.promotion.dossier import Dossier
    from bot.promotion.moment import Moment
    from bot.usecases.rebuild import Rebuilding
    from bot.usecases.verify import Verified, VerifyWorld


@dataclass(frozen=True, slots=True)
class Asked:
    """What `verify` was asked, as it was typed."""

    every: bool
    ledger_only: bool
    known: str
    issue: bool


def verify(cwd: Path, asked: Asked) -> tuple[Verified, str]:
    """Whether the ledger is sound, and the registry agrees with it; the address of the issue that says so."""
    from bot.usecases import verify as usecase
    from bot.usecases.drift_issue import keep_issue

    settings = Settings.read(os.environ)
    tracker = _issues(settings) if asked.issue else None
    repository = GitRepository.containing(cwd)
    with _verify_world(repository, settings, ledger_only=asked.ledger_only) as world:
        done = usecase.verify(world, every=asked.every, known=usecase.parse_commit(asked.known))
    kept = keep_issue(tracker, done) if tracker else None
    return done, kept.url if kept else ""


def _issues(settings: Settings) -> IssueTracker:
    from bot.adapters.github import GitHubAdapter

    hub = settings.github()
    return GitHubAdapter(hub.api_url, hub.token, hub.repository, author_id=hub.author_id).issues()


def rebuild(cwd: Path, *, dry_run: bool) -> Rebuilding:
    """Bring the registry back from ledger and DVC remote."""
    from bot.adapters.dvc_remote import DvcRemote
    from bot.adapters.files import ModelDirectories
    from bot.adapters.mlflow import MlflowRegistry
    from bot.usecases import rebuild as usecase
    from bot.usecases.judge import Occasion

    settings = Settings.read(os.environ)
    repository = GitRepository.containing(cwd)
    registry = MlflowRegistry(settings.mlflow_uri(repository.root))
    remote = DvcRemote(repository.root, settings.remote_url())
    actions = settings.actions()
    name = actions.actor or repository.person()
    if not name:
        raise InvalidInputError("Nobody can be named for this.", "Set a name: `git config user.name NAME`.")
    occasion = Occasion(datetime.now(UTC), version(), settings.environment.get("GITHUB_REPOSITORY", ""), "")
    with tempfile.TemporaryDirectory(prefix="modelbot-") as scratch:
        files = ModelDirectories(remote, Path(scratch), one_at_a_time=True)
        world = usecase.RebuildWorld(_records(repository, settings), registry, files)
        by = usecase.By(name, actions.run_id or None, actions.attempt or None)
        return usecase.rebuild(world, by, occasion, dry_run=dry_run)


def evidence(cwd: Path, model: str, wanted: str) -> Dossier:
    """What the ledger says of one version."""
    from bot.usecases import evidence as usecase

    settings = Settings.read(os.environ)
    return usecase.evidence(_records(GitRepository.containing(cwd), settings), model, wanted)


def moment(cwd: Path, asked: str, model: str | None) -> Moment:
    """What was champion at a time, or at a revision of main."""
    from bot.usecases import moment as usecase

    settings = Settings.read(os.environ)
    repository = GitRepository.containing(cwd)
    return usecase.moment(_records(repository, settings), repository, asked, model)


def _records(repository: GitRepository, settings: Settings) -> GitRecords:
    from bot.adapters.records import GitRecords

    token = settings.environment.get("GITHUB_TOKEN")
    return GitRecords(repository.root, token_header(token) if token else None)


@contextmanager
def _verify_world(
    repository: GitRepository, settings: Settings, *, ledger_only: bool
) -> Iterator[VerifyWorld]:
    from bot.adapters.dvc_remote import DvcRemote
    from bot.adapters.files import ModelDirectories
    from bot.adapters.mlflow import MlflowRegistry
    from bot.usecases.verify import VerifyWorld

    registry = None if ledger_only else MlflowRegistry(settings.mlflow_uri(repository.root))
    with tempfile.TemporaryDirectory(prefix="modelbot-") as scratch:
        # Its remote is never opened: nothing is brought from there.
        files = ModelDirectories(DvcRemote(repository.root), Path(scratch))
        yield VerifyWorld(_records(repository, settings), registry, files)
