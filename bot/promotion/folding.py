"""One record after another: how each changes what the ledger says of its model. Performs no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from bot.promotion.codec import RecordError
from bot.promotion.model_ledger import Committed, Ledger, ModelLedger, Served, Tail
from bot.promotion.records import Drift, Held, Intent, Measured, Promoted, Rebuilt, Refused, Resumed
from bot.promotion.usage import Decided, decision_of


class Folding:
    """The fold, one record at a time. What raises leaves the state as it was before."""

    def __init__(self) -> None:
        self._models: dict[str, _State] = {}
        self._tail = Tail()

    def take(self, committed: Committed) -> None:
        """One record more; raises RecordError where it contradicts those before it."""
        record = committed.record
        if record.sequence != self._tail.sequence + 1:
            what = f"has sequence number {record.sequence} where {self._tail.sequence + 1} is expected"
            raise _contradiction(committed.commit, "sequence", what)
        self._models.setdefault(record.model, _State(record.model)).take(committed)
        self._tail = Tail(committed.commit, record.sequence)

    @property
    def sequence(self) -> int:
        """The number of the last record that was taken."""
        return self._tail.sequence

    def skip(self, tail: Tail) -> None:
        """Go on after `tail`, whatever is missing before it: for whoever looks at a broken ledger."""
        self._tail = tail

    def standing(self, model: str) -> Standing:
        """What a model's next record has to agree with."""
        state = self._models.get(model, _State(model))
        return Standing(state.champion, state.previous, state.intent, state.former)

    def ledger(self) -> Ledger:
        """The state now."""
        return Ledger(self._tail, tuple(state.frozen(self._tail) for state in self._models.values()))


@dataclass(frozen=True, slots=True)
class Standing:
    """A model's state between two records; `former` by digest."""

    champion: Served | None
    previous: Served | None
    intent: Intent | None
    former: Mapping[str, Served]


@dataclass(slots=True)
class _State:
    """A model while its records are read; never leaves this module."""

    model: str
    champion: Served | None = None
    previous: Served | None = None
    former: dict[str, Served] = field(default_factory=dict)
    standing: dict[str, None] = field(default_factory=dict)
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
            case Rebuilt():
                self._renumber(committed.commit, record)
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
            raise _contradiction(
                commit, "digest", f"holds version {record.version}, which never was champion"
            )
        self.hold = record

    def _renumber(self, commit: str, record: Rebuilt) -> None:
        """From here on other numbers hold, wherever this state names a version."""
        for one in record.versions:
            known = self.former.get(one.digest)
            if known is None or known.version != one.was:
                what = f"gives version {one.was} another number, and these bytes never had that one"
                raise _contradiction(commit, "versions", what)
        numbers = {one.was: one.version or lost_number(one.was) for one in record.versions}
        known_as = {one.digest: numbers[one.was] for one in record.versions}
        self.former = {digest: _numbered(one, known_as) for digest, one in self.former.items()}
        self.champion = _numbered(self.champion, known_as) if self.champion else None
        self.previous = _numbered(self.previous, known_as) if self.previous else None
        self.drift = None
        self._renumber_mentions(numbers)

    def _renumber_mentions(self, numbers: Mapping[str, str]) -> None:
        for lock_md5, refused in self.refusals.items():
            champion = refused.champion and numbers.get(refused.champion, refused.champion)
            self.refusals[lock_md5] = replace(refused, champion=champion)
        if self.promotion:
            now = numbers.get(self.promotion.version, self.promotion.version)
            self.promotion = replace(self.promotion, version=now)
        if self.hold:
            before, now = (numbers.get(one, one) for one in (self.hold.before, self.hold.version))
            self.hold = replace(self.hold, before=before, version=now)

    def _measure(self, commit: str, record: Measured) -> None:
        if self.champion is None or self.champion.version != record.version:
            raise _contradiction(
                commit, "version", f"measures version {record.version}, which is not champion"
            )
        self.champion = replace(
            self.champion, metrics=record.metrics, level=record.level, measured_at=record.revision
        )
        self.former[self.champion.digest] = self.champion

    def _promote(self, commit: str, record: Promoted) -> None:
        if self.intent is None or self.intent.key != record.key:
            raise _contradiction(commit, "key", f"promotes {record.model} without an intent before it")
        served = _served(commit, record)
        if self.champion and self.champion.version != served.version:
            self.previous = self.champion
        self._stand(served.digest)
        self.champion, self.promotion, self.intent, self.drift = served, record, None, None
        self.former[served.digest] = served
        self.promotions += 1
        recent = self.promotions - 1
        self.abandoned = {
            key: begun for key, begun in self.abandoned.items() if begun >= recent and key != record.key
        }

    def _stand(self, digest: str) -> None:
        """These bytes are champion: a return takes back all that came after them."""
        if digest in self.standing:
            kept = list(self.standing)
            self.standing = dict.fromkeys(kept[: kept.index(digest)])
        self.standing[digest] = None

    def frozen(self, tail: Tail) -> ModelLedger:
        return ModelLedger(
            self.model,
            tail,
            self.champion,
            self.previous,
            tuple(self.former.values()),
            tuple(self.standing),
            self.intent,
            tuple(self.abandoned),
            tuple(self.refusals.values()),
            self.drift,
            self.promotion,
            tuple(self.decided),
            self.hold,
        )


def lost_number(was: str) -> str:
    """What stands for the number of a version whose bytes are lost, where another has its number now."""
    return f"{was} (lost)"


def _numbered(served: Served, known_as: Mapping[str, str]) -> Served:
    return replace(served, version=known_as.get(served.digest, served.version))


def _served(commit: str, record: Promoted) -> Served:
    metrics = record.judgement.candidate
    if record.artifact.digest is None or metrics is None:
        raise _contradiction(commit, "artifact.digest", "promotes a model without its digest or its metrics")
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


def _contradiction(commit: str, field: str, what: str) -> RecordError:
    return RecordError(commit, field, f"The ledger contradicts itself: record {commit[:12]} {what}.")
