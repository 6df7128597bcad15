"""The tables that the long simulations print at the end of a run."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable

import pytest
from scipy import stats

Row = Callable[[str, str, str], None]
PROVE = bool(os.environ.get("PROVE"))


def pytest_ignore_collect() -> bool | None:
    return None if PROVE else True


def range_of(hits: int, repeats: int, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's range of a chance that was met so many times."""
    found = stats.binomtest(hits, repeats).proportion_ci(confidence, method="exact")
    return float(found.low), float(found.high)


@pytest.fixture(scope="session")
def chance_range() -> Callable[..., tuple[float, float]]:
    return range_of


@pytest.fixture
def table_row(record_property) -> Row:
    """table_row(title, head, line): a line of the table with this title."""
    return lambda title, head, line: record_property("table", [title, head, line])


def pytest_terminal_summary(terminalreporter) -> None:
    tables: dict[tuple[str, str], list[str]] = defaultdict(list)
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "table":
                title, head, line = value
                tables[title, head].append(line)
    for (title, head), lines in sorted(tables.items()):
        terminalreporter.section(title)
        for line in (head, *sorted(lines)):
            terminalreporter.write_line(line)
