"""A small pipeline, and a runner that "trains" it in memory as DVC would: the same bytes, names and lock.

Loaded by the conftest of each directory that tests over fakes; `test_runner_contract.py` asserts the same of
this runner and of the real one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from bot.errors import ModelbotError, NotEvaluatedError
from bot.lineage.tree import MemoryTree
from bot.ports.dvc import Reproduction, StageRun
from bot.ports.git import Checkout

TAIL = 30
# What "training" with a learning rate comes to.
AUC = {"0.1": 0.8, "0.2": 0.85, "0.3": 0.6, "0.4": 0.82, "0.5": 0.9}
PIPELINE = b"""\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [lr]
    outs: [model]
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py, model]
    metrics:
      - metrics.json: {cache: false}
artifacts:
  tiny: {path: model, type: model}
"""
TRAIN = b"""\
from pathlib import Path

rate = Path("params.yaml").read_text().split(": ")[1].strip()
Path("model").mkdir()
Path("model/MLmodel").write_text("flavors: {}\\n")
Path("model/weights").write_text(f"lr {rate}")
"""
EVALUATE = f"""\
import json
from pathlib import Path

rate = Path("model/weights").read_text().split()[1]
Path("metrics.json").write_text(json.dumps({{"auc": {AUC}[rate]}}))
""".encode()
START = {
    ".dvc/config": b"",
    "README.md": b"Tiny.\n",
    "dvc.yaml": PIPELINE,
    "evaluate.py": EVALUATE,
    "params.yaml": b"lr: 0.1\n",
    "train.py": TRAIN,
}
Files = dict[str, bytes]


NAME = "promotion_fakes"
if NAME not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        NAME, Path(__file__).parents[2] / "unit" / "promotion" / "fakes.py"
    )
    sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])
shop = sys.modules[NAME]


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


class Store(shop.FakeObjects):
    """Objects by md5 name, written as a remote takes them."""

    def write(self, name: str, chunks: Iterable[bytes]) -> bool:
        data = b"".join(chunks)
        if md5(data) != name.removesuffix(".dir"):
            raise NotEvaluatedError(f"The object {name} has other bytes.")
        fresh = self.objects.get(name) != data
        self.objects[name] = data
        return fresh


@dataclass(frozen=True)
class Stage:
    """What dvc.yaml says of a stage, and what its command does: files it writes, from files it reads."""

    name: str
    deps: tuple[str, ...]
    out: str
    run: Callable[[Files], Files]
    params: bool = False

    @property
    def cmd(self) -> str:
        return f"python {self.name}.py"


def train(files: Files) -> Files:
    rate = files["params.yaml"].decode().split(": ")[1].strip()
    return {"model/MLmodel": b"flavors: {}\n", "model/weights": f"lr {rate}".encode()}


def evaluate(files: Files) -> Files:
    rate = files["model/weights"].decode().split()[1]
    return {"metrics.json": json.dumps({"auc": AUC[rate]}).encode()}


STAGES = {
    "train": Stage("train", ("train.py",), "model", train, params=True),
    "evaluate": Stage("evaluate", ("evaluate.py", "model"), "metrics.json", evaluate),
}


@dataclass(frozen=True)
class Failed:
    """A command that prints these lines and ends with this code."""

    exit_code: int
    lines: tuple[str, ...] = ()

    def of(self, stage: Stage, ran: Iterable[StageRun]) -> Reproduction:
        """As DVC tells it: what it says before and after the command's own lines."""
        why = f"failed to run: {stage.cmd}, exited with {self.exit_code}"
        said = (f"Running stage '{stage.name}':", f"> {stage.cmd}", *self.lines)
        tail = (*said, f"ERROR: failed to reproduce '{stage.name}': {why}")[-TAIL:]
        return Reproduction(tuple(ran), (), stage.name, self.exit_code, tail)


