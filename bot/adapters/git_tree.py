"""One commit as a tree of bytes, through one `git cat-file --batch` process."""

from __future__ import annotations

import hashlib
import subprocess
from functools import cached_property
from pathlib import Path

from bot.adapters.process import git_environment, last_words, run_git
from bot.errors import UnavailableError

REGULAR = ("100644", "100755")


class GitTree:
    """The regular files of one commit. Symbolic links and submodules are not files here: `read` says None.

    A name that is not UTF-8 is a str with surrogate escapes, as `os.fsdecode` gives it.
    """

    def __init__(self, root: Path, sha: str) -> None:
        self.root = root
        self.sha = sha
        self._bytes: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None when this commit has no regular file of that name."""
        blob = self._blobs.get(path)
        if blob is None:
            return None
        if path not in self._bytes:
            self._bytes[path] = self._cat(blob)
        return self._bytes[path]

    def paths(self, prefix: str = "") -> tuple[str, ...]:
        """Every regular file below the directory `prefix`, sorted."""
        below = prefix.rstrip("/") + "/" if prefix else ""
        return tuple(path for path in self._blobs if path.startswith(below))

    def md5(self, path: str) -> str | None:
        """md5 of the file's bytes, as DVC names a file; None when it is absent."""
        data = self.read(path)
        return None if data is None else hashlib.md5(data, usedforsecurity=False).hexdigest()

    @cached_property
    def _blobs(self) -> dict[str, str]:
        entries = listed(self.root, "ls-tree", "-r", "-z", "--full-tree", self.sha)
        return dict(sorted((path, what[2]) for what, path in entries if what[0] in REGULAR))

    @cached_property
    def _process(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["git", "cat-file", "--batch"],
            cwd=self.root,
            env=git_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _cat(self, blob: str) -> bytes:
        try:
            data = self._ask(blob)
        except BrokenPipeError:
            data = None
        if data is None:
            what = f"Git could not read the object {blob[:7]} of {self.sha[:7]}."
            raise UnavailableError(what, "Look at the clone with `git fsck`: is it partial, or damaged?")
        return data

    def _ask(self, blob: str) -> bytes | None:
        pipe, out = self._process.stdin, self._process.stdout
        if pipe is None or out is None:
            return None
        pipe.write(blob.encode() + b"\n")
        pipe.flush()
        header = out.readline().split()
        if len(header) != 3:  # noqa: PLR2004 -- "<oid> blob <size>"
            return None
        size = int(header[2])
        data = out.read(size + 1)
        return data[:-1] if len(data) == size + 1 else None

    def __del__(self) -> None:
        process = self.__dict__.get("_process")
        if process is not None:
            process.stdin.close()
            process.stdout.close()
            process.wait()


def listed(
    root: Path, *arguments: str, environment: dict[str, str] | None = None
) -> list[tuple[list[str], str]]:
    """What `ls-tree -z` or `ls-files --stage -z` lists: the words before the tab (mode first), and the path.

    Raises:
        UnavailableError: Git could not list it.
    """
    outcome = run_git(root, *arguments, environment=environment)
    if outcome.returncode:
        raise UnavailableError(f"Could not list the files of {arguments[-1][:7]}: {last_words(outcome)}")
    lines = outcome.stdout.decode("utf-8", "surrogateescape").split("\0")
    pairs = (line.split("\t", 1) for line in lines if line)
    return [(what.split(" "), path) for what, path in pairs]
