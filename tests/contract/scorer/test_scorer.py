"""One file comes back from scoring a model, and only when it is a plain file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.sandbox import Limits
from bot.adapters.scorer import SandboxedScorer
from bot.errors import NotEvaluatedError
from bot.ports.scorer import Work


def score(tmp_path: Path, *commands: str, files=(), most: int = 1_000, **changes: object):
    values: dict[str, object] = {
        "tree": (),
        "files": tuple((path, (data,)) for path, data in files),
        "setup": None,
        "wdir": ".",
        "commands": commands,
        "output": "eval/rows.csv",
        "most": most,
    }
    scorer = SandboxedScorer(tmp_path / "cache", (), Limits(seconds=20))
    return scorer.score(Work(**(values | changes)))


def test_what_the_commands_wrote_comes_back(tmp_path):
    given = [("a/run.sh", b"#!/bin/sh\ncat ../b.txt > ../eval/rows.csv\n"), ("b.txt", b"1,2\n")]
    assert (
        score(tmp_path, "./run.sh", "echo 3 >> ../eval/rows.csv", files=given, wdir="a").data == b"1,2\n3\n"
    )


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("true", "did not write eval/rows.csv as a regular file"),
        ("ln -s /etc/passwd eval/rows.csv", "did not write eval/rows.csv as a regular file"),
        ("rmdir eval; ln -s /etc eval; ln -s passwd rows.csv", "did not write"),
        ("mkdir eval/rows.csv", "did not write"),
        ("mkfifo eval/rows.csv", "did not write"),
        ("echo x > y; ln y eval/rows.csv", "did not write"),
        ("head -c 1001 /dev/zero > eval/rows.csv", "of at most 1,000 bytes"),
        ("echo 'Traceback'; echo 'KeyError: late'; exit 1", "ended with exit code 1: KeyError: late"),
        ("sh -c 'kill -9 $$'", "ended with exit code 137"),
        ("exit 2", "ended with exit code 2: it printed nothing"),
    ],
)
def test_anything_else_is_an_error_that_says_what_happened(tmp_path, command, told):
    with pytest.raises(NotEvaluatedError, match=told):
        score(tmp_path, command)


def test_one_that_does_not_end_is_ended(tmp_path):
    scorer = SandboxedScorer(tmp_path / "cache", (), Limits(seconds=1))
    with pytest.raises(NotEvaluatedError, match="did not end within 1 seconds"):
        scorer.score(Work((), (), None, ".", ("sleep 60",), "rows.csv", 10))


def test_nothing_but_the_given_files_is_there(tmp_path):
    tree = (("requirements.txt", (b"",)), ("secret.csv", (b"the truth",)))
    listing = score(tmp_path, "ls -A > eval/rows.csv", files=[("b.txt", b"1")], tree=tree, setup="true")
    assert listing.data.split() == [b"b.txt", b"eval"]


def test_a_setup_that_fails_is_told_with_its_last_line(tmp_path):
    with pytest.raises(NotEvaluatedError, match="The setup command ended with exit code 7: no such package"):
        score(tmp_path, "true", setup="echo no such package; exit 7")
