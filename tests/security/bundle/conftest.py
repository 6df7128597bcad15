"""A pipeline whose parameter changed, and the bundle that an honest job would bring."""

import json
from dataclasses import dataclass, field
from hashlib import md5

import pytest

from bot.evidence.bundle import Bundle, BundleStage, Statement
from bot.evidence.reproduced import Reproduced, verify_bundle
from bot.lineage.impact import impact_of
from bot.lineage.tree import MemoryTree

HEAD = "a" * 40
PIPELINE = """\
stages:
  clean:
    cmd: python clean.py
    deps: [clean.py, raw.csv]
    outs: [clean.csv]
  train:
    cmd: python train.py
    deps: [clean.csv]
    params: [lr]
    outs: [model]
  evaluate:
    cmd: python evaluate.py
    deps: [model]
    metrics:
      - metrics.json:
          cache: false
    plots:
      - plots:
          cache: false
"""


def digest(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()


def listing(files: dict[str, bytes]) -> str:
    members = [{"md5": digest(data), "relpath": path} for path, data in sorted(files.items())]
    return digest(json.dumps(members, sort_keys=True).encode()) + ".dir"


CLEAN = digest(b"clean")
METRICS = {"old": b'{"auc": 0.7}\n', "new": b'{"auc": 0.8}\n'}
MODEL = {"old": listing({"m": b"old"}), "new": listing({"m": b"new"})}
PLOTS = {"roc.csv": b"x,y\n"}


def lock(lr: str, which: str) -> dict:
    """`dvc.lock` as DVC would write it, as a value that a test may spoil."""
    out = lambda path, name: {"path": path, "hash": "md5", "md5": name}  # noqa: E731
    return {
        "schema": "2.0",
        "stages": {
            "clean": {
                "cmd": "python clean.py",
                "deps": [out("clean.py", digest(b"code")), out("raw.csv", digest(b"raw"))],
                "outs": [out("clean.csv", CLEAN)],
            },
            "train": {
                "cmd": "python train.py",
                "deps": [out("clean.csv", CLEAN)],
                "params": {"params.yaml": {"lr": float(lr)}},
                "outs": [out("model", MODEL[which])],
            },
            "evaluate": {
                "cmd": "python evaluate.py",
                "deps": [out("model", MODEL[which])],
                "outs": [out("metrics.json", digest(METRICS[which])), out("plots", listing(PLOTS))],
            },
        },
    }


@dataclass
class Case:
    """What the trusted side knows of head and base, and what the job brings; a test spoils one thing."""

    lock: dict = field(default_factory=lambda: lock("0.2", "new"))
    ran: list[str] = field(default_factory=lambda: ["train", "evaluate"])
    restored: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(
        default_factory=lambda: {"metrics.json": METRICS["new"], "plots/roc.csv": PLOTS["roc.csv"]}
    )
    pipeline: str = PIPELINE
    base_lock: dict = field(default_factory=lambda: lock("0.1", "old"))
    head_files: dict[str, bytes] = field(default_factory=dict)

    def trees(self) -> tuple[MemoryTree, MemoryTree]:
        base = {
            "dvc.yaml": self.pipeline.encode(),
            "dvc.lock": json.dumps(self.base_lock).encode(),
            "clean.py": b"code",
            "raw.csv": b"raw",
            "params.yaml": b"lr: 0.1\n",
            "metrics.json": METRICS["old"],
            "plots/roc.csv": PLOTS["roc.csv"],
            "policies/model.yaml": b"",
        } | self.head_files
        return MemoryTree(base), MemoryTree(base | {"params.yaml": b"lr: 0.2\n"})

    def bundle(self) -> Bundle:
        ran = tuple(BundleStage(name=name, seconds=1) for name in self.ran)
        statement = Statement(
            bot="1", head=HEAD, outcome="reproduced", ran=ran, restored=tuple(self.restored)
        )
        return Bundle(statement=statement, files={"dvc.lock": json.dumps(self.lock).encode()} | self.files)

    def verify(self, bundle: Bundle | None = None) -> Reproduced:
        base, head = self.trees()
        return verify_bundle(bundle or self.bundle(), head, impact_of(base, head))

    def entry(self, stage: str) -> dict:
        return self.lock["stages"][stage]


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def names() -> dict[str, str]:
    """Names of objects: the model before and after, and the cleaned data."""
    return {"old": MODEL["old"], "new": MODEL["new"], "clean": CLEAN}
