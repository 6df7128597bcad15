"""`artifacts`: files that the model directory must or must not hold. Performs no I/O.

A pattern without a slash matches a file's name in any folder, one with a slash its whole path, as in
`.gitignore`; `*` does not cross a slash, `**` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from bot.evidence.facts import Unreadable
from bot.evidence.phrase import Phrase, Quoted, listed
from bot.policy.measurement import Measurement
from bot.policy.verdict import Position, RuleResult, Severity, Status


@dataclass(frozen=True, slots=True)
class FilePattern:
    """A file of this pattern must exist (`required`), or must not."""

    pattern: str
    required: bool
    rule: str
    severity: Severity
    position: Position

    def evaluate(self, asked: Measurement) -> RuleResult:
        """An error where the files of the candidate are not known."""
        files = asked.evidence.files
        if files is None or isinstance(files, Unreadable):
            why = (Quoted(f"{files.file}: {files.what}"),) if files else ("nobody listed them",)
            return self._result(Status.ERROR, "the files of the model are not known: ", *why)
        found = sorted(file.path for file in files if matches(self.pattern, file.path))
        if self.required:
            return self._required(found)
        return self._forbidden(found)

    def _required(self, found: list[str]) -> RuleResult:
        if found:
            return self._result(Status.PASS, "the model has ", Quoted(found[0]))
        return self._result(Status.FAIL, "the model has no file ", Quoted(self.pattern))

    def _forbidden(self, found: list[str]) -> RuleResult:
        if not found:
            return self._result(Status.PASS, "the model has no file ", Quoted(self.pattern))
        return self._result(
            Status.FAIL, "the model has ", *listed(found), ", forbidden by ", Quoted(self.pattern)
        )

    def _result(self, status: Status, *reason: str | Quoted) -> RuleResult:
        kind = "require" if self.required else "forbid"
        said: Phrase = reason
        return RuleResult(self.rule, kind, self.pattern, status, self.severity, said, self.position)


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern of the policy names this path."""
    return _compiled(pattern).fullmatch(path) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    anchored = pattern.lstrip("/") if "/" in pattern else f"**/{pattern}"
    if anchored.endswith("/"):
        anchored += "**"
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", anchored)
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(wild.get(part, re.escape(part)) for part in parts), re.DOTALL)
