"""A rule on one number, of a whole model or of a slice: what all kinds of it share. Performs no I/O.

A kind is a class in a file of its own, listed in `build.py`, whose key stands in `limits.py`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from bot.evidence.phrase import Phrase
from bot.policy.definition import Policy
from bot.policy.limits import Bound
from bot.policy.measuring import compared_with, severity_words, source_of, told_from_noise
from bot.policy.rules.rule import OneResult
from bot.policy.rules.subject import Subject
from bot.policy.verdict import Position, RuleKind

Named = Callable[[RuleKind], Subject]
"""The subject of the rule whose key is given."""


@dataclass(frozen=True, slots=True)
class NumberRule(OneResult):
    """A rule on `subject`. `KEY` is its key in the policy."""

    KEY: ClassVar[RuleKind]
    COMPARES: ClassVar[bool] = False

    subject: Subject

    @classmethod
    @abstractmethod
    def of(cls, limits: Bound, named: Named) -> Self | None:
        """The rule that these limits ask for; None when its key is not written."""

    @abstractmethod
    def asks(self) -> Phrase:
        """What it asks, in one sentence."""

    @property
    def id(self) -> str:
        """Its path in the policy."""
        return self.subject.rule

    @property
    def position(self) -> Position:
        """Where it is written."""
        return self.subject.position

    def about(self, subject: Subject) -> Self:
        """The same rule on another subject."""
        return replace(self, subject=subject)

    def means(self, policy: Policy) -> Iterator[Phrase]:
        """Where the number comes from, how a change is told from noise, what a missing one is."""
        yield source_of(self.subject, policy)
        yield from self.compared(policy)
        if self.subject.optional:
            yield ("Where the number is missing, the rule is skipped; NaN and infinity fail.",)
        else:
            yield ("A number that is missing, NaN or infinite fails.",)
        yield from severity_words(self.subject.severity)

    def compared(self, _policy: Policy) -> Iterator[Phrase]:
        """What it is compared with, and how a change is told from noise; a limit compares nothing."""
        return iter(())


@dataclass(frozen=True, slots=True)
class ChangeRule(NumberRule):
    """A rule on how a number differs from another side's. A return to a former champion skips it."""

    COMPARES: ClassVar[bool] = True

    def compared(self, policy: Policy) -> Iterator[Phrase]:
        """With main and, where that is another model, the champion."""
        yield compared_with()
        yield from told_from_noise(self.subject, policy, self.passes_when(policy))

    def passes_when(self, policy: Policy) -> Phrase:
        """The three answers, in words."""
        sure = f"{100 * policy.compare.confidence:g}%"
        return (
            f"It passes when the change keeps the limit with {sure} confidence,",
            f" fails when it breaks it with {sure} confidence, and is inconclusive between the two.",
        )

    @property
    def way(self) -> str:
        """What worse is called."""
        return "lower" if self.subject.direction == "higher" else "higher"
