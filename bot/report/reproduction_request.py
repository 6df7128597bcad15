"""The pull request that asks for stages to be run which a merge left without a run. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from bot.evidence.phrase import Quoted
from bot.evidence.provenance import Unproven
from bot.report.markdown import paragraph, words
from bot.report.model import Strong, Words

MOST = 10
TITLE = 80
NEXT: tuple[Words, ...] = (
    (Strong("Next:"), " close and reopen this pull request: GitHub starts no workflow for what a workflow's"),
    ("own token opens. When the report is there, merge it like any other.",),
)


@dataclass(frozen=True, slots=True)
class RequestText:
    """Title (plain text, one line) and body (Markdown) of the pull request."""

    title: str
    body: str


def request_text(model: str, champion: str | None, found: tuple[Unproven, ...]) -> RequestText:
    """What a person reads who has to see to it that these stages run."""
    many = len(found)
    stages = "a stage" if many == 1 else f"{many} stages"
    lines: tuple[Words, ...] = tuple(("- ", *one.reason()) for one in found[:MOST])
    more: tuple[Words, ...] = ((f"- and {many - MOST} more",),) if many > MOST else ()
    serving = f"version {champion} stays champion" if champion else "there is no champion yet"
    why: Words = (Quoted(model), f" was not promoted; {serving}:")
    parts = (
        words(why),
        "\n".join(words(line) for line in (*lines, *more)),
        words(
            (
                "This branch takes these entries out of ",
                Quoted("dvc.lock"),
                f", so that {'the stage has' if many == 1 else 'the stages have'} to run.",
            )
        ),
        paragraph(NEXT),
    )
    return RequestText(f"Reproduce {stages} that nobody ran, for {model}"[:TITLE], "\n\n".join(parts) + "\n")
