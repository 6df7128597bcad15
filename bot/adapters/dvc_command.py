"""DVC's command line with one rule more: a stage writes plain files and directories.

DVC puts a copy of whatever is behind a link to a file in its place, leaves a link to a directory out of its
list, and waits for ever at a named pipe. It does so right after the stage's command, where nobody else can
look (`Stage.run` saves and commits in one go, DVC 3.67), and says nothing. So this looks first. It is a
process of its own: `python -P -m bot.adapters.dvc_command repro …`.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

REFUSED = "wrote more than plain files"


def odd_in(path: Path) -> Iterator[Path]:
    """What is neither a regular file nor a directory, at `path` and below it; no link is followed."""
    if path.is_dir() and not path.is_symlink():
        for inner in sorted(path.iterdir()):
            yield from odd_in(inner)
    elif os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
        yield path


def refuse_odd_outputs() -> None:
    """From now on DVC stops, with `REFUSED` in its error, before it saves an output that is odd.

    Links to files of DVC's own cache are not a stage's: DVC makes them where `cache.type` says so.
    """
    from dvc.exceptions import DvcException
    from dvc.stage import Stage

    save_outs = Stage.save_outs

    def save_plain_outs(self: Stage, allow_missing: bool = False) -> None:
        cache = Path(self.repo.cache.local.path).resolve()
        for out in (out for out in self.outs if out.protocol == "local"):
            for path in odd_in(Path(out.fs_path)):
                if not _kept_in(cache, path):
                    name = os.path.relpath(path, self.repo.root_dir)
                    raise DvcException(f"{REFUSED}: {name!r} {_kind(path)}")
        save_outs(self, allow_missing=allow_missing)

    Stage.save_outs = save_plain_outs


def _kept_in(cache: Path, path: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(cache)


def _kind(path: Path) -> str:
    if path.is_symlink():
        return f"is a symbolic link to {str(path.readlink())!r}"
    return "is neither a file nor a directory"


if __name__ == "__main__":
    from dvc.cli import main

    refuse_odd_outputs()
    sys.exit(main(sys.argv[1:]))
