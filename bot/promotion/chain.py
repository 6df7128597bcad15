"""Whether a branch of records is one line of commits whose bytes are what their names say. Performs no I/O.

Git itself does not hash what it reads, only what it receives; so an object that was exchanged on a disk is
read as if nothing had happened. Here every name is worked out from the bytes again: record, tree, commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.promotion.findings import Finding

FILE = b"100644 record.json\0"
SHA1 = 40
REWRITTEN = (
    "Somebody forced that branch: push it from a clone that has the commit, and look at who may write."
)
DAMAGED = "Compare with another clone (`git fsck`), and take the object from there."
OTHER_BYTES = "the commit has other bytes than its name says."
FOREIGN = "Somebody else wrote to that branch; look at who may, and put it back."


class Link(Protocol):
    """One commit of the branch and the bytes of its three objects; None where Git has none."""

    @property
    def commit(self) -> str:
        """The commit's name."""
        ...

    @property
    def header(self) -> bytes | None:
        """The commit object."""
        ...

    @property
    def tree(self) -> bytes | None:
        """Its tree."""
        ...

    @property
    def data(self) -> bytes | None:
        """Its record."""
        ...


def broken_links(links: Sequence[Link], known: Sequence[str] = (), first: int = 1) -> Iterator[Finding]:
    """What is wrong with the line of commits, oldest first; `known` are commits (or how they
    begin) that must be in it.

    `first` is the number of the first record: not 1 where what is before it cannot be reached.
    """
    before: str | None = None
    for position, link in enumerate(links, first):
        wrong = _wrong(link, before)
        if wrong:
            field, what, todo = wrong
            told = f"Record {position} ({link.commit[:12]}): {what}"
            yield Finding(told, todo, link.commit, position, field)
        before = link.commit
    there = {link.commit for link in links}
    for commit in known:
        if commit not in there and not any(one.startswith(commit) for one in there):
            what = f"The ledger was seen with commit {commit[:12]}, which is not in it any more."
            yield Finding(what, REWRITTEN, commit)


def _wrong(link: Link, before: str | None) -> tuple[str, str, str] | None:
    """Field, sentence and remedy of the first thing that is wrong with a link."""
    if link.header is None or _name(b"commit", link.header, link.commit) != link.commit:
        unread = "Git cannot read the commit, nor reach what is before it."
        return "commit", OTHER_BYTES if link.header else unread, DAMAGED
    tree, parents = _pointers(link.header)
    if parents != ([before] if before else []):
        return "parent", _parents(parents, before), FOREIGN
    if link.tree is None or _name(b"tree", link.tree, link.commit) != tree:
        return "tree", "the list of files has other bytes than the commit says.", DAMAGED
    if not link.tree.startswith(FILE) or len(link.tree) != len(FILE) + len(link.commit) // 2:
        return "record.json", "the commit must hold the one file record.json, and does not.", FOREIGN
    blob = link.tree[len(FILE) :].hex()
    if link.data is None or _name(b"blob", link.data, link.commit) != blob:
        return "record.json", "the record has other bytes than the commit says.", DAMAGED
    return None


def _name(kind: bytes, data: bytes, like: str) -> str:
    """Git's name of an object, by the hash with which `like` was made (SHA-1, or SHA-256)."""
    whole = b"%s %d\0%s" % (kind, len(data), data)
    if len(like) == SHA1:
        return hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    return hashlib.sha256(whole).hexdigest()


def _pointers(header: bytes) -> tuple[str, list[str]]:
    """The tree and the parents that a commit names."""
    lines = [line.split(b" ", 1) for line in header.split(b"\n\n", 1)[0].split(b"\n")]
    named = [(line[0], line[1].decode("ascii", "replace")) for line in lines if len(line) == 2]  # noqa: PLR2004
    tree = next((value for key, value in named if key == b"tree"), "")
    return tree, [value for key, value in named if key == b"parent"]


def _parents(parents: Sequence[str], before: str | None) -> str:
    after = f"after {before[:12]}" if before else "first"
    named = " and ".join(parent[:12] for parent in parents) or "no parent"
    return f"the commit must come {after} and nothing else, and names {named}."
