"""What the untrusted job brought: its bundle and the objects that travel apart from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.errors import NotEvaluatedError
from bot.evidence.archive import MIB, Limits, unzip
from bot.evidence.bundle import Bundle, parse_bundle
from bot.evidence.manifest import members_of
from bot.evidence.scores import Scores, parse_scores
from bot.ports.dvc import ObjectWriter
from bot.ports.github import GitHubReader
from bot.usecases.reproduce import object_path

BUNDLE = "modelbot-bundle"
OBJECTS = "modelbot-objects"
SCORES = "modelbot-scores"
BUNDLE_LIMITS = Limits()
OBJECT_LIMITS = Limits(packed=256 * MIB, unpacked=512 * MIB, members=10_000, ratio=1_000)


def bundle_of_run(github: GitHubReader, run_id: int) -> Bundle | None:
    """The run's bundle, None when it brought none.

    Raises:
        NotEvaluatedError: it is too large, or not a bundle.
    """
    data = github.artifact(run_id, BUNDLE, BUNDLE_LIMITS.packed)
    return None if data is None else parse_bundle(unzip(data, BUNDLE, BUNDLE_LIMITS))


def objects_of_run(github: GitHubReader, run_id: int) -> Mapping[str, bytes]:
    """The run's objects by path (`files/md5/ab/…`); empty when it brought none."""
    data = github.artifact(run_id, OBJECTS, OBJECT_LIMITS.packed)
    return {} if data is None else unzip(data, OBJECTS, OBJECT_LIMITS)


def scores_of_run(github: GitHubReader, run_id: int) -> Scores:
    """The scores that another job of this very run made; empty when it made none.

    Raises:
        NotEvaluatedError: they are too large, or cannot be read.
    """
    files = handed_over(github, run_id)
    return parse_scores(files) if files else {}


def handed_over(github: GitHubReader, run_id: int) -> Mapping[str, bytes]:
    """The files that the job which runs models left in this very run; empty when it left none.

    Raises:
        NotEvaluatedError: they are too large, or no archive.
    """
    data = github.artifact(run_id, SCORES, OBJECT_LIMITS.packed)
    return {} if data is None else unzip(data, SCORES, OBJECT_LIMITS)


def store_objects(names: tuple[str, ...], brought: Mapping[str, bytes], store: ObjectWriter) -> int:
    """Put every object that these names stand for where the team's DVC remote is; answers how many were new.

    Members go first: a directory object without its members looks complete to DVC. Each is hashed before it
    is written and read back after.

    Raises:
        NotEvaluatedError: an object is neither brought nor on the remote, or has other bytes.
    """
    ordered = sorted(
        dict.fromkeys(_with_members(names, brought, store)), key=lambda name: name.endswith(".dir")
    )
    return sum(store.write(name, (_bytes(name, brought, store),)) for name in ordered)


def _with_members(names: tuple[str, ...], brought: Mapping[str, bytes], store: ObjectWriter) -> Iterator[str]:
    for name in names:
        yield name
        if name.endswith(".dir"):
            yield from (member.md5 for member in members_of(_bytes(name, brought, store), name))


def _bytes(name: str, brought: Mapping[str, bytes], store: ObjectWriter) -> bytes:
    data = brought.get(object_path(name))
    found = store.read(name) if data is None else data
    if found is None:
        what = f"The object {name} of dvc.lock was neither brought by the run nor is it on the remote."
        raise NotEvaluatedError(what, "Run the pull request's workflow again.")
    return found
