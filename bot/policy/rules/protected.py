"""`protected`: a change of these paths needs an approval. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.evidence.phrase import Phrase, Quoted, listed
from bot.policy.approvals import approved_by
from bot.policy.definition import Approvals
from bot.policy.measurement import Measurement
from bot.policy.rules.patterns import matches
from bot.policy.verdict import Position, RuleResult, Severity, Status


@dataclass(frozen=True, slots=True)
class ProtectedPath:
    """A pull request that changes `path` needs the approvals that the policy asks for."""

    path: str
    approvals: Approvals
    position: Position

    def evaluate(self, asked: Measurement) -> RuleResult:
        """Inconclusive until enough people of the list approved these bytes: then a person has decided."""
        changed = next((path for path in asked.evidence.changed if self._covers(path)), None)
        if changed is None:
            return self._result(Status.SKIPPED, Quoted(self.path), " is not changed")
        people = approved_by(self.approvals, asked.evidence.approvals)
        if len(people) >= self.approvals.count:
            return self._result(Status.PASS, Quoted(changed), " changed, approved by ", *listed(people))
        wanted = f" changed: {self.approvals.count - len(people)} more approval needed"
        return self._result(Status.INCONCLUSIVE, Quoted(changed), wanted)

    def _covers(self, path: str) -> bool:
        return (
            path == self.path
            or path.startswith(f"{self.path.rstrip('/')}/")
            or matches(f"/{self.path}", path)
        )

    def _result(self, status: Status, *reason: str | Quoted) -> RuleResult:
        said: Phrase = reason
        rule = f"protected[{self.path}]"
        return RuleResult(rule, "protected", self.path, status, Severity.BLOCK, said, self.position)
