"""A version that was promoted, as it has to be in the registry again. Performs no I/O.

Nothing is deleted: a version that has our key and other bytes keeps everything but the key, so that whoever
looks into it finds what somebody put there.
"""

from __future__ import annotations

from collections.abc import Generator

from bot.errors import NotEvaluatedError, StaleError
from bot.ports.registry import RegisteredVersion
from bot.promotion.calls import (
    Answer,
    Call,
    CreateVersion,
    DisownVersion,
    DownloadAndDigest,
    FetchCandidate,
    Fetched,
    FindVersions,
    ListVersions,
    TagVersion,
)
from bot.promotion.ledger import Served
from bot.promotion.serving import must_serve, tags_of, versions


def bring_back(model: str, served: Served) -> Generator[Call, Answer, RegisteredVersion]:
    """A version that serves these bytes and has their tags: the one on record, another, or a new one.

    Raises:
        NotEvaluatedError: the DVC remote has the bytes no longer, or others.
        StaleError: somebody else changed the versions meanwhile.
    """
    record = served.record
    if record is None:
        raise NotEvaluatedError(f"The ledger has no promotion of version {served.version} of {model}.")
    right, wrong = yield from _read(model, served)
    fetched = None if right else (yield from fetch_promoted(served, record.artifact.path))
    for one in wrong:
        yield DisownVersion(one)
    if fetched:
        yield CreateVersion(model, served.key, served.digest, fetched.directory, tags_of(record))
        right = next(iter(versions((yield FindVersions(model, served.key)))), None)
        if right is None:
            raise StaleError("The version that was just registered is gone.", "Run this again.")
        yield from must_serve(right, served.digest)
    if right is None:
        raise TypeError("there is a version by now")
    if (right.key, right.digest) != (served.key, served.digest):
        yield TagVersion(right, served.key, served.digest, tags_of(record))
    return right


def _read(
    model: str, served: Served
) -> Generator[Call, Answer, tuple[RegisteredVersion | None, list[RegisteredVersion]]]:
    """The version that serves these bytes, None where none does; and those that have their key and others.

    The number on record comes first: its key may be what somebody changed.
    """
    every = versions((yield ListVersions(model)))
    likely = [one for one in every if served.version == one.version or one.key == served.key]
    wrong: list[RegisteredVersion] = []
    for one in sorted(likely, key=lambda one: one.version != served.version):
        if (yield from _digest(one)) == served.digest:
            return one, wrong
        wrong += [one] if one.key == served.key else []
    return None, wrong


def _digest(version: RegisteredVersion) -> Generator[Call, Answer, Answer]:
    """What is served as this version; None where that can be read no longer."""
    try:
        return (yield DownloadAndDigest(version))
    except NotEvaluatedError:
        return None


def fetch_promoted(served: Served, path: str) -> Generator[Call, Answer, Fetched]:
    """The promoted bytes from the DVC remote; raises NotEvaluatedError where it has others."""
    fetched = yield FetchCandidate(served.lock_md5, path)
    if not isinstance(fetched, Fetched):
        raise TypeError(f"FetchCandidate was answered with {fetched!r}")
    if fetched.digest != served.digest:
        what = f"The DVC remote has other bytes: digest {fetched.digest[:12]}, not {served.digest[:12]}."
        raise NotEvaluatedError(what, "Look at who may write to the DVC remote.")
    return fetched
