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
    """The regular files of one commit. Symbolic links and submodules are not files here: `read` says None."""

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
        """Every regular file below `prefix`, sorted."""
        below = prefix.rstrip("/") + "/" if prefix else ""
        return tuple(path for path in self._blobs if path == prefix or path.startswith(below))

    def md5(self, path: str) -> str | None:
        """md5 of the file's bytes, as DVC names a file; None when it is absent."""
        data = self.read(path)
        return None if data is None else hashlib.md5(data, usedforsecurity=False).hexdigest()

    @cached_property
    def _blobs(self) -> dict[str, str]:
        outcome = run_git(self.root, "ls-tree", "-r", "-z", "--full-tree", self.sha)
        if outcome.returncode:
            raise UnavailableError(f"Could not list the files of {self.sha[:7]}: {last_words(outcome)}")
        entries = (
            line.split("\t", 1)
            for line in outcome.stdout.decode("utf-8", "surrogateescape").split("\0")
            if line
        )
        split = ((what.split(" "), path) for what, path in entries)
        return {path: what[2] for what, path in split if what[0] in REGULAR}

    @cached_property
    def _process(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["git", "cat-file", "--batch"],
            cwd=self.root,
            env=git_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def _cat(self, blob: str) -> bytes:
        pipe, out = self._process.stdin, self._process.stdout
        if pipe is None or out is None:
            raise UnavailableError("git cat-file did not start.")
        pipe.write(blob.encode() + b"\n")
        pipe.flush()
        header = out.readline().split()
        if len(header) != 3:  # noqa: PLR2004 -- "<oid> blob <size>"
            raise UnavailableError(f"Git has no object {blob[:7]} of {self.sha[:7]}; is the clone partial?")
        data = out.read(int(header[2]))
        out.read(1)
        return data

    def __del__(self) -> None:
        process = self.__dict__.get("_process")
        if process is not None:
            process.stdin.close()
            process.stdout.close()
            process.wait()
