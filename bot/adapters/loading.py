"""Loading a model as a serving host would: its own environment, the sandbox, one file back."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Literal

from bot.adapters import smoke_worker
from bot.adapters.confined_files import how_it_ended, last_said, read_written, write_files
from bot.adapters.model_environment import own_environment, satisfies, wanted_by
from bot.adapters.sandbox import GIB, Limits, Room, run_confined
from bot.adapters.stage_environment import SetupFailure, default_setup, prepare_environment
from bot.errors import NotEvaluatedError
from bot.ports.loading import Loaded, Loading

USUAL = Limits(seconds=300, processor_seconds=600, memory=16 * GIB)
MOST_ANSWER = 16 << 20
RECORDED = "output_example.json"


class SandboxedLoader:
    """Implements Loader. `cache` keeps environments; what is `hidden` is covered where the kernel lets us."""

    def __init__(self, cache: Path, hidden: tuple[Path, ...] = (), limits: Limits = USUAL) -> None:
        self._cache = cache
        self._hidden = hidden
        self._limits = limits

    def load(self, asked: Loading) -> Loaded:
        """Load it in a fresh directory that goes away; raises as `Loader.load` says."""
        repository, wanted = self._repository(asked), wanted_by(asked.model)
        if repository and (wanted is None or satisfies(repository, wanted)):
            return self._with_recorded(asked.model, self._run(asked.model, repository, own=False), None)
        if wanted is None:
            what = "The model has no requirements.txt, and the repository no environment to load it in."
            raise NotEvaluatedError(what, "Save it with mlflow, or set `pipeline.setup` in the policy.")
        found = self._run(asked.model, own_environment(wanted, self._cache), own=True)
        return self._with_recorded(asked.model, found, repository)

    def _repository(self, asked: Loading) -> Path | None:
        """The repository's environment; None when it has none, or none that can be made."""
        with tempfile.TemporaryDirectory(prefix="modelbot-setup-") as scratch:
            root = Path(scratch)
            write_files(root, asked.tree)
            command = asked.setup or default_setup(root)
            made = prepare_environment(root, command, self._cache) if command else None
        return None if isinstance(made, SetupFailure) else made

    def _with_recorded(self, model: Path, found: Loaded, repository: Path | None) -> Loaded:
        """With what it should have answered: as recorded, else as it answers where it was made."""
        recorded = read_written(model, RECORDED, MOST_ANSWER)
        if found.failure or recorded is not None or repository is None:
            return replace(found, recorded=recorded)
        there = self._run(model, repository, own=False)
        return found if there.failure else replace(found, reference=there.answer)

    def _run(self, model: Path, environment: Path, *, own: bool) -> Loaded:
        with tempfile.TemporaryDirectory(prefix="modelbot-smoke-", ignore_cleanup_errors=True) as scratch:
            folder = Path(scratch)
            shutil.copytree(model, folder / "model")
            worker = Path(shutil.copy(smoke_worker.__file__, folder)).name
            command = f"python -I {worker} model answer.json"
            ended = run_confined(command, Room(folder, folder, environment, self._hidden), self._limits)
            answer = read_written(folder, "answer.json", MOST_ANSWER)
        where: Literal["own", "repository"] = "own" if own else "repository"
        if ended.exit_code != 0 or answer is None:
            how = how_it_ended(ended, self._limits) if ended.exit_code != 0 else "left no answer"
            return Loaded(where, ended.isolated, f"loading it {how}: {last_said(ended.tail)}")
        return Loaded(where, ended.isolated, answer=answer)
