"""What a promotion is decided on, and what can be decided: a closed union. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import ExitCode
from bot.evidence.facts import EvidenceLevel, MetricTable
from bot.evidence.phrase import Phrase, Quoted
from bot.evidence.provenance import Unproven
from bot.evidence.smoke import Smoke, SmokeOutcome
from bot.policy.verdict import Verdict
from bot.promotion.damage import Damage, Pointed, What
from bot.promotion.ledger import Served, Tail
from bot.promotion.records import Artifact, Held, Intent, Judgement, Origin, judgement_of

PREVIOUS = "previous"
UNTRIED = (
    "nobody loaded the model as a serving host would: `modelbot rescore --main --out scores` does, "
    "and `modelbot promote --scores scores` reads it"
)
LACKING = (
    "it loads, and there are no recorded outputs to hold its answers against: "
    "save an input example and `output_example.json` with the model"
)


class Relation(StrEnum):
    """How a recorded revision stands to main's HEAD.

    DESCENDANT: the recorded one has HEAD in its history, so HEAD is old news. UNRELATED: neither has the
    other in its history (main was force-pushed). UNKNOWN: this clone is too shallow to tell.
    """

    NONE = "nothing recorded"
    SAME = "same"
    ANCESTOR = "ancestor"
    DESCENDANT = "descendant"
    UNRELATED = "unrelated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Remeasured:
    """Newer numbers of the champion's own bytes: what a commit of main after `Served.measured_at` says."""

    revision: str
    metrics: MetricTable
    level: EvidenceLevel


@dataclass(frozen=True, slots=True)
class Smoked:
    """Whether the model may be served as far as loading it tells. `made`: what was tried; None: nobody did.

    `required`: the policy also asks for a model that can be loaded, and answers an input example.
    `unread`: its bytes are not there to tell whether it can be; bringing them, which comes next, finds the
    same.
    """

    made: Smoke | None
    required: bool = False
    unread: bool = False

    def reason(self) -> Phrase | None:
        """Why it may not; None: it may."""
        if self.unread:
            return None
        if self.made is None:
            return (UNTRIED,)
        if self.made.outcome is SmokeOutcome.PASSED:
            lacking = self.required and not self.made.compared
            return (LACKING,) if lacking else None
        if self.made.outcome is SmokeOutcome.NOTHING:
            return (Quoted("promotion.smoke"), ": ", Quoted(self.made.why)) if self.required else None
        return ("as a serving host would load it: ", Quoted(self.made.why))

    @property
    def exit_code(self) -> ExitCode:
        """1 when the model was tried and failed, 5 when it could not be tried."""
        failed = self.made is not None and self.made.outcome is not SmokeOutcome.ERROR
        return ExitCode.REJECTED if failed else ExitCode.NOT_EVALUATED


@dataclass(frozen=True, slots=True)
class Desired:
    """What main's HEAD asks for: the model's bytes in its `dvc.lock`, and what HEAD's policy says of them.

    `measured` are HEAD's committed metrics (None: unreadable), `verdict` HEAD's policy on them against the
    champion's record. `remeasured` is given when main measured the champion anew since it was recorded.
    `tested_on` names the test data of HEAD's numbers; `restores`: the policy wants a moved alias put back.
    `unproven` are entries of HEAD's lock of which nobody who suffices says that they really ran. `smoke` is
    what loading the model gave; None where the policy does not ask, or the bytes were champion before.
    """

    model: str
    origin: Origin
    artifact: Artifact
    verdict: Verdict
    measured: MetricTable | None
    level: EvidenceLevel
    alias: str = "champion"
    remeasured: Remeasured | None = None
    tested_on: str | None = None
    restores: bool = False
    unproven: tuple[Unproven, ...] = ()
    smoke: Smoked | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a person asks for instead of main: bytes that were champion before, as they were judged then."""

    hold: Held
    artifact: Artifact
    judgement: Judgement

    @property
    def model(self) -> str:
        """The registered model."""
        return self.hold.model

    @property
    def alias(self) -> str:
        """The alias that serves it."""
        return self.hold.alias

    @property
    def origin(self) -> Origin:
        """Where and by whom it was asked for."""
        return self.hold.origin

    @property
    def smoke(self) -> None:
        """Not asked: these bytes served before."""
        return

    @property
    def restores(self) -> bool:
        """No: while a person holds a model, another's move is for people to settle."""
        return False

    @property
    def level(self) -> EvidenceLevel:
        """How far its numbers could be trusted when it was promoted."""
        return self.judgement.level


