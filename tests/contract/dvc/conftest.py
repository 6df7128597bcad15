"""Small real DVC repositories in temporary directories, and one twice: with the runner in memory, too."""

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.adapters.dvc_remote import LocalCache
from bot.adapters.dvc_runner import DvcRunner
from bot.adapters.git import GitRepository
from bot.lineage.lock import Lock, parse_lock
from bot.lineage.tree import MemoryTree
from bot.ports.dvc import ObjectReader, Reproduction
from bot.usecases.reproduce import object_path

NAME = "dvc_fakes"
if NAME not in sys.modules:
    spec = importlib.util.spec_from_file_location(NAME, Path(__file__).with_name("fakes.py"))
    sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])
fakes = sys.modules[NAME]

# The quickest setup that makes an environment: on its PATH, `python` is there on every machine.
SETUP = "uv --version"
SETTINGS = {
    ".dvc/config": "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../remote\n",
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
}
FAIL = "for number in range(100):\n    print('line', number, flush=True)\nraise SystemExit(3)\n"

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
    for path, text in SETTINGS.items():
        project.write(path, text)
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


@dataclass(frozen=True)
class Done:
    """What the runner answered, and the files of the checkout afterwards."""

    answer: Reproduction
    files: MemoryTree

    @property
    def ran(self) -> list[str]:
        return [run.stage for run in self.answer.ran]

    @property
    def lock(self) -> Lock:
        return parse_lock(self.files.read("dvc.lock") or b"", "dvc.lock")

    def key(self, stage: str) -> tuple[object, ...]:
        """The lock's entry of a stage, sizes and counts included."""
        entry = self.lock.stage(stage)
        assert entry is not None
        deps, outs = (
            [(one.path, one.md5, one.size, one.nfiles) for one in files] for files in (entry.deps, entry.outs)
        )
        return entry.cmd, deps, entry.params, outs


def begun() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files of a repository whose pipeline was run, and the objects of its model."""
    made, files = fakes.Workshop(dict), dict(fakes.START)
    for stage in fakes.STAGES:
        made.run(stage, files)
    return fakes.tracked(files), made.cache.objects


class InMemory:
    """The fake, and a repository of one revision."""

    def __init__(self) -> None:
        self.files, objects = begun()
        self.runner = fakes.Workshop(lambda _revision: dict(self.files))
        self.runner.remote.objects |= objects

    @property
    def cache(self) -> ObjectReader:
        return self.runner.cache

    def change(self, **files: str) -> None:
        self.files |= {name.replace("__", "."): text.encode() for name, text in files.items()}

    def remove(self, path: str) -> None:
        del self.files[path]

    def fails(self, stage: str) -> None:
        self.runner.fails(stage, 3, *(f"line {number}" for number in range(100)))

    def forgets(self, stage: str) -> None:
        self.runner.unwritten = (fakes.STAGES[stage].out,)

    def links(self, path: str) -> None:
        self.runner.linked = (path,)

    def empty_remote(self) -> None:
        self.runner.remote.objects.clear()

    def set_up(self, command: str) -> Reproduction | None:
        if "exit 9" in command:
            self.runner.fails("setup", 9, "no such package")
        with self.runner.fresh("HEAD") as checkout:
            return self.runner.prepare(checkout.path, command)

    def reproduce(self, stages: tuple[str, ...], inputs: tuple[str, ...] = ()) -> Done:
        with self.runner.fresh("HEAD") as checkout:
            assert self.runner.prepare(checkout.path, SETUP) is None
            answer = self.runner.reproduce(checkout.path, stages, inputs)
            return Done(answer, MemoryTree(dict(checkout.files.files)))


class Real:
    """DVC and Git, in the repository `work`; its remote is the directory `remote` beside it.

    It begins with the lock and the objects of the one in memory: DVC would not bring what has a made-up name.
    """

    def __init__(self, folder: Path, home: Path) -> None:
        self.root, self.home = folder / "work", home
        self.root.mkdir()
        self.project = Project(self.root)
        self.project.git("init", "--quiet", "--initial-branch=main")
        files, objects = begun()
        self.change(**{path: data.decode() for path, data in files.items()} | SETTINGS)
        for name, data in objects.items():
            path = folder / "remote" / object_path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    @property
    def cache(self) -> ObjectReader:
        return LocalCache(self.root / ".dvc" / "cache")

    def change(self, **files: str) -> None:
        self.project.commit(**files)

    def remove(self, path: str) -> None:
        (self.root / path).unlink()
        self.project.commit()

    def fails(self, stage: str) -> None:
        self.change(**{f"{stage}__py": FAIL})

    def forgets(self, stage: str) -> None:
        self.change(**{f"{stage}__py": "print('nothing to do')\n"})

    def links(self, path: str) -> None:
        link = f"\nPath('{path}').unlink()\nPath('{path}').symlink_to('../README.md')\n"
        self.change(train__py=fakes.TRAIN.decode() + link)

    def empty_remote(self) -> None:
        shutil.rmtree(self.root.parent / "remote")

    def set_up(self, command: str) -> Reproduction | None:
        with GitRepository(self.root).fresh("HEAD") as checkout:
            return DvcRunner(self.root, self.home).prepare(checkout.path, command)

    def reproduce(self, stages: tuple[str, ...], inputs: tuple[str, ...] = ()) -> Done:
        runner = DvcRunner(self.root, self.home)
        with GitRepository(self.root).fresh("HEAD") as checkout:
            assert runner.prepare(checkout.path, SETUP) is None
            answer = runner.reproduce(checkout.path, stages, inputs)
            files = {path: checkout.files.read(path) for path in checkout.files.paths()}
        return Done(answer, MemoryTree(files))


@pytest.fixture(scope="session", name="fakes")
def _fakes():
    return fakes


@pytest.fixture(scope="session")
def environments(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(params=["fake", "dvc"])
def place(request, tmp_path, environments) -> InMemory | Real:
    """A repository whose pipeline was run with lr 0.1; the model is on the remote only."""
    return InMemory() if request.param == "fake" else Real(tmp_path, environments)
