"""Values as lines for a terminal or a workflow's log. Performs no I/O."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bot.errors import ExitCode, ModelbotError
from bot.evidence.smoke import Smoke, smoke_words
from bot.lineage.impact import Impact, StageImpact, reason_phrase

if TYPE_CHECKING:
    from bot.evidence.bundle import Statement
    from bot.evidence.scores import Score
    from bot.report.publish import Published

JSON_VERSION = 1
WORDS = {"run": "runs", "changed": "changed, nothing to run", "removed": "removed"}


def safe_line(text: str) -> str:
    """Text of others on one line, with nothing in it that a terminal or GitHub's runner obeys.

    Control, bidi and zero-width characters are replaced. The runner takes a line for a command when its first
    characters after white space are `::`, or when `##[` is anywhere in it (actions/runner,
    src/Runner.Common/ActionCommand.cs).
    """
    line = "".join(char if _harmless(char) else "\N{REPLACEMENT CHARACTER}" for char in text)
    line = line.replace("##[", "## [")
    return line.replace("::", ": :", 1) if line.lstrip().startswith("::") else line


def _harmless(char: str) -> bool:
    return char == "\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def scores_lines(scores: tuple[Score, ...]) -> Iterator[str]:
    """What became of every model that was to be scored."""
    if not scores:
        yield "Nothing to score: no evaluator is declared, or every model has its score already."
    for one in scores:
        kept = "" if one.isolated else "; the kernel here cannot keep the network from it"
        done = f"scored, {len(one.predictions):,} bytes{kept}" if one.predictions is not None else one.why
        yield safe_line(f"{one.key[:12]}: {done}")


def smoke_lines(smokes: tuple[Smoke, ...]) -> Iterator[str]:
    """What became of every model that was to be loaded as a serving host would."""
    for one in smokes:
        yield safe_line(f"{one.model[:12]}: {smoke_words(one)}")


def error_lines(error: ModelbotError) -> Iterator[str]:
    """What happened, what to do, and where to read more."""
    text = "\n".join(part for part in (f"modelbot: {error.what}", error.todo, error.more) if part)
    yield from map(safe_line, text.split("\n"))


def impact_lines(impact: Impact) -> Iterator[str]:
    """The impact for a person: each stage with its reasons."""
    if impact.empty:
        yield "Nothing is out of date: no stage is affected."
        return
    for stage in impact.stages:
        yield f"{safe_line(stage.stage)}: {WORDS[stage.action]}"
        yield from (f"    {safe_line(text)}" for text in reason_texts(stage))
    for data in impact.data:
        yield f"{safe_line(data.file)}: the data at {safe_line(data.path)} changed"
    if impact.unaffected:
        yield f"Up to date: {', '.join(map(safe_line, impact.unaffected))}"


def reason_texts(stage: StageImpact) -> tuple[str, ...]:
    """A stage's reasons as plain sentences."""
    return tuple("".join(text for text, _ in reason_phrase(reason)) for reason in stage.reasons)


def impact_json(impact: Impact) -> Iterator[str]:
    """The impact for a program."""
    yield _json(
        {
            "version": JSON_VERSION,
            "empty": impact.empty,
            "stages": [
                {"stage": stage.stage, "action": stage.action, "reasons": list(reason_texts(stage))}
                for stage in impact.stages
            ],
            "unaffected": list(impact.unaffected),
            "data": [{"file": item.file, "path": item.path} for item in impact.data],
        }
    )


def lint_lines(checked: Sequence[str]) -> Iterator[str]:
    """What was checked, when nothing is wrong with it."""
    if not checked:
        yield "There is no policy to check: no file matches policies/*.yaml."
    yield from (f"{safe_line(file)}: ok" for file in checked)


def statement_lines(statement: Statement) -> Iterator[str]:
    """What reproducing came to."""
    match statement.outcome:
        case "nothing":
            yield "Nothing is out of date: no stage was run."
        case "errored":
            what, todo = (statement.error.what, statement.error.todo) if statement.error else ("", "")
            yield from map(safe_line, f"Could not reproduce: {what}\n{todo}".rstrip().split("\n"))
        case "failed" | "reproduced":
            yield from (f"ran {safe_line(run.name)} in {run.seconds:.1f} s" for run in statement.ran)
            yield from (f"restored {safe_line(name)} from the run cache" for name in statement.restored)
    if statement.failure:
        name, code = safe_line(statement.failure.stage), statement.failure.exit_code
        yield f"The stage {name} failed with exit code {code}; its last lines are above."


def statement_exit(statement: Statement) -> ExitCode:
    """A failed stage is the pull request's failure; an error is that we could not tell."""
    codes = {"failed": ExitCode.REJECTED, "errored": ExitCode.NOT_EVALUATED}
    return codes.get(statement.outcome, ExitCode.OK)


def _json(value: object) -> str:
    # ASCII: what a terminal obeys (C1 controls, bidi) is escaped, and half a surrogate pair can be printed.
    return json.dumps(value, indent=2, sort_keys=True)


def published_lines(published: Published | None) -> Iterator[str]:
    """What became of a report."""
    if published is None:
        yield "Nothing to complete."
        return
    yield f"check {published.conclusion}: {safe_line(published.report.title)}; comment {published.comment}"
