"""Append-only branches of records on origin, by Git plumbing: no work tree, no index, no local branch.

One commit per record; its tree is the one file `record.json`. So appending costs the same whatever came
before, `git log -p origin/modelbot/ledger` shows every record, and one `git cat-file --batch` reads them all.
"""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bot.adapters.process import author_environment, git_environment, last_words, run_git
from bot.errors import InvalidInputError, NotEvaluatedError, StaleError, UnavailableError
from bot.ports.git import Chain, Link, LogEntry

FILE = "record.json"
MOVED = (
    "stale info",
    "fetch first",
    "non-fast-forward",
    "cannot lock ref",
    "failed to update ref",
    "reference already exists",
    "remote ref updated since checkout",
)


class GitRecords:
    """Implements RecordWriter on origin of the repository at `root`; `header` authorises calls to it.

    What was fetched is kept under `refs/modelbot/`, so that the next reading fetches only what is new.
    """

    def __init__(self, root: Path, header: str | None = None) -> None:
        self._root = root
        self._header = header

    def entries(self, branch: str) -> tuple[LogEntry, ...]:
        """Every record, oldest first; empty when origin has no such branch.

        Raises:
            UnavailableError: origin does not answer.
            InvalidInputError: this repository has no origin.
            NotEvaluatedError: a commit of the branch has no record, or has more than one parent.
        """
        return self.together((branch,))[0]

    def together(self, branches: tuple[str, ...]) -> tuple[tuple[LogEntry, ...], ...]:
        """What `entries` says of each; one `ls-remote` for all, and one `fetch` if any has news."""
        tips = self._tips(branches)
        self._bring(tips)
        return tuple(self._entries(branch, tips.get(branch)) for branch in branches)

    def _entries(self, branch: str, tip: str | None) -> tuple[LogEntry, ...]:
        return self._records(branch, self._commits(branch, tip)) if tip else ()

    def chain(self, branch: str) -> Chain:
        """Every commit with the bytes of its objects, oldest first; and where this clone saw the branch end.

        Raises:
            UnavailableError: origin does not answer, or the commits themselves cannot be listed.
            InvalidInputError: this repository has no origin.
        """
        seen = self._seen(branch)
        tips = self._tips((branch,))
        tip = tips.get(branch)
        if tip is None:
            return Chain((), seen)
        self._bring(tips)
        commits = self._line(tip)
        self._remember(branch, commits)
        found = self._objects([name for commit in commits for name in _names(commit)])
        links = zip(commits, found[0::3], found[1::3], found[2::3], strict=True)
        return Chain(tuple(Link(*link) for link in links), seen)

    def _line(self, tip: str) -> list[str]:
        """The first parents down to the root, oldest first; or down to a commit that Git cannot read."""
        outcome = self._git("rev-list", "--first-parent", tip)
        line = outcome.stdout.decode().split() or [tip]
        while outcome.returncode:  # Git stops some commits before the damaged one.
            header = self._objects([line[-1]])[0] or b""
            parent = re.search(rb"^parent ([0-9a-f]+)$", header.split(b"\n\n")[0], re.MULTILINE)
            if parent is None:
                break
            line.append(parent[1].decode())
        return line[::-1]

    def _seen(self, branch: str) -> tuple[str, ...]:
        """Where this clone, and a person's own fetch, last saw the branch end."""
        refs = (f"refs/modelbot/{branch}", f"refs/remotes/origin/{branch}")
        answers = (self._git("rev-parse", "--verify", "--quiet", ref) for ref in refs)
        return tuple(dict.fromkeys(one.stdout.decode().strip() for one in answers if not one.returncode))

    def _remember(self, branch: str, commits: list[str]) -> None:
        """Keep where the branch ends, unless it does not go on from where it was seen to end before."""
        ref = f"refs/modelbot/{branch}"
        before = self._git("rev-parse", "--verify", "--quiet", ref).stdout.decode().strip()
        if not before or before in commits:
            self._git("update-ref", ref, commits[-1])

    def _objects(self, names: list[str]) -> list[bytes | None]:
        """The objects' bytes; None where there is none. Git stops at a damaged one, and is asked again."""
        found: list[bytes | None] = []
        while len(found) < len(names):
            data = "".join(f"{name}\n" for name in names[len(found) :]).encode()
            asked = ("cat-file", "--batch", "--buffer")
            outcome = run_git(self._root, *asked, environment=git_environment(), data=data)
            found += _answers(outcome.stdout)
            if outcome.returncode and len(found) < len(names):
                found.append(None)
            elif len(found) < len(names):
                raise UnavailableError("git cat-file answered less than it was asked.", "Run this again.")
        return found

    def append(self, branch: str, after: str | None, data: bytes, message: str) -> str:
        """Append one record after commit `after` (None: start the branch); answers the new commit.

        The push carries a lease on exactly `after` and a commit whose parent it is, so that it is never
        forced; a random line in the message keeps two writers of equal records from making the same commit.

        Raises:
            StaleError: the branch is not at `after`; nothing was written.
            UnavailableError: origin does not answer, or does not let us write.
        """
        commit = self._commit(after, data, f"{message}\n\nModelbot-Append: {secrets.token_hex(8)}\n")
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{after or ''}"
        outcome = self._origin("push", "--quiet", "--no-verify", lease, "origin", f"{commit}:{ref}")
        if outcome.returncode:
            raise _refused(branch, outcome)
        return commit

    def _tips(self, branches: tuple[str, ...]) -> dict[str, str]:
        """Where each branch that origin has ends."""
        refs = {f"refs/heads/{branch}": branch for branch in branches}
        outcome = self._origin("ls-remote", "--quiet", "origin", *refs)
        if outcome.returncode:
            raise _unreachable(branches, outcome)
        lines = (line.split("\t") for line in outcome.stdout.decode().splitlines())
        return {refs[ref]: tip for tip, ref in lines if ref in refs}

    def _bring(self, tips: dict[str, str]) -> None:
        missing = {branch: tip for branch, tip in tips.items() if not self._has(tip)}
        if not missing:
            return
        # Not forced: of a branch that was rewritten the commits come all the same, and the end that was seen
        # before is kept, for `verify` to tell.
        specs = [f"refs/heads/{branch}:refs/modelbot/{branch}" for branch in missing]
        outcome = self._origin("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "origin", *specs)
        # Another process of this clone may have held the ref's lock: what counts is that the commit is here.
        if not all(self._has(tip) for tip in missing.values()):
            raise _unreachable(tuple(missing), outcome)

    def _has(self, commit: str) -> bool:
        return self._git("cat-file", "-e", f"{commit}^{{commit}}").returncode == 0

    def _commits(self, branch: str, tip: str) -> tuple[str, ...]:
        lines = self._must("rev-list", "--reverse", "--parents", tip).decode().splitlines()
        for position, line in enumerate(lines):
            parents = line.split()[1:]
            if len(parents) != min(position, 1):
                what = f"The branch {branch} is not one line of records: look at commit {line[:12]}."
                raise NotEvaluatedError(what, "Somebody merged into it or rewrote it; put it back.")
        return tuple(line.split()[0] for line in lines)

    def _records(self, branch: str, commits: tuple[str, ...]) -> tuple[LogEntry, ...]:
        names = "".join(f"{commit}:{FILE}\n" for commit in commits).encode()
        output, at, entries = self._must("cat-file", "--batch", "--buffer", data=names), 0, []
        for commit in commits:
            end = output.index(b"\n", at)
            header = output[at:end].split()
            if len(header) != 3 or header[1] != b"blob":  # noqa: PLR2004 -- "<oid> blob <size>"
                what = f"The commit {commit[:12]} of the branch {branch} has no {FILE}."
                raise NotEvaluatedError(what, "Somebody else wrote to that branch; look at who may.")
            start, at = end + 1, end + 1 + int(header[2]) + 1
            entries.append(LogEntry(commit, output[start : at - 1]))
        return tuple(entries)

    def _commit(self, after: str | None, data: bytes, message: str) -> str:
        blob = self._must("hash-object", "-w", "--stdin", data=data).decode().strip()
        tree = self._must("mktree", data=f"100644 blob {blob}\t{FILE}\n".encode()).decode().strip()
        parent = ("-p", after) if after else ()
        commit = self._must(
            "commit-tree", tree, *parent, data=message.encode(), environment=author_environment()
        )
        return commit.decode().strip()

    def _origin(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return run_git(self._root, *arguments, environment=git_environment(self._header))

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return run_git(self._root, *arguments, environment=git_environment())

    def _must(
        self, *arguments: str, data: bytes | None = None, environment: dict[str, str] | None = None
    ) -> bytes:
        settings = git_environment() | (environment or {})
        outcome = run_git(self._root, *arguments, environment=settings, data=data)
        if outcome.returncode:
            raise UnavailableError(f"git {arguments[0]} failed: {last_words(outcome)}")
        return outcome.stdout


def _names(commit: str) -> tuple[str, str, str]:
    return commit, f"{commit}^{{tree}}", f"{commit}:{FILE}"


def _answers(output: bytes) -> Iterator[bytes | None]:
    """The answers of `git cat-file --batch`, as far as they are whole."""
    at = 0
    while (end := output.find(b"\n", at)) >= 0:
        header, at = output[at:end].rsplit(b" ", 2), end + 1
        if header[-1] == b"missing":
            yield None
            continue
        size = int(header[-1])
        if at + size >= len(output):
            return
        yield output[at : at + size]
        at += size + 1


def _words(outcome: subprocess.CompletedProcess[bytes]) -> str:
    return outcome.stderr.decode(errors="replace").strip()


def _refused(branch: str, outcome: subprocess.CompletedProcess[bytes]) -> StaleError | UnavailableError:
    words = _words(outcome)
    if any(sign in words for sign in MOVED):
        return StaleError(f"Somebody else wrote to {branch!r} first; nothing was written.", "Run this again.")
    what = f"Could not write to the branch {branch!r}: {_cause(words)}"
    return UnavailableError(what, "The job needs `contents: write`, and no branch rule may forbid it.")


def _unreachable(
    branches: tuple[str, ...], outcome: subprocess.CompletedProcess[bytes]
) -> InvalidInputError | UnavailableError:
    words = _words(outcome)
    if "does not appear to be a git repository" in words:
        return InvalidInputError(
            "This repository has no remote that is a Git repository called 'origin'.",
            "Add it: `git remote add origin URL`.",
        )
    named = " and ".join(repr(branch) for branch in branches)
    what = f"Could not read the branch {named} from origin: {_cause(words)}"
    return UnavailableError(what, "Look at the connection and at the token's `contents: read` permission.")


def _cause(words: str) -> str:
    """The line of Git's that says why: the first error, else the last line."""
    lines = words.splitlines()
    signs = ("remote: ", "fatal: ", "error: ", " ! ")
    return next((line for line in lines if line.startswith(signs)), lines[-1] if lines else "no reason given")
