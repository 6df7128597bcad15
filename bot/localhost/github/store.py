"""A bare Git repository through git's own plumbing: objects, refs, differences and merges, no work tree.

A cherry-pick and a revert are three-way merges with a chosen base. `git merge-tree` takes its base from
the commit graph (its `--merge-base` flag came with Git 2.40), so a throw-away commit with the right
parent gives the base; the result is what `git revert` and `git cherry-pick` write.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ZERO = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
FORGE = "GitHub <noreply@github.com>"

_CONFIG = (
    ("http.receivepack", "true"),
    ("http.uploadpack", "true"),
    ("receive.hideRefs", "refs/pull"),
    ("receive.autogc", "false"),
    ("gc.auto", "0"),
    ("uploadpack.allowAnySHA1InWant", "true"),
    ("uploadpack.allowFilter", "true"),
    ("core.quotePath", "false"),
)


class GitError(Exception):
    """Git refused. The message is git's own."""


class ConflictError(GitError):
    """The two sides cannot be merged without a person. `paths` names the files."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__("Merge conflict in " + ", ".join(paths))
        self.paths = paths


@dataclass(frozen=True, slots=True)
class Signature:
    """Who and when, as a commit records it. `date` is ISO 8601."""

    name: str
    email: str
    date: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit object."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str

    @property
    def title(self) -> str:
        """The message's first line."""
        return self.message.split("\n", 1)[0]


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a tree. `size` is None for anything but a blob."""

    mode: str
    type: str
    sha: str
    path: str
    size: int | None


def git_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment git runs in: nobody's configuration, no prompts, plus `extra`."""
    kept = {key: os.environ[key] for key in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if key in os.environ}
    fixed = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
    }
    return {**kept, **fixed, "HOME": os.devnull, **(extra or {})}


