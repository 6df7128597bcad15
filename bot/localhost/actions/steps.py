"""One step: a script in bash, or the local stand-in of an action."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, assert_never

from bot.localhost.actions.commandfiles import parse_environment, parse_pairs, parse_paths
from bot.localhost.actions.definition import AnyStep, RunStep, UseStep
from bot.localhost.actions.handlers.door import run_action
from bot.localhost.actions.log import Conclusion, StepFailedError
from bot.localhost.actions.process import Ended, run_program
from bot.localhost.actions.stepcontext import Changes, StepContext

MOST_WRITTEN: Final = 1 << 20
"""The bytes a step may write into each of its files; GitHub's limit for outputs and for a summary."""


def perform(step: AnyStep, context: StepContext) -> Changes:
    """Run one step to its end. Raises StepFailedError, and InvalidFileError for a file of the workflow that
    is wrong.
    """
    match step:
        case RunStep():
            return _run_script(step, context)
        case UseStep():
            return run_action(step, context)
        case _:
            assert_never(step)


def _run_script(step: RunStep, context: StepContext) -> Changes:
    directory = _directory(step, context)
    folder = context.place.temp / f"_step-{context.number}"
    folder.mkdir(parents=True)
    script = folder / "script.sh"
    shown = step.script.text(context.scope)
    script.write_text(shown)
    files = {
        name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
    }
    for file in files.values():
        file.touch()
    ended = run_program(
        ("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)),
        cwd=directory,
        environment={**context.environment, **{name: str(file) for name, file in files.items()}},
        printed=folder / "printed",
        limits=context.limits,
    )
    context.mask.learn(ended.output)
    return _changes(ended, f"$ {shown.strip()}\n{ended.output.rstrip()}", files, own_limit=context.own_limit)


def _directory(step: RunStep, context: StepContext) -> Path:
    chosen = step.working_directory or context.assignment.job.defaults.working_directory
    chosen = chosen or context.assignment.workflow.defaults.working_directory
    name = chosen.text(context.scope) if chosen else "."
    directory = context.place.work / name
    if not directory.is_dir():
        raise StepFailedError(f"working-directory {name!r} is not there")
    return directory


def _changes(ended: Ended, text: str, files: Mapping[str, Path], *, own_limit: bool) -> Changes:
    outcome, note = _outcome(ended, own_limit=own_limit)
    text = f"{text}\n{note}".rstrip()
    try:
        return Changes(
            outcome,
            text,
            outputs=parse_pairs(_read(files["GITHUB_OUTPUT"]), "GITHUB_OUTPUT"),
            variables=parse_environment(_read(files["GITHUB_ENV"])),
            paths=parse_paths(_read(files["GITHUB_PATH"])),
            summary=_read(files["GITHUB_STEP_SUMMARY"]),
        )
    except StepFailedError as error:
        return Changes(Conclusion.FAILURE, f"{text}\nError: {error}")


def _outcome(ended: Ended, *, own_limit: bool) -> tuple[Conclusion, str]:
    match ended.why:
        case "exited":
            good = ended.code == 0
            return (Conclusion.SUCCESS, "") if good else (Conclusion.FAILURE, f"exit code {ended.code}")
        case "timed out":
            kind = Conclusion.FAILURE if own_limit else Conclusion.CANCELLED
            return kind, "stopped: the time given by timeout-minutes is over"
        case "cancelled":
            return Conclusion.CANCELLED, "stopped: the job was cancelled"
        case _:
            assert_never(ended.why)


def _read(file: Path) -> str:
    if file.is_symlink() or not file.is_file():
        raise StepFailedError(f"{file.name} is no longer a file")
    if file.stat().st_size > MOST_WRITTEN:
        raise StepFailedError(f"{file.name} is over 1 MiB")
    return file.read_text("utf-8", "replace")
