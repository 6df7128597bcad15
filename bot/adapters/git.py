"""Git as we use it: commits as trees of bytes, fresh clones, one commit pushed without force."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from bot.adapters.folder import DirectoryTree
from bot.adapters.git_tree import REGULAR, GitTree, listed
from bot.adapters.process import author_environment, git_environment, last_words, run_git
from bot.errors import InvalidInputError, NotEvaluatedError, StaleError, UnavailableError
from bot.ports.git import Checkout, Commit, CommittedFile

OWN = ".modelbot"
SHA = re.compile(r"[0-9a-f]{40}")
# What `git push --porcelain` answers when the branch is not where the lease says, or moved during the push.
MOVED = (
    "stale info",
    "non-fast-forward",
    "fetch first",
    "cannot lock ref",
    "failed to update ref",
    "incorrect old value provided",
)


def token_header(token: str) -> str:
    """The header with which GitHub takes a token for Git over HTTP."""
    return "AUTHORIZATION: basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()


class GitRepository:
    """Reads commits and makes fresh clones of the repository at `root`.

    `header` authorises calls to origin. Implements Revisions, Checkouts and BranchWriter.
    """

    def __init__(self, root: Path, header: str | None = None, scratch: Path | None = None) -> None:
        self.root = root
        self._header = header
        self._scratch = scratch

    @classmethod
    def containing(cls, path: Path, header: str | None = None) -> Self:
        """The repository that contains `path`.

        Raises:
            InvalidInputError: `path` is not inside a Git work tree.
        """
        outcome = run_git(path, "rev-parse", "--show-toplevel")
        if outcome.returncode:
            what = f"{path} is not inside a Git work tree: {_first_words(outcome)}"
            raise InvalidInputError(what, "Run modelbot in your checkout.")
        return cls(Path(os.fsdecode(outcome.stdout.removesuffix(b"\n"))), header)

    def resolve(self, name: str) -> str:
        """The full sha of commit `name`.

        Raises:
            InvalidInputError: there is no such revision here.
        """
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        outcome = run_git(self.root, *asked) if name and "\0" not in name else None
        if outcome is None or outcome.returncode:
            raise InvalidInputError(
                f"There is no revision {name!r} in this repository.",
                "Fetch it (`git fetch origin`), or name another with --base.",
            )
        return outcome.stdout.decode().strip()

    def fetch(self, ref: str) -> str:
        """Bring `ref` (a branch's name, a full ref or a sha) from origin and answer its sha.

        A name is a branch's: Git alone would take a tag of the same name before it, and so anyone who may
        push a tag could choose the base.

        Raises:
            UnavailableError: origin does not answer, or has no such ref.
        """
        named = ref if SHA.fullmatch(ref) or ref.startswith("refs/") else f"refs/heads/{ref}"
        outcome = self._origin("fetch", "--quiet", "--no-tags", "--end-of-options", "origin", named)
        if outcome.returncode:
            what = f"Could not fetch {ref!r} from origin: {last_words(outcome)}"
            raise UnavailableError(
                what, "Look at the token's `contents: read` permission and at the connection."
            )
        return self.resolve("FETCH_HEAD")

    def merge_base(self, one: str, other: str) -> str:
        """The best common ancestor of two commits.

        Raises:
            NotEvaluatedError: the histories do not meet here, because the clone is shallow or they never do.
        """
        outcome = run_git(self.root, "merge-base", one, other)
        if outcome.returncode:
            what = f"{one[:7]} and {other[:7]} have no common ancestor in this clone."
            raise NotEvaluatedError(what, "Check out the whole history: `fetch-depth: 0`.")
        return outcome.stdout.decode().strip()

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether `ancestor` is reachable from `descendant`.

        Raises:
            NotEvaluatedError: one of them, or the history between them, is not in this clone.
        """
        outcome = run_git(self.root, "merge-base", "--is-ancestor", ancestor, descendant)
        if outcome.returncode not in {0, 1} or (outcome.returncode and self._shallow()):
            why = last_words(outcome) if outcome.stderr else "the clone is shallow"
            what = f"Cannot tell whether {ancestor[:7]} comes before {descendant[:7]}: {why}."
            raise NotEvaluatedError(what, "Check out the whole history: `fetch-depth: 0`.")
        return outcome.returncode == 0

    def _shallow(self) -> bool:
        return self._must("rev-parse", "--is-shallow-repository") != "false"

    def first_parents(self, head: str, limit: int) -> tuple[str, ...]:
        """`head` and its first parents, newest first, at most `limit`; fewer in a shallow clone."""
        return tuple(self._must("rev-list", "--first-parent", f"--max-count={limit}", head, "--").split())

    def commit_of(self, revision: str) -> Commit:
        """Whose commit it is, and what it follows (in a shallow clone: as far as that goes)."""
        told = self._must("show", "--no-patch", "--format=%P%n%aN", self.resolve(revision))
        parents, _, author = told.partition("\n")
        return Commit(tuple(parents.split()), author.strip())

    def tree(self, revision: str) -> GitTree:
        """The tracked files of one commit."""
        return GitTree(self.root, self.resolve(revision))

    def person(self) -> str:
        """The name under which somebody commits here; empty where Git knows none."""
        outcome = run_git(self.root, "config", "user.name")
        return "" if outcome.returncode else outcome.stdout.decode(errors="replace").strip()

    def snapshot(self) -> str:
        """A commit of the work tree as it is now; no branch, index or file changes."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as scratch:
            index = Path(scratch) / "index"
            own = Path(run_git(self.root, "rev-parse", "--git-path", "index").stdout.decode().strip())
            if (self.root / own).exists():
                shutil.copy2(self.root / own, index)
            environment = git_environment() | {"GIT_INDEX_FILE": str(index)}
            # Git 2.39 fails when a pathspec, even one that excludes, names what is ignored already.
            ignored = run_git(self.root, "check-ignore", "--quiet", OWN).returncode == 0
            left_out = () if ignored else (f":(exclude){OWN}",)
            self._must("add", "--all", "--", ".", *left_out, environment=environment)
            tree = self._must("write-tree", environment=environment)
        return self._commit_tree(tree, self.resolve("HEAD"), "work tree")

    @contextmanager
    def fresh(self, revision: str) -> Iterator[Checkout]:
        """A clone at `revision` that shares this repository's objects; removed at exit."""
        with tempfile.TemporaryDirectory(
            prefix="modelbot-", dir=self._scratch, ignore_cleanup_errors=True
        ) as scratch:
            clone = Path(scratch) / "checkout"
            self._clone(clone)
            outcome = run_git(clone, "checkout", "--quiet", "--detach", revision)
            if outcome.returncode:
                raise UnavailableError(f"Could not check out {revision[:7]}: {last_words(outcome)}")
            yield Checkout(clone, DirectoryTree(clone))

    def _clone(self, clone: Path) -> None:
        """Git copies a shallow repository instead of sharing its objects, and leaves out what no ref names.

        So the objects are shared by hand. Without hooks of a template and without conversion of line ends:
        the files are what Git's objects are.
        """
        plain = ("--template=", "--config", "core.autocrlf=false")
        self._must("clone", "--quiet", "--shared", "--no-checkout", *plain, str(self.root), str(clone))
        objects = self._must("rev-parse", "--path-format=absolute", "--git-path", "objects")
        info = clone / ".git" / "objects" / "info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "alternates").write_text(objects + "\n")

    def commit(self, branch: str, parent: str, files: tuple[CommittedFile, ...], message: str) -> str:
        """Commit `files` on top of `parent` and push that to `branch` of origin.

        A file that is replaced keeps its executable bit; nothing else of the tree changes.

        Raises:
            StaleError: the branch is not at `parent` any more.
            NotEvaluatedError: a file's place is taken by a directory, a symbolic link or a submodule.
            UnavailableError: origin does not answer, or refuses the push.
        """
        return self._pushed(branch, parent, self._tree_with(parent, files), message, expected=parent)

    def start(self, branch: str, parent: str, files: tuple[CommittedFile, ...], message: str) -> str:
        """Start `branch` at origin with one commit on top of `parent`. Raises what `commit` does."""
        return self._pushed(branch, parent, self._tree_with(parent, files), message, expected="")

    def _pushed(self, branch: str, parent: str, tree: str, message: str, *, expected: str) -> str:
        sha = self._commit_tree(tree, parent, message)
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{expected}"
        outcome = self._origin("push", "--quiet", "--porcelain", lease, "origin", f"{sha}:{ref}")
        if outcome.returncode:
            raise self._push_error(branch, outcome)
        return sha

    @staticmethod
    def _push_error(
        branch: str, outcome: subprocess.CompletedProcess[bytes]
    ) -> StaleError | UnavailableError:
        lines = outcome.stdout.decode(errors="replace").splitlines()
        refused = next((line.split("\t")[-1] for line in lines if line.startswith("!")), "")
        if any(sign in refused for sign in MOVED):
            return StaleError(
                f"The branch {branch!r} moved meanwhile; nothing was pushed.", "Run this again."
            )
        what = f"Could not push to {branch!r}: {refused or last_words(outcome)}"
        return UnavailableError(what, "The job needs `contents: write`, and no branch rule may forbid it.")

    def _tree_with(self, parent: str, files: tuple[CommittedFile, ...]) -> str:
        with tempfile.TemporaryDirectory(dir=self._scratch) as scratch:
            environment = git_environment() | {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            self._must("read-tree", parent, environment=environment)
            modes = {
                path: what[0]
                for what, path in listed(self.root, "ls-files", "--stage", "-z", environment=environment)
            }
            lines = b"".join(
                f"{_mode(file.path, modes)} {self._blob(file.data)}\t".encode()
                + os.fsencode(file.path)
                + b"\0"
                for file in files
            )
            self._must("update-index", "-z", "--index-info", environment=environment, data=lines)
            return self._must("write-tree", environment=environment)

    def _blob(self, data: bytes) -> str:
        return self._must("hash-object", "-w", "--stdin", data=data)

    def _commit_tree(self, tree: str, parent: str, message: str) -> str:
        return self._must(
            "commit-tree",
            tree,
            "-p",
            parent,
            "-m",
            message,
            environment=git_environment() | author_environment(),
        )

    def _origin(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        url = None
        if self._header:
            url = self._must("remote", "get-url", "origin")
        return run_git(self.root, *arguments, environment=git_environment(self._header, url))

    def _must(
        self, *arguments: str, environment: dict[str, str] | None = None, data: bytes | None = None
    ) -> str:
        outcome = run_git(self.root, *arguments, environment=environment, data=data)
        if outcome.returncode:
            raise UnavailableError(f"git {arguments[0]} failed: {last_words(outcome)}")
        return outcome.stdout.decode().strip()


def _mode(path: str, modes: Mapping[str, str]) -> str:
    """The mode with which a file is committed at `path`, given the modes of every path of the parent."""
    parts = path.split("/")
    if {"", ".", "..", ".git"} & {part.lower() for part in parts}:
        raise NotEvaluatedError(f"A file of the name {path!r} must not be committed.")
    above = ("/".join(parts[:end]) for end in range(1, len(parts)))
    taken = next((name for name in above if name in modes), None)
    if taken is None and any(name.startswith(f"{path}/") for name in modes):
        taken = path
    if taken is None and modes.get(path, REGULAR[0]) not in REGULAR:
        taken = path
    if taken is not None:
        what = f"{path!r} cannot be committed: {taken!r} is something else than that in the branch."
        raise NotEvaluatedError(what, "Give the stage's output a path of its own.")
    return modes.get(path, REGULAR[0])


def _first_words(outcome: subprocess.CompletedProcess[bytes]) -> str:
    return next(iter(outcome.stderr.decode(errors="replace").splitlines()), "Git says no more")
