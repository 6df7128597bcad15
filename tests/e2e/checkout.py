"""A checkout with a real DVC pipeline that ran in it, its origin, its DVC remote and its MLflow."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checkout:
    """Everything below `root`; commands are typed in its work tree."""

    root: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def tracking(self) -> str:
        return f"sqlite:///{self.root}/mlflow.db"

    def run(self, *command: str, where: Path | None = None) -> tuple[int, str]:
        who = {f"GIT_{role}_{part}": "mona" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        settings = {"PATH": os.environ["PATH"], "HOME": str(self.root), "LANG": "C.UTF-8", "NO_COLOR": "1"}
        done = subprocess.run(
            command,
            cwd=where or self.work,
            env=settings | who | {"MLFLOW_TRACKING_URI": self.tracking, "DVC_NO_ANALYTICS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def must(self, *command: str, where: Path | None = None) -> str:
        code, said = self.run(*command, where=where)
        assert code == 0, said
        return said

    def typed(self, *arguments: str) -> tuple[int, str]:
        return self.run(sys.executable, "-m", "bot", *arguments)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, data in files.items():
            (self.work / name).parent.mkdir(exist_ok=True)
            (self.work / name).write_bytes(data.encode() if isinstance(data, str) else data)


def begun(root: Path, files: Mapping[str, str | bytes]) -> Checkout:
    """These files and what their pipeline makes of them, as main."""
    made = Checkout(root)
    made.must("git", "init", "-q", "--bare", "--initial-branch=main", "origin.git", where=root)
    made.must("git", "clone", "-q", "origin.git", "work", where=root)
    made.must("git", "checkout", "-q", "-B", "main")
    made.must("git", "config", "user.name", "mona")
    made.must("git", "config", "user.email", "mona@localhost")
    made.write(files)
    dvc = (sys.executable, "-m", "dvc")
    made.must(*dvc, "init", "-q")
    made.must(*dvc, "remote", "add", "-q", "--default", "storage", "../storage")
    made.must(*dvc, "repro", "-q")
    made.must(*dvc, "push", "-q")
    made.must("git", "add", "--all")
    made.must("git", "commit", "-q", "-m", "before the bot")
    made.must("git", "push", "-q", "origin", "main")
    return made
