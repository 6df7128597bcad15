"""Stateful fakes of the registry and the ledger's branch, and one valid default of every value.

Loaded by the conftest of each directory that tests promotion; `tests/contract` holds the fakes honest.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from bot.adapters.files import ModelDirectories
from bot.errors import InvalidInputError, MissingObjectError, NotEvaluatedError, StaleError
from bot.evidence.facts import EvidenceLevel, Metric, MetricTable
from bot.policy.verdict import PolicyRef, Position, RuleResult, Severity, Status, Verdict
from bot.ports.git import Chain, Link, LogEntry, RecordWriter
from bot.ports.registry import RegisteredVersion, RegistryWriter
from bot.promotion.apply import World, drive
from bot.promotion.calls import Answer, Call, Outcome
from bot.promotion.damage import damages
from bot.promotion.ledger import BRANCH, Ledger, ModelLedger, read_ledger
from bot.promotion.plan import PREVIOUS, Actual, Desired, Plan, Relation
from bot.promotion.planner import plan
from bot.promotion.records import Artifact, Origin
from bot.promotion.steps import steps
from bot.usecases.hashing import hashed
from bot.usecases.standing import looks_at

MODEL = "flights"
META = "registered_model_meta"


class FakeRegistry:
    """A registry in memory, with files below `root`; numbers count from 1 per model and never come back."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.versions: dict[tuple[str, str], RegisteredVersion] = {}
        self.aliases: dict[tuple[str, str], str] = {}
        self.counts: dict[str, int] = {}

    def alias(self, model: str, alias: str) -> RegisteredVersion | None:
        version = self.aliases.get((model, alias))
        return self.versions.get((model, version)) if version else None

    def find(self, model: str, key: str) -> tuple[RegisteredVersion, ...]:
        found = (one for one in self.versions.values() if (one.model, one.key) == (model, key))
        return tuple(sorted(found, key=lambda one: int(one.version)))

    def registered(self, model: str) -> tuple[RegisteredVersion, ...]:
        found = (one for one in self.versions.values() if one.model == model)
        return tuple(sorted(found, key=lambda one: int(one.version)))

    def download(self, version: RegisteredVersion, into: Path) -> Path:
        if (version.model, version.version) not in self.versions:
            raise NotEvaluatedError(f"Version {version.version} of {version.model} is gone.")
        if not self.files(version).exists():
            raise NotEvaluatedError(f"Version {version.version} of {version.model} has no artifacts.")
        target = into / "served"
        shutil.copytree(self.files(version), target, symlinks=True)
        (target / META).unlink(missing_ok=True)
        return target

    def create(
        self, model: str, key: str, digest: str, files: Path, tags: tuple[tuple[str, str], ...]
    ) -> RegisteredVersion:
        assert len(dict(tags)) == len(tags), "one tag twice"
        if not model or set(model) & set("/:.%\"'`"):
            raise InvalidInputError(f"{model!r} cannot be the name of a registered model.")
        number = str(self.counts.get(model, 0) + 1)
        version = RegisteredVersion(model, number, key, digest, f"fake:{model}/{number}")
        shutil.copytree(files, self.files(version))
        self.counts[model] = int(number)
        self.versions[model, number] = version
        return version

    def tag(
        self, version: RegisteredVersion, key: str, digest: str, tags: tuple[tuple[str, str], ...]
    ) -> None:
        assert len(dict(tags)) == len(tags), "one tag twice"
        now = self.versions.get((version.model, version.version))
        if now is None:
            raise StaleError(f"Version {version.version} of {version.model} is gone.")
        self.versions[now.model, now.version] = replace(now, key=key, digest=digest)

    def disown(self, version: RegisteredVersion) -> None:
        now = self.versions.get((version.model, version.version))
        if now is None:
            raise StaleError(f"Version {version.version} of {version.model} is gone.")
        self.versions[now.model, now.version] = replace(now, key=None)

    def point(self, model: str, alias: str, version: str) -> None:
        if (model, version) not in self.versions:
            raise StaleError(f"Version {version} of {model} is gone.")
        self.aliases[model, alias] = version

    def files(self, version: RegisteredVersion) -> Path:
        return self.root / version.model / version.version


