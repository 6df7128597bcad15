"""`.dvcignore` hides the same files from us as from DVC's own filter."""

import posixpath
import time

import pytest

from bot.lineage.ignore import read_ignore
from bot.lineage.tree import MemoryTree

PATHS = (
    "a.log",
    "keep.log",
    "d/a.log",
    "d/e/a.log",
    "build/x",
    "d/build/x",
    "d/build",
    "src/notes/x.md",
    "notes/x.md",
    "a/b/c/d.txt",
    "a/d.txt",
    "file1.txt",
    "filex.txt",
    "#hash",
    "!bang",
    "sp ace.txt",
    "ü.txt",
    "d/.hidden",
)
RULES = (
    "*.log",
    "*.log\n!keep.log",
    "!keep.log\n*.log",
    "/a.log",
    "build/",
    "/build/",
    "build",
    "src/notes",
    "/src/notes/",
    "**/notes",
    "a/**/d.txt",
    "a/**",
    "a/*",
    "**/e/",
    "file[0-9].txt",
    "file[!0-9].txt",
    "file?.txt",
    "file[a-z].txt",
    "[#!]*",
    "# comment\n\\#hash",
    "\\!bang",
    "sp ace.txt",
    "ü.*",
    "*",
    "*\n!d",
    ".hidden",
    "d/",
    "d\n!d/a.log",
    "*e*.t*t",
    "f*e*[0-9].*",
    "**/a*/**/d*t",
    "*/b*/*/*.txt",
    "",
)


@pytest.mark.parametrize("rules", RULES)
def test_the_same_files_are_hidden(rules: str) -> None:
    from dvc.ignore import DvcIgnorePatterns

    lines = [line.strip() for line in rules.splitlines() if line.strip() and not line.startswith("#")]
    theirs = DvcIgnorePatterns(lines, "/r", "/")
    tree = MemoryTree({".dvcignore": rules.encode(), **dict.fromkeys(PATHS, b"")})
    ours = read_ignore(tree)

    hidden = {
        p
        for p in PATHS
        if theirs.matches(posixpath.join("/r", posixpath.dirname(p)).rstrip("/"), posixpath.basename(p))
    }
    assert {path for path in PATHS if ours.ignored(path)} == hidden


def test_a_set_that_makes_no_sense_matches_itself_and_stops_nothing() -> None:
    tree = MemoryTree({".dvcignore": b"file[z-a].txt\n[[]x\n"})
    assert not read_ignore(tree).ignored("file1.txt")


def test_a_hostile_pattern_is_answered_in_bounded_time() -> None:
    rules = "*a" * 40 + "b\n" + "**/a*/" * 20 + "b"
    tree = MemoryTree({".dvcignore": rules.encode(), "a" * 250: b"", "a/" * 100 + "c": b""})
    ignore = read_ignore(tree)
    started = time.process_time()
    assert not ignore.ignored("a" * 250)
    assert not ignore.ignored("a/" * 100 + "c")
    assert time.process_time() - started < 2
