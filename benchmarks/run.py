"""What modelbot itself costs: best of five, wall seconds. `make bench` prints this table."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from many_stages import many_stages, repository

from bot.lineage.impact import impact_of
from bot.lineage.tree import MemoryTree
from bot.policy.parse import parse_policy

ROOT = Path(__file__).parent.parent
ROUNDS = 5


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Best and median of five rounds, in seconds."""
    spent = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        act()
        spent.append(time.perf_counter() - started)
    return min(spent), statistics.median(spent)


def command(*arguments: str, folder: Path = ROOT) -> Callable[[], object]:
    """A run of the command line in a process of its own."""
    line = [str(Path(sys.executable).parent / "modelbot"), *arguments]
    return lambda: subprocess.run(line, cwd=folder, capture_output=True, check=True)


def in_memory(files: dict[str, str]) -> MemoryTree:
    """The files as a tree."""
    return MemoryTree({name: text.encode() for name, text in files.items()})


def documentation_only(folder: Path) -> Path:
    """A clone of this repository with one commit that changes the README."""
    clone = folder / "clone"
    for line in (
        ["git", "clone", "--quiet", str(ROOT), str(clone)],
        ["git", "-C", str(clone), "config", "user.name", "bench"],
        ["git", "-C", str(clone), "config", "user.email", "bench@localhost"],
    ):
        subprocess.run(line, check=True)
    with (clone / "README.md").open("a") as readme:
        readme.write("\nOne more line.\n")
    subprocess.run(["git", "-C", str(clone), "commit", "--quiet", "--all", "--message", "docs"], check=True)
    return clone


def main() -> None:
    """Measure and print."""
    policy = (ROOT / "policies" / "flights.yaml").read_bytes()
    base, head = in_memory(many_stages(1000, 0)), in_memory(many_stages(1000, 1))
    assert len(impact_of(base, head).to_run) == 201
    with tempfile.TemporaryDirectory() as folder:
        clone = documentation_only(Path(folder))
        many = repository(Path(folder), 1000)
        bundle = ("reproduce", "--base", "HEAD~1", "--bundle", "bundle")
        rows: list[tuple[str, Callable[[], object]]] = [
            ("modelbot --help", command("--help")),
            ("modelbot impact (this repository)", command("impact", "--base", "HEAD")),
            ("modelbot impact (1,000 stages)", command("impact", "--base", "HEAD~1", folder=many)),
            ("modelbot lint (this repository)", command("lint")),
            ("modelbot reproduce (only documents changed)", command(*bundle, folder=clone)),
            ("impact of 1,000 stages, 201 to run, in process", lambda: impact_of(base, head)),
            ("parse policies/flights.yaml, in process", lambda: parse_policy(policy, "flights.yaml")),
        ]
        print(f"{'':50} {'best':>8} {'median':>8}")
        for name, act in rows:
            best, median = timed(act)
            print(f"{name:50} {best:7.3f}s {median:7.3f}s")


if __name__ == "__main__":
    main()