@dataclass(frozen=True, slots=True)
class Actual:
    """What the registry serves now, and how the ledger's revisions stand to main's HEAD.

    `champion_is` is about `ModelLedger.champion.revision`, `intent_is` about the open intent's head.
    `previous_lost`: the registry has the version no longer that `previous` should point to. `damage` is
    what is wrong with the versions of the two aliases, the champion's first.
    """

    champion: Pointed | None
    previous: Pointed | None
    champion_is: Relation = Relation.NONE
    intent_is: Relation = Relation.NONE
    previous_lost: bool = False
    damage: tuple[Damage, ...] = ()


@dataclass(frozen=True, slots=True)
class Basis:
    """The facts a plan was decided on; it holds while the ledger still ends at `tail`."""

    desired: Desired | Recalled
    actual: Actual
    tail: Tail
    champion: Served | None

    @property
    def judgement(self) -> Judgement:
        """The verdict as the ledger keeps it; of what was called back the one of then."""
        wanted, now = self.desired, self.champion
        if isinstance(wanted, Recalled):
            return wanted.judgement
        before = now.metrics if now else None
        smoke = wanted.smoke.made if wanted.smoke else None
        return judgement_of(wanted.verdict, wanted.level, wanted.measured, before, wanted.tested_on, smoke)


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """Registry and ledger agree with main, or main has moved past this HEAD."""

    basis: Basis
    reason: Phrase
    changes: bool = False
    exit_code: ExitCode = ExitCode.OK


@dataclass(frozen=True, slots=True)
class Refuse:
    """The candidate does not become champion. `recorded`: the ledger has this very refusal already."""

    basis: Basis
    reasons: tuple[Phrase, ...]
    exit_code: ExitCode
    recorded: bool

    @property
    def changes(self) -> bool:
        """Whether applying writes anything."""
        return not self.recorded


@dataclass(frozen=True, slots=True)
class Promote:
    """The candidate becomes champion.

    `digest` is None where only fetching the bytes can tell it. `former` is given when the bytes were champion
    before (a return): they are flipped back. `adopts` is an announced promotion of the same bytes that did
    not finish; `refused` says that the ledger has a refusal of them against this champion.
    """

    basis: Basis
    digest: str | None
    former: Served | None = None
    adopts: Intent | None = None
    refused: bool = False
    changes: bool = True
    exit_code: ExitCode = ExitCode.OK


@dataclass(frozen=True, slots=True)
class Adopt:
    """A person has a champion that somebody else registered taken over: its bytes are main's.

    `continues` is an announced adoption of the same bytes that did not finish.
    """

    basis: Basis
    version: str
    continues: Intent | None = None
    changes: bool = True
    exit_code: ExitCode = ExitCode.OK


@dataclass(frozen=True, slots=True)
class Finish:
    """A promotion stopped after it had moved the alias: its record is completed as it was announced."""

    basis: Basis
    intent: Intent
    version: str
    changes: bool = True
    exit_code: ExitCode = ExitCode.OK


@dataclass(frozen=True, slots=True)
class Remeasure:
    """Main measured the champion anew: its numbers are recorded before anything is compared with them."""

    basis: Basis
    champion: Served
    numbers: Remeasured
    changes: bool = True
    exit_code: ExitCode = ExitCode.OK


@dataclass(frozen=True, slots=True)
class Drifted:
    """An alias, or the version it serves, is not what the ledger says; `what` tells which of it.

    `restore` names the version it is put back to; None: only recorded and reported, a person decides.
    """

    basis: Basis
    alias: str
    expected: Served | None
    found: str | None
    reason: Phrase
    restore: Served | None
    recorded: bool
    what: What = "alias"

    @property
    def changes(self) -> bool:
        """Whether applying writes anything."""
        return self.restore is not None or not self.recorded

    @property
    def exit_code(self) -> ExitCode:
        """0 when it is put right, else 3: the world moved and a person has to answer."""
        return ExitCode.STALE if self.restore is None else ExitCode.OK


Plan = NothingToDo | Refuse | Promote | Adopt | Finish | Remeasure | Drifted
