"""The composition root of the verbs by which a person gives their word: record and adopt."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.git import GitRepository, token_header
from bot.bootstrap import occasion_of
from bot.bootstrap_promotion import person_of, promote_world, where_of
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.usecases.adopt import Adoption
    from bot.usecases.record_runs import Recording


def record(cwd: Path, stages: tuple[str, ...], where: str) -> Recording:
    """Record that stages of HEAD's lock ran elsewhere."""
    from bot.adapters.records import GitRecords
    from bot.evidence.facts import Provenance
    from bot.usecases.record_runs import Word, record_runs
    from bot.usecases.scope import dvc_tree
    from bot.usecases.sides import read_revision

    settings = Settings.read(os.environ)
    token = settings.environment.get("GITHUB_TOKEN")
    header = token_header(token) if token else None
    repository = GitRepository.containing(cwd, header)
    head = repository.resolve("HEAD")
    revision = read_revision("HEAD", head, dvc_tree(repository, head))
    word = Word(person_of(cwd, settings), where, Provenance.EXTERNAL, datetime.now(UTC).isoformat())
    return record_runs(GitRecords(repository.root, header), revision, stages, word)


def adopt(cwd: Path) -> Adoption:
    """Take over what was there before the bot."""
    from bot.usecases import adopt as usecase

    settings = Settings.read(os.environ)
    with promote_world(cwd, settings) as world:
        return usecase.adopt(world, where_of(settings), person_of(cwd, settings), occasion_of(settings))
