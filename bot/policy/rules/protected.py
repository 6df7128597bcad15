"""`protected`: a change of these paths needs an approval. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.evidence.phrase import Phrase, Quoted, listed
from bot.policy.approvals import approved_path_by
from bot.policy.definition import Approvals
from bot.policy.measurement import Measurement
from bot.policy.rules.patterns import matches
from bot.policy.verdict import PROTECTED, Position, RuleResult, Severity, Status


def covers(pattern: str, path: str) -> bool:
    """Whether a protected path is this one, above or inside it, or a pattern that matches it from the root.

    Inside: of a directory that DVC tracks as one, only the whole is known to have changed.
    """
    inside = pattern.startswith(f"{path}/")
    above = path.startswith(f"{pattern.rstrip('/')}/")
    return path == pattern or above or inside or matches(f"/{pattern}", path)


@dataclass(frozen=True, slots=True)
class ProtectedPath:
    """A pull request that changes `path` needs the approvals that the policy asks for."""

    path: str
    approvals: Approvals
    position: Position

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
        rule = f"protected[{self.path}]"
        return RuleResult(rule, PROTECTED, self.path, status, Severity.BLOCK, said, self.position)
