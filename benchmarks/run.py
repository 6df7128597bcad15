"""What modelbot itself costs: best of five, wall seconds. `make bench` prints this table."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

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


def many_stages(count: int, value: int) -> MemoryTree:
    """A pipeline of `count` stages in a chain of threes, each with a parameter, locked for value 0."""
    stages, locked, params = [], [], []
    for index in range(count):
        stages.append(f"  s{index}:\n    cmd: run {index}\n    params: [p{index}]\n    outs: [o{index}]\n")
        locked.append(
            f"  s{index}:\n    cmd: run {index}\n    params:\n      params.yaml:\n        p{index}: 0\n"
            f"    outs:\n    - path: o{index}\n      hash: md5\n      md5: {index:032x}\n      size: 1\n"
        )
        params.append(f"p{index}: {value if index % 10 == 0 else 0}\n")
    files = {
        "dvc.yaml": "stages:\n" + "".join(stages),
        "dvc.lock": "schema: '2.0'\nstages:\n" + "".join(locked),
        "params.yaml": "".join(params),
    }
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
    base, head = many_stages(1000, 0), many_stages(1000, 1)
    assert len(impact_of(base, head).to_run) == 100
    with tempfile.TemporaryDirectory() as folder:
        clone = documentation_only(Path(folder))
        bundle = ("reproduce", "--base", "HEAD~1", "--bundle", "bundle")
        rows: list[tuple[str, Callable[[], object]]] = [
            ("modelbot --help", command("--help")),
            ("modelbot impact (this repository)", command("impact", "--base", "HEAD")),
            ("modelbot lint (this repository)", command("lint")),
            ("modelbot reproduce (only documents changed)", command(*bundle, folder=clone)),
            ("impact of 1,000 stages, 100 to run, in process", lambda: impact_of(base, head)),
            ("parse policies/flights.yaml, in process", lambda: parse_policy(policy, "flights.yaml")),
        ]
        print(f"{'':50} {'best':>8} {'median':>8}")
        for name, act in rows:
            best, median = timed(act)
            print(f"{name:50} {best:7.3f}s {median:7.3f}s")


if __name__ == "__main__":
    main()
