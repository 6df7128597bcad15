"""Scoring a model: the evaluator's tree in a fresh directory, its environment, the sandbox, one file back."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bot.adapters.confined_files import how_it_ended, last_said, read_written, write_files
from bot.adapters.sandbox import Limits, Room, run_confined
from bot.adapters.stage_environment import SetupFailure, default_setup, prepare_environment
from bot.errors import NotEvaluatedError
from bot.ports.scorer import Scored, Work


class SandboxedScorer:
    """Implements Scorer. `cache` keeps environments; what is `hidden` is covered where the kernel lets us."""

    def __init__(self, cache: Path, hidden: tuple[Path, ...] = (), limits: Limits | None = None) -> None:
        self._cache = cache
        self._hidden = hidden
        self._limits = limits or Limits()

    def score(self, work: Work) -> Scored:
        """Run it in a fresh directory that goes away; its environment was made before, in another.

        Raises NotEvaluatedError, with the last lines that it printed: it failed, was stopped by a limit, or
        wrote no regular file at `output`.
        """
        with tempfile.TemporaryDirectory(prefix="modelbot-score-", ignore_cleanup_errors=True) as scratch:
            folder = Path(scratch)
            root = folder / "tree"
            environment = self._environment(work)
            write_files(root, work.files)
            for place in (root / work.wdir, root.joinpath(*work.output.split("/")).parent):
                place.mkdir(parents=True, exist_ok=True)
            room = Room(folder, root / work.wdir, environment, self._hidden)
            isolated = [self._run(command, room) for command in work.commands]
            data = read_written(root, work.output, work.most)
        if data is None:
            what = (
                f"The evaluator did not write {work.output} as a regular file of at most {work.most:,} bytes."
            )
            raise NotEvaluatedError(what)
        return Scored(data, all(isolated))

    def _environment(self, work: Work) -> Path | None:
        with tempfile.TemporaryDirectory(prefix="modelbot-setup-") as scratch:
            root = Path(scratch)
            write_files(root, work.tree)
            command = work.setup or default_setup(root)
            if command is None:
                return None
            made = prepare_environment(root, command, self._cache)
        if isinstance(made, SetupFailure):
            what = f"The setup command ended with exit code {made.exit_code}: {last_said(made.log_tail)}"
            raise NotEvaluatedError(what, "Correct `pipeline.setup`, or the files that it reads.")
        return made

    def _run(self, command: str, room: Room) -> bool:
        ended = run_confined(command, room, self._limits)
        if ended.exit_code != 0:
            raise NotEvaluatedError(
                f"The evaluator {how_it_ended(ended, self._limits)}: {last_said(ended.tail)}"
            )
        return ended.isolated
