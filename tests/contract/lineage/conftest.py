"""Small real DVC repositories, and what DVC really does with them."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.lineage.tree import MemoryTree

RUNNING = re.compile(r"^Running stage '(.*)':$", re.MULTILINE)


class Dvc:
    """DVC's command line, kept warm."""

    def __init__(self, home: Path) -> None:
        self._log = home / "dvc.log"
        environment = {
            **os.environ,
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(home / "site"),
            "CI": "true",
            "SHELL": "/bin/sh",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("dvc_server.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=home,
        )

    def __call__(self, cwd: Path, *argv: str, ok: bool = True) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"argv": list(argv), "cwd": str(cwd), "log": str(self._log)}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        code = json.loads(self._process.stdout.readline())["code"]
        text = self._log.read_text()
        assert not ok or code == 0, f"dvc {' '.join(argv)} in {cwd}: exit {code}\n{text}"
        return text

    def close(self) -> None:
        self._process.communicate()


def git(cwd: Path, *argv: str) -> bytes:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *identity, *argv], cwd=cwd, check=True, capture_output=True).stdout


@dataclass
class Repository:
    """One DVC repository; its cache, laid out like a remote, is the remote of its clones."""

    root: Path
    dvc: Dvc

    @property
    def remote(self) -> Path:
        return self.root / ".dvc" / "cache"

    def write(self, files: dict[str, str | bytes | None]) -> None:
        for path, content in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                target.unlink()
            else:
                target.write_bytes(content.encode() if isinstance(content, str) else content)

    def track(self, path: str, content: str) -> dict[str, str | bytes | None]:
        """The `.dvc` file of new data, whose bytes are put where `dvc pull` finds them."""
        digest = hashlib.md5(content.encode()).hexdigest()
        blob = self.remote / "files" / "md5" / digest[:2] / digest[2:]
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_text(content)
        name = path.rpartition("/")[2]
        return {
            f"{path}.dvc": f"outs:\n- md5: {digest}\n  size: {len(content)}\n  hash: md5\n  path: {name}\n"
        }

    def commit(self) -> MemoryTree:
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", "work", "--allow-empty")
        return self.tree()

    def tree(self) -> MemoryTree:
        with tarfile.open(fileobj=io.BytesIO(git(self.root, "archive", "HEAD"))) as archive:
            members = [member for member in archive.getmembers() if member.isfile()]
            return MemoryTree({m.name: archive.extractfile(m).read() for m in members})  # type: ignore[union-attr]

    def push(self) -> None:
        """Give the clones a remote that holds only what `dvc push` carries."""
        config = self.root / ".dvc" / "config"
        config.write_text(config.read_text().replace(str(self.remote), str(self.root.parent / "remote")))
        self.dvc(self.root, "push", "-q")

    def clone(self) -> "Repository":
        """A fresh clone with nothing in its work tree but what Git has, and an empty cache."""
        place = self.root.parent / f"clone{len(list(self.root.parent.iterdir()))}"
        git(self.root, "clone", "-q", str(self.root), str(place))
        return Repository(place, self.dvc)

    def repro(self, *options: str) -> list[str]:
        """The stages that DVC says it runs."""
        return RUNNING.findall(self.dvc(self.root, "repro", "-P", *options))

    def described(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.dvc(self.root, "describe"))
        return found


@pytest.fixture(scope="session")
def dvc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dvc]:
    server = Dvc(tmp_path_factory.mktemp("dvc"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def blank_repository(dvc: Dvc, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("blank") / "repo"
    root.mkdir()
    git(root, "init", "-q")
    dvc(root, "init", "-q")
    return root


@pytest.fixture
def repository(dvc: Dvc, blank_repository: Path, tmp_path: Path) -> Callable[..., Repository]:
    """Make a repository with these files."""

    def make(files: dict[str, str | bytes | None]) -> Repository:
        root = tmp_path / "origin"
        shutil.copytree(blank_repository, root)
        config = f"[core]\n    remote = store\n['remote \"store\"']\n    url = {root / '.dvc' / 'cache'}\n"
        (root / ".dvc" / "config").write_text(config)
        made = Repository(root, dvc)
        made.write(files)
        return made

    return make
