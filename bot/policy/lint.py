"""What is wrong with policy files, for the person who writes them. Performs no I/O."""

from __future__ import annotations

from datetime import date

from bot.errors import Problem
from bot.policy.load import parse_files


def lint(files: tuple[tuple[str, bytes], ...], today: date | None = None) -> tuple[Problem, ...]:
    """Every problem of the given policy files (path and bytes of each), by file; empty when all is well."""
    return parse_files(files, today).problems
