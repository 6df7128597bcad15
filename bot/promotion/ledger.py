"""What the ledger's records add up to, per model. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol, assert_never

from bot.errors import NotEvaluatedError
from bot.evidence.facts import EvidenceLevel, MetricTable
from bot.promotion.codec import TODO, parse
from bot.promotion.records import Drift, Held, Intent, Measured, Promoted, Record, Refused, Resumed
from bot.promotion.usage import Decided, decision_of

BRANCH = "modelbot/ledger"


class Entry(Protocol):
    """A commit of the ledger's branch and the bytes of its record."""

    @property
    def commit(self) -> str:
        """The commit's sha."""
        ...

    @property
    def data(self) -> bytes:
        """The record's bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Committed:
    """A record and the commit it stands in."""

    commit: str
    record: Record


@dataclass(frozen=True, slots=True)
class Tail:
    """The ledger's end: its last commit (None: nothing was ever written) and last sequence number."""

    commit: str | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Served:
    """A version that became champion: its bytes, its numbers, and the revision that asked for it.

    `metrics` are the newest that are recorded, `measured_at` the revision of main that has them; `record` is
    that of its last promotion.
    """

    version: str
    digest: str
    lock_md5: str
    key: str
    metrics: MetricTable
    level: EvidenceLevel
    revision: str
    pull_request: int | None
    sequence: int
    measured_at: str
    record: Promoted | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ModelLedger:
    """One model's state. `former` holds every digest that was ever champion, as last promoted; `standing`
    are the digests among them that no return to an earlier one took back, oldest first.

    `intent` is the latest promotion that was announced and not finished (its process died, or still runs);
    `abandoned` are the keys of versions to which an overtaken process may still point the alias: begun and
    not finished, or put back, since the promotion before the last. `refusals` is the last refusal per DVC
    hash; `drift` the drift recorded since the last promotion; `promotion` the record of the last promotion;
    `decided` every decision whose test data are on record, oldest first; `hold` what a person called back and
    holds against main.
    """

    model: str
    tail: Tail = Tail()
    champion: Served | None = None
    previous: Served | None = None
    former: tuple[Served, ...] = ()
    standing: tuple[str, ...] = ()
    intent: Intent | None = None
    abandoned: tuple[str, ...] = ()
    refusals: tuple[Refused, ...] = ()
    drift: Drift | None = None
    promotion: Promoted | None = None
    decided: tuple[Decided, ...] = ()
    hold: Held | None = None

    def version_of_lock(self, lock_md5: str) -> str | None:
        """The version in which these bytes (by DVC's name) were champion; None: they never were."""
        served = self.served_lock(lock_md5)
        return served.version if served else None

    @property
    def proven(self) -> tuple[Served, ...]:
        """What was ever champion, without what was taken back: a bar that people lowered stays lowered."""
        return tuple(one for one in self.former if one.digest in self.standing)

    def served_lock(self, lock_md5: str) -> Served | None:
        """The last promotion of these bytes, by DVC's name for them."""
        return next((one for one in self.former if one.lock_md5 == lock_md5), None)

    def served_version(self, version: str) -> Served | None:
        """The bytes that were champion as this version; None: it never was."""
        return next((one for one in self.former if one.version == version), None)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The state of every model the ledger knows."""

    tail: Tail = Tail()
    models: tuple[ModelLedger, ...] = ()

    def model(self, name: str) -> ModelLedger:
        """One model's state; an empty one when the ledger never heard of it."""
        found = next((one for one in self.models if one.model == name), ModelLedger(name))
        return replace(found, tail=self.tail)


def read_records(entries: Iterable[Entry]) -> tuple[Committed, ...]:
    """The records of the branch, oldest first.

    Raises:
        NotEvaluatedError: naming the commit whose record cannot be read.
    """
    return tuple(Committed(entry.commit, parse(entry.commit, entry.data)) for entry in entries)


def read_ledger(entries: Iterable[Entry]) -> Ledger:
    """The ledger that these commits add up to; raises as `read_records` and `fold` do."""
    return fold(read_records(entries))


