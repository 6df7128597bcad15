"""Real Git repositories in temporary directories."""

import os
import subprocess
from pathlib import Path

import pytest

AUTHOR = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "ann"), ("EMAIL", "ann@example.org"))
}


class Work:
    """A repository with a work tree, driven by the real `git`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *arguments: str) -> str:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        outcome = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=environment | AUTHOR,
            capture_output=True,
            text=True,
            check=True,
        )
        return outcome.stdout.strip()

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def commit(self, **files: str) -> str:
        return self.commit_files(files)

    def commit_files(self, files: dict[str, str]) -> str:
        for path, text in files.items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    """No setting of the person who runs the tests counts."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def work(tmp_path) -> Work:
    """A repository on main with one commit, cloned from (and pushed to) a bare origin."""
    bare = tmp_path / "origin.git"
    Work(tmp_path).git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    Work(tmp_path).git("clone", "--quiet", str(bare), str(tmp_path / "work"))
    made = Work(tmp_path / "work")
    made.git("checkout", "--quiet", "-B", "main")
    made.commit(readme="one\n")
    made.git("push", "--quiet", "origin", "main")
    return made


@pytest.fixture
def origin(work) -> Work:
    """The bare origin of `work`."""
    return Work(work.root.parent / "origin.git")
