"""What a stranger's command can reach, and how it ends. Real processes, real namespaces."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from pathlib import Path

import pytest

from bot.adapters.sandbox import Ended, Limits, Room, can_isolate, run_confined

ISOLATED = pytest.mark.skipif(
    not can_isolate(), reason="LOUD: this kernel lets nobody here make namespaces; only limits were tested"
)
QUICK = Limits(seconds=20, processor_seconds=20)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    folder = tmp_path / "room"
    (folder / "tree").mkdir(parents=True)
    secret = tmp_path / "ours"
    secret.mkdir()
    (secret / "truth.csv").write_text("the truth")
    return Room(folder, folder / "tree", None, (secret,))


def ran(room: Room, command: str, limits: Limits = QUICK) -> Ended:
    return run_confined(command, room, limits)


def test_a_command_runs_where_it_should_and_what_it_prints_is_kept(room):
    ended = ran(room, "pwd; echo done; exit 3")
    assert (ended.exit_code, ended.tail) == (3, (str(room.wdir), "done"))


def test_no_token_and_no_other_variable_of_ours_is_seen(room, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "tok-en")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "se-cret")
    monkeypatch.setenv("PYTHONPATH", "/evil")
    monkeypatch.setenv("LD_PRELOAD", "")
    told = " ".join(ran(room, "env").tail)
    assert "tok-en" not in told
    assert "se-cret" not in told
    names = {line.partition("=")[0] for line in ran(room, "env").tail}
    assert names <= {
        *("PATH", "HOME", "TMPDIR", "LANG", "PYTHONNOUSERSITE", "PYTHONDONTWRITEBYTECODE"),
        *("PWD", "OLDPWD", "SHLVL", "_"),
    }


@ISOLATED
def test_our_process_is_not_to_be_seen(room):
    os.environ["MODELBOT_TEST_SECRET"] = "se-cret"
    try:
        look = f"cat /proc/{os.getpid()}/environ /proc/*/environ 2>/dev/null | tr '\\0' '\\n'"
        told = ran(room, f"{look}; ls /proc | grep -c '^[0-9]'").tail
    finally:
        del os.environ["MODELBOT_TEST_SECRET"]
    assert not any("se-cret" in line for line in told)
    assert int(told[-1]) < 10


@ISOLATED
def test_there_is_no_network(room):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connect = f"import socket; socket.create_connection(('127.0.0.1', {port}), 3)"
        ended = ran(room, f'python3 -c "{connect}"')
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()
    assert ended.exit_code != 0


@ISOLATED
@pytest.mark.parametrize(
    "look",
    [
        "cat {0}/truth.csv",
        "umount {0}; cat {0}/truth.csv",
        "unshare --user --map-root-user --mount sh -c 'umount {0}; cat {0}/truth.csv'",
        "mkdir x; mount --bind {0}/.. x; cat x/ours/truth.csv",
        "nsenter --target 1 --mount cat {0}/truth.csv",
    ],
)
def test_our_files_are_covered_and_the_cover_stays(room, look):
    (hidden,) = room.hidden
    ended = ran(room, look.format(hidden))
    assert not any("the truth" in line for line in ended.tail)
    assert (hidden / "truth.csv").read_text() == "the truth"


@ISOLATED
def test_an_environment_inside_what_is_covered_is_still_there(room):
    (hidden,) = room.hidden
    environment = hidden / "cache" / "environment"
    (environment / "bin").mkdir(parents=True)
    tool = environment / "bin" / "tool"
    tool.write_text("#!/bin/sh\necho it works\n")
    tool.chmod(0o755)
    inside = Room(room.folder, room.wdir, environment, room.hidden)
    assert ran(inside, f"tool; cat {hidden}/truth.csv").tail[0] == "it works"
    assert not any("the truth" in line for line in ran(inside, f"cat {hidden}/truth.csv").tail)


@ISOLATED
@pytest.mark.parametrize("place", ["{environment}/bin", "{cache}", "~", "/var/lib", "/"])
def test_nothing_but_its_own_directory_can_be_written_to(room, place, tmp_path):
    """A model that could change the evaluator's environment would score the next model too."""
    environment = tmp_path / "environment"
    (environment / "bin").mkdir(parents=True)
    inside = Room(room.folder, room.wdir, environment, room.hidden)
    where = place.format(environment=environment, cache=Path.home() / ".cache").replace("~", str(Path.home()))
    ended = ran(inside, f"touch own; mkdir -p {where}/x; touch {where}/x/evil; mount -o remount,rw {where}")
    assert ended.exit_code != 0
    assert (room.wdir / "own").exists()
    assert not (Path(where) / "x").exists()


@ISOLATED
def test_other_work_of_this_machine_is_not_seen(room, tmp_path):
    with tempfile.NamedTemporaryFile(suffix="other") as other, tempfile.TemporaryDirectory() as folder:
        outside = tmp_path.parent / "labels.csv"
        outside.write_text("the truth")
        told = ran(
            room, f"ls {other.name} {folder} {outside}; touch /dev/shm/ours && echo shared memory"
        ).tail
    assert told[-1] == "shared memory"
    assert sum("No such file" in line for line in told) == 3
    assert not Path("/dev/shm/ours").exists()


def test_the_clock_stops_it_with_everything_that_it_started(room):
    started = time.monotonic()
    ended = ran(room, "sleep 600 & (sleep 601; touch late) & sleep 602", Limits(seconds=1))
    assert ended.exit_code is None
    assert time.monotonic() - started < 10


@ISOLATED
def test_what_it_leaves_running_ends_with_it(room):
    ran(room, "setsid sh -c 'sleep 1; touch survived' & exit 0")
    time.sleep(1.5)
    assert not (room.wdir / "survived").exists()


@pytest.mark.parametrize(
    ("command", "limits"),
    [
        ("while :; do :; done", Limits(seconds=30, processor_seconds=1)),
        ("python3 -c 'x = bytearray(1 << 30)'", Limits(seconds=30, memory=300 << 20)),
        ("dd if=/dev/zero of=big bs=1M count=20", Limits(seconds=30, file=5 << 20)),
        ("yes", Limits(seconds=30, file=1 << 20)),
    ],
    ids=["processor time", "memory", "a file's size", "endless output"],
)
def test_a_limit_stops_it(room, command, limits):
    ended = ran(room, command, limits)
    assert ended.exit_code not in {0, None}
    assert sum(len(line) for line in ended.tail) < 70_000


def test_a_log_that_is_replaced_by_a_link_reads_nothing_of_ours(room):
    (hidden,) = room.hidden
    ended = ran(room, f"for f in ../* ../.*; do ln -sf {hidden}/truth.csv $f 2>/dev/null; done; exit 1")
    assert not any("the truth" in line for line in ended.tail)
