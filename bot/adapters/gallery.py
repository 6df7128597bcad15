"""Pictures on an orphan branch of origin, by Git plumbing: no work tree, no index, no local branch.

A comment links them by commit (`blob/<sha>/x.png?raw=true`), which takes no more than reading the repository,
and stays true when the branch goes on. The branch is one line; its tree has every picture that was ever put
there, by a name that its content gives, so that the same picture is there once.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.adapters.process import author_environment, git_environment, last_words, run_git
from bot.errors import UnavailableError

BRANCH = "modelbot/plots"
REF = f"refs/heads/{BRANCH}"
ROUNDS = 5


class GitGallery:
    """Implements Gallery on origin of the repository at `root`; `header` authorises calls to it."""

    def __init__(self, root: Path, header: str | None = None) -> None:
        self._root = root
        self._header = header

    def keep(self, pictures: tuple[tuple[str, bytes], ...]) -> str:
        """Put files there, by name, with those that are there; answers the commit that has them all.

        Raises UnavailableError: origin does not answer, or does not let us write.
        """
        with self._shelf() as shelf:
            return shelf.keep(pictures)

    @contextmanager
    def _shelf(self) -> Iterator[_Shelf]:
        """An empty repository with the same origin, for the newest commit alone.

        A fetch of one commit into the clone itself would make the whole clone count as shallow, under a lock
        that another process of it does not wait for.
        """
        url = _must(run_git(self._root, "remote", "get-url", "origin"), "remote").decode().strip()
        with TemporaryDirectory(prefix="modelbot-plots-") as folder:
            shelf = _Shelf(self._root, Path(folder), self._header)
            shelf.git("init", "--quiet", "--bare", folder)
            shelf.git("remote", "add", "origin", url)
            yield shelf


class _Shelf:
    """The branch in a repository of its own; Git runs in `root`, from which origin's path may be relative."""

    def __init__(self, root: Path, folder: Path, header: str | None) -> None:
        self._root = root
        self._folder = folder
        self._header = header

    def keep(self, pictures: tuple[tuple[str, bytes], ...]) -> str:
        for _round in range(ROUNDS):
            tip = self._tip()
            there = self._entries(tip) if tip else {}
            missing = {name: data for name, data in pictures if name not in there}
            if tip and not missing:
                return tip
            commit = self._commit(tip, there | {name: self._blob(data) for name, data in missing.items()})
            lease = f"--force-with-lease={REF}:{tip or ''}"
            outcome = self._origin("push", "--quiet", "--no-verify", lease, "origin", f"{commit}:{REF}")
            if not outcome.returncode:
                return commit
        raise UnavailableError(f"could not push to {BRANCH!r}: {last_words(outcome)}")

    def git(self, *arguments: str, data: bytes | None = None) -> bytes:
        """What Git answers; raises UnavailableError where it fails."""
        settings = git_environment() | author_environment()
        where = f"--git-dir={self._folder}"
        return _must(run_git(self._root, where, *arguments, environment=settings, data=data), arguments[0])

    def _tip(self) -> str | None:
        outcome = self._origin("ls-remote", "--quiet", "origin", REF)
        if outcome.returncode:
            raise UnavailableError(f"could not read {BRANCH!r} from origin: {last_words(outcome)}")
        lines = outcome.stdout.decode().splitlines()
        return lines[0].split("\t")[0] if lines else None

    def _entries(self, tip: str) -> dict[str, str]:
        """Name → blob, of the newest commit; of the pictures only their names are fetched."""
        only = ("--no-tags", "--no-write-fetch-head", "--depth=1", "--filter=blob:none")
        outcome = self._origin("fetch", "--quiet", *only, "origin", tip)
        if outcome.returncode:
            raise UnavailableError(f"could not read {BRANCH!r} from origin: {last_words(outcome)}")
        lines = self.git("ls-tree", "-z", tip).split(b"\0")
        pairs = (line.split(b"\t", 1) for line in lines if line)
        return {name.decode(): meta.split()[2].decode() for meta, name in pairs}

    def _commit(self, tip: str | None, entries: dict[str, str]) -> str:
        listing = "".join(f"100644 blob {blob}\t{name}\n" for name, blob in sorted(entries.items()))
        tree = self.git("mktree", "--missing", data=listing.encode()).decode().strip()
        parent = ("-p", tip) if tip else ()
        return self.git("commit-tree", tree, *parent, data=b"Plots of pull requests\n").decode().strip()

    def _blob(self, data: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", data=data).decode().strip()

    def _origin(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        where = f"--git-dir={self._folder}"
        return run_git(self._root, where, *arguments, environment=git_environment(self._header))


def _must(outcome: subprocess.CompletedProcess[bytes], what: str) -> bytes:
    if outcome.returncode:
        raise UnavailableError(f"git {what} failed: {last_words(outcome)}")
    return outcome.stdout
