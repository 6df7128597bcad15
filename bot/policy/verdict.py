"""What the policy answered: rule results and the verdict they add up to. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, assert_never

from bot.errors import ExitCode
from bot.evidence.phrase import Phrase


class Status(StrEnum):
    """One rule's outcome. FAIL is the policy saying no; ERROR is that we could not tell."""

    PASS = "pass"  # noqa: S105 -- a status, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NEW = "new"
    SKIPPED = "skipped"
    WAIVED = "waived"
    ERROR = "error"


class Severity(StrEnum):
    """What a rule's failure means: it blocks, it warns, or it informs."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


Direction = Literal["higher", "lower"]
Conclusion = Literal["success", "failure", "neutral", "action_required"]
Answer = Literal["ask", "fail", "pass"]
RuleKind = Literal[
    "required",
    "min",
    "max",
    "max_regression",
    "must_improve",
    "max_regression_from_best",
    "fairness",
    "require",
    "forbid",
    "protected",
    "evidence",
    "files",
]
THRESHOLDS: tuple[RuleKind, ...] = ("min", "max")
PROTECTED: RuleKind = "protected"
"""The kind of rule that asks for an approval of a change, whatever the numbers say."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a rule stands: file of the policy, line and column from 1."""

    file: str
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class SliceKey:
    """The rows in which `column` equals `value`."""

    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Noise:
    """How an interval was made, and what the test rows can show.

    `smallest_visible` is the change (metric units) that these rows would find in 80 of 100 cases;
    `rows_needed` how many would for the margin; `p_worse` the one-sided p value of "not worse by more than
    the margin"; `discordant` the rows that the two models decide differently, where that counts.
    """

    method: str
    rows: int
    smallest_visible: float
    rows_needed: int | None = None
    p_worse: float | None = None
    seed: int | None = None
    discordant: int | None = None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule's outcome, with every number it was decided on.

    `rule` is the rule's path in the policy (`metrics.auc.min`, `slices.auc.max_regression[origin=JFK]`).
    `base` and `candidate` are metric values; `improvement` is positive when the candidate is better;
    `low` and `high` bound it (None: a single value, noise unknown), `noise` says how; `limit` is the
    threshold or the margin in metric units.
    """

    rule: str
    kind: RuleKind
    metric: str
    status: Status
    severity: Severity
    reason: Phrase
    position: Position
    direction: Direction | None = None
    slice: SliceKey | None = None
    base: float | None = None
    candidate: float | None = None
    improvement: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    against: str = ""
    noise: Noise | None = None

    @property
    def blocks(self) -> bool:
        """Whether this result keeps the verdict from being a pass."""
        bad = (Status.FAIL, Status.ERROR, Status.INCONCLUSIVE)
        return self.severity is Severity.BLOCK and self.status in bad


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Which policy judged: its file, the revision it was read from, and our sha256 of its bytes."""

    file: str
    revision: str
    digest: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole policy's answer: as bad as its worst blocking result.

    `inconclusive` is what the policy does with a third answer; `approvals` how many it asks for, of whom
    `may_approve` says; `approvers` are those of them who approved this candidate, `approved` whether they are
    enough.
    """

    model: str
    policy: PolicyRef
    results: tuple[RuleResult, ...]
    inconclusive: Answer = "ask"
    approvals: int = 0
    approved: bool = False
    approvers: tuple[str, ...] = ()
    may_approve: tuple[str, ...] = ("write",)
    notes: tuple[Phrase, ...] = ()

    @property
    def status(self) -> Status:
        """Error > fail > inconclusive > pass. No rule evaluated at all is an error, never a pass.

        So it is where every rule that was looked at ended in an error, even when each only warns.

        With nothing to compare with and no threshold set (only new change rules) a person must answer.
        """
        blocking = {result.status for result in self.results if result.blocks}
        for worst in (Status.ERROR, Status.FAIL, Status.INCONCLUSIVE):
            if worst in blocking:
                return worst
        return self._when_nothing_blocks()

    def _when_nothing_blocks(self) -> Status:
        statuses = {result.status for result in self.results}
        if Status.ERROR in statuses and not statuses & {Status.PASS, Status.FAIL}:
            return Status.ERROR
        if statuses - {Status.NEW, Status.SKIPPED}:
            return Status.PASS
        return Status.INCONCLUSIVE if Status.NEW in statuses else Status.ERROR

    @property
    def passes(self) -> bool:
        """Whether this verdict lets a merge happen and a promotion follow; the same answer for both."""
        status = self.status
        if status is Status.INCONCLUSIVE:
            return self._inconclusive_passes and not self.unapproved
        return status is Status.PASS

    @property
    def vouched(self) -> bool:
        """Whether a threshold that passes, or an approval, speaks for a model that has no rival."""
        passed = any(one.kind in THRESHOLDS and one.status is Status.PASS for one in self.results)
        return passed or self.approved

    @property
    def unapproved(self) -> tuple[RuleResult, ...]:
        """The protected paths whose change nobody approved: for that, no other answer stands in."""
        return tuple(one for one in self.results if one.kind == PROTECTED and one.blocks)

    @property
    def _inconclusive_passes(self) -> bool:
        if self.inconclusive == "ask":
            return self.approved or self.approvals == 0
        return self.inconclusive == "pass"

    @property
    def conclusion(self) -> Conclusion:
        """What the check run is completed with."""
        status = self.status
        if status is Status.PASS:
            return "success"
        if status is Status.INCONCLUSIVE:
            return self._asked()
        return "failure"

    def _asked(self) -> Conclusion:
        waits = bool(self.unapproved)
        if waits and (self.inconclusive != "fail" or not self._cannot_tell):
            return "action_required"
        match self.inconclusive:
            case "pass":
                return "success"
            case "fail":
                return "failure"
            case "ask":
                return self._asked_of_a_person()
            case _ as never:
                assert_never(never)

    @property
    def _cannot_tell(self) -> bool:
        """Whether a rule is inconclusive for another reason than a missing approval."""
        return any(one.blocks and one.kind != PROTECTED for one in self.results)

    def _asked_of_a_person(self) -> Conclusion:
        if self.approvals == 0:
            return "neutral"
        return "success" if self.approved else "action_required"

    @property
    def exit_code(self) -> ExitCode:
        """0 passes, 1 the policy said no, 5 could not evaluate or an unanswered question."""
        if self.passes:
            return ExitCode.OK
        return ExitCode.REJECTED if self.status is Status.FAIL else ExitCode.NOT_EVALUATED
