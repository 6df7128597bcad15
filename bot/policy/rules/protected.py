"""`protected`: a change of these paths needs an approval. Performs no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from bot.evidence.phrase import Phrase, Quoted, listed
from bot.policy.approvals import approved_path_by
from bot.policy.definition import Approvals, Policy
from bot.policy.measurement import Measurement
from bot.policy.measuring import severity_words
from bot.policy.rules.patterns import matches
from bot.policy.rules.rule import OneResult
from bot.policy.rules.subject import capped
from bot.policy.verdict import PROTECTED, Position, RuleResult, Severity, Status


def covers(pattern: str, path: str) -> bool:
    """Whether a protected path is this one, above or inside it, or a pattern that matches it from the root.

    Inside: of a directory that DVC tracks as one, only the whole is known to have changed.
    """
    inside = pattern.startswith(f"{path}/")
    above = path.startswith(f"{pattern.rstrip('/')}/")
    return path == pattern or above or inside or matches(f"/{pattern}", path)


@dataclass(frozen=True, slots=True)
class ProtectedPath(OneResult):
    """A pull request that changes `path` needs the approvals that the policy asks for."""

    path: str
    approvals: Approvals
    severity: Severity
    position: Position

    @classmethod
    def of(cls, policy: Policy) -> Iterator[Self]:
        """The rules of `protected`."""
        people = policy.approvals or Approvals(count=1)
        severity = capped(policy, None, Severity.BLOCK)
        for number, path in enumerate(policy.protected):
            yield cls(path, people, severity, policy.at("protected", f"[{number}]"))

    @property
    def id(self) -> str:
        """Its key, with the path."""
        return f"protected[{self.path}]"

    def asks(self) -> Phrase:
        """How many approvals a change needs."""
        needed = "1 approval" if self.approvals.count == 1 else f"{self.approvals.count} approvals"
        return ("A change of ", Quoted(self.path), f" needs {needed}.")

    def means(self, _policy: Policy) -> Iterator[Phrase]:
        """What an approval is of, and what a change without one means."""
        yield ("An approval counts for what the path holds in the commit that was reviewed.",)
        yield from severity_words(self.severity)

    def evaluate(self, asked: Measurement) -> RuleResult:
        """Inconclusive until enough people of the list approved the change as it is now."""
        changed = tuple(path for path in asked.evidence.changed if covers(self.path, path))
        if not changed:
            return self._result(Status.SKIPPED, Quoted(self.path), " is not changed")
        people = {path: approved_path_by(self.approvals, asked.evidence.approvals, path) for path in changed}
        missing = self.approvals.count - min(map(len, people.values()))
        if missing <= 0:
            names = tuple(sorted({name for group in people.values() for name in group}))
            return self._result(Status.PASS, *listed(changed), " changed, approved by ", *listed(names))
        wanted = f" changed: {missing} more approval{'s' if missing > 1 else ''} needed"
        return self._result(Status.INCONCLUSIVE, *listed(changed), wanted)

    def _result(self, status: Status, *reason: str | Quoted) -> RuleResult:
        said: Phrase = reason
        return RuleResult(self.id, PROTECTED, self.path, status, self.severity, said, self.position)
