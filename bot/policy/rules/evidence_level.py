"""`evidence.minimum`: how far numbers must be trusted before they decide. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.evidence.facts import EvidenceLevel
from bot.policy.measurement import Measurement
from bot.policy.verdict import Position, RuleResult, Severity, Status

ORDER = (EvidenceLevel.CLAIMED, EvidenceLevel.REPRODUCED, EvidenceLevel.RESCORED)


@dataclass(frozen=True, slots=True)
class MinimumEvidence:
    """The numbers must be at least of this level."""

    level: EvidenceLevel
    severity: Severity
    position: Position

    def evaluate(self, asked: Measurement) -> RuleResult:
        """An error where they are not: numbers that may be anything say nothing, neither yes nor no."""
        found = asked.evidence.head.level
        if ORDER.index(found) >= ORDER.index(self.level):
            status, words = Status.SKIPPED, f"the numbers are {found.value}, as asked"
        else:
            asked_for = f"the numbers are only {found.value}, and {self.level.value} is asked"
            status, words = Status.ERROR, asked_for
        return RuleResult(
            "evidence.minimum", "evidence", "evidence", status, self.severity, (words,), self.position
        )
