"""Actions whose work is already done on this machine, and the one that cannot be done here."""

from __future__ import annotations

import shutil
import sys
from typing import Final

from bot.localhost.actions.composite import parse_action
from bot.localhost.actions.handlers.call import Call, Done
from bot.localhost.actions.log import StepFailedError
from bot.localhost.github.store import BareRepository

INSTALL_NAME: Final = "Install modelbot"
"""The name that the repository's own action must carry to be mapped to the present environment."""


def setup_python(call: Call) -> Done:
    """actions/setup-python: the interpreter that is already here. A wanted version that is another one is a
    failure.
    """
    have = ".".join(str(part) for part in sys.version_info[:3])
    want = call.given("python-version")
    if want and have.split(".")[: len(want.split("."))] != want.split("."):
        raise StepFailedError(f"python-version {want} is wanted, this machine runs {have}")
    outputs = (("python-version", have), ("python-path", sys.executable))
    return Done(f"nothing to install on localhost: Python {have} is here", outputs)


def setup_uv(call: Call) -> Done:
    """astral-sh/setup-uv: the uv beside the bot."""
    uv = call.machine.bot_environment / "bin" / "uv"
    found = str(uv) if uv.exists() else shutil.which("uv")
    if not found:
        raise StepFailedError("uv is not here: install it, or put it into the bot's environment")
    return Done("nothing to install on localhost: uv is here", (("uv-path", found),))


def install_running(call: Call) -> Done:
    """`uses: $/`: this repository's own action at the commit that runs, whatever is checked out."""
    store = BareRepository(call.machine.github.bare_path(call.full_name))
    blob = store.object_at(call.assignment.occasion.sha, "action.yml")
    if blob is None:
        raise StepFailedError(f"there is no action.yml at {call.assignment.occasion.sha}")
    return _stand_in(call, store.blob(blob).decode("utf-8", "replace"))


def install_checked_out(call: Call) -> Done:
    """`uses: ./`: the action that lies in the workspace."""
    file = call.workspace / "action.yml"
    if not file.is_file():
        raise StepFailedError("./ has no action.yml; was the repository checked out before this step?")
    return _stand_in(call, file.read_text("utf-8", "replace"))


def _stand_in(call: Call, content: str) -> Done:
    """Read and check the action, then put the present environment's `modelbot` on PATH in its place, and
    only that.
    """
    action = parse_action("action.yml", content)
    if action.name != INSTALL_NAME:
        raise StepFailedError(
            f"Actions on localhost maps only the action named {INSTALL_NAME!r}, not {action.name!r}"
        )
    program = call.machine.bot_environment / "bin" / "modelbot"
    if not program.exists():
        raise StepFailedError(f"there is no {program}")
    programs = call.folder / "bin"
    programs.mkdir()
    (programs / "modelbot").symlink_to(program.absolute())
    text = f"read action.yml ({len(action.steps)} steps), ran none: the present environment stands in for it"
    return Done(text, paths=(str(programs),))


def refuse_app_token(call: Call) -> Done:
    """actions/create-github-app-token: there are no GitHub Apps here."""
    raise StepFailedError(f"{call.full_name}: GitHub Apps are not on localhost; use github.token")
