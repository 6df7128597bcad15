"""What every rule of a policy can do, whatever it is about. Performs no I/O."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Protocol

from bot.evidence.phrase import Phrase
from bot.policy.definition import Policy
from bot.policy.measurement import Measurement
from bot.policy.verdict import Position, RuleResult


class Rule(Protocol):
    """One rule: judged by the gate, named by waivers, told by `explain`."""

    @property
    def id(self) -> str:
        """Its path in the policy, as an author may write it; that of slices without a value."""
        ...

    @property
    def position(self) -> Position:
        """Where it is written."""
        ...

    @property
    def waivable(self) -> bool:
        """Whether a waiver may set it aside."""
        ...

    def results(self, asked: Measurement) -> Iterator[RuleResult]:
        """What it says: one result, or one for every slice or column."""
        ...

    def may_give(self, name: str) -> bool:
        """Whether one of its results may be called so."""
        ...

    def asks(self) -> Phrase:
        """What it asks, in one sentence."""
        ...

    def means(self, policy: Policy) -> Iterator[Phrase]:
        """The sentences after it: how it is measured, what happens when it does not hold."""
        ...


class OneResult(ABC):
    """A rule that gives one result, called like itself."""

    __slots__ = ()

    @property
    @abstractmethod
    def id(self) -> str:
        """Its path in the policy."""

    @abstractmethod
    def evaluate(self, asked: Measurement) -> RuleResult:
        """What it says of the evidence."""

    @property
    def waivable(self) -> bool:
        """As most rules are."""
        return True

    def results(self, asked: Measurement) -> Iterator[RuleResult]:
        """The one result."""
        yield self.evaluate(asked)

    def may_give(self, name: str) -> bool:
        """Its own id."""
        return name == self.id
