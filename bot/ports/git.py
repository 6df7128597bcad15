"""Revisions, fresh checkouts, branches and append-only records in Git. Performs no I/O."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.lineage.tree import Tree


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: the commits that it follows, the branch's own first, and its author's name."""

    parents: tuple[str, ...]
    author: str


class Revisions(Protocol):
    """Reads commits and their trees from the Git repository; changes nothing in it but fetched objects."""

    def resolve(self, name: str) -> str:
        """The full sha `name` stands for. Raises InvalidInputError naming it when there is none."""
        ...

    def fetch(self, ref: str) -> str:
        """Bring `ref` (a branch or a sha) from origin and answer its sha."""
        ...

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor. Raises NotEvaluatedError when history is too shallow to tell."""
        ...

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether `ancestor` is reachable from `descendant` (a commit is its own ancestor)."""
        ...

    def first_parents(self, head: str, limit: int) -> tuple[str, ...]:
        """`head` and what its branch was before, newest first, at most `limit`; merged branches left out."""
        ...

    def commit_of(self, revision: str) -> Commit:
        """Whose commit it is, and what it follows."""
        ...

    def tree(self, revision: str) -> Tree:
        """The tracked files of one commit."""
        ...

    def snapshot(self) -> str:
        """A commit of the work tree as it is now, new files that Git does not ignore included.

        No branch, index or file of the person changes; the commit is reachable from nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Checkout:
    """A fresh work tree: where it is, and its files as they are on disk whenever they are asked for."""

    path: Path
    files: Tree


class Checkouts(Protocol):
    """Makes and removes fresh work trees; nothing of another branch is ever in them."""

    def fresh(self, revision: str) -> AbstractContextManager[Checkout]:
        """A clone of this repository at `revision`, removed at exit whatever happens."""
        ...


@dataclass(frozen=True, slots=True)
class CommittedFile:
    """A regular file of a commit to be made; `path` is posix, from the repository's root."""

    path: str
    data: bytes


class BranchWriter(Protocol):
    """Adds one commit to a branch of origin, or starts one; never forced."""

    def commit(self, branch: str, parent: str, files: tuple[CommittedFile, ...], message: str) -> str:
        """Commit `files` on top of `parent` and push to `branch`; answers the new sha.

        Raises StaleError when the branch is no longer at `parent`: nothing was pushed.
        """
        ...

    def start(self, branch: str, parent: str, files: tuple[CommittedFile, ...], message: str) -> str:
        """Start `branch` at origin with one commit of `files` on top of `parent`; answers its sha.

        Raises StaleError when there is such a branch already: nothing was pushed.
        """
        ...


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One record of an append-only branch: its commit and its bytes."""

    commit: str
    data: bytes


class RecordReader(Protocol):
    """Reads an append-only branch of records (`modelbot/ledger`, `modelbot/runs`) from origin."""

    def entries(self, branch: str) -> tuple[LogEntry, ...]:
        """Every record, oldest first; empty when the branch does not exist yet."""
        ...

    def together(self, branches: tuple[str, ...]) -> tuple[tuple[LogEntry, ...], ...]:
        """The entries of each of these branches, asked of origin in one question."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """One commit of an append-only branch, as Git stores it.

    `header`, `tree` and `data` are the very bytes of the commit, its tree and its record; None: Git has no
    such object, or cannot read it. Nothing is checked here: whoever reads hashes them.
    """

    commit: str
    header: bytes | None
    tree: bytes | None
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Chain:
    """An append-only branch: its links, oldest first, by first parents; and where this clone saw it end."""

    links: tuple[Link, ...]
    seen: tuple[str, ...] = ()


class ChainReader(Protocol):
    """Reads an append-only branch with everything that its hashes are made of."""

    def chain(self, branch: str) -> Chain:
        """The whole branch as origin has it now; no links when there is no such branch.

        Raises UnavailableError when origin does not answer.
        """
        ...


class RecordWriter(RecordReader, Protocol):
    """Appends to an append-only branch; Git's refusal of a push that is no fast-forward is the lock."""

    def append(self, branch: str, after: str | None, data: bytes, message: str) -> str:
        """Append one record after commit `after` (None: start the branch); answers the new commit.

        Raises StaleError when somebody else appended first: nothing was written.
        """
        ...


class LedgerStore(RecordWriter, ChainReader, Protocol):
    """Reads, checks and appends."""
