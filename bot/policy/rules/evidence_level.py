"""`evidence.minimum`: how far numbers must be trusted before they decide. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from bot.evidence.facts import EvidenceLevel
from bot.evidence.phrase import Phrase
from bot.policy.definition import Policy
from bot.policy.measurement import Measurement
from bot.policy.rules.rule import OneResult
from bot.policy.rules.subject import capped
from bot.policy.verdict import Position, RuleResult, Severity, Status

ORDER = (EvidenceLevel.CLAIMED, EvidenceLevel.REPRODUCED, EvidenceLevel.RESCORED)


@dataclass(frozen=True, slots=True)
class MinimumEvidence(OneResult):
    """The numbers must be at least of this level."""

    level: EvidenceLevel
    severity: Severity
    position: Position

    @classmethod
    def of(cls, policy: Policy) -> Iterator[Self]:
        """The rule of `evidence.minimum`; `claimed` asks for nothing."""
        level = EvidenceLevel(policy.evidence.minimum)
        if level is not EvidenceLevel.CLAIMED:
            yield cls(level, capped(policy, None, Severity.BLOCK), policy.at("evidence", "minimum"))

    @property
    def id(self) -> str:
        """Its key."""
        return "evidence.minimum"

    @property
    def waivable(self) -> bool:
        """What numbers nobody vouches for say is no exception that somebody could make."""
        return False

    def may_give(self, _name: str) -> bool:
        """Nothing that a waiver could name."""
        return False

    def asks(self) -> Phrase:
        """The level."""
        return (f"Every number must be {self.level.value} at least, or nothing is decided on it.",)

    def means(self, _policy: Policy) -> Iterator[Phrase]:
        """Nothing more."""
        return iter(())

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
