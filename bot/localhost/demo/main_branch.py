"""Act 1's main: the example model's files, its pipeline run for real, its objects on the demo's remote."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bot.adapters.dvc_runner import DvcRunner
from bot.adapters.process import run_git
from bot.errors import InvalidInputError, UnavailableError
from bot.lineage.parse import parse_pipeline
from bot.localhost.demo.town import REPOSITORY, Town
from bot.usecases.reproduce import setup_of

KEPT = (
    ".dvc/",
    ".dvcignore",
    ".github/workflows/model-",
    "action.yml",
    "data/",
    "dvc.yaml",
    "eval/",
    "models/",
    "params.yaml",
    "pipeline/",
    "policies/",
)
"""What a team's own repository would have of this one; the bot itself comes from its package."""


def build_main(town: Town) -> str:
    """Make main as its owner would, run every stage, push the objects then the commit; answers its sha."""
    ana = town.people["ana"]
    clone = ana.clone(REPOSITORY)
    copy_files(town.source, clone)
    _set_remote(clone, f"{town.github.url}/_dvc/{REPOSITORY}")
    (clone / "dvc.lock").unlink(missing_ok=True)
    _run_pipeline(town, clone)
    _push_objects(town, clone)
    return ana.publish("main", "Flights: will it land late?")


def copy_files(source: Path, target: Path) -> None:
    """Copy the tracked files that make the example; raises InvalidInputError when they are not there."""
    listed = (
        run_git(source, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        .stdout.decode()
        .split("\0")
    )
    kept = [path for path in listed if path.startswith(KEPT)]
    if "dvc.yaml" not in kept:
        what = f"{source} is not a checkout of modelbot: the demo's model is not in it."
        raise InvalidInputError(what, "Run `modelbot demo` in a clone of modelbot's repository.")
    for path in kept:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / path, target / path)


def _set_remote(clone: Path, url: str) -> None:
    from configobj import ConfigObj

    config = ConfigObj(str(clone / ".dvc" / "config"))
    remote = config["core"]["remote"]
    config[f'remote "{remote}"'] = {"url": url}
    config.write()


def _run_pipeline(town: Town, clone: Path) -> None:
    from bot.adapters.folder import DirectoryTree

    tree = DirectoryTree(clone)
    runner = DvcRunner(clone, town.cache, remote_url=str(town.places.remote))
    failed = runner.prepare(clone, setup_of(tree))
    done = failed or runner.reproduce(clone, tuple(stage.name for stage in parse_pipeline(tree).stages), ())
    if done.failed:
        tail = "\n".join(done.log_tail)
        raise UnavailableError(f"The example's stage {done.failed} failed:\n{tail}")


def _push_objects(town: Town, clone: Path) -> None:
    pushed = subprocess.run(
        [sys.executable, "-P", "-m", "dvc", "push", "--quiet"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    if pushed.returncode:
        raise UnavailableError(f"dvc push to {town.places.remote} failed: {pushed.stderr.strip()}")
    shutil.rmtree(clone / ".dvc" / "cache", ignore_errors=True)
