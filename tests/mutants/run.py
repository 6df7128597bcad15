"""Do the tests notice a mistake? A sample of small mistakes in the rooms that decide, each tried by itself.

A mutant is killed when a test fails with it, or when its tests take ten times as long. Only tests that run
the changed statement are tried, the fastest first. A mutant with which the module cannot even be imported is
no trial of the tests and is not counted. The sample is the same in every run of the same code. Exit code 1
when fewer than 90 % are killed. `make prove` runs this. With files as arguments, all their mutants are tried.

Texts are not changed: golden files hold them. The operators are cosmic-ray's, the runner is not: that one
starts Python anew for each mutant and knows no coverage.
"""

from __future__ import annotations

import importlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

from baseline import ROOMS, Covered, measured
from operators import Mutant, mutants_of
from trial import STILLBORN, Replaced, fork, module_name, run_tests

LOADED = (
    *("numpy", "scipy.special", "scipy.stats", "sklearn.metrics", "statsmodels.api", "pydantic", "jinja2"),
    *("pyarrow.parquet", "pyarrow.compute", "pyarrow.csv", "ruamel.yaml", "hypothesis.extra.numpy"),
)
"""What the tests import besides our own code: loaded once, before the first fork."""
SEED, SAMPLE, WORKERS, WANTED = 1, 600, 2, 0.90
ALIVE = ("survived", "no test runs it")


@dataclass
class Trials:
    """Mutants under trial, by process, and what became of the others."""

    covered: Covered
    running: dict[int, tuple[Mutant, float]] = field(default_factory=dict)
    outcomes: dict[Mutant, str] = field(default_factory=dict)

    def start(self, mutant: Mutant) -> None:
        """Try a mutant in a process of its own."""
        tests = self.covered.of(mutant)
        if not tests:
            self.outcomes[mutant] = "no test runs it"
            return
        limit = 30 + 10 * sum(self.covered.spent[test] for test in tests)
        replaced = Replaced(module_name(mutant.file), mutant.file, mutant.source())
        child = fork(lambda: run_tests(tests, replaced))
        self.running[child] = (mutant, time.monotonic() + limit)

    def settle(self) -> None:
        """Wait until one has an outcome, or its time is over."""
        while not (self._ended() or self._late()):
            time.sleep(0.02)

    def _ended(self) -> bool:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child not in self.running:
            return False
        mutant, _ = self.running.pop(child)
        code = os.waitstatus_to_exitcode(status)
        self.outcomes[mutant] = {0: "survived", STILLBORN: "not counted"}.get(code, "killed")
        return True

    def _late(self) -> bool:
        for child, (mutant, end) in self.running.items():
            if time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                del self.running[child]
                self.outcomes[mutant] = "killed"
                return True
        return False


def sample() -> list[Mutant]:
    """The mutants to try, in an order that only the code decides."""
    files = list(map(Path, sys.argv[1:])) or sorted(
        file for room in ROOMS for file in Path(room).rglob("*.py")
    )
    every = [mutant for file in files for mutant in mutants_of(file)]
    tried = len(every) if sys.argv[1:] else min(SAMPLE, len(every))
    print(f"{len(every):,} mutants of {len(files)} files; {tried:,} are tried", flush=True)
    return random.Random(SEED).sample(every, tried)


def tried(mutants: list[Mutant], covered: Covered) -> dict[Mutant, str]:
    """What became of each."""
    trials = Trials(covered)
    for mutant in mutants:
        trials.start(mutant)
        while len(trials.running) >= WORKERS:
            trials.settle()
    while trials.running:
        trials.settle()
    return trials.outcomes


def main() -> int:
    """Measure, try and print."""
    started = time.monotonic()
    for name in LOADED:
        importlib.import_module(name)
    mutants = sample()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = folder
        covered = measured(Path(folder))
        print(f"every test once: {time.monotonic() - started:.0f} s", flush=True)
        outcomes = tried(mutants, covered)
    return told(outcomes, time.monotonic() - started)


def told(outcomes: dict[Mutant, str], seconds: float) -> int:
    """Print what survived and the share that did not; the exit code."""
    for mutant in sorted(outcomes, key=lambda one: (one.file, one.line, one.occurrence)):
        if outcomes[mutant] in ALIVE:
            print(f"{mutant.file}:{mutant.line}: {mutant.what()}  ({outcomes[mutant]})")
    count = Counter(outcomes.values())
    alive = sum(count[one] for one in ALIVE)
    counted = count["killed"] + alive
    share = count["killed"] / counted
    print(f"{count['killed']} of {counted} mutants killed, {share:.1%}, in {seconds / 60:.0f} minutes")
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
