"""Which tests run which line, and how long each test takes: measured once, without a mistake."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import coverage
import pytest
from operators import Mutant
from trial import QUIET, SAME_DRAWS, Recorder, fork, module_name

ROOMS = ("bot/policy", "bot/statistics")
NEAR = tuple(f"tests/unit/{room}" for room in ("statistics", "policy", "evidence"))
TESTS = (
    *NEAR,
    "tests/unit/report",
    "tests/unit/console",
    "tests/unit/promotion",
    "tests/golden",
    "tests/usecases",
)


@dataclass
class Covered:
    """Which tests run which line of which file, and how long each takes."""

    tests: dict[str, dict[int, set[str]]]
    spent: dict[str, float]

    def of(self, mutant: Mutant) -> list[str]:
        """The tests to try: those near first, and the fast ones of them."""
        found = self._of_importers(mutant) if mutant.at_import else self._of_lines(mutant)
        return sorted(found, key=lambda test: (not test.startswith(NEAR), self.spent[test], test))

    def _of_lines(self, mutant: Mutant) -> set[str]:
        lines = self.tests.get(str(mutant.file), {})
        return set().union(*(lines.get(line, set()) for line in mutant.lines))

    def _of_importers(self, mutant: Mutant) -> set[str]:
        """No test is known to run what runs at import: all that run the file, or one that imports it."""
        name = module_name(mutant.file)
        users = [file for file in self.tests if f"from {name} import" in Path(file).read_text()]
        lines = [self.tests.get(file, {}) for file in (str(mutant.file), *users)]
        return set().union(*(tests for of_file in lines for tests in of_file.values()))


def measured(folder: Path) -> Covered:
    """Run every test once, in a process of its own. Raises SystemExit when one fails."""
    _, status = os.waitpid(fork(lambda: _measure(folder)), 0)
    if status:
        raise SystemExit("the tests fail without a mistake in the code")
    return _read(folder)


def _measure(folder: Path) -> int:
    run = coverage.Coverage(str(folder / "coverage"), config_file=False, source=list(ROOMS))
    recorder = Recorder(run.switch_context)
    run.start()
    code = int(pytest.main([*QUIET, SAME_DRAWS, *TESTS], plugins=[recorder]))
    run.stop()
    run.save()
    (folder / "spent.json").write_text(json.dumps(recorder.spent))
    return code


def _read(folder: Path) -> Covered:
    data = coverage.CoverageData(str(folder / "coverage"))
    data.read()
    tests: dict[str, dict[int, set[str]]] = defaultdict(dict)
    for file in data.measured_files():
        contexts = data.contexts_by_lineno(file)
        tests[str(Path(file).relative_to(Path.cwd()))] = {
            line: set(found) - {""} for line, found in contexts.items()
        }
    return Covered(tests, json.loads((folder / "spent.json").read_text()))
