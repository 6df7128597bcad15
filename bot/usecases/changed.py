"""What a pull request changes beside parameters and data, from both revisions. Starts no program."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import ModelbotError
from bot.evidence.code_changes import CodeChange, CodeSide, code_changes
from bot.evidence.environment import EnvironmentChange, environment_changes
from bot.policy.load import LoadedPolicy, load_policies
from bot.usecases.gather import evaluators
from bot.usecases.sides import Revision


@dataclass(frozen=True, slots=True)
class Changed:
    """The files of the stages that differ, and what they and others pin."""

    code: tuple[CodeChange, ...]
    environment: tuple[EnvironmentChange, ...]


def changed_between(before: Revision, after: Revision, policies: tuple[LoadedPolicy, ...]) -> Changed:
    """What differs; base's policies, else head's, say which stages measure and what makes the environment."""
    asked = policies or _own(after)
    sides = _side(before, asked), _side(after, asked)
    setup = (loaded.policy.pipeline.setup or "" for loaded in asked)
    return Changed(code_changes(*sides), environment_changes(*sides, setup))


def _side(revision: Revision, policies: tuple[LoadedPolicy, ...]) -> CodeSide:
    found = frozenset(stage for loaded in policies for stage in evaluators(revision, loaded))
    return CodeSide(revision.tree, revision.pipeline, found)


def _own(revision: Revision) -> tuple[LoadedPolicy, ...]:
    """The revision's own policies; none where they cannot be read, which the verdict says."""
    try:
        return load_policies(revision.tree)
    except ModelbotError:
        return ()
