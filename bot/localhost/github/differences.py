"""Differences between two commits, file by file, as `git diff` tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.localhost.github.store import BareRepository

ChangeKind = Literal["added", "removed", "modified", "renamed", "copied", "changed"]
_KINDS: dict[str, ChangeKind] = {
    "A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed file.

    `patch` starts at the first `@@` and is empty for binary files; `sha` is the new blob's.
    """

    path: str
    previous: str | None
    kind: ChangeKind
    sha: str
    additions: int
    deletions: int
    patch: str


def changes(store: BareRepository, old: str, new: str) -> tuple[FileChange, ...]:
    """Every file that differs between two commits or trees, in path order, renames found."""
    raw = store.git("diff", "--raw", "--no-abbrev", "-M", "-z", old, new).split("\0")
    rows = _raw_rows(raw)
    counts = _counts(store.git("diff", "--numstat", "-M", "-z", old, new).split("\0"))
    patches = _patches(store.git("diff", "-M", "--no-color", "--no-ext-diff", old, new))
    return tuple(
        FileChange(path, previous, kind, sha, *counts.get(path, (0, 0)), patch)
        for (path, previous, kind, sha), patch in zip(rows, patches, strict=True)
    )


def _raw_rows(parts: list[str]) -> list[tuple[str, str | None, ChangeKind, str]]:
    rows: list[tuple[str, str | None, ChangeKind, str]] = []
    position = 0
    while position < len(parts) and parts[position]:
        fields = parts[position].split(" ")
        letter = fields[4][0]
        kind, sha = _KINDS[letter], fields[2] if letter == "D" else fields[3]
        if letter in "RC":
            rows.append((parts[position + 2], parts[position + 1], kind, sha))
            position += 3
        else:
            rows.append((parts[position + 1], None, kind, sha))
            position += 2
    return rows


def _counts(parts: list[str]) -> dict[str, tuple[int, int]]:
    counts: dict[str, tuple[int, int]] = {}
    position = 0
    while position < len(parts) and parts[position]:
        added, deleted, path = parts[position].split("\t", 2)
        renamed = not path
        path = parts[position + 2] if renamed else path
        counts[path] = (int(added) if added.isdigit() else 0, int(deleted) if deleted.isdigit() else 0)
        position += 3 if renamed else 1
    return counts


def _patches(text: str) -> list[str]:
    pieces = ("\n" + text).split("\ndiff --git ")[1:]
    return [piece[piece.index("\n@@") + 1 :] if "\n@@" in piece else "" for piece in pieces]
