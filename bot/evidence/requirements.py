"""Lines of requirements as pip, uv and conda write them: a package's name and what is said of its version.

Nothing is resolved and nothing executed; an option (`-r`, `--hash`) is passed over. Performs no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.evidence.located import Place
from bot.evidence.source import Source

Package = tuple[str, str]
"""Its name, in PEP 503's spelling, and its version as it is written; "" where none is said."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SPECIFIES = ("=", "<", ">", "!", "~", "@", "(")
_WHERE = (".", "/", "http://", "https://", "file:", "git+")


def read_requirements(source: Source) -> Iterator[Package]:
    """Every requirement of a file; a line that is none is noted as a problem."""
    for number, line in _logical_lines(source.text):
        entry = " ".join(line.split()).partition(" #")[0]
        if not entry or entry.startswith(("#", "-")):
            continue
        package = requirement(entry)
        if package is None:
            source.report(Place(number, 1), (), "this line is no requirement")
        else:
            yield package


def requirement(entry: str) -> Package | None:
    """One requirement without comment; None for what is none. A bare path or address is its own name."""
    wanted = entry.partition(" --")[0].partition(";")[0].strip()
    if wanted.startswith(_WHERE):
        return wanted, ""
    found = _NAME.match(wanted)
    if found is None:
        return None
    rest = wanted[found.end() :].strip()
    if rest.startswith("["):
        rest = rest.partition("]")[2].strip()
    if rest and not rest.startswith(_SPECIFIES):
        return None
    return canonical(found[0]), _version(rest)


def conda_requirement(entry: str) -> Package | None:
    """One dependency of an environment: `channel::name=version=build`, `name>=1`, `name 1.2`."""
    wanted = entry.rpartition("::")[2].strip()
    found = _NAME.match(wanted)
    if found is None:
        return None
    rest = wanted[found.end() :].strip()
    exact = rest.startswith("=") or rest[:1].isdigit()
    return canonical(found[0]), rest.lstrip("=").partition("=")[0].strip() if exact else rest


def canonical(name: str) -> str:
    """The one spelling of a package's name: small letters, hyphens (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _version(rest: str) -> str:
    said = rest.strip("()").strip()
    exact = said.startswith("==") and "," not in said
    return said.lstrip("=").strip() if exact else said


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with those that a backslash continues, and the number of the first."""
    start, parts = 1, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        start = start if parts else number
        parts.append(line.rstrip("\r").removesuffix("\\"))
        if not line.rstrip("\r").endswith("\\"):
            yield start, " ".join(parts)
            parts = []
    if parts:
        yield start, " ".join(parts)
