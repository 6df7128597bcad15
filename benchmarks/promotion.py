"""What `modelbot promote` asks of MLflow and of Git, by how many versions the registry holds.

Counted are HTTP requests to a real `mlflow server` on SQLite (those for the model's own files apart) and real
git processes (those that ask origin apart). `make bench` prints this table.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "contract" / "registry"))

from counting import counted
from many_versions import fill
from servers import mlflow_server
from tiny_project import Cost, Project

SIZES = (10, 1_000, 10_000)
RATES = ("0.1", "0.2", "0.3", "0.4", "0.5")


def line(name: str, cost: Cost) -> str:
    """One row of the table."""
    files = len(cost.requests) - len(cost.registry)
    counts = f"{len(cost.registry):9} {files:8} {len(cost.network):7} {len(cost.git):10}"
    return f"{name:42} {counts} {cost.seconds:8.1f}s"


def measure(project: Project, database: Path) -> None:
    """Promote until there is a former champion, then once and once more at every size."""
    for rate in RATES[:2]:
        project.merge(rate)
        project.modelbot("promote")
    for rate, size in zip(RATES[2:], SIZES, strict=True):
        fill(database, project.model, size)
        project.merge(rate)
        print(line(f"promote, {size:,} versions", project.modelbot("promote")))
        print(line("  again: nothing to do", project.modelbot("promote")))
    print(line("promote --dry-run, nothing to do", project.modelbot("promote", "--dry-run")))
    print(line("status", project.modelbot("status")))


def main() -> None:
    """Start a server, count, print."""
    folder = Path(tempfile.mkdtemp(prefix="modelbot-bench-"))
    database = folder / "server" / "mlflow.db"
    for name in ("server", "project"):
        (folder / name).mkdir()
    print(f"{'':42} {'registry':>9} {'files':>8} {'origin':>7} {'git':>10} {'seconds':>9}")
    try:
        with mlflow_server(database.parent, f"sqlite:///{database}") as url, counted(url) as (address, asked):
            measure(Project(folder / "project", address, asked), database)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
