"""What a ledger of 10,000 records costs: seconds of our own time, one process per verb, best of three.

`own` is everything but the start (`start`: importing the command line) and what MLflow takes (`MLflow`: its
import and its calls), in seconds of a processor, Git's included, so that a busy machine measures the same;
`wall` is the same by the clock. The records stand in a real Git repository, made by `git fast-import`:
promotions and refusals, each with the numbers of a policy of twelve rules. `--large` makes records like those
of this repository's own policy, with 77 rules and twenty slices.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3


def main() -> None:
    """Measure and print; with a verb's name, be the process that is measured."""
    if len(sys.argv) > 2:
        measured(sys.argv[1], Path(sys.argv[2]))
        return
    from many_records import LARGE, RECORDS, USUAL, repository

    shape = LARGE if "--large" in sys.argv else USUAL
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        root, size = repository(Path(folder), shape)
        spent = time.perf_counter() - started
        print(f"{RECORDS:,} records of {size:,} bytes each, written in {spent:.1f} s")
        print(f"{'':24} {'own':>8} {'wall':>8} {'start':>8} {'MLflow':>8}")
        for verb in ("history", "history --at", "evidence", "verify --ledger-only", "verify", "status"):
            best = min((measure(verb, root) for _round in range(ROUNDS)), key=lambda one: one["own"])
            print(
                f"{verb:24} " + " ".join(f"{best[name]:7.3f}s" for name in ("own", "wall", "start", "mlflow"))
            )


def measure(verb: str, root: Path) -> dict[str, float]:
    """One run of a verb in a process of its own."""
    line = [sys.executable, __file__, verb, str(root)]
    done = subprocess.run(line, capture_output=True, text=True, check=True, cwd=root)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(verb: str, root: Path) -> None:
    """Run the use case as the command does, and print what it took."""
    import gc

    started = spent()
    from bot import cli  # noqa: F401 -- what the command imports

    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    start = spent() - started
    mlflow = imported() if verb in {"status", "verify"} else 0.0
    started, clock = spent(), time.perf_counter()
    calls, lines = run(verb, root)
    took, wall = spent() - started, time.perf_counter() - clock
    assert lines, verb
    mine = took - sum(calls)
    print(
        json.dumps({"own": mine, "wall": wall * mine / took, "start": start, "mlflow": mlflow + sum(calls)})
    )


def spent() -> float:
    """Seconds of a processor so far, of this process and those that it started."""
    return sum(os.times()[:4])


def imported() -> float:
    """Seconds that importing MLflow's client takes."""
    started = spent()
    import mlflow  # noqa: F401
    from mlflow import MlflowClient  # noqa: F401

    return spent() - started


def run(verb: str, root: Path) -> tuple[list[float], list[str]]:
    """Seconds in the registry's calls, and what the verb prints."""
    from bot import bootstrap_ledger, bootstrap_promotion, console_dossier, console_ledger, console_moment
    from bot import console_promotion as console

    if verb == "history":
        return [], list(console.history_lines(bootstrap_promotion.history(root, None)))
    if verb == "history --at":
        return [], list(console_moment.moment_lines(bootstrap_ledger.moment(root, "2026-11-20", None)))
    if verb == "evidence":
        return [], list(console_dossier.dossier_lines(bootstrap_ledger.evidence(root, "", "100")))
    registry = timed_registry()
    if verb == "status":
        found = bootstrap_promotion.status(root)
        assert not found.trouble, found.trouble
        return registry, list(console.status_lines(found))
    done = bootstrap_ledger.verify(root, every=False, ledger_only=verb != "verify", known="")
    assert done.first_bad is None, done.first_bad
    return registry, list(console_ledger.verified_lines(done))


def timed_registry() -> list[float]:
    """From here on every call of the registry adds its seconds to this list."""
    from bot.adapters.mlflow import MlflowRegistry

    taken: list[float] = []
    for name in ("alias", "find", "registered"):
        call = getattr(MlflowRegistry, name)

        def timed(self, *arguments, call=call):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN202
            started = spent()
            try:
                return call(self, *arguments)
            finally:
                taken.append(spent() - started)

        setattr(MlflowRegistry, name, timed)
    return taken


if __name__ == "__main__":
    main()
