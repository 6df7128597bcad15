"""What is compared with what, and the impact between the two."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import InvalidInputError
from bot.lineage.impact import Impact, impact_of
from bot.lineage.tree import Tree
from bot.ports.git import Revisions


@dataclass(frozen=True, slots=True)
class Scope:
    """What is compared: full shas of the head, of the tip of base, and of where they parted."""

    head: str
    base: str
    merge_base: str


def scope_of(revisions: Revisions, head: str, base: str) -> Scope:
    """The scope of comparing revision `head` with revision `base`."""
    head_sha, base_sha = revisions.resolve(head), revisions.resolve(base)
    return Scope(head_sha, base_sha, revisions.merge_base(base_sha, head_sha))


def impact_in(revisions: Revisions, scope: Scope) -> Impact:
    """What the change makes out of date, against where it parted from base.

    Raises:
        InvalidInputError: the head is not a DVC repository.
        InvalidFileError: a file of the pipeline cannot be read.
    """
    return impact_of(revisions.tree(scope.merge_base), dvc_tree(revisions, scope.head))


def dvc_tree(revisions: Revisions, revision: str) -> Tree:
    """The tree of a revision that is a DVC repository.

    Raises:
        InvalidInputError: it is none. Nothing out of date there would mean nothing.
    """
    tree = revisions.tree(revision)
    if not tree.paths(".dvc"):
        what = f"This is not a DVC repository: {revision[:7]} has no .dvc/ in its root."
        raise InvalidInputError(what, "Run `dvc init`, describe the pipeline in dvc.yaml, and commit both.")
    return tree
