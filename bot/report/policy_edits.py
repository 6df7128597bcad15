"""What a pull request does to the policy it will be judged by later. Performs no I/O."""

from __future__ import annotations

from collections import Counter

from bot.evidence.facts import Evidence
from bot.evidence.phrase import Quoted
from bot.policy.differences import Effect, PolicyEdit
from bot.report.facts import Judged
from bot.report.model import Column, Section, Strong, Table, Words
from bot.report.numbers import counted
from bot.report.verdict_words import verdict_line

MOST = 100
WORDS: dict[Effect, str] = {"loosens": "loosened", "tightens": "tightened", "changes": "changed"}


def edit_notice(judged: Judged, evidence: Evidence | None) -> tuple[Words, ...]:
    """The lines above the fold: the verdict is by the old policy, and what the new one would say."""
    if judged.removed:
        what = " this pull request takes the policy away; it is judged by the one on the base."
        return ((Strong("Policy:"), what, " After it nothing of this model is judged or promoted."),)
    if not judged.edits:
        return ()
    lines: list[Words] = [
        (
            Strong("Policy:"),
            f" this pull request edits it ({_counts(judged.edits)}); it is judged by the old one.",
        )
    ]
    if judged.preview is not None:
        sign, words = verdict_line(judged.preview, evidence)
        lines.append((Strong("By its own policy it would be:"), f" {sign} {words}"))
    return tuple(lines)


def edits_section(judged: Judged) -> Section | None:
    """Every key that the pull request changes in the policy, with what that does."""
    if not judged.edits:
        return None
    columns = (Column(("Key",)), Column(("Before",)), Column(("After",)), Column(("Effect",)))
    rows = tuple(_row(edit) for edit in judged.edits[:MOST])
    return Section(f"Policy edited: {_counts(judged.edits)}", (Table(columns, rows),))


def _row(edit: PolicyEdit) -> tuple[Words, ...]:
    before, after = (_written(value) for value in (edit.before, edit.after))
    return (Quoted(edit.key),), before, after, (_effect(edit),)


def _written(value: str | None) -> Words:
    return ("not written",) if value is None else (Quoted(value),)


def _effect(edit: PolicyEdit) -> str:
    return {"loosens": "\N{WARNING SIGN}\N{VARIATION SELECTOR-16} loosens"}.get(edit.effect, edit.effect)


def _counts(edits: tuple[PolicyEdit, ...]) -> str:
    counts = Counter(WORDS[edit.effect] for edit in edits)
    told = [f"{counts[word]} {word}" for word in WORDS.values() if counts[word]]
    return f"{counted(len(edits), 'key')}: {', '.join(told)}"
