"""One commit as a tree of bytes, through one `git cat-file --batch` process."""

from __future__ import annotations

import hashlib
import subprocess
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from bot.adapters.process import git_environment, last_words, run_git
from bot.errors import UnavailableError

REGULAR = ("100644", "100755")
# So many names fit into a pipe: Git may answer, and we read, after all of them were written.
TOGETHER = 500


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
        if path not in self._blobs:
            return None
        if path not in self._bytes:
            self._fetch((path,))
        return self._bytes[path]

    def warm(self, paths: Iterable[str]) -> None:
        """Fetch these files, and those below these directories, in a few questions instead of one each."""
        files = (file for path in paths for file in ((path,) if path in self._blobs else self.paths(path)))
        missing = [file for file in dict.fromkeys(files) if file not in self._bytes]
        for start in range(0, len(missing), TOGETHER):
            self._fetch(missing[start : start + TOGETHER])

    def paths(self, prefix: str = "") -> tuple[str, ...]:
        """Every regular file below the directory `prefix`, sorted."""
        if not prefix:
            return self._paths
        name = prefix.rstrip("/")
        # "0" follows "/": what is between the two is below the directory.
        return self._paths[bisect_left(self._paths, f"{name}/") : bisect_left(self._paths, f"{name}0")]

    def md5(self, path: str) -> str | None:
        """md5 of the file's bytes, as DVC names a file; None when it is absent."""
        data = self.read(path)
        return None if data is None else hashlib.md5(data, usedforsecurity=False).hexdigest()

    @cached_property
    def _blobs(self) -> dict[str, str]:
        entries = listed(self.root, "ls-tree", "-r", "-z", "--full-tree", self.sha)
        return dict(sorted((path, what[2]) for what, path in entries if what[0] in REGULAR))

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        return tuple(self._blobs)

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

    def _fetch(self, paths: Sequence[str]) -> None:
        pipe = self._process.stdin
        # Where the pipe is broken, it is the missing answer that says of which object.
        with suppress(BrokenPipeError):
            if pipe is not None:
                pipe.write("".join(f"{self._blobs[path]}\n" for path in paths).encode())
                pipe.flush()
        for path in paths:
            self._bytes[path] = self._answer(self._blobs[path])

    def _answer(self, blob: str) -> bytes:
        out = self._process.stdout
        header = out.readline().split() if out is not None else []
        # "<oid> blob <size>": the name is held against ours, so that no answer is taken for another's.
        size = int(header[2]) + 1 if len(header) == 3 and header[0] == blob.encode() else 0  # noqa: PLR2004
        data = out.read(size) if out is not None else b""
        if not size or len(data) != size:
            what = f"Git could not read the object {blob[:7]} of {self.sha[:7]}."
            raise UnavailableError(what, "Look at the clone with `git fsck`: is it partial, or damaged?")
        return data[:-1]

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
