"""A ledger of 10,000 records in a real Git repository, and a main whose model is its champion."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.evidence.facts import EvidenceLevel, Metric, MetricTable, SliceMetrics
from bot.policy.verdict import PolicyRef, Severity, Status
from bot.promotion.codec import encode
from bot.promotion.ledger import BRANCH
from bot.promotion.records import (
    Artifact,
    Intent,
    Judgement,
    Origin,
    Promoted,
    Record,
    Refused,
    RuleOutcome,
    version_key,
)

RECORDS = 10_000
REPOSITORY, MODEL = "acme/flights", "flights"
POLICY = "version: 1\nmodel: flights\nartifact: model\nmetrics: {metric_0: {better: higher, min: 0.1}}\n"
DVC_YAML = """\
stages:
  train:
    cmd: sh train.sh
    deps: [train.sh]
    outs: [model]
    metrics: [{metrics.json: {cache: false}}]
"""


@dataclass(frozen=True)
class Shape:
    """How much is in a record."""

    rules: int
    metrics: int
    slices: int


USUAL, LARGE = Shape(12, 6, 0), Shape(77, 4, 20)


def repository(folder: Path, shape: Shape) -> tuple[Path, int]:
    """A clone whose origin has the ledger, whose main has the champion's model; bytes per record."""
    origin, root = folder / "origin.git", folder / "work"
    git(folder, "init", "--quiet", "--bare", str(origin))
    git(folder, "init", "--quiet", "--initial-branch=main", str(root))
    git(root, "remote", "add", "origin", str(origin))
    for name, text in main_files().items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "The model")
    head = git(root, "rev-parse", "HEAD")
    datas = [encode(record) for record in records(head, shape)]
    git(origin, "fast-import", "--quiet", data=b"".join(map(commit, range(len(datas)), datas)))
    git(root, "fetch", "--quiet", "origin", f"refs/heads/{BRANCH}:refs/modelbot/{BRANCH}")
    return root, sum(map(len, datas)) // len(datas)


def git(root: Path, *arguments: str, data: bytes | None = None) -> str:
    """Git's answer."""
    who = {f"GIT_{role}_{part}": "bench" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    line = ["git", "-C", str(root), *arguments]
    return (
        subprocess.run(line, input=data, env=os.environ | who, check=True, capture_output=True)
        .stdout.decode()
        .strip()
    )


def commit(number: int, data: bytes) -> bytes:
    """One record, for `git fast-import`."""
    who = b"committer m <m> %d +0000\ndata 1\nm\n" % (1_700_000_000 + number)
    file = b"M 100644 inline record.json\ndata %d\n%s\n" % (len(data), data)
    return b"commit refs/heads/%s\n" % BRANCH.encode() + who + file


def main_files() -> dict[str, str]:
    """A pipeline of one stage, run."""
    metrics = json.dumps({f"metric_{index}": 0.5 + index for index in range(LARGE.metrics)})
    outs = "".join(
        f"    - {{path: {path}, hash: md5, md5: {md5}, size: 3}}\n"
        for path, md5 in (("metrics.json", md5_of(metrics)), ("model", md5_of("model")))
    )
    deps = f"    - {{path: train.sh, hash: md5, md5: {md5_of('echo')}, size: 4}}\n"
    lock = f"schema: '2.0'\nstages:\n  train:\n    cmd: sh train.sh\n    deps:\n{deps}    outs:\n{outs}"
    return {
        ".dvc/config": "", "dvc.yaml": DVC_YAML, "dvc.lock": lock, "train.sh": "echo",
        "metrics.json": metrics, "policies/flights.yaml": POLICY, ".gitignore": ".modelbot\n",
    }  # fmt: skip


def md5_of(text: str) -> str:
    """As DVC names bytes."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def records(head: str, shape: Shape) -> Iterator[Record]:
    """Promotions, each announced, and a refusal after every second of them; the last has main's model."""
    sequence, version = 0, 0
    before: tuple[str | None, str | None] = (None, None)
    while sequence < RECORDS:
        version += 1
        last = sequence + 2 >= RECORDS
        judgement = judged(shape, 0 if last else version)
        origin = Origin(
            stamp(sequence),
            REPOSITORY,
            head if last else sha1(version),
            "0.1.0",
            author="ben",
            approvers=("ana",),
        )
        digest = hashlib.sha256(str(version).encode()).hexdigest()
        artifact = Artifact("model", md5_of("model" if last else str(version)), digest, digest)
        key = version_key(REPOSITORY, MODEL, digest)
        known = (key, MODEL, "champion", before[0])
        yield Intent(sequence + 1, *known, before[1], False, origin, artifact, judgement)
        yield Promoted(sequence + 2, *known, str(version), before[1], False, origin, artifact, judgement)
        before, sequence = (str(version), digest), sequence + 2
        if version % 2 and sequence + 1 < RECORDS:
            sequence += 1
            other = Artifact("model", md5_of(f"refused {version}"), digest, None)
            yield Refused(
                sequence, MODEL, "champion", before[0], ("auc is 0.6",), 1, origin, other, judgement
            )


def stamp(sequence: int) -> str:
    """A time per record, a minute apart."""
    return f"2026-11-{1 + sequence // 1440 % 28:02}T{sequence // 60 % 24:02}:{sequence % 60:02}:00+00:00"


def sha1(number: int) -> str:
    """A revision."""
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()


def judged(shape: Shape, version: int) -> Judgement:
    """What a decision stood on."""
    outcome = (
        Status.PASS,
        Severity.BLOCK,
        0.81234,
        0.8 + version / 1e6,
        0.00111,
        -0.0012,
        0.0034,
        0.01,
        "champion v1",
    )
    rules = tuple(
        RuleOutcome(f"metrics.metric_{index}.max_regression", *outcome) for index in range(shape.rules)
    )
    metrics = tuple(Metric(f"metric_{index}", 0.5 + index + version / 1e6) for index in range(shape.metrics))
    slices = tuple(
        SliceMetrics("carrier", f"C{index}", 1000 + index, metrics[:3]) for index in range(shape.slices)
    )
    table = MetricTable(metrics, slices)
    policy = PolicyRef("policies/flights.yaml", "a" * 40, "b" * 64)
    return Judgement(
        policy, Status.PASS, True, False, EvidenceLevel.REPRODUCED, rules, table, table, "d" * 64
    )
