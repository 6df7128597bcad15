"""What became of a merged pull request's model, said at the top of its own comment. Performs no I/O.

There is one comment of ours per pull request: the note goes into it, and replaces the model's earlier note.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from bot.evidence.facts import EvidenceLevel
from bot.evidence.phrase import Phrase, Quoted
from bot.report.markdown import words
from bot.report.model import Strong, Words

Became = Literal["promoted", "returned", "refused", "called back"]


@dataclass(frozen=True, slots=True)
class PromotionNote:
    """One model's promotion: what became of it, when (UTC), which version serves, which one did before.

    `level`: whose numbers it was decided on, where that is to be said; `by`: who called it back.
    """

    model: str
    became: Became
    time: datetime
    version: str | None
    before: str | None
    reasons: tuple[Phrase, ...] = ()
    level: EvidenceLevel | None = None
    by: str = ""


def with_note(body: str, note: PromotionNote) -> str:
    """The body with this note under its marker; the same note twice changes nothing but its time."""
    key = hashlib.sha256(note.model.encode()).hexdigest()[:12]
    opening, closing = f"<!-- modelbot promotion {key} -->", "<!-- /modelbot promotion -->"
    block = f"{opening}\n> {words(_sentence(note))}\n\n{closing}\n"
    earlier = re.compile(re.escape(opening) + r"\n.*?" + re.escape(closing) + r"\n", re.DOTALL)
    marker, _, rest = earlier.sub("", body.replace("\r\n", "\n")).partition("\n")
    return f"{marker}\n{block}{rest}"


def says_already(body: str, note: PromotionNote) -> bool:
    """Whether the comment says the same of this model already, whenever that was."""
    return _timeless(with_note(body, note)) == _timeless(body.replace("\r\n", "\n"))


def _timeless(body: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "", body)


def _sentence(note: PromotionNote) -> Words:
    model, since = Quoted(note.model), f"{note.time:%Y-%m-%d %H:%M} UTC"
    match note.became:
        case "promoted":
            after = f", after version {note.before}" if note.before else ", its first"
            told = f" serves version {note.version} since {since}{after}.{_whose(note)}"
            return ("🚀 ", Strong("Promoted."), " ", model, told)
        case "returned":
            after = f", after version {note.before}" if note.before else ""
            told = f" serves version {note.version} again since {since}{after}; nothing was trained."
            return ("↩️ ", Strong("Returned."), " ", model, told, _whose(note))
        case "called back":
            return _called_back(note, model, since)
        case "refused":
            stays = f"Version {note.before} stays champion." if note.before else "There is no champion yet."
            return (
                "⛔ ",
                Strong("Not promoted."),
                " ",
                model,
                ": ",
                *_listed(note.reasons),
                f". {stays}{_whose(note)}",
            )
        case _ as never:
            assert_never(never)


def _called_back(note: PromotionNote, model: Quoted, since: str) -> Words:
    told = f" serves version {note.version} again since {since}, after version {note.before}; by "
    why: Words = (": ", *_listed(note.reasons)) if note.reasons else ()
    until: Words = (". Main waits until ", Quoted("modelbot resume"), ".")
    return ("↩️ ", Strong("Called back."), " ", model, told, Quoted(note.by), *why, *until)


def _whose(note: PromotionNote) -> str:
    match note.level:
        case None:
            return ""
        case EvidenceLevel.CLAIMED:
            return " Numbers claimed by the pull request."
        case EvidenceLevel.REPRODUCED:
            return " Numbers reproduced by the bot."
        case EvidenceLevel.RESCORED:
            return " Numbers rescored by the bot."
        case _ as never:
            assert_never(never)


def _listed(reasons: tuple[Phrase, ...]) -> Phrase:
    parts: list[str | Quoted] = []
    for reason in reasons[:5]:
        parts += [*(("; ",) if parts else ()), *reason]
    return tuple(parts) or ("no reason was recorded",)
