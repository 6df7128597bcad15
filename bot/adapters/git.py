"""Git as we use it: commits as trees of bytes, fresh clones, one commit pushed without force."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from bot.adapters.folder import DirectoryTree
from bot.adapters.git_tree import GitTree
from bot.adapters.process import git_environment, last_words, run_git
from bot.errors import InvalidInputError, NotEvaluatedError, StaleError, UnavailableError
from bot.ports.git import Checkout, CommittedFile

AUTHOR = ("modelbot", "modelbot@users.noreply.github.com")
ZERO = "0" * 40


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
            raise InvalidInputError(
                f"{path} is not inside a Git repository.", "Run modelbot in your checkout."
            )
        return cls(Path(outcome.stdout.decode().strip()), header)

    def resolve(self, name: str) -> str:
        """The full sha of commit `name`.

        Raises:
            InvalidInputError: there is no such revision here.
        """
        outcome = run_git(
            self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
        if outcome.returncode:
            raise InvalidInputError(
                f"There is no revision {name!r} in this repository.",
                "Fetch it (`git fetch origin`), or name another with --base.",
            )
        return outcome.stdout.decode().strip()

    def fetch(self, ref: str) -> str:
        """Bring `ref` from origin and answer its sha.

        Raises:
            UnavailableError: origin does not answer, or has no such ref.
        """
        outcome = self._origin("fetch", "--quiet", "--no-tags", "--end-of-options", "origin", ref)
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
            NotEvaluatedError: one of them is not in this clone, so nobody can tell.
        """
        outcome = run_git(self.root, "merge-base", "--is-ancestor", ancestor, descendant)
        if outcome.returncode not in {0, 1}:
            what = f"Cannot tell whether {ancestor[:7]} comes before {descendant[:7]}: {last_words(outcome)}"
            raise NotEvaluatedError(what, "Check out the whole history: `fetch-depth: 0`.")
        return outcome.returncode == 0

    def tree(self, revision: str) -> GitTree:
        """The tracked files of one commit."""
        return GitTree(self.root, self.resolve(revision))

    def snapshot(self) -> str:
        """A commit of the work tree as it is now; no branch, index or file changes."""
        with tempfile.TemporaryDirectory(dir=self._scratch) as scratch:
            index = Path(scratch) / "index"
            own = Path(run_git(self.root, "rev-parse", "--git-path", "index").stdout.decode().strip())
            if (self.root / own).exists():
                shutil.copy2(self.root / own, index)
            environment = git_environment() | {"GIT_INDEX_FILE": str(index)}
            self._must("add", "--all", "--", ".", environment=environment)
            tree = self._must("write-tree", environment=environment)
        return self._commit_tree(tree, self.resolve("HEAD"), "work tree")

    @contextmanager
    def fresh(self, revision: str) -> Iterator[Checkout]:
        """A clone at `revision` that shares this repository's objects; removed at exit."""
        with tempfile.TemporaryDirectory(prefix="modelbot-", dir=self._scratch) as scratch:
            clone = Path(scratch) / "checkout"
            self._must("clone", "--quiet", "--shared", "--no-checkout", str(self.root), str(clone))
            outcome = run_git(clone, "checkout", "--quiet", "--detach", revision)
            if outcome.returncode:
                raise UnavailableError(f"Could not check out {revision[:7]}: {last_words(outcome)}")
            yield Checkout(clone, DirectoryTree(clone))

    def commit(self, branch: str, parent: str, files: tuple[CommittedFile, ...], message: str) -> str:
        """Commit `files` on top of `parent` and push that to `branch` of origin.

        Raises:
            StaleError: the branch is not at `parent` any more.
        """
        sha = self._commit_tree(self._tree_with(parent, files), parent, message)
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{parent}"
        outcome = self._origin("push", "--quiet", "--porcelain", lease, "origin", f"{sha}:{ref}")
        if outcome.returncode:
            raise self._push_error(branch, outcome.stdout.decode(errors="replace") + last_words(outcome))
        return sha

    @staticmethod
    def _push_error(branch: str, words: str) -> StaleError | UnavailableError:
        if any(
            sign in words for sign in ("stale info", "non-fast-forward", "fetch first", "cannot lock ref")
        ):
            return StaleError(
                f"The branch {branch!r} moved meanwhile; nothing was pushed.", "Run this again."
            )
        what = f"Could not push to {branch!r}: {words.strip().splitlines()[-1]}"
        return UnavailableError(what, "The job needs `contents: write`, and no branch rule may forbid it.")

    def _tree_with(self, parent: str, files: tuple[CommittedFile, ...]) -> str:
        with tempfile.TemporaryDirectory(dir=self._scratch) as scratch:
            environment = git_environment() | {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            self._must("read-tree", parent, environment=environment)
            lines = b"".join(
                f"100644 {self._blob(file.data)}\t{file.path}".encode() + b"\0" for file in files
            )
            self._must("update-index", "-z", "--index-info", environment=environment, data=lines)
            return self._must("write-tree", environment=environment)

    def _blob(self, data: bytes) -> str:
        return self._must("hash-object", "-w", "--stdin", data=data)

    def _commit_tree(self, tree: str, parent: str, message: str) -> str:
        name, address = AUTHOR
        who = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", name), ("EMAIL", address))
        }
        return self._must(
            "commit-tree", tree, "-p", parent, "-m", message, environment=git_environment() | who
        )

    def _origin(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return run_git(self.root, *arguments, environment=git_environment(self._header))

    def _must(
        self, *arguments: str, environment: dict[str, str] | None = None, data: bytes | None = None
    ) -> str:
        outcome = run_git(self.root, *arguments, environment=environment, data=data)
        if outcome.returncode:
            raise UnavailableError(f"git {arguments[0]} failed: {last_words(outcome)}")
        return outcome.stdout.decode().strip()
