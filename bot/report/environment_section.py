"""Which versions of Python and packages differ. Performs no I/O."""

from __future__ import annotations

import posixpath

from bot.evidence.environment import PROJECT, EnvironmentChange, PackageChange
from bot.evidence.phrase import Quoted
from bot.report import numbers
from bot.report.model import Block, Column, Lines, Table, Words

KEY_PACKAGES = (
    "scikit-learn",
    "numpy",
    "pandas",
    "scipy",
    "torch",
    "tensorflow",
    "xgboost",
    "lightgbm",
    "catboost",
    "transformers",
    "pyarrow",
    "onnx",
    "onnxruntime",
    "mlflow",
)
"""What a model's numbers depend on first: these are named, the others counted."""

MOST_FILES = 20


def environment_words(changes: tuple[EnvironmentChange, ...]) -> tuple[str, ...]:
    """For the summary: whether Python differs, and how many packages; the files where neither does."""
    packages = len({package.name for change in changes for package in change.packages})
    python = ("Python",) if any(change.python for change in changes) else ()
    counts = (numbers.counted(packages, "package"),) if packages else ()
    files = (numbers.counted(len(changes), "lock file"),) if changes else ()
    return (*python, *counts) or files


def environment_blocks(changes: tuple[EnvironmentChange, ...]) -> tuple[Block, ...]:
    """Python and the key packages with both versions, how many others differ, and what cannot be read."""
    columns = (Column(("Environment",)), Column(("Base",)), Column(("This PR",)), Column(("File",)))
    rows = tuple(_row(package, change.file) for change in changes for package in _named(change))
    lines = tuple(line for change in changes[:MOST_FILES] for line in _lines(change))
    more = len(changes) - MOST_FILES
    lines += ((f"and {more} more files that pin packages",),) if more > 0 else ()
    table = (Table(columns, rows[: MOST_FILES * len(KEY_PACKAGES)], "environment"),) if rows else ()
    return (*table, *((Lines(lines, "environment"),) if lines else ()))


def tells_all(changes: tuple[EnvironmentChange, ...]) -> frozenset[str]:
    """The files of which nothing is left to tell: all that they hold is an environment."""
    return frozenset(change.file for change in changes if posixpath.basename(change.file) != PROJECT)


def _named(change: EnvironmentChange) -> tuple[PackageChange, ...]:
    key = sorted((one for one in change.packages if one.name in KEY_PACKAGES), key=_rank)
    return (*((change.python,) if change.python else ()), *key)


def _rank(package: PackageChange) -> int:
    return KEY_PACKAGES.index(package.name)


def _row(package: PackageChange, file: str) -> tuple[Words, ...]:
    return ((package.name,), _version(package.before), _version(package.after), (Quoted(file),))


def _version(version: str | None) -> Words:
    if version is None:
        return ("none",)
    return (Quoted(version),) if version else ("any",)


def _lines(change: EnvironmentChange) -> tuple[Words, ...]:
    if change.trouble:
        return ((Quoted(change.file), " differs and cannot be read: ", Quoted(change.trouble)),)
    named, all_of_it = _named(change), len(change.packages) + bool(change.python)
    others = all_of_it - len(named)
    if not all_of_it:
        return ((Quoted(change.file), " differs, but no version in it does"),)
    if not others:
        return ()
    if not named:
        return ((f"{numbers.counted(others, 'package')} in ", Quoted(change.file)),)
    more = numbers.counted(others, "more package")
    return ((f"and {more} in ", Quoted(change.file)),)