@dataclass
class Workshop:
    """Fresh checkouts of what `files_of` answers for a revision, and a runner in them.

    `broken` names what fails, and how; `unwritten` the outputs that commands forget; `linked` the files that
    they write as links to ../README.md; `lost` what is gone once everything ran (a process was left behind).
    """

    files_of: Callable[[str], Files]
    cache: Store = field(default_factory=Store)
    remote: Store = field(default_factory=Store)
    broken: dict[str, Failed | ModelbotError] = field(default_factory=dict)
    unwritten: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    open: dict[Path, Files] = field(default_factory=dict)
    opened: int = 0
    trained: int = 0

    @contextmanager
    def fresh(self, revision: str) -> Iterator[Checkout]:
        self.opened += 1
        path = Path(f"/checkout/{self.opened}")
        self.open[path] = self.files_of(revision)
        try:
            yield Checkout(path, MemoryTree(self.open[path]))
        finally:
            del self.open[path]

    def fails(self, stage: str, exit_code: int, *lines: str) -> None:
        """From now on this stage's command, or "setup", prints these lines and ends with this code."""
        self.broken[stage] = Failed(exit_code, lines)

    def prepare(self, checkout: Path, setup: str | None) -> Reproduction | None:  # noqa: ARG002 -- the port's
        failure = self._failure("setup")
        if failure is None:
            return None
        return Reproduction((), (), "setup", failure.exit_code, failure.lines[-TAIL:])

    def reproduce(self, checkout: Path, stages: tuple[str, ...], inputs: tuple[str, ...]) -> Reproduction:
        files, ran = self.open[checkout], []
        for path in inputs:
            self._pull(path, files)
        for name in stages:
            if name not in STAGES:
                raise could_not(f"Stage '{name}' not found inside 'dvc.yaml' file")
            if failure := self._failure(name) or unable(STAGES[name], files):
                remove(files, STAGES[name].out)
                return failure.of(STAGES[name], ran)
            self.run(name, files)
            ran.append(StageRun(name, 1.5))
        for path in self.lost:
            files.pop(path, None)
        return Reproduction(tuple(ran))

    def run(self, name: str, files: Files) -> None:
        """Run one stage in these files: its output, the objects of it and its entry in the lock."""
        stage = STAGES[name]
        remove(files, stage.out)
        self.trained += name == "train"
        files |= stage.run(files)
        for path in set(self.linked) & set(below(files, stage.out)):
            what = f"{path!r} is a symbolic link to '../README.md'"
            raise NotEvaluatedError(f"Stage {name} wrote more than plain files: {what}.")
        for path in self.unwritten:
            remove(files, path)
        if not below(files, stage.out):
            raise could_not(f"failed to reproduce '{name}': output '{stage.out}' does not exist")
        if stage.out != "metrics.json":
            self.cache.put_directory(members(files, stage.out))
        files["dvc.lock"] = with_entry(files.get("dvc.lock", b""), stage, files)

    def _failure(self, name: str) -> Failed | None:
        failure = self.broken.get(name)
        if isinstance(failure, ModelbotError):
            raise failure
        return failure

    def _pull(self, path: str, files: Files) -> None:
        for entry in read(files.get("dvc.lock", b"")).values():
            for out in (out for out in entry["outs"] if out["path"] == path):
                for member in json.loads(self._fetched(out["md5"])):
                    files[f"{path}/{member['relpath']}"] = self._fetched(member["md5"])

    def _fetched(self, name: str) -> bytes:
        data = next((store.read(name) for store in (self.cache, self.remote) if name in store.objects), None)
        if data is None:
            raise could_not(f"failed to pull data from the cloud: {name} is missing")
        self.cache.objects[name] = data
        return data


def could_not(what: str) -> NotEvaluatedError:
    return NotEvaluatedError(f"DVC could not run the stages: {what}")


def unable(stage: Stage, files: Files) -> Failed | None:
    """The command's own failure where something that it reads is not there: DVC starts it all the same."""
    missing = [dep for dep in stage.deps if not below(files, dep)]
    return Failed(1, tuple(f"No such file: {dep}" for dep in missing)) if missing else None


def below(files: Files, path: str) -> list[str]:
    """The files that an output or a dependency consists of."""
    return sorted(name for name in files if name == path or name.startswith(f"{path}/"))


def remove(files: Files, path: str) -> None:
    for name in below(files, path):
        del files[name]


def members(files: Files, path: str) -> Files:
    return {name.removeprefix(f"{path}/"): files[name] for name in below(files, path)}


def tracked(files: Files) -> Files:
    """What Git keeps of a checkout: everything but the outputs that DVC keeps."""
    return {path: data for path, data in files.items() if not path.startswith("model/")}


def model(rate: str) -> str:
    """DVC's name of the model that is trained with this learning rate."""
    return Store().put_directory(members(train({"params.yaml": f"lr: {rate}\n".encode()}), "model"))


def lock(files: Files, rate: str) -> bytes:
    """The `dvc.lock` of a pipeline whose every stage was run with this learning rate."""
    params = {"params.yaml": f"lr: {rate}\n".encode()}
    whole = {"metrics.json": b""} | files | params | train(params)
    return with_entry(with_entry(b"", STAGES["train"], whole), STAGES["evaluate"], whole)


def read(data: bytes) -> dict[str, dict[str, object]]:
    """The entries of a lock."""
    return (YAML(typ="safe", pure=True).load(data) or {}).get("stages", {})


def with_entry(data: bytes, stage: Stage, files: Files) -> bytes:
    """A lock with this stage's entry anew, and every other as it was."""
    entry: dict[str, object] = {"cmd": stage.cmd, "deps": [locked(files, path) for path in stage.deps]}
    if stage.params:
        rate = YAML(typ="safe", pure=True).load(files["params.yaml"])["lr"]
        entry["params"] = {"params.yaml": {"lr": rate}}
    entry["outs"] = [locked(files, stage.out)]
    yaml, text = YAML(typ="safe", pure=True), io.BytesIO()
    yaml.default_flow_style, yaml.sort_base_mapping_type_on_output = False, False
    yaml.dump({"schema": "2.0", "stages": read(data) | {stage.name: entry}}, text)
    return text.getvalue()


def locked(files: Files, path: str) -> dict[str, object]:
    if path in files:
        return {"path": path, "hash": "md5", "md5": md5(files[path]), "size": len(files[path])}
    found = members(files, path)
    name, size = Store().put_directory(found), sum(map(len, found.values()))
    return {"path": path, "hash": "md5", "md5": name, "size": size, "nfiles": len(found)}