class FakeRecords:
    """Append-only branches in memory."""

    def __init__(self) -> None:
        self.branches: dict[str, list[LogEntry]] = {}
        self.links: dict[str, Link] = {}
        self.count = 0

    def entries(self, branch: str) -> tuple[LogEntry, ...]:
        return tuple(self.branches.get(branch, []))

    def together(self, branches: tuple[str, ...]) -> tuple[tuple[LogEntry, ...], ...]:
        return tuple(self.entries(branch) for branch in branches)

    def append(self, branch: str, after: str | None, data: bytes, message: str) -> str:
        line = self.branches.setdefault(branch, [])
        if (line[-1].commit if line else None) != after:
            raise StaleError(f"Somebody else wrote to {branch!r} first.")
        self.count += 1
        link = linked(after, data, f"{message} {self.count}")
        line.append(LogEntry(link.commit, data))
        self.links[link.commit] = link
        return link.commit

    def chain(self, branch: str) -> Chain:
        return Chain(tuple(self.links[entry.commit] for entry in self.branches.get(branch, [])))


def named(kind: bytes, data: bytes) -> bytes:
    """Git's name of an object."""
    return hashlib.sha1(b"%s %d\0%s" % (kind, len(data), data)).digest()


def linked(after: str | None, data: bytes, message: str = "m") -> Link:
    """One record as Git would store it after commit `after`."""
    tree = b"100644 record.json\0" + named(b"blob", data)
    parent = f"parent {after}\n" if after else ""
    header = f"tree {named(b'tree', tree).hex()}\n{parent}author m <m> 0 +0000\n\n{message}\n".encode()
    return Link(named(b"commit", header).hex(), header, tree, data)


