"""The composition root of the verbs that are about policy files: `lint` and `explain`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.git import GitRepository
from bot.bootstrap import read_file, work_tree
from bot.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from bot.usecases.explain import Explanation, Here

FOLDER = "policies"


def lint(cwd: Path, files: tuple[Path, ...]) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Check these policy files, or all of the repository; answers what was checked and what is wrong."""
    from bot.policy.lint import lint as run

    root = cwd if files else GitRepository.containing(cwd).root
    given = _policy_files(root, files)
    return tuple(name for name, _ in given), run(given, datetime.now(UTC).date())


def explain(cwd: Path, base: str | None, rule: str) -> tuple[Explanation, ...]:
    """A rule of the policies in the work tree, with its numbers now; all rules when none is named.

    Without numbers it still has words; but a base that somebody names and that is not there is an error.
    """
    from bot.adapters.dvc_config import cache_directory
    from bot.adapters.dvc_remote import LocalCache
    from bot.adapters.local_records import LocalRecords
    from bot.usecases.explain import Here
    from bot.usecases.explain import explain as run

    today = datetime.now(UTC).date()

    @cache
    def here() -> Here:
        _, repository, scope = work_tree(cwd, base)
        local = LocalCache(cache_directory(repository.root))
        return Here(repository, LocalRecords(repository.root), scope, local, today)

    if base:
        here()
    return run(_policy_files(_root(cwd), ()), rule, today, here)


def _root(cwd: Path) -> Path:
    """The repository's root; a folder outside of Git is its own, for words need no numbers."""
    try:
        return GitRepository.containing(cwd).root
    except InvalidInputError:
        return cwd


def _policy_files(root: Path, files: tuple[Path, ...]) -> tuple[tuple[str, bytes], ...]:
    paths = files or tuple(path.relative_to(root) for path in _found(root / FOLDER))
    return tuple((str(path), read_file(root / path)) for path in paths)


def _found(folder: Path) -> Iterator[Path]:
    from bot.policy.load import is_policy

    for path in sorted(folder.glob("*")):
        if is_policy(path.name) and not path.is_dir():
            yield path
