"""A PostgreSQL of its own for as long as a `with` lasts: in a temporary folder, on a Unix socket, no port."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOW = "no PostgreSQL on this machine: `apt install postgresql`, then run this again"
# The cluster is thrown away: nothing has to reach the disk.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "listen_addresses": "''"}


def programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are; Debian keeps them beside each other and off PATH. None: nowhere."""
    beside = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = next(iter(beside), None) or shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def cluster(binaries: Path) -> Iterator[str]:
    """A fresh cluster; its address, as SQLAlchemy takes it."""
    # Below a folder of pytest's another user may not look, and a socket's path has 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="modelbot-pg-"))
    user = _person_for(folder)
    create = (binaries / "initdb", "--username=modelbot", "--auth=trust", "--no-sync", "--encoding=UTF8")
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    control = (binaries / "pg_ctl", "--pgdata", folder / "data")
    try:
        _run(user, folder, *create, "--no-locale", "--pgdata", folder / "data")
        start = ("--wait", "--log", folder / "log", "--options", f"{options} -k {folder}", "start")
        _run(user, folder, *control, *start)
        yield f"postgresql+psycopg2://modelbot@/postgres?host={folder}"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            _run(user, folder, *control, "--mode=immediate", "stop")
        shutil.rmtree(folder)


def _person_for(folder: Path) -> pwd.struct_passwd | None:
    """Whom to be: PostgreSQL refuses to run as root. None: whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name: one for one in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return user


def _run(user: pwd.struct_passwd | None, folder: Path, *command: str | Path) -> None:
    drop = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups") if user else ()
    log = folder.with_suffix(".out")
    # A file, not a pipe: the server inherits it, and a pipe would be waited for until the server stops.
    with log.open("w") as output:
        done = subprocess.run(
            [*drop, *command], cwd=folder, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    said = log.read_text()
    log.unlink()
    assert done.returncode == 0, said
