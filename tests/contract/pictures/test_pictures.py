"""Plots really drawn, without a browser and without a network, and really put on a branch."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import threading
from pathlib import Path

import pytest

from bot.adapters.gallery import BRANCH, GitGallery
from bot.adapters.vega import VegaDrawer
from bot.errors import UnavailableError
from bot.evidence.figures import Figure
from bot.report.pictures import spec_of

ROC = Figure(
    *("roc.json", "ROC", "linear", "fpr", "tpr"),
    tuple((n / 10, n / 10, "") for n in range(11)),
    tuple((n / 10, (n / 10) ** 0.5, "") for n in range(11)),
)


def test_a_figure_is_drawn_as_svg_and_png():
    (light, dark) = VegaDrawer().draw((spec_of(ROC, "light"), spec_of(ROC, "dark")))
    assert (light.why, dark.why) == ("", "")
    assert light.svg.startswith(b"<svg")
    assert b"<script" not in light.svg
    width, height = struct.unpack(">II", light.png[16:24])
    assert width > 800
    assert height > 400
    assert light.svg != dark.svg


def test_one_broken_specification_breaks_no_other():
    broken, whole = VegaDrawer().draw((json.dumps({"mark": "nonsense"}), spec_of(ROC, "light")))
    assert broken.why
    assert (broken.svg, broken.png) == (b"", b"")
    assert whole.png


def test_nothing_is_fetched():
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        thread = threading.Thread(target=_listen, args=(server, asked))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/values.json"
        spec = {"data": {"url": url}, "mark": "point", "encoding": {"x": {"field": "a", "type": "nominal"}}}
        (one,) = VegaDrawer().draw((json.dumps(spec),))
        server.close()
        thread.join()
    assert asked == []
    assert one.why or b"<svg" in one.svg


def _listen(server: socket.socket, asked: list[object]) -> None:
    try:
        asked.append(server.accept())
    except OSError:
        return


def test_one_that_does_not_end_is_ended_and_says_so():
    (one,) = VegaDrawer(seconds=0.01).draw((spec_of(ROC, "light"),))
    assert one.why == "the drawing process stopped"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    origin, clone = tmp_path / "origin.git", tmp_path / "clone"
    subprocess.run(["git", "init", "-q", "--bare", str(origin)], check=True)
    subprocess.run(["git", "clone", "-q", str(origin), str(clone)], check=True, capture_output=True)
    return clone


def shown(clone: Path, commit: str, name: str) -> bytes:
    return subprocess.run(
        ["git", "-C", str(clone.parent / "origin.git"), "show", f"{commit}:{name}"],
        check=True,
        capture_output=True,
    ).stdout


def test_pictures_stand_on_a_branch_of_their_own_and_stay(clone):
    gallery = GitGallery(clone)
    first = gallery.keep((("a.png", b"one"),))
    second = gallery.keep((("b.png", b"two"),))
    assert shown(clone, first, "a.png") == b"one"
    assert (shown(clone, second, "a.png"), shown(clone, second, "b.png")) == (b"one", b"two")


def test_the_same_pictures_again_are_no_new_commit(clone):
    gallery = GitGallery(clone)
    first = gallery.keep((("a.png", b"one"),))
    assert gallery.keep((("a.png", b"one"),)) == first


def test_a_fresh_clone_goes_on_where_another_stopped(clone, tmp_path):
    GitGallery(clone).keep((("a.png", b"one"),))
    other = tmp_path / "other"
    subprocess.run(
        ["git", "clone", "-q", str(tmp_path / "origin.git"), str(other)], check=True, capture_output=True
    )
    commit = GitGallery(other).keep((("b.png", b"two"),))
    assert shown(clone, commit, "a.png") == b"one"


def test_the_pictures_that_are_there_are_not_fetched_and_the_clone_stays_whole(clone, tmp_path):
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "-C", str(origin), "config", "uploadpack.allowFilter", "true"], check=True)
    for number in range(3):
        GitGallery(clone).keep(((f"{number}.png", bytes([number]) * 1000),))
    found = subprocess.run(
        ["git", "-C", str(clone), "rev-parse", "--is-shallow-repository"], check=True, capture_output=True
    )
    assert found.stdout == b"false\n"
    objects = [path for path in (clone / ".git" / "objects").rglob("*") if path.is_file()]
    assert objects == [], "nothing of the branch is left in the clone"


def test_two_at_once_lose_nothing(clone, tmp_path):
    def keep(name: str) -> None:
        GitGallery(clone).keep(((name, name.encode()),))

    threads = [threading.Thread(target=keep, args=(f"{n}.png",)) for n in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    tip = subprocess.run(
        ["git", "-C", str(tmp_path / "origin.git"), "ls-tree", "--name-only", BRANCH],
        check=True,
        capture_output=True,
        text=True,
    )
    assert tip.stdout.split() == ["0.png", "1.png", "2.png"]


def test_an_origin_that_refuses_is_said(clone):
    hook = clone.parent / "origin.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(UnavailableError, match="could not push to 'modelbot/plots'"):
        GitGallery(clone).keep((("a.png", b"one"),))