class BareRepository:
    """Git plumbing over one bare repository. Every method raises `GitError` when git refuses."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, branch: str) -> BareRepository:
        """Make an empty bare repository whose HEAD names `branch`."""
        path.mkdir(parents=True)
        store = cls(path)
        store.git("init", "--quiet", "--bare", f"--initial-branch={branch}", ".")
        for key, value in _CONFIG:
            store.git("config", key, value)
        return store

    def git(self, *args: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run one git command and give its standard output, decoded with U+FFFD for bytes that are not
        UTF-8.
        """
        return self.git_bytes(*args, stdin=stdin, env=env).decode("utf-8", "replace")

    def git_bytes(
        self, *args: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None
    ) -> bytes:
        """Run one git command and give its standard output."""
        done = self._run(args, stdin, env)
        if done.returncode:
            raise GitError(done.stderr.decode("utf-8", "replace").strip() or f"git {args[0]} failed")
        return done.stdout

    def _run(
        self, args: Sequence[str], stdin: bytes | None, env: Mapping[str, str] | None
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ("git", *args),
            cwd=self.path,
            input=stdin or b"",
            env=git_environment(env),
            capture_output=True,
            check=False,
        )

    def resolve(self, revision: str, kind: str = "commit") -> str | None:
        """The object id that `revision` names, or None. A branch wins over a tag of the same name."""
        if (
            not revision
            or revision.startswith("-")
            or any(mark in revision for mark in ("..", "@{", ":", " "))
        ):
            return None
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            done = self._run(
                ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{{kind}}}"), None, None
            )
            if not done.returncode:
                return done.stdout.decode().strip()
        return None

    def refs(self, prefix: str = "refs/heads/") -> dict[str, tuple[str, str]]:
        """Full ref name → (object id, object type), in name order. `prefix` matches by characters."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname) %(objecttype)").splitlines()
        rows = (line.rsplit(" ", 2) for line in lines)
        return {name: (sha, kind) for name, sha, kind in rows if name.startswith(prefix)}

    def ref(self, name: str) -> str | None:
        """The object id of a full ref name, or None."""
        done = self._run(("show-ref", "--verify", "--hash", "--", name), None, None)
        return None if done.returncode else done.stdout.decode().strip()

    def branch(self, name: str) -> str | None:
        """The tip of a branch, or None."""
        return self.ref(f"refs/heads/{name}")

    def update_ref(self, name: str, new: str, old: str | None = None) -> None:
        """Move a ref; with `old`, only from there (`ZERO`: it must not exist yet).

        `new` = `ZERO` deletes it.
        """
        if new == ZERO:
            self.git("update-ref", "-d", name, *([old] if old else []))
        else:
            self.git("update-ref", name, new, *([old] if old is not None else []))

    def commit(self, sha: str) -> Commit:
        """Read one commit."""
        return self.commits(sha, "--max-count=1")[0]

    def commits(self, *revisions: str) -> tuple[Commit, ...]:
        """The commits of a `git log`, newest first."""
        fields = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
        text = self.git("log", f"--format={fields}%x01", *revisions, "--")
        return tuple(_commit(part.lstrip("\n")) for part in text.split("\x01") if part.strip("\n"))

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor, or None for unrelated histories."""
        done = self._run(("merge-base", one, other), None, None)
        return done.stdout.decode().strip() or None if not done.returncode else None

    def is_ancestor(self, one: str, other: str) -> bool:
        """Whether `other` contains `one`."""
        return not self._run(("merge-base", "--is-ancestor", one, other), None, None).returncode

    def count(self, revisions: str) -> int:
        """How many commits a range has."""
        return int(self.git("rev-list", "--count", revisions, "--"))

    def tree(self, revision: str, *, recursive: bool = False, path: str = "") -> tuple[TreeEntry, ...]:
        """The entries of a tree, or of the directory `path` in it."""
        flags = ("-r", "-t") if recursive else ()
        target = f"{revision}:{path}" if path else revision
        return tuple(
            _entry(row) for row in self.git("ls-tree", "-l", "-z", *flags, target).split("\0") if row
        )

    def object_at(self, revision: str, path: str) -> str | None:
        """The object id of `path` in a revision, or None."""
        done = self._run(("rev-parse", "--verify", "--quiet", f"{revision}:{path}"), None, None)
        return None if done.returncode else done.stdout.decode().strip()

    def blob(self, sha: str) -> bytes:
        """The bytes of a blob."""
        return self.git_bytes("cat-file", "blob", sha)

    def write_blob(self, content: bytes) -> str:
        """Store bytes; gives their object id."""
        return self.git("hash-object", "-w", "--stdin", stdin=content).strip()

    def write_tree(self, rows: Sequence[tuple[str, str, str | None]], base: str | None) -> str:
        """A tree from (mode, path, object id) rows laid over `base`; an id of None removes the path."""
        index = self.path / f"index-{os.getpid()}-{os.urandom(6).hex()}"
        env = {"GIT_INDEX_FILE": str(index)}
        try:
            if base:
                self.git("read-tree", base, env=env)
            info = "".join(f"{mode if sha else '0'} {sha or ZERO}\t{path}\0" for mode, path, sha in rows)
            self.git("update-index", "-z", "--index-info", stdin=info.encode(), env=env)
            return self.git("write-tree", env=env).strip()
        finally:
            index.unlink(missing_ok=True)

    def write_commit(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        author: Signature,
        committer: Signature | None = None,
    ) -> str:
        """A commit object; gives its id."""
        by = committer or author
        env = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": author.date,
            "GIT_COMMITTER_NAME": by.name,
            "GIT_COMMITTER_EMAIL": by.email,
            "GIT_COMMITTER_DATE": by.date,
        }
        flags = [flag for parent in parents for flag in ("-p", parent)]
        return self.git("commit-tree", tree, *flags, "-F", "-", stdin=message.encode(), env=env).strip()

    def merge_tree(self, ours: str, theirs: str) -> str:
        """The tree of a merge. Raises `ConflictError` naming the paths."""
        done = self._run(
            ("merge-tree", "--write-tree", "--name-only", "--no-messages", ours, theirs), None, None
        )
        lines = done.stdout.decode("utf-8", "replace").splitlines()
        if done.returncode == 0:
            return lines[0]
        if done.returncode == 1:
            raise ConflictError(tuple(dict.fromkeys(line for line in lines[1:] if line)))
        raise GitError(done.stderr.decode("utf-8", "replace").strip())

    def picked_tree(self, onto: str, commit: str) -> str:
        """The tree of `git cherry-pick commit` on `onto`."""
        stand_in = self._stand_in(onto, self.commit(commit).parents[0])
        return self.merge_tree(stand_in, commit)

    def reverted_tree(self, onto: str, commit: str, before: str) -> str:
        """The tree of reverting everything from `before` to `commit`, on `onto` (which contains `commit`)."""
        return self.merge_tree(onto, self._stand_in(before, commit))

    def _stand_in(self, content: str, parent: str) -> str:
        who = Signature("localhost", "localhost@invalid", "2000-01-01T00:00:00+00:00")
        return self.write_commit(f"{content}^{{tree}}", (parent,), "stand-in", who)


def _commit(text: str) -> Commit:
    sha, tree, parents, an, ae, ad, cn, ce, cd, message = text.split("\0", 9)
    signatures = Signature(an, ae, ad), Signature(cn, ce, cd)
    return Commit(sha, tree, tuple(parents.split()), *signatures, message.rstrip("\n"))


def _entry(row: str) -> TreeEntry:
    facts, path = row.split("\t", 1)
    mode, kind, sha, size = facts.split()
    return TreeEntry(mode, kind, sha, path, int(size) if size.isdigit() else None)
