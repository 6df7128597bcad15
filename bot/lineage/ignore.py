"""Which paths DVC does not see: `.dvcignore`, its own directories, repositories inside. Performs no I/O."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from bot.lineage.tree import Tree

_ALWAYS = frozenset((".git", ".hg", ".dvc"))


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of a `.dvcignore`: `below` is its directory with a slash ("" at the root).

    `levels` has one pattern for each name of a path; None is `**`, any number of directories.
    """

    below: str
    levels: tuple[re.Pattern[str] | None, ...]
    ignores: bool
    directories_only: bool

    def matches(self, path: str, is_dir: bool) -> bool:
        """Whether this line speaks about `path` (from the root)."""
        if self.directories_only and not is_dir:
            return False
        return path.startswith(self.below) and self._accepts(path[len(self.below) :].split("/"))

    def _accepts(self, names: list[str]) -> bool:
        """Whether the levels fit the names, or those of a directory above; linear in both."""
        states = self._onward({0})
        for name in names:
            states = self._onward({after for at in states for after in self._step(at, name)})
            if len(self.levels) in states:
                return True
        return False

    def _step(self, at: int, name: str) -> tuple[int, ...]:
        level = self.levels[at]
        if level is None:
            return (at,)
        return (at + 1,) if level.fullmatch(name) else ()

    def _onward(self, states: set[int]) -> set[int]:
        found = set(states)
        for at, level in enumerate(self.levels):
            if at in found and level is None:
                found.add(at + 1)
        return found


@dataclass(frozen=True, slots=True)
class Ignore:
    """The rules of one tree, those of inner directories after those of outer ones: the last match decides."""

    rules: tuple[_Rule, ...]
    subrepos: frozenset[str]

    def ignored(self, path: str) -> bool:
        """Whether DVC overlooks the file at `path`, or a directory above it."""
        parts = path.split("/")
        if not _ALWAYS.isdisjoint(parts):
            return True
        if not self.rules and not self.subrepos:
            return False
        above = ["/".join(parts[:end]) for end in range(1, len(parts))]
        return any(part in self.subrepos or self._decide(part, True) for part in above) or self._decide(
            path, False
        )

    def _decide(self, path: str, is_dir: bool) -> bool:
        for rule in reversed(self.rules):
            if rule.matches(path, is_dir):
                return rule.ignores
        return False


def read_ignore(tree: Tree) -> Ignore:
    """The rules of a tree (the grammar of .gitignore, https://dvc.org/doc/user-guide/project-structure)."""
    paths = tree.paths()
    subrepos = frozenset(path.removesuffix("/.dvc/config") for path in paths if path.endswith("/.dvc/config"))
    files = sorted((path for path in paths if posixpath.basename(path) == ".dvcignore"), key=_depth)
    rules = tuple(rule for path in files for rule in _parse(path, tree.read(path) or b""))
    return Ignore(rules, subrepos)


def _depth(path: str) -> tuple[int, str]:
    return path.count("/"), path


def _parse(path: str, data: bytes) -> list[_Rule]:
    below = path.removesuffix(".dvcignore")
    lines = (line.strip() for line in data.decode("utf-8", "replace").splitlines())
    return [_rule(below, line) for line in lines if line and not line.startswith("#")]


def _rule(below: str, line: str) -> _Rule:
    glob = line.removeprefix("!").removeprefix("\\")
    names = glob.strip("/").split("/")
    if "/" not in glob.rstrip("/"):
        names.insert(0, "**")
    if names[-1] == "**":
        names[-1] = "*"
    levels = tuple(None if name == "**" else re.compile(_level(name), re.DOTALL) for name in names)
    return _Rule(below, levels, not line.startswith("!"), glob.endswith("/"))


def _level(glob: str) -> str:
    """The expression for one name. The first place where what follows a star fits is the only one worth
    trying, except for the last star: atomic groups bound the time, as in the standard library's fnmatch.
    """
    first, *rest = (_literal(chunk) for chunk in re.split(r"\*+", glob))
    if not rest:
        return first
    return first + "".join(f"(?>.*?{chunk})" for chunk in rest[:-1]) + f".*{rest[-1]}"


_ONE = re.compile(r"\?|\[[^\]]+\]")


def _literal(text: str) -> str:
    parts: list[str] = []
    done = 0
    for found in _ONE.finditer(text):
        parts.append(re.escape(text[done : found.start()]))
        parts.append("." if found[0] == "?" else _character_set(found[0]))
        done = found.end()
    return "".join(parts) + re.escape(text[done:])


def _character_set(text: str) -> str:
    inner = re.sub(r"([\\\[&~|])", r"\\\1", text[1:-1])
    found = f"[^{inner[1:]}]" if inner[0] in "!^" else f"[{inner}]"
    try:
        re.compile(found)
    except re.error:
        return re.escape(text)
    return found
