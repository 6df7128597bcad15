"""Every policy of one revision. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import PurePosixPath

from bot.errors import InvalidFileError, Problem
from bot.lineage.tree import Tree
from bot.policy.definition import Policy
from bot.policy.parse import parse_policy

FOLDER = "policies"


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy, the file it stands in, and our sha256 of the file's bytes (64 hexadecimal digits)."""

    file: str
    digest: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of several policy files: those that are right, and everything wrong with the others."""

    policies: tuple[LoadedPolicy, ...]
    problems: tuple[Problem, ...]


def load_policies(tree: Tree) -> tuple[LoadedPolicy, ...]:
    """Every `policies/*.yaml` of a revision, by file name; empty when there is none.

    Raises InvalidFileError with every problem of every file, two files that name one model included.
    """
    parsed = parse_files(tuple(_policy_files(tree)))
    if parsed.problems:
        raise InvalidFileError(parsed.problems, "Correct the policy; `modelbot lint` shows the same.")
    return parsed.policies


def parse_files(files: tuple[tuple[str, bytes], ...], today: date | None = None) -> Parsed:
    """Parse policy files together: path and bytes of each."""
    policies: list[LoadedPolicy] = []
    problems: list[Problem] = []
    for file, data in sorted(files):
        try:
            _refuse_ending(file)
            policies.append(LoadedPolicy(file, sha256(data).hexdigest(), parse_policy(data, file, today)))
        except InvalidFileError as error:
            problems += error.problems
    return Parsed(tuple(policies), (*problems, *_shared_models(policies)))


def _policy_files(tree: Tree) -> list[tuple[str, bytes]]:
    paths = (path for path in tree.paths(FOLDER) if str(PurePosixPath(path).parent) == FOLDER)
    return [(path, tree.read(path) or b"") for path in paths if is_policy(path)]


def is_policy(name: str) -> bool:
    """Whether a file of the folder is meant as a policy: also one whose ending is then refused."""
    return PurePosixPath(name).suffix.lower() in {".yaml", ".yml"}


def _refuse_ending(file: str) -> None:
    if not file.endswith(".yaml"):
        renamed = PurePosixPath(file).with_suffix(".yaml").name
        what = f"a policy file ends in .yaml; rename it to {renamed}"
        raise InvalidFileError((Problem(file, 0, 0, "", what),))


def _shared_models(policies: list[LoadedPolicy]) -> list[Problem]:
    problems: list[Problem] = []
    first: dict[str, LoadedPolicy] = {}
    for loaded in policies:
        model = loaded.policy.model
        other = first.setdefault(model, loaded)
        if other is not loaded:
            here, there = (one.policy.at("model") for one in (loaded, other))
            what = f"the model {model} already has a policy at {there.file}:{there.line}:{there.col}"
            problems.append(Problem(here.file, here.line, here.col, "model", what, f"model: {model}"))
    return problems
