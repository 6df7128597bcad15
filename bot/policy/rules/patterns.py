"""`artifacts`: files that the model directory must or must not hold. Performs no I/O.

A pattern without a slash matches a file's name in any folder, one with a slash its whole path, as in
`.gitignore`; `*` does not cross a slash, `**` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Self

from bot.evidence.facts import Unreadable
from bot.evidence.phrase import Phrase, Quoted, listed
from bot.policy.definition import Policy
from bot.policy.measurement import Measurement
from bot.policy.measuring import severity_words
from bot.policy.rules.rule import OneResult
from bot.policy.rules.subject import capped
from bot.policy.verdict import Position, RuleKind, RuleResult, Severity, Status


@dataclass(frozen=True, slots=True)
class FilePattern(OneResult):
    """A file of this pattern must exist (`required`), or must not."""

    pattern: str
    required: bool
    severity: Severity
    position: Position

    @classmethod
    def of(cls, policy: Policy) -> Iterator[Self]:
        """The rules of `artifacts.require` and `artifacts.forbid`."""
        asked = policy.artifacts
        if asked is None:
            return
        severity = capped(policy, asked.mode, asked.severity)
        for key, patterns in (("require", asked.require), ("forbid", asked.forbid)):
            for number, pattern in enumerate(patterns):
                yield cls(pattern, key == "require", severity, policy.at("artifacts", key, f"[{number}]"))

    @property
    def kind(self) -> RuleKind:
        """Its key."""
        return "require" if self.required else "forbid"

    @property
    def id(self) -> str:
        """Its key, with the pattern."""
        return f"artifacts.{self.kind}[{self.pattern}]"

    def asks(self) -> Phrase:
        """What the model must or must not hold."""
        verb = "must hold" if self.required else "must not hold"
        return (f"The model {verb} a file ", Quoted(self.pattern), ".")

    def means(self, _policy: Policy) -> Iterator[Phrase]:
        """What a failure means."""
        return severity_words(self.severity)

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
        said: Phrase = reason
        return RuleResult(self.id, self.kind, self.pattern, status, self.severity, said, self.position)


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
