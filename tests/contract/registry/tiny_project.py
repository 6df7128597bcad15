"""A real repository with an origin, a DVC remote and a policy, whose main moves and is promoted."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from counting import CountedGit, over_the_network

TESTS = Path(__file__).parents[2]
POLICY = "version: 1\nmodel: {}\nartifact: model\nmetrics:\n  auc: {{better: higher, min: 0.1}}\n"
WHO = {f"GIT_{role}_{part}": "a@b" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}


@dataclass(frozen=True)
class Cost:
    """What one command took: seconds, requests to MLflow, and what Git was asked."""

    seconds: float
    requests: tuple[str, ...]
    git: tuple[str, ...]

    @property
    def network(self) -> tuple[str, ...]:
        return tuple(over_the_network(list(self.git)))

    @property
    def registry(self) -> tuple[str, ...]:
        """Requests but those for the model's own files, whose number is that of the files."""
        return tuple(one for one in self.requests if "artifacts" not in one)


class Project:
    """The clone that a job has; `server` is where MLflow is, `asked` fills with what it is asked."""

    def __init__(self, folder: Path, server: str, asked: list[str], model: str = "tiny") -> None:
        self.folder, self.server, self.asked, self.model = folder, server, asked, model
        self.git = CountedGit(folder / "bin")
        self._fakes = _fakes()
        self._run(folder, "git", "init", "--quiet", "--bare", "origin.git")
        self._run(folder, "git", "clone", "--quiet", "origin.git", "work")
        self._run(self.work, "git", "checkout", "--quiet", "-B", "main")

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def merge(self, rate: str) -> None:
        """Main has the model of another learning rate, its lock, its metrics, and its bytes on the remote."""
        changed = {
            "policies/tiny.yaml": POLICY.format(self.model).encode(),
            "params.yaml": f"lr: {rate}\n".encode(),
        }
        files = dict(self._fakes.START) | changed
        workshop = self._fakes.Workshop(lambda _sha: dict(files))
        workshop.run("train", files)
        workshop.run("evaluate", files)
        for path, data in self._fakes.tracked(files).items():
            _write(self.work / path, data)
        for name, data in workshop.cache.objects.items():
            _write(self.folder / "remote" / "files" / "md5" / name[:2] / name[2:], data)
        self._run(self.work, "git", "add", "--all")
        self._run(self.work, "git", "commit", "--quiet", "--allow-empty", "--message", rate)
        self._run(self.work, "git", "push", "--quiet", "origin", "HEAD:main")

    def modelbot(self, *arguments: str) -> Cost:
        """What the command takes, in a process of its own as a job runs it."""
        return self.cost(
            lambda: self._run(self.work, str(Path(sys.executable).parent / "modelbot"), *arguments)
        )

    def cost(self, act: Callable[[], object]) -> Cost:
        """What `act` takes."""
        self.git.take()
        self.asked.clear()
        started = time.monotonic()
        act()
        spent = time.monotonic() - started
        asked = (re.sub(r"m-[0-9a-f]{32}", "ID", one) for one in self.asked)
        return Cost(spent, tuple(asked), tuple(self.git.take()))

    @property
    def settings(self) -> dict[str, str]:
        """What a job's environment says, and a `git` that counts."""
        return {
            "PATH": f"{self.git.folder}:{os.environ['PATH']}",
            "MLFLOW_TRACKING_URI": self.server,
            "MODELBOT_DVC_REMOTE": str(self.folder / "remote"),
            "CI": "true",
            "GITHUB_REPOSITORY": "acme/tiny",
        }

    def _run(self, folder: Path, *command: str) -> None:
        settings = os.environ | WHO | self.settings
        done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _fakes() -> ModuleType:
    """The small pipeline, and who "trains" it as DVC would."""
    name = "dvc_fakes"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, TESTS / "contract" / "dvc" / "fakes.py")
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
