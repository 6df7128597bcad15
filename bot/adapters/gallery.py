"""Pictures on an orphan branch of origin, by Git plumbing: no work tree, no index, no local branch.

A comment links them by commit (`blob/<sha>/x.png?raw=true`), which takes no more than reading the repository,
and stays true when the branch goes on. The branch is one line; its tree has every picture that was ever put
there, by a name that its content gives, so that the same picture is there once.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from bot.adapters.process import author_environment, git_environment, last_words, run_git
from bot.errors import UnavailableError

BRANCH = "modelbot/plots"
REF = f"refs/heads/{BRANCH}"
ROUNDS = 5
PAUSE = 0.2


class GitGallery:
    """Implements Gallery on origin of the repository at `root`; `header` authorises calls to it."""

    def __init__(self, root: Path, header: str | None = None) -> None:
        self._root = root
        self._header = header

    def keep(self, pictures: tuple[tuple[str, bytes], ...]) -> str:
        """Put files there, by name, with those that are there; answers the commit that has them all.

        Raises UnavailableError: origin does not answer, or does not let us write.
        """
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

    def _tip(self) -> str | None:
        outcome = self._origin("ls-remote", "--quiet", "origin", REF)
        if outcome.returncode:
            raise UnavailableError(f"could not read {BRANCH!r} from origin: {last_words(outcome)}")
        lines = outcome.stdout.decode().splitlines()
        return lines[0].split("\t")[0] if lines else None

    def _fetch(self, tip: str) -> None:
        """Only the newest commit; a fetch of it by another process of this clone holds `shallow.lock`."""
        fetch = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--depth=1", "origin", tip)
        for _round in range(ROUNDS):
            outcome = self._origin(*fetch)
            if not outcome.returncode:
                return
            if b"shallow.lock" not in outcome.stderr:
                break
            time.sleep(PAUSE)
        raise UnavailableError(f"could not read {BRANCH!r} from origin: {last_words(outcome)}")

    def _entries(self, tip: str) -> dict[str, str]:
        """Name → blob, of the newest commit."""
        self._fetch(tip)
        lines = self._must("ls-tree", "-z", tip).split(b"\0")
        pairs = (line.split(b"\t", 1) for line in lines if line)
        return {name.decode(): meta.split()[2].decode() for meta, name in pairs}

    def _commit(self, tip: str | None, entries: dict[str, str]) -> str:
        listing = "".join(f"100644 blob {blob}\t{name}\n" for name, blob in sorted(entries.items()))
        tree = self._must("mktree", data=listing.encode()).decode().strip()
        parent = ("-p", tip) if tip else ()
        written = self._must("commit-tree", tree, *parent, data=b"Plots of pull requests\n")
        return written.decode().strip()

    def _blob(self, data: bytes) -> str:
        return self._must("hash-object", "-w", "--stdin", data=data).decode().strip()

    def _origin(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return run_git(self._root, *arguments, environment=git_environment(self._header))

    def _must(self, *arguments: str, data: bytes | None = None) -> bytes:
        settings = git_environment() | author_environment()
        outcome = run_git(self._root, *arguments, environment=settings, data=data)
        if outcome.returncode:
            raise UnavailableError(f"git {arguments[0]} failed: {last_words(outcome)}")
        return outcome.stdout
