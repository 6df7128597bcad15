"""Small real DVC repositories in temporary directories."""

import functools
import os
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PIPELINE = """\
stages:
  one:
    cmd: cp in.txt one.txt
    deps: [in.txt]
    outs: [one.txt]
  two:
    cmd: mkdir -p two && cp one.txt two/copy.txt && echo extra > two/extra.txt
    deps: [one.txt]
    outs: [two]
  three:
    cmd: wc -c < two/copy.txt > count.txt && echo '{"n":' $(cat count.txt)'}' > metrics.json && rm count.txt
    deps: [two]
    metrics:
      - metrics.json:
          cache: false
"""


class Project:
    """A Git and DVC repository driven by the real command lines."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *command: str) -> str:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        outcome = subprocess.run(
            command, cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome.stdout.strip()

    def git(self, *arguments: str) -> str:
        return self.run("git", "-c", "user.name=ann", "-c", "user.email=ann@example.org", *arguments)

    def dvc(self, *arguments: str) -> str:
        return self.run(sys.executable, "-P", "-m", "dvc", *arguments)

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def commit(self, **changes: str) -> str:
        for name, text in changes.items():
            self.write(name.replace("__", "."), text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def _surroundings(tmp_path, monkeypatch):
    """Nothing of the person's home or of the machine's DVC is read or written."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def build(root: Path) -> Project:
    """The pipeline above, run and pushed to the directory remote `../remote`, committed on main."""
    root.mkdir()
    project = Project(root)
    project.git("init", "--quiet", "--initial-branch=main")
    (root / ".dvc").mkdir()
    project.write(
        ".dvc/config", "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../remote\n"
    )
    project.write(".dvc/.gitignore", "/config.local\n/tmp\n/cache\n")
    project.write(".gitignore", "/.modelbot/\n")
    project.write("dvc.yaml", PIPELINE)
    project.write("in.txt", "12345\n")
    project.dvc("repro", "--quiet")
    project.dvc("push", "--quiet")
    project.commit()
    return project


@pytest.fixture(scope="session")
def _built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dvc")
    os.environ["DVC_SITE_CACHE_DIR"] = str(folder / "site")
    try:
        build(folder / "project")
    finally:
        del os.environ["DVC_SITE_CACHE_DIR"]
    return folder


@pytest.fixture
def project(_built, tmp_path) -> Project:
    """A copy of the project and of its remote, both in `tmp_path`."""
    for name in ("project", "remote"):
        subprocess.run(["cp", "-r", str(_built / name), str(tmp_path / name)], check=True)
    return Project(tmp_path / "project")


class _ReadOnly(SimpleHTTPRequestHandler):
    """GET and HEAD only, as a public remote is."""

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def http_remote(project):
    """The address of a GET-only HTTP view of the project's remote."""
    handler = functools.partial(_ReadOnly, directory=str(project.root.parent / "remote"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
