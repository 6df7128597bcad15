"""What the ledger says of each model, as values. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.evidence.facts import EvidenceLevel, MetricTable
from bot.promotion.records import Drift, Held, Intent, Promoted, Record, Refused
from bot.promotion.usage import Decided


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
