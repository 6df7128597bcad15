"""A registry that is a SQLite file: where it is, and its first use by one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def sqlite_file(uri: str) -> Path | None:
    """The database's file (absolute), None when `uri` is something else."""
    if not uri.startswith("sqlite:"):
        return None
    from sqlalchemy.engine import make_url

    name = make_url(uri).database
    return Path(name).absolute() if name else None


@contextmanager
def first_use(uri: str) -> Iterator[None]:
    """One at a time, under a lock: a fresh SQLite database that two processes use first stays broken."""
    database = sqlite_file(uri)
    if database is None:
        yield
        return
    import fcntl

    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(database.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