class FakeObjects:
    """Content-addressed objects in memory; hashes while reading, as the real readers do."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def read(self, md5: str) -> bytes | None:
        return b"".join(self.chunks(md5)) if md5 in self.objects else None

    def chunks(self, md5: str) -> Iterator[bytes]:
        if md5 not in self.objects:
            raise MissingObjectError(f"The object {md5} is not there.")
        data = self.objects[md5]
        for start in range(0, len(data), 4):
            yield data[start : start + 4]
        if hashlib.md5(data).hexdigest() != md5.removesuffix(".dir"):
            raise NotEvaluatedError(f"The object {md5} has other bytes.")

    def put(self, data: bytes, suffix: str = "") -> str:
        name = hashlib.md5(data).hexdigest() + suffix
        self.objects[name] = data
        return name

    def put_directory(self, files: dict[str, bytes]) -> str:
        listing = [{"md5": self.put(data), "relpath": path} for path, data in sorted(files.items())]
        return self.put(json.dumps(listing, sort_keys=True).encode(), ".dir")


def result(status: Status = Status.PASS, kind: str = "min", **changes: object) -> RuleResult:
    values: dict[str, object] = {
        "rule": f"metrics.auc.{kind}",
        "kind": kind,
        "metric": "auc",
        "status": status,
        "severity": Severity.BLOCK,
        "reason": ("auc is 0.8",),
        "position": Position("models/flights.yaml", 3, 5),
        "candidate": 0.8,
        "limit": 0.7,
    }
    return RuleResult(**(values | changes))  # type: ignore[arg-type]


def verdict(*results: RuleResult, **changes: object) -> Verdict:
    values: dict[str, object] = {
        "model": MODEL,
        "policy": PolicyRef("models/flights.yaml", "a" * 40, "p" * 64),
        "results": results or (result(),),
    }
    return Verdict(**(values | changes))  # type: ignore[arg-type]


REJECTED = verdict(result(Status.FAIL))


def metrics(value: float = 0.8) -> MetricTable:
    return MetricTable((Metric("auc", value),))


def origin(head: str, **changes: object) -> Origin:
    values: dict[str, object] = {
        "time": "2026-11-20T12:00:00Z",
        "repository": "acme/flights",
        "head": head,
        "bot_version": "0.1.0",
    }
    return Origin(**(values | changes))  # type: ignore[arg-type]


def desired(head: str, lock_md5: str, answer: Verdict | None = None, **changes: object) -> Desired:
    values: dict[str, object] = {
        "model": MODEL,
        "origin": origin(head),
        "artifact": Artifact("models/flights", lock_md5, "e" * 64),
        "verdict": answer or verdict(),
        "measured": metrics(),
        "level": EvidenceLevel.CLAIMED,
    }
    return Desired(**(values | changes))  # type: ignore[arg-type]


@dataclass
class Shop:
    """Main, a registry, a ledger and a DVC remote: everything one reconcile needs.

    `line` is main's history, oldest first; a head that is not in it cannot be placed.
    """

    registry: RegistryWriter
    records: RecordWriter
    scratch: Path
    objects: FakeObjects = field(default_factory=FakeObjects)
    line: list[str] = field(default_factory=list)
    wanted: Desired | None = None
    reads_bytes: bool = False

    def merge(self, name: str, answer: Verdict | None = None, **changes: object) -> Desired:
        """Main moves on, to a commit whose model is the one called `name`."""
        head = hashlib.sha1(f"{len(self.line)}{name}".encode()).hexdigest()
        self.line.append(head)
        md5 = self.objects.put_directory({"MLmodel": b"flavors: {}", "data/model.bin": name.encode()})
        self.wanted = desired(head, md5, answer, **changes)
        return self.wanted

    def ledger(self) -> Ledger:
        return read_ledger(self.records.entries(BRANCH))

    def model(self) -> ModelLedger:
        return self.ledger().model(MODEL)

    def actual(self, wanted: Desired, state: ModelLedger) -> Actual:
        read = partial(hashed, self.registry, self.files()) if self.reads_bytes else None
        now, before = looks_at(self.registry, state, wanted.alias, read)
        return Actual(
            now.points,
            before.points,
            self._relation(state.champion.revision if state.champion else None, wanted.origin.head),
            self._relation(state.intent.origin.head if state.intent else None, wanted.origin.head),
            before.gone,
            tuple(damages((now, before))),
        )

    def plan(self, wanted: Desired | None = None) -> Plan:
        asked = wanted or self.wanted
        assert asked is not None
        state = self.model()
        return plan(asked, self.actual(asked, state), state)

    def world(self) -> World:
        return World(self.registry, self.records, self.files())

    def files(self) -> ModelDirectories:
        return ModelDirectories(self.objects, self.scratch)

    def run(
        self, what: Plan, around: Callable[[Call, Callable[[], Answer]], Answer] | None = None
    ) -> Outcome:
        """Apply a plan; `around` is asked to make each call itself."""
        world = self.world()

        def answered(call: Call) -> Answer:
            return around(call, lambda: world.answer(call)) if around else world.answer(call)

        return drive(steps(what), answered)

    def reconcile(
        self,
        wanted: Desired | None = None,
        around: Callable[[Call, Callable[[], Answer]], Answer] | None = None,
        rounds: int = 5,
    ) -> Outcome:
        """Gather, plan and apply until nothing stands in the way, as the use case does."""
        for _ in range(rounds):
            try:
                outcome = self.run(self.plan(wanted), around)
            except StaleError:
                continue
            if outcome.settled:
                return outcome
        raise AssertionError(f"did not settle in {rounds} rounds")

    def champion(self) -> str | None:
        """What the champion's model.bin says."""
        found = self.registry.alias(MODEL, "champion")
        if found is None:
            return None
        with ModelDirectories(self.objects, self.scratch).scratch() as folder:
            return (self.registry.download(found, folder) / "data" / "model.bin").read_text()

    def kinds(self) -> list[str]:
        return [json.loads(entry.data)["kind"] for entry in self.records.entries(BRANCH)]

    def state(self) -> tuple[object, ...]:
        """Everything that a second run must not change."""
        aliases = tuple(self.registry.alias(MODEL, name) for name in ("champion", PREVIOUS))
        return (self.records.entries(BRANCH), aliases)

    def _relation(self, recorded: str | None, head: str) -> Relation:
        if recorded is None:
            return Relation.NONE
        if recorded == head:
            return Relation.SAME
        if recorded not in self.line or head not in self.line:
            return Relation.UNKNOWN
        later = self.line.index(recorded) > self.line.index(head)
        return Relation.DESCENDANT if later else Relation.ANCESTOR


def fake_shop(root: Path) -> Shop:
    return Shop(FakeRegistry(root / "registry"), FakeRecords(), root / "scratch")
