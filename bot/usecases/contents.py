"""What a path holds at a revision, whoever tracks it: Git, `dvc.lock` or a `.dvc` file."""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import ModelbotError
from bot.lineage.locked import Lock
from bot.lineage.read_lock import read_lock
from bot.lineage.tree import Tree
from bot.policy.rules.protected import covers


def protected_changes(patterns: Iterable[str], before: Tree, after: Tree) -> tuple[str, ...]:
    """The protected files, outputs and tracked data whose content differs, sorted."""
    asked = tuple(patterns)
    if not asked:
        return ()
    paths = {path for tree in (before, after) for path in _paths(tree)}
    guarded = sorted(path for path in paths if any(covers(pattern, path) for pattern in asked))
    return tuple(path for path in guarded if content(before, path) != content(after, path))


def content(tree: Tree, path: str) -> str | None:
    """The md5 of a file that Git tracks, else that DVC records; None where neither knows it."""
    return tree.md5(path) or md5_of_output(tree, path) or tree.md5(f"{path}.dvc")


def md5_of_output(tree: Tree, path: str) -> str | None:
    """DVC's name of the output; None when there is none, or `dvc.lock` cannot be read."""
    locked = _lock(tree).out(path)
    return locked.md5 if locked else None


def _paths(tree: Tree) -> Iterable[str]:
    for path in tree.paths():
        yield path
        if path.endswith(".dvc"):
            yield path.removesuffix(".dvc")
    yield from (stage.from_root(out.path) for stage in _lock(tree).stages for out in stage.outs)


def _lock(tree: Tree) -> Lock:
    try:
        return read_lock(tree)
    except ModelbotError:
        return Lock(())
