"""The environment that a saved MLflow model asks for: found in the repository's, or made by uv."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from bot.adapters.stage_environment import SetupFailure, prepare_environment
from bot.errors import NotEvaluatedError

SETUP = "uv pip install --quiet --only-binary :all: -r requirements.txt"
"""Wheels alone: installing one runs nothing of it, and this happens outside of the sandbox."""
PYTHON = re.compile(r"^python:\s*[\"']?(\d+\.\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the model says it needs: its requirements.txt, and the Python it was made with (`3.11`)."""

    requirements: str
    python: str | None


def wanted_by(model: Path) -> Wanted | None:
    """What MLflow wrote beside the model; None without requirements.txt."""
    file, python = model / "requirements.txt", model / "python_env.yaml"
    if not file.is_file():
        return None
    named = PYTHON.search(python.read_text(errors="replace")) if python.is_file() else None
    return Wanted(file.read_text(errors="replace"), named[1] if named else None)


def satisfies(environment: Path, wanted: Wanted) -> bool:
    """Whether everything the model asks for is installed there; what cannot be told is not."""
    places = list(environment.glob("lib/python*/site-packages"))
    if wanted.python and not any(place.parent.name == f"python{wanted.python}" for place in places):
        return False
    found = distributions(path=[str(place) for place in places])
    installed = {canonicalize_name(one.name): one.version for one in found}
    lines = (line.partition(" #")[0].strip() for line in wanted.requirements.splitlines())
    return all(_met(line, installed) for line in lines if line and not line.startswith("#"))


def _met(line: str, installed: Mapping[NormalizedName, str]) -> bool:
    try:
        asked = Requirement(line)
    except InvalidRequirement:
        return False
    if asked.marker and not asked.marker.evaluate():
        return True
    there = installed.get(canonicalize_name(asked.name))
    plain = there is not None and not asked.url and not asked.extras
    return plain and asked.specifier.contains(there or "", prereleases=True)


def _why(tail: tuple[str, ...]) -> str:
    """What uv printed in one line, without its hints, which come last."""
    said = " ".join(" ".join(tail).split())
    return said.partition(" hint: ")[0][-300:] or "uv printed nothing"


def own_environment(wanted: Wanted, cache: Path) -> Path:
    """The environment that its requirements make, kept in `cache` for the next one that asks for the same.

    Raises:
        NotEvaluatedError: they cannot be installed here, with what uv printed.
        UnavailableError: no virtual environment can be made here.
    """
    with tempfile.TemporaryDirectory(prefix="modelbot-smoke-") as scratch:
        root = Path(scratch)
        (root / "requirements.txt").write_text(wanted.requirements)
        if wanted.python:
            (root / ".python-version").write_text(f"{wanted.python}\n")
        made = prepare_environment(root, SETUP, cache)
    if isinstance(made, SetupFailure):
        what = f"The model's requirements.txt cannot be installed: {_why(made.log_tail)}"
        raise NotEvaluatedError(what, "Pin there what the model needs, from packages that have wheels.")
    return made
