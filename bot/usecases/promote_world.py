"""What promotion stands on: its doors to the world, and which main it is asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.evidence.scores import Scores
from bot.evidence.smoke import Smokes
from bot.ports.candidate import ModelFiles
from bot.ports.dvc import ObjectReader
from bot.ports.git import BranchWriter, RecordWriter, Revisions
from bot.ports.github import Deployer, Publisher
from bot.ports.registry import RegistryWriter


@dataclass(frozen=True, slots=True)
class PromoteWorld:
    """What promotion needs from the world. `github` is None where there is no token: a person's machine.

    `scores` are those that were just made of main's model and the champion, `smokes` what loading the model
    gave. `branches`: where a pull request may start that has stages run. `reads_bytes`: what the registry
    serves as champion and `previous` is read before planning, too.
    """

    revisions: Revisions
    records: RecordWriter
    registry: RegistryWriter
    files: ModelFiles
    objects: ObjectReader
    github: Publisher | None = None
    deployer: Deployer | None = None
    scores: Callable[[], Scores] = dict
    smokes: Callable[[], Smokes] = dict
    branches: BranchWriter | None = None
    reads_bytes: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """Which branch is wanted, in which environment, by which workflow run.

    `newest`: the branch as origin has it now; else as this clone has it.
    """

    branch: str
    environment: str
    newest: bool
    workflow_run: int | None = None
    workflow_attempt: int | None = None


def head_of(world: PromoteWorld, where: Where) -> str:
    """The sha of the branch: always its newest HEAD, so that two merges in a second need one promotion."""
    return world.revisions.fetch(where.branch) if where.newest else world.revisions.resolve(where.branch)
