"""What pins an environment: Python's version and those of packages, read strictly and never executed.

Performs no I/O.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.errors import InvalidFileError
from bot.evidence.located import Leaf, Listing, Mapping, Node, Place
from bot.evidence.requirements import Package, canonical, conda_requirement, read_requirements, requirement
from bot.evidence.source import NOWHERE, Source, in_one_line, read_text
from bot.evidence.strict_json import parse_json
from bot.evidence.strict_toml import parse_toml
from bot.evidence.strict_yaml import parse_yaml

LARGEST = 4 << 20
"""A file with more bytes is not read."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """What one file pins: Python, None where it does not say, and every package once, by name."""

    python: str | None = None
    packages: tuple[Package, ...] = ()


_Reader = Callable[[Source], Iterator[Package]]
_PYTHON = "python"


def is_lock(path: str) -> bool:
    """Whether a file of this name pins packages, or Python and nothing else."""
    return not _is_project(path) and _reader(path) is not None


def read_pinned(data: bytes, path: str) -> Pinned | str:
    """What the file pins; one line that says why, where it cannot be read."""
    try:
        source = read_text(data, path, LARGEST)
        reader = _reader(path)
        found = tuple(reader(source)) if reader else ()
        source.raise_problems()
    except InvalidFileError as error:
        return in_one_line(error.problems)
    versions: dict[str, set[str]] = {}
    for name, version in found:
        versions.setdefault(name, set()).add(version)
    python = versions.pop(_PYTHON, None)
    packages = tuple((name, _joined(versions[name])) for name in sorted(versions))
    return Pinned(_joined(python) if python else None, packages)


def _joined(versions: set[str]) -> str:
    return ", ".join(sorted(version for version in versions if version))


def _is_project(path: str) -> bool:
    return posixpath.basename(path) == "pyproject.toml"


_REQUIREMENTS = re.compile(r"(.*[-_.])?requirements([-_.].*)?\.(txt|lock)")
_EXPLICIT = re.compile(r"conda(-.*)?\.lock")
_ENVIRONMENT = re.compile(r"environment([-_.].*)?\.ya?ml")


def _reader(path: str) -> _Reader | None:
    name = posixpath.basename(path)
    inside = posixpath.basename(posixpath.dirname(path)) == "requirements" and name.endswith(
        (".txt", ".lock")
    )
    if name in _BY_NAME:
        return _BY_NAME[name]
    if inside or _REQUIREMENTS.fullmatch(name):
        return read_requirements
    if _EXPLICIT.fullmatch(name):
        return _explicit
    return _environment if _ENVIRONMENT.fullmatch(name) else None


def _tables(source: Source) -> Iterator[Package]:
    """`[[package]]` of uv and Poetry, and what they say of Python."""
    root = parse_toml(source)
    python = _text_at(root, "requires-python") or _text_at(root, "metadata", "python-versions")
    if python:
        yield _PYTHON, python
    for at, item in enumerate(_items(_at(root, "package"))):
        name = _text_at(item, "name")
        if name is None:
            source.report(NOWHERE, ("package", f"[{at}]"), "this package has no name")
        else:
            yield canonical(name), _text_at(item, "version") or ""


def _pipfile(source: Source) -> Iterator[Package]:
    root = parse_json(source)
    python = _text_at(root, "_meta", "requires", "python_full_version")
    python = python or _text_at(root, "_meta", "requires", "python_version")
    if python:
        yield _PYTHON, python
    packages = _at(root, "default")
    if not isinstance(packages, Mapping):
        source.report(NOWHERE, (), "no packages are in it: a mapping at `default` is expected")
        return
    for entry in packages.entries:
        yield canonical(entry.key), (_text_at(entry.node, "version") or "").removeprefix("==")


def _environment(source: Source) -> Iterator[Package]:
    """`dependencies:` of a conda environment, with those that pip installs."""
    listed = _at(parse_yaml(source), "dependencies")
    for item in _items(listed):
        if isinstance(item, Mapping):
            for one in _items(_at(item, "pip")):
                yield from _said(source, one, requirement)
        else:
            yield from _said(source, item, conda_requirement)


def _said(source: Source, item: Node, read: Callable[[str], Package | None]) -> Iterator[Package]:
    text = item.value if isinstance(item, Leaf) and isinstance(item.value, str) else None
    package = read(text) if text is not None and not text.startswith("-") else None
    if package is not None:
        yield package
    elif text is None or not text.startswith("-"):
        source.report(item.place, (), "this entry is no requirement")


_PAIR = re.compile(r"(- | +)(name|version): +['\"]?([^'\"\s]+)['\"]?")


def _conda_lock(source: Source) -> Iterator[Package]:
    """The list `package:` as conda-lock writes it: each begins with its name; its version follows."""
    before, found, rest = source.text.partition("package:\n")
    if not found or (before and not before.endswith("\n")):
        source.report(NOWHERE, (), "no list `package:` is in it")
        return
    name = None
    for line in rest.split("\n"):
        pair = _PAIR.fullmatch(line.rstrip()[:200])
        if pair and pair[2] == "name":
            name = canonical(pair[3])
        elif pair and name is not None:
            yield name, pair[3]
            name = None


def _explicit(source: Source) -> Iterator[Package]:
    """`@EXPLICIT` and one address a line: `…/numpy-1.26.4-py311h64a7726_0.conda#md5`."""
    for number, line in enumerate(source.text.split("\n"), 1):
        file = posixpath.basename(line.strip().partition("#")[0].strip())
        if not file or file == "@EXPLICIT":
            continue
        parts = file.removesuffix(".conda").removesuffix(".tar.bz2").rsplit("-", 2)
        if len(parts) == len(("name", "version", "build")):
            yield canonical(parts[0]), parts[1]
        else:
            source.report(Place(number, 1), (), "this line is no address of a package")


def _version_file(source: Source) -> Iterator[Package]:
    for line in source.text.split("\n"):
        version = line.partition("#")[0].strip()
        if version:
            yield _PYTHON, version


def _project(source: Source) -> Iterator[Package]:
    root = parse_toml(source)
    python = _text_at(root, "project", "requires-python")
    python = python or _text_at(root, "tool", "poetry", "dependencies", "python")
    if python:
        yield _PYTHON, python


def _at(node: Node, *keys: str) -> Node | None:
    found: Node | None = node
    for key in keys:
        entry = found.get(key) if isinstance(found, Mapping) else None
        found = entry.node if entry else None
    return found


def _text_at(node: Node, *keys: str) -> str | None:
    found = _at(node, *keys)
    return found.value if isinstance(found, Leaf) and isinstance(found.value, str) else None


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Listing) else ()


_BY_NAME: dict[str, _Reader] = {
    "uv.lock": _tables,
    "poetry.lock": _tables,
    "Pipfile.lock": _pipfile,
    "conda-lock.yml": _conda_lock,
    ".python-version": _version_file,
    "pyproject.toml": _project,
}