def fold(records: Iterable[Committed]) -> Ledger:
    """The state after these records, oldest first. The same records give the same state.

    Raises:
        NotEvaluatedError: the records contradict each other; names the commit.
    """
    models: dict[str, _State] = {}
    tail = Tail()
    for committed in records:
        record = committed.record
        if record.sequence != tail.sequence + 1:
            what = f"has sequence number {record.sequence} where {tail.sequence + 1} is expected"
            raise _contradiction(committed.commit, what)
        tail = Tail(committed.commit, record.sequence)
        models.setdefault(record.model, _State(record.model)).take(committed)
    return Ledger(tail, tuple(state.frozen(tail) for state in models.values()))


@dataclass(slots=True)
class _State:
    """A model while its records are read; never leaves this module."""

    model: str
    champion: Served | None = None
    previous: Served | None = None
    former: dict[str, Served] = field(default_factory=dict)
    standing: tuple[str, ...] = ()
    intent: Intent | None = None
    abandoned: dict[str, int] = field(default_factory=dict)
    promotions: int = 0
    refusals: dict[str, Refused] = field(default_factory=dict)
    drift: Drift | None = None
    promotion: Promoted | None = None
    decided: list[Decided] = field(default_factory=list)
    hold: Held | None = None

    def take(self, committed: Committed) -> None:
        record = committed.record
        decision = decision_of(record)
        if decision is not None:
            self.decided.append(decision)
        match record:
            case Intent():
                self._announce(record)
            case Promoted():
                self._promote(committed.commit, record)
            case Refused():
                self.refusals[record.artifact.lock_md5] = record
            case Drift():
                self._stray(record)
            case Measured():
                self._measure(committed.commit, record)
            case Held():
                self._hold(committed.commit, record)
            case Resumed():
                self.hold = None
            case _ as never:
                assert_never(never)

    def _announce(self, intent: Intent) -> None:
        if self.intent and self.intent.key != intent.key:
            self.abandoned[self.intent.key] = self.promotions
        self.intent = intent

    def _stray(self, drift: Drift) -> None:
        """Whoever puts an alias back may be overtaken too, and do so after the next promotion."""
        self.drift = drift
        if drift.restored and self.champion:
            self.abandoned[self.champion.key] = self.promotions

    def _hold(self, commit: str, record: Held) -> None:
        if record.digest not in self.former:
            raise _contradiction(commit, f"holds version {record.version}, which never was champion")
        self.hold = record

    def _measure(self, commit: str, record: Measured) -> None:
        if self.champion is None or self.champion.version != record.version:
            raise _contradiction(commit, f"measures version {record.version}, which is not champion")
        self.champion = replace(
            self.champion, metrics=record.metrics, level=record.level, measured_at=record.revision
        )
        self.former[self.champion.digest] = self.champion

    def _promote(self, commit: str, record: Promoted) -> None:
        if self.intent is None or self.intent.key != record.key:
            raise _contradiction(commit, f"promotes {record.model} without an intent before it")
        served = _served(commit, record)
        if self.champion and self.champion.version != served.version:
            self.previous = self.champion
        self.standing = _with(self.standing, served.digest)
        self.champion, self.promotion, self.intent, self.drift = served, record, None, None
        self.former[served.digest] = served
        self.promotions += 1
        recent = self.promotions - 1
        self.abandoned = {
            key: begun for key, begun in self.abandoned.items() if begun >= recent and key != record.key
        }

    def frozen(self, tail: Tail) -> ModelLedger:
        return ModelLedger(
            self.model,
            tail,
            self.champion,
            self.previous,
            tuple(self.former.values()),
            self.standing,
            self.intent,
            tuple(self.abandoned),
            tuple(self.refusals.values()),
            self.drift,
            self.promotion,
            tuple(self.decided),
            self.hold,
        )


def _with(standing: tuple[str, ...], digest: str) -> tuple[str, ...]:
    """What stands once these bytes are champion: a return takes back all that came after them."""
    kept = standing[: standing.index(digest)] if digest in standing else standing
    return (*kept, digest)


def _served(commit: str, record: Promoted) -> Served:
    metrics = record.judgement.candidate
    if record.artifact.digest is None or metrics is None:
        raise _contradiction(commit, "promotes a model without its digest or its metrics")
    return Served(
        record.version,
        record.artifact.digest,
        record.artifact.lock_md5,
        record.key,
        metrics,
        record.judgement.level,
        record.origin.head,
        record.origin.pull_request,
        record.sequence,
        record.origin.head,
        record,
    )


def _contradiction(commit: str, what: str) -> NotEvaluatedError:
    return NotEvaluatedError(f"The ledger contradicts itself: record {commit[:12]} {what}.", TODO)
