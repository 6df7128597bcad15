"""Records as this clone last saw them: for a person's machine, where nothing may need the network."""

from __future__ import annotations

from pathlib import Path

from bot.adapters.process import run_git
from bot.adapters.records import GitRecords


class LocalRecords(GitRecords):
    """Implements RecordReader from `origin/<branch>`, else the branch itself; asks nobody."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._here = root

    def _tips(self, branches: tuple[str, ...]) -> dict[str, str]:
        found = {branch: self._tip(branch) for branch in branches}
        return {branch: tip for branch, tip in found.items() if tip}

    def _bring(self, tips: dict[str, str]) -> None:
        """Nothing to bring: what this clone has is what there is."""

    def _tip(self, branch: str) -> str | None:
        for ref in (f"refs/remotes/origin/{branch}", f"refs/modelbot/{branch}", f"refs/heads/{branch}"):
            found = run_git(self._here, "rev-parse", "--verify", "--quiet", ref)
            if found.returncode == 0:
                return found.stdout.decode().strip()
        return None
