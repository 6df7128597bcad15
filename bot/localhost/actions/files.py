"""The workflow files of one commit, read from the bare repository and parsed once per content."""

from __future__ import annotations

from bot.errors import InvalidFileError
from bot.localhost.actions.definition import Workflow
from bot.localhost.actions.parse import parse_workflow
from bot.localhost.github.store import BareRepository, GitError

FOLDER = ".github/workflows"


class WorkflowFiles:
    """Parses each version of each file once, whether it is right or wrong."""

    def __init__(self) -> None:
        self._parsed: dict[tuple[str, str], Workflow | InvalidFileError] = {}

    def at(self, store: BareRepository, sha: str) -> tuple[tuple[str, Workflow | InvalidFileError], ...]:
        """Path and workflow (or what is wrong with it) of every file at a commit, in path order."""
        try:
            entries = store.tree(sha, path=FOLDER)
        except GitError:
            return ()
        found = [
            (f"{FOLDER}/{entry.path}", entry.sha)
            for entry in entries
            if entry.type == "blob" and entry.path.endswith((".yml", ".yaml"))
        ]
        return tuple((path, self._one(store, path, blob)) for path, blob in found)

    def _one(self, store: BareRepository, path: str, blob: str) -> Workflow | InvalidFileError:
        if (path, blob) not in self._parsed:
            try:
                self._parsed[path, blob] = parse_workflow(path, store.blob(blob).decode("utf-8", "replace"))
            except InvalidFileError as error:
                self._parsed[path, blob] = error
        return self._parsed[path, blob]
